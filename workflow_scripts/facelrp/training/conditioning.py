"""Put a network into a form that is easier to train, and back afterwards."""

from contextlib import contextmanager

import torch
from torch import nn

from facelrp.errors import InputError
from facelrp.networks.architectures import backbone_of
from facelrp.networks.batches import Features, predict
from facelrp.networks.surgery import first_convolution, first_dense, output_of, split_at_features


@contextmanager
def conditioned(network, divide_pixels_by=1.0, offset=0.0, spread=1.0):
    """Let a network take divided pixels and return standardised ratings; undo both afterwards, to rounding.

    Within the context the network computes (f(x · ``divide_pixels_by``) − ``offset``) / ``spread``, where f is its
    function before. Afterwards it takes pixels and returns ratings again, and keeps what it learned.

    AdamW's steps have the same size for all weights. On pixels of 0–255 the weights of the first layer are so small
    (about 0.001) that a step of 0.0003 replaces a third of them; on pixels divided by their spread they are as large as
    the others. Ratings of one attribute vary by only 0.1 or 0.2 on [0, 1], so a step of 0.0002 in each of the output's
    512 weights moves all outputs by a good part of that range; on ratings of mean 0 and variance 1 it does not.

    Parameters
    ----------
    network : torch.nn.Sequential
        Its first convolution and its output are changed in place.
    divide_pixels_by : float
    offset, spread : float
        Mean and standard deviation of the ratings.
    """
    scale_input(network, divide_pixels_by)
    _scale_output(network, offset, 1 / spread)
    try:
        yield
    finally:
        _scale_output(network, -offset / spread, spread)
        scale_input(network, 1 / divide_pixels_by)


@torch.no_grad()
def scale_input(network, factor):
    """Multiply the weights of the first convolution: the network then takes pixels divided by the factor."""
    first_convolution(network).weight *= factor


@torch.no_grad()
def _scale_output(network, offset, factor):
    """Return (output − offset) · factor from now on."""
    output = output_of(network)
    output.weight *= factor
    output.bias.sub_(offset).mul_(factor)


@contextmanager
def features_of_norm(network, inputs, squared_norm):
    """Let the features of a network have a mean squared norm, without changing its function; undo it afterwards.

    At the same learning rate a network learns faster from larger features, whatever they show: base models can be
    compared by speed if theirs are equally large. Those that are trained here are, published ones are not.

    Parameters
    ----------
    network : torch.nn.Sequential
        If inputs are features, only its first dense layer is changed, in place. If they are images, its last
        convolution is changed, too: between the two it must have positively homogeneous layers (ReLU, pooling).
    inputs : Images or Features
        What the network, or its dense layers, are trained on.
    squared_norm : float or None
        None changes nothing.

    Yields
    ------
    Images or Features
        The inputs to train on, which replace those given.

    Raises
    ------
    InputError
        If features come from a network with branches, and inputs are images.
    """
    convolutions, _ = split_at_features(network)
    ready = isinstance(inputs, Features)
    if squared_norm is None:
        yield inputs
        return
    if not ready and backbone_of(network) is not None:
        what = "the features of a network with branches cannot be rescaled while all its layers are trained"
        raise InputError(what, "a recipe's feature_norm", "leave it out of the recipe for finetuning/full")
    features = predict(nn.Identity() if ready else convolutions, inputs)
    factor = (squared_norm / features.double().square().sum(1).mean()).sqrt().item()
    last = None if ready else [layer for layer in convolutions if isinstance(layer, nn.Conv2d)][-1]
    _scale_features(network, last, factor)
    try:
        yield inputs.times(factor) if ready else inputs
    finally:
        _scale_features(network, last, 1 / factor)


@contextmanager
def standardised_features(network, inputs):
    """Let dense layers take features of mean 0 and variance 1, without changing the function; undo it afterwards.

    Pooled features of a network with branches are never negative and nearly the same for all faces, so that steps along
    their mean would outweigh all others. The features of a sequence stay as they are.

    Parameters
    ----------
    network : torch.nn.Sequential
        Its first dense layer is changed in place.
    inputs : Images or Features
        What the network, or its dense layers, are trained on.

    Yields
    ------
    Images or Features
        The inputs to train on, which replace those given.
    """
    if backbone_of(network) is None or not isinstance(inputs, Features):
        yield inputs
        return
    features = predict(nn.Identity(), inputs).double()
    mean, spread = features.mean(0), features.std(0, correction=0)
    spread = torch.where(spread > 0, spread, 1)
    layer = first_dense(network)
    mean, spread = (values.to(layer.weight) for values in (mean, spread))
    with torch.no_grad():
        layer.bias += layer.weight @ mean
        layer.weight *= spread
    try:
        yield inputs.standardised(mean, spread)
    finally:
        with torch.no_grad():
            layer.weight /= spread
            layer.bias -= layer.weight @ mean


@torch.no_grad()
def _scale_features(network, last, factor):
    if last is not None:
        last.weight *= factor
        last.bias *= factor
    first_dense(network).weight /= factor
