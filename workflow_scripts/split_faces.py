"""Split the rated faces at random into a training and a test set; nobody is in both."""

import pandas as pd

from facelrp.faces.splitting import split_identities
from facelrp_workflow.files import read_table, write_table
from facelrp_workflow.job import job


def main(faces, output, split, log):
    table = read_table(faces)
    splits = split_identities(table["identity"], **split)
    write_table(output, pd.DataFrame({"face_id": table["face_id"], "split": splits}))
    log.info("%s: %s", split, pd.Series(splits).value_counts().to_dict())


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input.faces, snakemake.output[0], **snakemake.params, log=log)
