"""Make a base model from a network of the user's own: a file of weights of an architecture that this workflow knows."""

from functools import partial

import torch

from facelrp.networks import architectures, weights
from facelrp.networks.states import from_state, read_state
from facelrp_workflow.files import replacing
from facelrp_workflow.job import job


def main(base, log):
    path = base["file"]
    build = partial(architectures.build, base["architecture"], **architectures.form_of(base))
    network = from_state(build, read_state(path), base["std"], path)
    log.info("%s: %s, torch %s", path, base["architecture"], torch.__version__)
    return network


if __name__ == "__main__":
    with job(snakemake) as log:
        base = snakemake.params.base
        network = main(base, log)
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
