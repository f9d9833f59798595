"""Networks taken apart, initialised, rescaled and given a new output unit."""

from collections import OrderedDict

import torch
from torch import nn


def split_at_features(network):
    """Split the network where its convolutions end.

    Parameters
    ----------
    network : torch.nn.Sequential
        A network with children ``flatten`` and ``fc6``, as `levi_hassner` builds it.

    Returns
    -------
    convolutions, dense : torch.nn.Sequential
        Views that share the network's layers. ``convolutions`` gives the features (N, 18816), ``dense`` takes them.
    """
    children = list(network.named_children())
    border = [name for name, _ in children].index("flatten") + 1
    return nn.Sequential(OrderedDict(children[:border])), nn.Sequential(OrderedDict(children[border:]))


@torch.no_grad()
def initialise(network, inputs, generator):
    """Initialise orthogonally, then scale layer by layer to unit variance (LSUV), the last layer to a tenth of it.

    Classes are then told apart about as badly as by chance. At unit variance the first steps would go into taking back
    what a random network is sure of.

    Parameters
    ----------
    network : torch.nn.Sequential
        A network of `levi_hassner`; changed in place.
    inputs : Tensor, shape (N, 3, 227, 227)
        A batch of training images, mean subtracted.
    generator : torch.Generator
        The only source of randomness; of the CPU.

    References
    ----------
    Mishkin & Matas (2016), *All you need is a good init*, ICLR. Plain random starts stay at chance on 500 faces.
    """
    for layer in network:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            # Drawn on the CPU, so that on a GPU the same network is started from.
            drawn = torch.empty_like(layer.weight, device="cpu")
            layer.weight.copy_(nn.init.orthogonal_(drawn, generator=generator))
            nn.init.zeros_(layer.bias)
            layer.weight /= layer(inputs).std()
        inputs = inputs if isinstance(layer, nn.Dropout) else layer(inputs)
    network.fc8.weight *= 0.1


@torch.no_grad()
def rescale(network, inputs, squared_norm=300.0):
    """Rescale the layers behind the last LRN without changing the function the network computes.

    ReLU, max-pooling and dense layers are positively homogeneous: what enters fc6 (and fc7) may be divided by a
    number that the next weights are multiplied with. The features entering the 18,816-wide fc6 of a net trained with
    LSUV are so large that the paper's SGD diverges; this brings the mean squared norm of a face's features down.

    Parameters
    ----------
    network : torch.nn.Sequential
        A network of `levi_hassner`; changed in place.
    inputs : Tensor, shape (N, 3, 227, 227)
        Images to measure on, mean subtracted.
    squared_norm : float
        Wanted mean squared norm of the features that enter fc6 and fc7.
    """
    training = network.training
    network.eval()
    values, previous = inputs, None
    for name, layer in network.named_children():
        if name in ("fc6", "fc7"):
            factor = (squared_norm / values.square().sum(1).mean()).sqrt()
            previous.weight *= factor
            previous.bias *= factor
            layer.weight /= factor
            values = values * factor
        if isinstance(layer, nn.Conv2d | nn.Linear):
            previous = layer
        values = layer(values)
    network.train(training)


@torch.no_grad()
def expect_unit(network, unit):
    """Let a network that takes pixels take pixels divided by ``unit``, or back with 1/unit, to the same result.

    For training with AdamW, whose steps are of one size for all weights: on pixels of 0–255 conv1's weights are so
    small (about 0.001) that a step of 0.0003 replaces a third of them. Divided by their spread, they are of the size
    of the others.
    """
    network[0].weight *= unit


@torch.no_grad()
def scale_output(network, offset, factor):
    """Let the output unit answer (answer − offset) · factor instead.

    For training with AdamW on ratings of mean 0 and variance 1: on [0, 1], where people's ratings of one attribute vary
    by a tenth or two, a step of 0.0002 of each of fc8's 512 weights moves all answers by a good part of that.
    """
    network.fc8.weight *= factor
    network.fc8.bias.sub_(offset).mul_(factor)


@torch.no_grad()
def regressor(network, start, generator):
    """Give a base model a new output unit that answers ``start`` for every face, before training.

    Parameters
    ----------
    network : torch.nn.Sequential
        A network of `levi_hassner`; its last layer is replaced in place.
    start : float
        Mean of the training ratings on [0, 1]: training need not spend its first epochs on finding it.
    generator : torch.Generator
        For the weights, uniform within ±1/√512 of torch's default, scaled by 0.1 so that answers start near ``start``.

    Returns
    -------
    torch.nn.Sequential
        The same network.
    """
    unit = nn.Linear(network.fc8.in_features, 1)
    bound = 0.1 / network.fc8.in_features**0.5
    nn.init.uniform_(unit.weight, -bound, bound, generator=generator)
    nn.init.constant_(unit.bias, start)
    network.fc8 = unit
    return network
