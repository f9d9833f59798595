"""Make a base model from a file: weights of an architecture that this workflow knows, the user's own or published."""

from functools import partial

import torch

from facelrp.networks import architectures, weights
from facelrp.networks.states import from_state, read_state
from facelrp.sources.downloads import fetch
from facelrp_workflow.files import replacing
from facelrp_workflow.job import job


def main(archives, base, archive_dir, log):
    path = fetch(archives[base["weights"]], archive_dir, read_state) if "weights" in base else base["file"]
    state = architectures.renamed(base["architecture"], read_state(path))
    build = partial(architectures.build, base["architecture"], **architectures.form_of(base))
    network = from_state(build, state, base["std"], path)
    log.info("%s: %s, torch %s", path, base["architecture"], torch.__version__)
    return network


if __name__ == "__main__":
    with job(snakemake) as log:
        base = snakemake.params.base
        network = main(**snakemake.params, archive_dir=snakemake.resources.archive_dir, log=log)
        described = {"embedding": True} if base["embedding"] else {}
        with replacing(snakemake.output.weights) as path:
            weights.save(
                path,
                network,
                base["mean"],
                base["architecture"],
                base=snakemake.wildcards.base,
                mode="base",
                **described,
            )
