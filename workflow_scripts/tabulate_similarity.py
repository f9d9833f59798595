"""Tabulate how similar the features of base models are, beside those of the same kind trained with another seed."""

from itertools import combinations

import pandas as pd

from facelrp.statistics.gram import centred_gram
from facelrp.statistics.similarity import linear_cka
from facelrp_workflow.files import open_array, read_faces, write_tables
from facelrp_workflow.job import job


def similarities(bases, grams):
    """Return the similarity of every two kinds of base models: a table.

    Parameters
    ----------
    bases : list of dict
        For each base model ``kind`` and ``base_seed``.
    grams : list of ndarray, shape (N, N)
        The inner products of their features, see `facelrp.statistics.gram.centred_gram`.

    Returns
    -------
    DataFrame
        ``first`` and ``second`` (kinds, in the order of ``bases``), ``pairs`` (of base models), and the mean, the
        lowest and the highest ``cka`` over them.
    """
    rows = []
    for (one, first), (two, second) in combinations(zip(bases, grams, strict=True), 2):
        rows.append({"first": one["kind"], "second": two["kind"], "cka": linear_cka(first, second)})
    over = pd.DataFrame(rows, columns=["first", "second", "cka"]).groupby(["first", "second"], sort=False)["cka"]
    return over.agg(pairs="count", cka="mean", lowest="min", highest="max").reset_index()


def main(files, bases, output, log):
    rows = read_faces(files, "train").index.to_numpy()
    grams = [centred_gram(open_array(path)[0][rows]) for path in files.features]
    write_tables(output, {"base_similarity": similarities(bases, grams)}, log)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.bases, snakemake.output, log)
