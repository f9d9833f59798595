"""Put a network into a form that is easier to train, and back afterwards."""

from contextlib import contextmanager

import torch
from torch import nn

from facelrp.networks.batches import Features, predict
from facelrp.networks.surgery import split_at_features


@contextmanager
def conditioned(network, divide_pixels_by=1.0, offset=0.0, spread=1.0):
    """Let a network take divided pixels and return standardised ratings; undo both afterwards, to rounding.

    Within the context the network computes (f(x · ``divide_pixels_by``) − ``offset``) / ``spread``, where f is its
    function before. Afterwards it takes pixels and returns ratings again, and keeps what it learned.

    AdamW's steps have the same size for all weights. On pixels of 0–255 the weights of the first layer are so small
    (about 0.001) that a step of 0.0003 replaces a third of them; on pixels divided by their spread they are as large as
    the others. Ratings of one attribute vary by only 0.1 or 0.2 on [0, 1], so a step of 0.0002 in each of fc8's 512
    weights moves all outputs by a good part of that range; on ratings of mean 0 and variance 1 it does not.

    Parameters
    ----------
    network : torch.nn.Sequential
        Its first layer and ``fc8`` are changed in place.
    divide_pixels_by : float
    offset, spread : float
        Mean and standard deviation of the ratings.
    """
    _scale_input(network, divide_pixels_by)
    _scale_output(network, offset, 1 / spread)
    try:
        yield
    finally:
        _scale_output(network, -offset / spread, spread)
        _scale_input(network, 1 / divide_pixels_by)


@torch.no_grad()
def _scale_input(network, factor):
    network[0].weight *= factor


@torch.no_grad()
def _scale_output(network, offset, factor):
    """Return (output − offset) · factor from now on."""
    network.fc8.weight *= factor
    network.fc8.bias.sub_(offset).mul_(factor)


@contextmanager
def features_of_norm(network, inputs, squared_norm):
    """Let the features of a network have a mean squared norm, without changing its function; undo it afterwards.

    At the same learning rate a network learns faster from larger features, whatever they show: base models can be
    compared by speed if theirs are equally large. Those that are trained here are, published ones are not.

    Parameters
    ----------
    network : torch.nn.Sequential
        Between the last convolution and fc6 it has positively homogeneous layers (ReLU, pooling). Its last convolution
        and ``fc6`` are changed in place; only ``fc6`` if inputs are features, so that convolutions stay as they are.
    inputs : Images or Features
        What the network, or its dense layers, are trained on.
    squared_norm : float or None
        None changes nothing.

    Yields
    ------
    Images or Features
        The inputs to train on, which replace those given.
    """
    convolutions, _ = split_at_features(network)
    ready = isinstance(inputs, Features)
    if squared_norm is None:
        yield inputs
        return
    features = predict(nn.Identity() if ready else convolutions, inputs)
    factor = (squared_norm / features.double().square().sum(1).mean()).sqrt().item()
    last = None if ready else [layer for layer in convolutions if isinstance(layer, nn.Conv2d)][-1]
    _scale_features(network, last, factor)
    try:
        yield inputs.times(factor) if ready else inputs
    finally:
        _scale_features(network, last, 1 / factor)


@torch.no_grad()
def _scale_features(network, last, factor):
    if last is not None:
        last.weight *= factor
        last.bias *= factor
    network.fc6.weight /= factor
