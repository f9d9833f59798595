"""Predict the ratings of changed faces by all networks of a base model at once."""

import numpy as np

from facelrp.networks.batches import Features, predict
from facelrp.networks.surgery import split_at_features


def predict_ratings(networks, dense, scale, images):
    """Return the ratings that networks of one base model predict for images.

    Parameters
    ----------
    networks : sequence of facelrp.networks.weights.LoadedNetwork
        A of them.
    dense : bool
        Whether only their dense layers differ: then they share their convolutions, which are computed once.
    scale : facelrp.faces.rating_scales.RatingScale
        That of their ratings.
    images : ndarray of uint8, shape (n, 227, 227, 3)

    Returns
    -------
    ndarray of float, shape (n, A)
        In points.
    """
    inputs, modules = networks[0].images(images), [network.module for network in networks]
    if dense:
        features = predict(split_at_features(modules[0])[0], inputs)
        inputs = Features(features[None], device=inputs.device)
        modules = [split_at_features(module)[1] for module in modules]
    outputs = [predict(module, inputs).squeeze(1).double().numpy() for module in modules]
    return scale.to_points(np.stack(outputs, 1))
