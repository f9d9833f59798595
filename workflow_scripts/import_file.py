"""Make a base model from a file, the user's own or published: weights of an architecture, or an exported program."""

from functools import partial
from pathlib import Path

import torch

from facelrp.networks import architectures, weights
from facelrp.networks.program_files import PROGRAM, read_program
from facelrp.networks.states import from_state, read_state
from facelrp.sources.downloads import fetch
from facelrp_workflow.files import replacing
from facelrp_workflow.job import job


def read(base, path):
    """Return the name of a network's architecture, what else it is built from, and its weights by name."""
    if Path(path).suffix == PROGRAM:
        program, state = read_program(path, base.get("output"))
        return architectures.EXPORTED, {"program": program}, state
    return base["architecture"], {}, architectures.renamed(base["architecture"], read_state(path))


def main(archives, base, archive_dir, log):
    path = base["file"] if "file" in base else fetch(archives[base["weights"]], archive_dir, partial(read, base))
    architecture, form, state = read(base, path)
    build = partial(architectures.build, architecture, **form, **architectures.form_of(base))
    network = from_state(build, state, base["std"], path)
    log.info("%s: %s, torch %s", path, architecture, torch.__version__)
    return network, architecture


if __name__ == "__main__":
    with job(snakemake) as log:
        base = snakemake.params.base
        network, architecture = main(**snakemake.params, archive_dir=snakemake.resources.archive_dir, log=log)
        described = {"base": snakemake.wildcards.base, "mode": "base"}
        described |= {"embedding": True} if base["embedding"] else {}
        with replacing(snakemake.output.weights) as path:
            weights.save(path, network, base["mean"], architecture, **described)
