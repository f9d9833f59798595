"""Collect the ratings of single raters, if they are known."""

import pandas as pd

from facelrp.datasets.registry import load
from facelrp_workflow.files import write_table
from facelrp_workflow.job import faces_of, job


def main(source, dataset, options, attributes, output, log):
    faces = load(dataset, source, **options)
    # The table is empty if only means over raters are known.
    answers = pd.DataFrame(columns=["face_id", "attribute", "rating"])
    if faces.raters is not None:
        answers = faces.raters(attributes)
    write_table(output, answers)
    log.info("%d answers of single raters", len(answers))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(*faces_of(snakemake), snakemake.params.attributes, snakemake.output[0], log)
