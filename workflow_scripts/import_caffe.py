"""Make a base model from the network that Levi & Hassner published in Caffe's format."""

from facelrp.errors import InputError
from facelrp.networks import weights
from facelrp.networks.caffe.conversion import CLASSES, levi_hassner_from_caffe
from facelrp.networks.caffe.files import read_caffemodel, read_mean
from facelrp.networks.surgery import output_of
from facelrp.sources.downloads import fetch
from facelrp_workflow.files import replacing
from facelrp_workflow.job import job


def main(archives, base, archive_dir, log):
    """Return the network, the mean image (3, 227, 227) to subtract from its inputs, and the ranges of its classes."""
    model, mean = (fetch(archives[base[key]], archive_dir) for key in ("model", "mean"))
    network, mean = levi_hassner_from_caffe(read_caffemodel(model), read_mean(mean), model)
    ranges = CLASSES[base["target"]]
    if output_of(network).out_features != len(ranges):
        what = f"the network has {output_of(network).out_features} classes, but {base['target']} has {len(ranges)}"
        raise InputError(what, model, "name the network of this target")
    log.info("%s, channel means of the mean image (RGB): %s", model, mean.channels)
    return network, mean.image, ranges


if __name__ == "__main__":
    with job(snakemake) as log:
        base = snakemake.params.base
        network, mean, ranges = main(**snakemake.params, archive_dir=snakemake.resources.archive_dir, log=log)
        with replacing(snakemake.output.weights) as path:
            weights.save(
                path,
                network,
                mean,
                base=snakemake.wildcards.base,
                mode="base",
                target=base["target"],
                ranges=ranges,
            )
