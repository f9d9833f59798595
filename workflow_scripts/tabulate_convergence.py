"""Tabulate how quickly the training error of each network fell."""

import pandas as pd

from facelrp.statistics.metrics import convergence
from facelrp_workflow.files import read_table, write_table
from facelrp_workflow.job import job


def main(files, networks, output, log):
    table = pd.DataFrame(
        [
            {**network, **convergence(read_table(history)["loss"])}
            for network, history in zip(networks, files.histories, strict=True)
        ]
    )
    write_table(output, table)
    log.info("\n%s", table.round(4).to_string(index=False))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.networks, snakemake.output[0], log)
