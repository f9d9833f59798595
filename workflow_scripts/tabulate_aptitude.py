"""Tabulate how rich heatmaps are and how quickly networks learned, and which base model to start from.

Richness is a measure of complexity, see `facelrp.heatmaps.richness`.
"""

import numpy as np
import pandas as pd
from scipy import stats

from facelrp.heatmaps.richness import richness
from facelrp.memory_maps import release
from facelrp.statistics.summary import summarise
from facelrp_workflow.files import open_array, read_faces, read_table, write_table
from facelrp_workflow.job import job

BATCH = 64

KEYS = ["base", "mode", "attribute"]

#: Sign of each measure's relation to richness.
RICHER = {"entropy": 1, "effective_pixels": 1, "gini": -1, "inner_share": 1}

COLUMNS = (
    *("of", "measure", "mode", "networks", "base_models"),
    *("rank_correlation", "attributes", "richest_is_fastest"),
)


def measure(path, labels, rows, face_ids):
    """Return the richness of every heatmap of a file: a table with a row per face."""
    heatmaps, batches = open_array(path), []
    for start in range(0, len(heatmaps), BATCH):
        batches.append(pd.DataFrame(richness(heatmaps[start : start + BATCH], labels[rows[start : start + BATCH]])))
        release(heatmaps)
        release(labels)
    return pd.concat(batches, ignore_index=True).assign(face_id=face_ids)


def correlate(aptitude):
    """Return the rank correlation of richness and speed over the networks of each mode: a table, a row per measure.

    The column ``of`` names the measured heatmaps: those of the base model before fine-tuning, or of the network.
    """
    base = aptitude[aptitude["mode"] == "base"].set_index("base")
    networks = aptitude[aptitude["mode"] != "base"].dropna(subset="area")
    rows = []
    for mode, group in networks.groupby("mode", sort=False):
        for name, sign in RICHER.items():
            for of, values in (("base", base[name].loc[group["base"]].to_numpy()), ("network", group[name].to_numpy())):
                table = pd.DataFrame({"attribute": group["attribute"], "rich": sign * values, "area": group["area"]})
                # Is the richest network of each attribute also the fastest?
                best = table.groupby("attribute")[["rich", "area"]].agg({"rich": "idxmax", "area": "idxmin"})
                varies = table["rich"].nunique() > 1 and table["area"].nunique() > 1
                rows.append(
                    {
                        "of": of,
                        "measure": name,
                        "mode": mode,
                        "networks": len(table),
                        "base_models": group["base"].nunique(),
                        "rank_correlation": -stats.spearmanr(table["rich"], table["area"])[0] if varies else np.nan,
                        "attributes": len(best),
                        "richest_is_fastest": int((best["rich"] == best["area"]).sum()),
                    }
                )
    return pd.DataFrame(rows, columns=COLUMNS)  # named even if no network learned anything


def recommend(aptitude):
    """Return the base models of each attribute, ranked by their networks' error on the test set: a table."""
    rich = aptitude[aptitude["mode"] == "base"].set_index("base")["effective_pixels"]
    networks = aptitude[aptitude["mode"] != "base"]
    means = networks.groupby(["attribute", "base"], sort=False)[["mae", "area"]].mean().reset_index()
    means["effective_pixels"] = rich.loc[means["base"]].to_numpy()
    rows = []
    for attribute, group in means.groupby("attribute", sort=False):
        group = group.sort_values("mae", kind="stable").reset_index(drop=True)
        best = group.loc[0]
        for index, row in group.iterrows():
            rows.append({"attribute": attribute, "rank": index + 1, **row.drop("attribute"), "sentence": ""})
        if len(group) > 1:
            other = group.loc[1]
            faster, richer = best["area"] < other["area"], best["effective_pixels"] > other["effective_pixels"]
            rows[-len(group)]["sentence"] = (
                f"For {attribute} start from {best['base']}: its networks err by {best['mae']:.2f} points on unseen"
                f" faces ({other['base']}: {other['mae']:.2f}), they learn {'faster' if faster else 'no faster'}"
                f" (area {best['area']:.2f} against {other['area']:.2f}), and its own heatmaps are"
                f" {'richer' if richer else 'no richer'} ({best['effective_pixels']:.0f} effective pixels against"
                f" {other['effective_pixels']:.0f})."
            )
    return pd.DataFrame(rows)


def main(files, bases, networks, output, log):
    faces = read_faces(files, "test")
    labels, rows, face_ids = open_array(files.parts), faces.index.to_numpy(), faces["face_id"].to_numpy()
    named = [{"base": base, "mode": "base", "attribute": ""} for base in bases] + networks
    measured = [
        measure(path, labels, rows, face_ids).assign(**name)
        for name, path in zip(named, [*files.base_relevance, *files.relevance], strict=True)
    ]
    aptitude = summarise(pd.concat(measured), KEYS)
    for path, columns in ((files.convergence, ["area", "epochs_to_90"]), (files.table1, ["mae", "pearson_r"])):
        aptitude = aptitude.merge(read_table(path)[[*KEYS, *columns]], how="left", on=KEYS)
    correlation, recommendation = correlate(aptitude), recommend(aptitude)
    write_table(output.aptitude, aptitude)
    write_table(output.correlation, correlation)
    write_table(output.recommendation, recommendation)
    log.info("\n%s", correlation.to_string(index=False, float_format="{:.3g}".format))
    log.info("\n%s", "\n".join(recommendation["sentence"][recommendation["sentence"] != ""]))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
