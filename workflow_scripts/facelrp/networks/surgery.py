"""Split networks, initialise and rescale them, and replace their output unit."""

from collections import OrderedDict

import torch
from torch import nn

from facelrp.networks.architectures import add_hidden_layers


def split_at_features(network):
    """Split a network into what computes its features, and its dense layers.

    Parameters
    ----------
    network : torch.nn.Sequential
        A network of `facelrp.networks.architectures`.

    Returns
    -------
    features, dense : torch.nn.Sequential
        They share the network's layers. The first returns features (N, F), the second takes them.
    """
    children = list(network.named_children())
    names = [name for name, _ in children]
    border = names.index("flatten" if "flatten" in names else "features") + 1
    return nn.Sequential(OrderedDict(children[:border])), nn.Sequential(OrderedDict(children[border:]))


def first_dense(network):
    """Return the layer of a network that takes its features, a ``torch.nn.Linear``."""
    return next(layer for layer in split_at_features(network)[1] if isinstance(layer, nn.Linear))


def output_of(network):
    """Return the output of a network, a ``torch.nn.Linear``."""
    return network[-1]


def first_convolution(network):
    """Return the layer of a network that sees pixels, a ``torch.nn.Conv2d``."""
    return next(layer for layer in network.modules() if isinstance(layer, nn.Conv2d))


def replace_output(network, units):
    """Give a network another output with fresh weights, in place; return it."""
    output = output_of(network)
    network[-1] = nn.Linear(output.in_features, units, device=output.weight.device)
    return network[-1]


def resize_output(network, shapes):
    """Give the output of a network as many units as weights of these shapes have for it, in place.

    Parameters
    ----------
    network : torch.nn.Sequential
    shapes : dict of {str: sequence of int}
        The shape of each weight by its name; the network stays if the output's is missing or is no matrix.
    """
    name = list(network.named_children())[-1][0]
    shape = shapes.get(f"{name}.weight", ())
    if len(shape) == 2 and shape[0] > 0:
        replace_output(network, shape[0])


@torch.no_grad()
def initialise(network, inputs, generator):
    """Initialise orthogonally, then scale layer by layer to unit variance (LSUV), the last layer to a tenth of it.

    With a tenth the network starts near chance. At unit variance the first steps would only undo the confident answers
    of a random network.

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
            # Drawn on the CPU, so that training on a GPU starts from the same network.
            drawn = torch.empty_like(layer.weight, device="cpu")
            layer.weight.copy_(nn.init.orthogonal_(drawn, generator=generator))
            nn.init.zeros_(layer.bias)
            layer.weight /= layer(inputs).std()
        inputs = inputs if isinstance(layer, nn.Dropout) else layer(inputs)
    output_of(network).weight *= 0.1


@torch.no_grad()
def rescale_features(network, inputs, squared_norm=300.0):
    """Rescale the inputs of fc6 and fc7 without changing the function that the network computes.

    ReLU, max-pooling and dense layers are positively homogeneous: their inputs may be divided by a number if the next
    weights are multiplied by it. After LSUV the 18,816 features that enter fc6 are so large that the paper's SGD
    diverges. This reduces the mean squared norm of a face's features.

    Parameters
    ----------
    network : torch.nn.Sequential
        A network of `levi_hassner`; changed in place.
    inputs : Tensor, shape (N, 3, 227, 227)
        Images to measure on, mean subtracted.
    squared_norm : float
        Wanted mean squared norm of the inputs of fc6 and of fc7.
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
def regressor(network, start, generator, head="linear"):
    """Give a base model a new output unit that returns about ``start`` for every face before training.

    Parameters
    ----------
    network : torch.nn.Sequential
        A network of `facelrp.networks.architectures`; its output is replaced in place.
    start : float
        Mean of the training ratings on [0, 1], so that training need not spend its first epochs on finding it.
    generator : torch.Generator
        For the weights: a tenth of torch's default, uniform within ±1/√I for I inputs, so that outputs start near
        ``start``.
    head : {"linear", "mlp"}
        With "mlp", two hidden layers are put before the output.

    Returns
    -------
    torch.nn.Sequential
        The same network.
    """
    if head == "mlp":
        add_hidden_layers(network, generator)
    unit = replace_output(network, 1)
    bound = 0.1 / unit.in_features**0.5
    nn.init.uniform_(unit.weight, -bound, bound, generator=generator)
    nn.init.constant_(unit.bias, start)
    return network


@torch.no_grad()
def last_against_first(network):
    """Give a base model one output, the logit of its last class minus that of its first: how much rather the one.

    For a network of age, whose classes are in order, it is how much rather a face is of the oldest than of the
    youngest class. A single logit says little, because the softmax depends on differences of logits alone.

    Parameters
    ----------
    network : torch.nn.Sequential
        A base model; its output is replaced in place.

    Returns
    -------
    torch.nn.Sequential
        The same network.
    """
    old = output_of(network)
    unit = replace_output(network, 1)
    for new, before in ((unit.weight, old.weight), (unit.bias, old.bias)):
        new.copy_(before[-1:] - before[:1])
    return network
