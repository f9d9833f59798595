"""Fine-tune a base model to predict a rating: only its dense layers, or all layers."""

from dataclasses import replace

import pandas as pd
import torch

from facelrp.faces.rating_scales import RatingScale
from facelrp.networks import weights
from facelrp.networks.batches import predict
from facelrp.networks.devices import prepare
from facelrp.networks.surgery import regressor
from facelrp.training.fine_tuning import part_for, train, training_features
from facelrp.training.loop import Recipe, show_progress
from facelrp_workflow.checkpoint import Checkpoint, identity
from facelrp_workflow.files import open_array, read_rated, replacing, write_table
from facelrp_workflow.job import job


def inputs_of(files, rows, network, recipe):
    """Return these rows of the features if they are given, otherwise of the images."""
    if files.get("features"):
        return training_features(open_array(files.features), rows, recipe, network.device)
    return network.images(open_array(files.images), rows, **recipe.image_options)


def main(files, attribute, recipe, head, seed, scale, compute, device, checkpoint, log):
    device, scale = prepare(device, compute["threads"]), RatingScale(*scale)
    recipe = Recipe(**recipe)
    training_set, test_set = (read_rated(files, attribute, split) for split in ("train", "test"))
    ratings = training_set[attribute].to_numpy()
    network = weights.load(files.base)
    regressor(network.module, scale.to_unit(ratings.mean()), torch.Generator().manual_seed(seed), head)
    network.to(device)
    log.info("%d faces to train on, %d to predict, torch %s", len(training_set), len(test_set), torch.__version__)
    log.info("seed %d, device %s, precision %s, threads %d", seed, device, compute["precision"], compute["threads"])
    history = train(
        network.module,
        inputs_of(files, training_set.index, network, recipe),
        scale.to_unit(ratings),
        recipe,
        seed,
        precision=compute["precision"],
        after_epoch=show_progress(recipe, log),
        checkpoint=checkpoint,
    )
    inputs = inputs_of(files, test_set.index, network, replace(recipe, divide_pixels_by=1.0))
    outputs = predict(part_for(inputs, network.module), inputs).squeeze(1).double().numpy()
    predictions = pd.DataFrame(
        {"face_id": test_set["face_id"], "rating": test_set[attribute], "prediction": scale.to_points(outputs)}
    )
    return network, pd.DataFrame(history), predictions


if __name__ == "__main__":
    with job(snakemake) as log:
        wildcards, output, params = snakemake.wildcards, snakemake.output, snakemake.params
        checkpoint = Checkpoint(output.weights, identity(snakemake), log)
        network, history, predictions = main(
            snakemake.input,
            wildcards.attribute,
            **params,
            device=snakemake.resources.device,
            checkpoint=checkpoint,
            log=log,
        )
        with replacing(output.weights) as path:
            weights.save(path, network.module, network.mean, network.architecture, **wildcards, seed=params.seed)
        write_table(output.history, history.drop(columns="seconds"))
        write_table(output.predictions, predictions)
        checkpoint.remove()
