"""Make a base model from a network that torchvision publishes, trained on ImageNet."""

import pickle
from functools import partial

import torch

from facelrp.errors import InputError
from facelrp.networks import weights
from facelrp.networks.imagenet import MEAN, from_torchvision
from facelrp.sources.downloads import fetch
from facelrp_workflow.files import replacing
from facelrp_workflow.job import job


def read_state(path):
    """Return the tensors of a ``.pth`` file by name; only tensors are unpickled."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as fault:
        raise InputError("cannot be read as tensors of torch", path, "delete it, and download it again") from fault
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise InputError("does not hold tensors by name", path, "give the weights torchvision publishes")
    return state


def main(archives, base, archive_dir, log):
    path = fetch(archives[base["weights"]], archive_dir, read_state)
    network = from_torchvision(partial(weights.build, base["architecture"]), read_state(path), path)
    log.info("%s: %s, torch %s", path, base["architecture"], torch.__version__)
    return network


if __name__ == "__main__":
    with job(snakemake) as log:
        base = snakemake.params.base
        network = main(**snakemake.params, archive_dir=snakemake.resources.archive_dir, log=log)
        with replacing(snakemake.output.weights) as path:
            weights.save(path, network, MEAN, base["architecture"], base=snakemake.wildcards.base, mode="base")
