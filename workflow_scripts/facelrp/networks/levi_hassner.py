"""The Levi-Hassner network: the architecture of age_net and gender_net, layer by layer.

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
    """torch's local response normalisation for odd sizes, by shifted additions: the same values in half the time.

    torch uses `avg_pool3d`, which took a quarter of a training step of the Levi-Hassner network.
    """

    def forward(self, input):
        # In float32 under autocast, too, as torch computes norms and powers.
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
