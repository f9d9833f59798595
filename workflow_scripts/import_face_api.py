"""Make a base model from the network that face-api publishes to tell faces apart."""

from functools import partial

import torch

from facelrp.networks import architectures, weights
from facelrp.networks.face_resnet import MEAN, STD, read_face_api
from facelrp.networks.states import from_state
from facelrp.sources.downloads import fetch
from facelrp_workflow.files import replacing
from facelrp_workflow.job import job

ARCHITECTURE = "face_resnet"


def main(archives, base, archive_dir, log):
    manifest, path = (fetch(archives[base[key]], archive_dir) for key in ("manifest", "weights"))
    build = partial(architectures.build, ARCHITECTURE, **architectures.form_of(base))
    network = from_state(build, read_face_api(manifest, path), STD, path)
    log.info("%s, torch %s", path, torch.__version__)
    return network


if __name__ == "__main__":
    with job(snakemake) as log:
        base = snakemake.params.base
        network = main(**snakemake.params, archive_dir=snakemake.resources.archive_dir, log=log)
        described = {"base": snakemake.wildcards.base, "mode": "base", "embedding": True}
        with replacing(snakemake.output.weights) as path:
            weights.save(path, network, MEAN, ARCHITECTURE, **described)
