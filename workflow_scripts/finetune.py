"""Fine-tune a base model to predict a rating: its dense layers alone, or all of it."""

from dataclasses import replace

import pandas as pd
import torch
from tqdm import tqdm

from facelrp.faces.rating_scales import to_points, to_unit
from facelrp.networks import weights
from facelrp.networks.batches import Features, Images, predict
from facelrp.networks.devices import prepare
from facelrp.networks.surgery import expect_unit, regressor, scale_output, split_at_features
from facelrp.training.loop import Recipe, fit, squared_error
from facelrp_workflow.checkpoint import Checkpoint, identity
from facelrp_workflow.files import open_array, read_faces, replacing, write_table
from facelrp_workflow.job import job


def batches(files, rows, recipe, mean, device):
    """What is trained on: features if they are given, else images."""
    if files.get("features"):
        views = 2 if recipe.mirror else 1
        return Features(open_array(files.features)[:views], rows, device)
    images = open_array(files.images)
    return Images(images, mean, recipe.mirror, recipe.shift, recipe.unit, device, rows)


def train(network, inputs, ratings, recipe, seed, precision, after_epoch, checkpoint):
    """Train the network on images, or its dense layers on features; return the history.

    For training the network is put into a form in which the optimiser fares better and then, exactly, back.
    """
    dense = isinstance(inputs, Features)
    trained = split_at_features(network)[1] if dense else network
    if not dense:
        expect_unit(network, recipe.unit)
    trained.to(memory_format=torch.channels_last)
    targets = to_unit(ratings)
    centre, spread = (targets.mean(), targets.std()) if recipe.standardise_ratings else (0.0, 1.0)
    scale_output(network, centre, 1 / spread)
    targets = torch.tensor((targets - centre) / spread, dtype=torch.float32)
    loss = squared_error
    history = fit(trained, inputs, targets, recipe, loss, seed, precision, after_epoch, checkpoint)
    scale_output(network, -centre / spread, spread)
    if not dense:
        expect_unit(network, 1 / recipe.unit)
    # Errors are reported on [0, 1], whatever was learned.
    return [record | {"loss": record["loss"] * spread**2} for record in history]


def main(files, attribute, recipe, seed, compute, checkpoint, log):
    device = prepare(compute["device"], compute["threads"])
    precision = compute["precision"]
    recipe = Recipe(**recipe)
    seen, unseen = (read_faces(files, split) for split in ("train", "test"))
    ratings = seen[attribute].to_numpy()
    network, about = weights.load(files.base)
    network = regressor(network, to_unit(ratings.mean()), torch.Generator().manual_seed(seed))
    network.to(device)
    log.info("%d faces to train on, %d to predict, torch %s", len(seen), len(unseen), torch.__version__)
    log.info("seed %d, device %s, precision %s, threads %d", seed, device, precision, compute["threads"])
    bar = tqdm(total=recipe.epochs, desc="epochs", disable=None)

    def after_epoch(record):
        bar.update()
        log.info("epoch {epoch}: loss {loss:.5f}, {seconds:.1f} s".format(**record))

    inputs = batches(files, seen.index, recipe, about["mean"], device)
    history = train(network, inputs, ratings, recipe, seed, precision, after_epoch, checkpoint)
    others = batches(files, unseen.index, replace(recipe, unit=1.0), about["mean"], device)
    answering = split_at_features(network)[1] if files.get("features") else network
    outputs = predict(answering, others).squeeze(1).double().numpy()
    predictions = pd.DataFrame(
        {
            "face_id": unseen["face_id"],
            "rating": unseen[attribute],
            "prediction": to_points(outputs),
        }
    )
    return network, about, pd.DataFrame(history), predictions


if __name__ == "__main__":
    with job(snakemake) as log:
        wildcards, output, params = snakemake.wildcards, snakemake.output, snakemake.params
        checkpoint = Checkpoint(output.weights, identity(snakemake), log)
        network, about, history, predictions = main(
            snakemake.input, wildcards.attribute, **params, checkpoint=checkpoint, log=log
        )
        with replacing(output.weights) as path:
            weights.save(
                path,
                network,
                about["mean"],
                about["architecture"],
                **wildcards,
                seed=params.seed,
            )
        write_table(output.history, history.drop(columns="seconds"))
        write_table(output.predictions, predictions)
        checkpoint.remove()
