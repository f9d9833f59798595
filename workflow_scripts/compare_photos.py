"""Compare the user's photographs with the rated faces: are they unlike those that the networks were trained on?

What the features of the base model do not show cannot be marked: a face that is not unusual may still be another kind.
"""

import sys

import pandas as pd
import torch

from facelrp.networks import weights
from facelrp.networks.channel_means import channel_means
from facelrp.networks.devices import prepare
from facelrp.networks.surgery import split_at_features
from facelrp.statistics.unfamiliarity import UNUSUAL, distances, percentiles
from facelrp_workflow.files import open_array, read_faces, read_table, write_table
from facelrp_workflow.job import job


def main(files, output, compute, device, log):
    device = prepare(device, compute["threads"])
    network = weights.load(files.weights).to(device)
    convolutions, _ = split_at_features(network.module)
    convolutions.to(memory_format=torch.channels_last)

    def seen_in(path, rows=None):
        # Means of positive outputs are skewed; their roots are less so, and a distance tells more.
        return channel_means(convolutions, network.images(open_array(path), rows)).sqrt().numpy()

    train, test = (seen_in(files.images, read_faces(files, split).index) for split in ("train", "test"))
    held_out, new = distances(train, test, seen_in(files.photos))
    names, percentile = read_table(files.photo_faces)["face_id"], percentiles(held_out, new)
    unusual = percentile > UNUSUAL
    answers = pd.Series(unusual).map({True: "yes", False: "no"})
    write_table(output, pd.DataFrame({"face_id": names, "unusual": answers, "distance": percentile}))
    said = f"{unusual.sum()} of {len(names)} faces on your photographs are unlike the rated faces"
    log.info("%s: device %s, torch %s", said, device, torch.__version__)
    if unusual.any():
        print(f"{said}: scores there mean little (unusual in photos/scores.csv)", file=sys.stderr)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output[0], snakemake.params.compute, snakemake.resources.device, log)
