"""Fine-tune a base model to predict a rating: its dense layers alone, or all of it."""

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from facelrp import training, weights
from facelrp.devices import prepare
from facelrp.networks import expect_unit, regressor, split_at_features
from facelrp_files import open_array, read_table, replacing, rows_of_half, write_table
from facelrp_job import job


def unit(ratings):
    """Ratings of the 1–9 scale on [0, 1]."""
    return (ratings - 1) / 8


def batches(files, rows, recipe, mean, device):
    """What is trained on: features if they are given, else images."""
    if files.get("features"):
        views = 2 if recipe.mirror else 1
        features = np.ascontiguousarray(open_array(files.features)[:views, rows])
        return training.Features(torch.from_numpy(features).to(device))
    return training.Images(open_array(files.images)[rows], mean, recipe.mirror, recipe.shift, recipe.unit, device)


def main(files, attribute, recipe, seed, compute, log):
    device, precision = prepare(**compute)
    recipe = training.Recipe(**recipe)
    ratings = read_table(files.faces)[attribute]
    train, test = (rows_of_half(files.faces, files.split, half) for half in ("train", "test"))
    network, about = weights.load(files.base)
    start = unit(ratings[train].mean())
    network = regressor(network, start, torch.Generator().manual_seed(seed)).to(device)
    trained = split_at_features(network)[1] if files.get("features") else network
    expect_unit(network, recipe.unit)
    trained.to(memory_format=torch.channels_last)
    log.info("%d training faces, %d test faces, torch %s", len(train), len(test), torch.__version__)
    log.info("seed %d, device %s, precision %s, threads %d", seed, device, precision, compute["threads"])
    bar = tqdm(total=recipe.epochs, desc="epochs", disable=None)

    def after_epoch(record):
        bar.update()
        log.info("epoch {epoch}: loss {loss:.5f}, {seconds:.1f} s".format(**record))

    history = training.fit(
        trained,
        batches(files, train, recipe, about["mean"], device),
        torch.tensor(unit(ratings[train].to_numpy()), dtype=torch.float32),
        recipe,
        training.squared_error,
        seed,
        precision,
        after_epoch,
    )
    outputs = training.predict(trained, batches(files, test, recipe, about["mean"], device)).squeeze(1)
    expect_unit(network, 1 / recipe.unit)
    predictions = pd.DataFrame(
        {
            "face_id": read_table(files.faces)["face_id"][test],
            "rating": ratings[test],
            "prediction": 1 + 8 * outputs.double().numpy(),
        }
    )
    return network, about["mean"], pd.DataFrame(history), predictions


if __name__ == "__main__":
    with job(snakemake) as log:
        wildcards, output = snakemake.wildcards, snakemake.output
        network, mean, history, predictions = main(snakemake.input, wildcards.attribute, **snakemake.params, log=log)
        with replacing(output.weights) as path:
            weights.save(path, network, **wildcards, mean=mean, seed=snakemake.params.seed)
        write_table(output.history, history.drop(columns="seconds"))
        write_table(output.predictions, predictions)
