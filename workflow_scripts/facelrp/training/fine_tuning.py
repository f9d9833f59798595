"""Fine-tuning: train a network to return ratings, all its layers on images or its dense layers on features."""

import torch

from facelrp.networks.batches import Features, predict
from facelrp.networks.surgery import split_at_features
from facelrp.training.conditioning import conditioned, features_of_norm, standardised_features
from facelrp.training.loop import fit, squared_error


def training_features(features, rows, recipe, device):
    """Return these rows of features, also those of the mirrored images if the recipe mirrors faces.

    Parameters
    ----------
    features : ndarray of float32, shape (2, N, F)
        For the images as they are and mirrored; may be memory-mapped.
    rows : array_like of int
    recipe : facelrp.training.loop.Recipe
    device : torch.device

    Returns
    -------
    facelrp.networks.batches.Features
    """
    return Features(features[: 2 if recipe.mirror else 1], rows, device)


def part_for(inputs, network):
    """Return the part of a network that takes these inputs: its dense layers for features, all layers for images."""
    return split_at_features(network)[1] if isinstance(inputs, Features) else network


def train(network, inputs, targets, recipe, seed, **options):
    """Train a network on images, or its dense layers on features, in place; return the history.

    Parameters
    ----------
    network : torch.nn.Sequential
        With one output, see `facelrp.networks.surgery.regressor`.
    inputs : facelrp.networks.batches.Images or Features
        N faces.
    targets : ndarray of float, shape (N,)
        Ratings on [0, 1].
    recipe : facelrp.training.loop.Recipe
    seed : int
    **options
        Those of `facelrp.training.loop.fit`.

    Returns
    -------
    list of dict
        See `facelrp.training.loop.fit`, and first epoch 0, before any training: the mean squared error on the faces as
        they are, without dropout or augmentation. Errors are those of ratings on [0, 1], also if training used
        standardised ones.
    """
    trained = part_for(inputs, network)
    trained.to(memory_format=torch.channels_last)
    divisor = recipe.divide_pixels_by if trained is network else 1.0
    mean, spread = (targets.mean(), targets.std()) if recipe.standardise_ratings else (0.0, 1.0)
    standardised = torch.tensor((targets - mean) / spread, dtype=torch.float32)
    with (
        conditioned(network, divisor, mean, spread),
        features_of_norm(network, inputs, recipe.feature_norm) as inputs,
        standardised_features(network, inputs) as inputs,
    ):
        # It is computed again when an interrupted training continues: the checkpoint holds what `fit` did.
        before = squared_error(predict(trained, inputs), standardised).item()
        history = [{"epoch": 0, "loss": before, "seconds": 0.0}]
        history += fit(trained, inputs, standardised, recipe, squared_error, seed, own_statistics="kept", **options)
    return [record | {"loss": record["loss"] * spread**2} for record in history]
