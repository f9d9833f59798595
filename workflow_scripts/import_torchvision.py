"""Make a base model from a network that torchvision publishes, trained on ImageNet."""

import warnings
from functools import partial

import torch

from facelrp.errors import InputError
from facelrp.networks import weights
from facelrp.networks.imagenet import MEAN, from_torchvision
from facelrp.sources.archives import open_zip
from facelrp.sources.downloads import fetch
from facelrp.sources.extraction import Limits, safe_members
from facelrp_workflow.files import replacing
from facelrp_workflow.job import job

#: How files of `torch.save` begin: zip archives, and the pickled number that older files begin with.
ZIP, OLDER = b"PK\x03\x04", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."


def read_state(path):
    """Return the tensors of a ``.pth`` file by name; only tensors are unpickled."""
    try:
        with open(path, "rb") as file:
            start = file.read(len(OLDER))
        if start.startswith(ZIP):
            # torch compresses nothing, and would decompress without bound.
            with open_zip(path) as opened:
                safe_members(opened, path, Limits(ratio=1))
        elif start != OLDER:
            raise ValueError("another format")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            state = torch.load(path, map_location="cpu", weights_only=True)
    except InputError:
        raise
    # A pickle is a program: on damaged ones the unpickler fails with almost every kind of exception.
    except Exception as fault:
        raise InputError("cannot be read as tensors of torch", path, "delete it, and download it again") from fault
    if not isinstance(state, dict) or not all(is_weights(value) for value in state.values()):
        raise InputError("does not hold tensors by name", path, "give the weights torchvision publishes")
    return state


def is_weights(value):
    """Return whether a value is a dense tensor of float32 in memory."""
    kind = torch.strided, torch.float32, torch.device("cpu")
    return isinstance(value, torch.Tensor) and (value.layout, value.dtype, value.device) == kind


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
