"""The Levi-Hassner network: the architecture of age_net and gender_net, layer for layer.

Source: Levi & Hassner (2015), *Age and gender classification using convolutional neural networks*, and the deploy
prototxt they published: conv → ReLU → max-pool → LRN, three times without the last LRN, then three dense layers.
"""

from collections import OrderedDict

import torch
from torch import nn


class _CrossChannelNorm(torch.autograd.Function):
    """y = x · s^−β with s = k + α/n · (sum of x² over n neighbouring channels), and its exact gradient."""

    @staticmethod
    def forward(ctx, x, size, alpha, beta, k):
        scale = _neighbour_sum(x * x, size).mul_(alpha / size).add_(k)
        power = scale.pow(-beta) if beta != 0.75 else scale.rsqrt().mul_(scale.rsqrt().sqrt_())
        ctx.save_for_backward(x, scale, power)
        ctx.constants = size, alpha, beta
        return x * power

    @staticmethod
    def backward(ctx, gradient):
        x, scale, power = ctx.saved_tensors
        size, alpha, beta = ctx.constants
        direct = gradient * power
        shared = _neighbour_sum((direct * x).div_(scale), size).mul_(x)
        return direct.sub_(shared, alpha=2 * alpha * beta / size), None, None, None, None


def _neighbour_sum(x, size):
    total = x.clone()
    for distance in range(1, size // 2 + 1):
        total[:, distance:] += x[:, :-distance]
        total[:, :-distance] += x[:, distance:]
    return total


class LocalResponseNorm(nn.LocalResponseNorm):
    """torch's local response normalisation for odd sizes, as shifted additions: the same values in half the time.

    torch goes through `avg_pool3d`, which took a quarter of a training step of the Levi-Hassner network.
    """

    def forward(self, input):
        # Under autocast, too, in float32: as torch has it for norms and powers.
        wide = input.to(torch.promote_types(input.dtype, torch.float32))
        return _CrossChannelNorm.apply(wide, self.size, self.alpha, self.beta, self.k)


def levi_hassner(outputs):
    """Build the network with freshly initialised weights (torch defaults).

    Parameters
    ----------
    outputs : int
        Number of output units: 8 age classes, 2 gender classes, 1 for a regressed rating.

    Returns
    -------
    torch.nn.Sequential
        Children conv1, relu1, pool1, norm1, conv2, …, pool5, flatten, fc6, …, fc8. Input float (N, 3, 227, 227) with
        the mean already subtracted, output (N, outputs). Pooling rounds up as in Caffe: 56 → 28 → 28 → 14 → 14 → 7.
    """

    def pool():
        return nn.MaxPool2d(3, 2, ceil_mode=True)

    def norm():
        return LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1)

    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(3, 96, 7, stride=4),
            relu1=nn.ReLU(),
            pool1=pool(),
            norm1=norm(),
            conv2=nn.Conv2d(96, 256, 5, padding=2),
            relu2=nn.ReLU(),
            pool2=pool(),
            norm2=norm(),
            conv3=nn.Conv2d(256, 384, 3, padding=1),
            relu3=nn.ReLU(),
            pool5=pool(),
            flatten=nn.Flatten(),
            fc6=nn.Linear(384 * 7 * 7, 512),
            relu6=nn.ReLU(),
            drop6=nn.Dropout(0.5),
            fc7=nn.Linear(512, 512),
            relu7=nn.ReLU(),
            drop7=nn.Dropout(0.5),
            fc8=nn.Linear(512, outputs),
        )
    )


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
