"""Tabulate how rich heatmaps are, how quickly networks learned, and how the two are related.

Richness is a measure of complexity, see `facelrp.heatmaps.richness`.
"""

import numpy as np
import pandas as pd
from scipy import stats

from facelrp.statistics.summary import summarise
from facelrp_workflow.files import read_table, read_tables, write_table
from facelrp_workflow.job import job

KEYS = ["base", "mode", "attribute"]

#: Sign of each measure's relation to richness.
RICHER = {"entropy": 1, "effective_pixels": 1, "gini": -1, "inner_share": 1}

COLUMNS = (
    *("of", "measure", "mode", "networks", "base_models"),
    *("rank_correlation", "attributes", "richest_is_fastest"),
)


def correlate(aptitude):
    """Return the rank correlation of richness and speed over the networks of each mode: a table, a row per measure.

    Speed is minus the mean error over epochs, in units of the variance. Some attributes are harder to learn than
    others, whatever the base model: attributes' means are subtracted from speed and richness first. The column ``of``
    names the measured heatmaps: those of the base model before fine-tuning, or of the network.
    """
    base = aptitude[aptitude["mode"] == "base"].set_index("base")
    networks = aptitude[aptitude["mode"] != "base"].dropna(subset="mean_error")
    rows = []
    for mode, group in networks.groupby("mode", sort=False):
        for name, sign in RICHER.items():
            for of, values in (("base", base[name].loc[group["base"]].to_numpy()), ("network", group[name].to_numpy())):
                table = pd.DataFrame({"rich": sign * values, "fast": -group["mean_error"]}, group.index)
                by_attribute = table.groupby(group["attribute"])
                # Is the richest network of each attribute also the fastest?
                best = by_attribute.idxmax()
                centred = table - by_attribute.transform("mean")
                varies = (centred.nunique() > 1).all()
                rows.append(
                    {
                        "of": of,
                        "measure": name,
                        "mode": mode,
                        "networks": len(table),
                        "base_models": group["base"].nunique(),
                        "rank_correlation": stats.spearmanr(centred["rich"], centred["fast"])[0] if varies else np.nan,
                        "attributes": len(best),
                        "richest_is_fastest": int((best["rich"] == best["fast"]).sum()),
                    }
                )
    return pd.DataFrame(rows, columns=COLUMNS)  # named even if no network learned anything


def main(files, bases, base_modes, output, log):
    of_bases = read_tables(files.base_richness, [base | {"mode": "base", "attribute": ""} for base in bases])
    measured = pd.concat([of_bases, read_tables(files.richness, base_modes)])
    names = [*KEYS, "face_id"]
    aptitude = summarise(measured[[*names, *measured.columns.drop(names)]], KEYS)
    speed = ["mean_error", "epochs_to_level"]
    for path, columns in ((files.convergence, speed), (files.table1, ["mae", "pearson_r"])):
        aptitude = aptitude.merge(read_table(path)[[*KEYS, *columns]], how="left", on=KEYS)
    correlation = correlate(aptitude)
    write_table(output.aptitude, aptitude)
    write_table(output.correlation, correlation)
    log.info("\n%s", correlation.to_string(index=False, float_format="{:.3g}".format))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
