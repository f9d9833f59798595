"""Make a base model from a network that torchvision publishes, trained on ImageNet."""

from functools import partial

import torch

from facelrp.networks import architectures, weights
from facelrp.networks.imagenet import MEAN, STD
from facelrp.networks.states import from_state, read_state
from facelrp.sources.downloads import fetch
from facelrp_workflow.files import replacing
from facelrp_workflow.job import job


def categories(architecture):
    """Return the names of ImageNet's classes, in the order of the networks' outputs."""
    from torchvision import models

    return models.get_model_weights(architecture).DEFAULT.meta["categories"]


def main(archives, base, archive_dir, log):
    path = fetch(archives[base["weights"]], archive_dir, read_state)
    build = partial(architectures.build, base["architecture"], **architectures.form_of(base))
    network = from_state(build, read_state(path), STD, path)
    log.info("%s: %s, torch %s", path, base["architecture"], torch.__version__)
    return network


if __name__ == "__main__":
    with job(snakemake) as log:
        base = snakemake.params.base
        network = main(**snakemake.params, archive_dir=snakemake.resources.archive_dir, log=log)
        with replacing(snakemake.output.weights) as path:
            described = {"mode": "base", "categories": categories(base["architecture"])}
            weights.save(path, network, MEAN, base["architecture"], base=snakemake.wildcards.base, **described)
