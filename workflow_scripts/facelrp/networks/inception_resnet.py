"""FaceNet's network, which tells people apart by their faces: an Inception-ResNet, as facenet-pytorch publishes it.

Blocks of branches with convolutions of several sizes are joined, and a small share of them is added to what was there
before. The 512 numbers of its embedding are a linear function of 1,792 pooled features, from which fine-tuning starts.

References
----------
Szegedy et al. (2017), *Inception-v4, Inception-ResNet and the impact of residual connections on learning*, AAAI,
figures 10–15; Schroff et al. (2015), *FaceNet*; the weights: Sandberg, *facenet*, trained on VGGFace2, for PyTorch by
Esler, *facenet-pytorch*, whose names layers have here, too.
"""

from collections import OrderedDict

import torch
from torch import nn

#: ε of all batch norms.
EPS = 1e-3
#: How many blocks of each kind there are, as published, and the share of their branches that they add.
BLOCKS, SHARES = (5, 10, 5), (0.17, 0.1, 0.2)
#: Channels of the first convolution.
WIDTH = 32


def convolution(inputs, outputs, size, stride=1, padding=0):
    """A convolution without bias, a batch norm and a ReLU."""
    return nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(inputs, outputs, size, stride, padding, bias=False),
            bn=nn.BatchNorm2d(outputs, eps=EPS),
            relu=nn.ReLU(),
        )
    )


def branch(inputs, *layers):
    """Convolutions one after the other, each described by its arguments after the number of its inputs."""
    built = []
    for outputs, *others in layers:
        built.append(convolution(inputs, outputs, *others))
        inputs = outputs
    return built[0] if len(built) == 1 else nn.Sequential(*built)


class Joined(nn.Module):
    """Branches side by side, whose channels are joined: children branch0, branch1, …"""

    def __init__(self, *branches):
        super().__init__()
        for number, layers in enumerate(branches):
            self.add_module(f"branch{number}", layers)

    def forward(self, x):
        return torch.cat([layers(x) for name, layers in self.named_children() if name.startswith("branch")], 1)


class Residual(Joined):
    """Joined branches, of which a share is added to the input by a convolution, ``conv2d``.

    Parameters
    ----------
    channels : int
        The channels of input and output.
    joined : int
        Those of all branches together.
    share : float
        By what the convolution's output is multiplied.
    branches : torch.nn.Module
    last : bool
        Without the ReLU of other blocks.
    """

    def __init__(self, channels, joined, share, *branches, last=False):
        super().__init__(*branches)
        self.share = share
        self.conv2d = nn.Conv2d(joined, channels, 1)
        self.relu = nn.Identity() if last else nn.ReLU()

    def forward(self, x):
        return self.relu(self.conv2d(super().forward(x)) * self.share + x)


def pooled_features(width=WIDTH, blocks=BLOCKS):
    """Build the network up to its pooled features: (N, 3, 160, 160) to (N, 56 · ``width``)."""
    w = width
    small, middle, large = 8 * w, 28 * w, 56 * w  # channels of the three kinds of blocks

    def first(share):
        narrow = (w, 1)
        wide = (w, 3, 1, 1)
        branches = (branch(small, narrow), branch(small, narrow, wide), branch(small, narrow, wide, wide))
        return Residual(small, 3 * w, share, *branches)

    def later(channels, width, size, share, last=False):
        """A block with one long branch: a row, then a column."""
        row, column = (width, (1, size), 1, (0, size // 2)), (width, (size, 1), 1, (size // 2, 0))
        branches = branch(channels, (width, 1)), branch(channels, (width, 1), row, column)
        return Residual(channels, 2 * width, share, *branches, last=last)

    to_middle = Joined(
        branch(small, (12 * w, 3, 2)),
        branch(small, (6 * w, 1), (6 * w, 3, 1, 1), (8 * w, 3, 2)),
        nn.MaxPool2d(3, 2),
    )
    to_large = Joined(
        branch(middle, (8 * w, 1), (12 * w, 3, 2)),
        branch(middle, (8 * w, 1), (8 * w, 3, 2)),
        branch(middle, (8 * w, 1), (8 * w, 3, 1, 1), (8 * w, 3, 2)),
        nn.MaxPool2d(3, 2),
    )
    return nn.Sequential(
        OrderedDict(
            conv2d_1a=convolution(3, w, 3, 2),
            conv2d_2a=convolution(w, w, 3),
            conv2d_2b=convolution(w, 2 * w, 3, padding=1),
            maxpool_3a=nn.MaxPool2d(3, 2),
            conv2d_3b=convolution(2 * w, 5 * w // 2, 1),
            conv2d_4a=convolution(5 * w // 2, 6 * w, 3),
            conv2d_4b=convolution(6 * w, small, 3, 2),
            repeat_1=nn.Sequential(*(first(SHARES[0]) for _ in range(blocks[0]))),
            mixed_6a=to_middle,
            repeat_2=nn.Sequential(*(later(middle, 4 * w, 7, SHARES[1]) for _ in range(blocks[1]))),
            mixed_7a=to_large,
            repeat_3=nn.Sequential(*(later(large, 6 * w, 3, SHARES[2]) for _ in range(blocks[2]))),
            block8=later(large, 6 * w, 3, 1.0, last=True),
            avgpool_1a=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
        )
    )


def inception_resnet_v1(outputs):
    """Build the network with freshly initialised weights.

    Parameters
    ----------
    outputs : int
        512 for the published embedding of a face.

    Returns
    -------
    torch.nn.Sequential
        Children ``features`` and ``fc``. The published network has dropout between them.
    """
    return nn.Sequential(OrderedDict(features=pooled_features(), fc=nn.Linear(56 * WIDTH, outputs)))


def from_facenet(state):
    """Return facenet-pytorch's weights by the names of `inception_resnet_v1`.

    The batch norm behind the embedding becomes a part of ``fc``. The layer behind it, which tells the people of the
    training photographs apart, is left out.

    Parameters
    ----------
    state : dict of {str: Tensor}

    Returns
    -------
    dict of {str: Tensor}
        The same if the weights are not facenet-pytorch's.
    """
    ends = ("last_linear.", "last_bn.", "logits.")
    kept = {f"features.{name}": value for name, value in state.items() if not name.startswith(ends)}
    try:
        factor = state["last_bn.weight"] / (state["last_bn.running_var"] + EPS).sqrt()
        weight = state["last_linear.weight"] * factor[:, None]
        bias = state["last_bn.bias"] - state["last_bn.running_mean"] * factor
    except (KeyError, IndexError, RuntimeError):  # missing, or of shapes that do not fit
        return state
    return kept | {"fc.weight": weight, "fc.bias": bias}
