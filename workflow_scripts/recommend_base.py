"""Recommend for each attribute which base model to start from, by cross-validation within the training set.

The test set takes no part in the choice, so its errors, which the table shows beside, are a check of it.
"""

import pandas as pd

from facelrp.statistics.inference import SIGNIFICANT, bootstrap_interval, cross_validated_mean
from facelrp.statistics.ridge import FOLDS
from facelrp.statistics.summary import with_q
from facelrp_workflow.files import read_table, write_table
from facelrp_workflow.job import job

#: How much larger a base model's error is than the best one's.
DIFFERENCE = ("difference", "low", "high", "p")

COLUMNS = ("attribute", "rank", "base", "faces", "cv_mae", "cv_mae_low", "cv_mae_high", *DIFFERENCE)


def ranked(attribute, errors):
    """Rank the base models of one attribute by the mean absolute error of ridge regression on held-out training faces.

    Parameters
    ----------
    attribute : str
    errors : dict of {str: Series of float, shape (N,)}
        For each base model the absolute error of each training face, in points; faces in the same order.

    Returns
    -------
    list of dict
        A row for each base model, the best first: its error with its 95 % interval, and how much larger it is than the
        best one's, face by face.
    """
    order = sorted(errors, key=lambda base: errors[base].mean())
    rows = []
    for rank, base in enumerate(order, 1):
        low, high, _ = cross_validated_mean(errors[base], FOLDS)
        row = {"attribute": attribute, "rank": rank, "base": base, "faces": len(errors[base])}
        row |= {"cv_mae": errors[base].mean(), "cv_mae_low": low, "cv_mae_high": high}
        if rank > 1:
            change = errors[base].to_numpy() - errors[order[0]].to_numpy()
            row |= zip(DIFFERENCE, (change.mean(), *cross_validated_mean(change, FOLDS)), strict=True)
        rows.append(row)
    return rows


def recommend(errors):
    """Rank base models for each attribute: a table, with q over all differences from the best.

    Parameters
    ----------
    errors : dict of {(str, str): Series of float, shape (N,)}
        By attribute and base model, see `ranked`.
    """
    rows = []
    for attribute in dict.fromkeys(attribute for attribute, _ in errors):
        rows += ranked(attribute, {base: error for (name, base), error in errors.items() if name == attribute})
    return with_q(pd.DataFrame(rows, columns=COLUMNS))


def sentence(group):
    """Say which base model to start from, given the rows of an attribute, the best first; nothing if there is only one.

    One is recommended only if its error is lower than the second's with q < `SIGNIFICANT`.
    """
    if len(group) < 2:
        return ""
    best, second = group.iloc[0], group.iloc[1]
    if second["q"] < SIGNIFICANT:
        text = f"For {best['attribute']} start from {best['base']}"
        others = group.iloc[[1]]
    else:
        others = group.iloc[1:][~(group["q"].iloc[1:] < SIGNIFICANT)]
        names = " and ".join([", ".join([best["base"], *others["base"].iloc[:-1]]), others["base"].iloc[-1]])
        text = f"For {best['attribute']} no difference between {names} is seen"
    differences = "; ".join(
        f"{other.base} by {other.difference:+.2f} [{other.low:+.2f}, {other.high:+.2f}] more, q = {other.q:.2g}"
        for other in others.itertuples()
    )
    checks = ", ".join(
        f"{name} {best[column]:.2f} against {second[column]:.2f}"
        for name, column in (("ridge regression", "test_mae"), ("dense", "mae_dense"), ("full", "mae_full"))
        if column in best
    )
    return (
        f"{text}: ridge regression on the features of {best['base']} errs by {best['cv_mae']:.2f} points on held-out"
        f" faces of the training set ({differences}). As a check, errors on the test set, {best['base']} against"
        f" {second['base']}: {checks}."
    )


def beside(table, test_errors, table1, convergence, aptitude):
    """Add what did not take part in the choice: errors on the test set, speed of learning, richness of heatmaps.

    Dense and full networks are apart: their numbers of epochs differ.
    """
    names = list(zip(table["attribute"], table["base"], strict=True))
    intervals = [bootstrap_interval(test_errors[name]) for name in names]
    table = table.assign(
        test_mae=[test_errors[name].mean() for name in names],
        test_mae_low=[low for low, _ in intervals],
        test_mae_high=[high for _, high in intervals],
    )
    for numbers, column in ((table1, "mae"), (convergence, "mean_error")):
        wide = numbers.pivot(index=["attribute", "base"], columns="mode", values=column)
        table = table.merge(wide.add_prefix(f"{column}_").reset_index(), how="left", on=["attribute", "base"])
    richness = aptitude[aptitude["mode"] == "base"].set_index("base")["effective_pixels"]
    return table.assign(effective_pixels=richness.loc[table["base"]].to_numpy())


def main(files, ridges, output, log):
    errors = {"train": {}, "test": {}}
    for ridge, path in zip(ridges, files.ridge, strict=True):
        predictions = read_table(path)
        absolute = (predictions["prediction"] - predictions["rating"]).abs()
        for split, kept in errors.items():
            kept[ridge["attribute"], ridge["base"]] = absolute[predictions["split"] == split]
    tables = (read_table(path) for path in (files.table1, files.convergence, files.aptitude))
    table = beside(recommend(errors["train"]), errors["test"], *tables)
    groups = table.groupby("attribute", sort=False)
    sentences = {attribute: sentence(group) for attribute, group in groups}
    table["sentence"] = table["attribute"].map(sentences).where(table["rank"] == 1, "")
    write_table(output, table)
    log.info("\n%s", "\n".join(table["sentence"][table["sentence"] != ""]))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.ridges, snakemake.output[0], log)
