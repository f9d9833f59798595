"""Split the rated faces at random into two equal halves; no identity stands in both."""

import pandas as pd

from facelrp.splitting import split_identities
from facelrp_files import read_table, write_table
from facelrp_job import job


def main(faces, split, seed, log):
    table = read_table(faces)
    halves = split_identities(table["identity"], seed)
    write_table(split, pd.DataFrame({"face_id": table["face_id"], "half": halves}))
    log.info("seed %d: %s", seed, pd.Series(halves).value_counts().to_dict())


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input.faces, snakemake.output[0], snakemake.params.seed, log)
