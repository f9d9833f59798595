"""The architectures that base models have, by torchvision's classes, with few blocks, channels and pixels."""

import functools

import torch
from branches import settled
from torch import nn

from facelrp.lrp.exported.programs import export
from facelrp.lrp.tracing import graph_of


def resnet18(models):
    return models.resnet18(num_classes=3)


def bottlenecks(models):
    """Blocks of ResNet-50."""
    return models.ResNet(models.resnet.Bottleneck, [1, 2, 1, 1], num_classes=3, width_per_group=8)


def vgg(models):
    layers = models.vgg.make_layers([8, "M", 16, "M", 16, "M"], batch_norm=True)
    network = models.VGG(layers, num_classes=3)
    network.classifier = nn.Sequential(nn.Linear(16 * 49, 8), nn.ReLU(True), nn.Linear(8, 3))
    return network


def densenet(models):
    return models.DenseNet(4, (2, 2), 8, num_classes=3)


def efficientnet(models):
    block = models.efficientnet.MBConvConfig
    return models.EfficientNet([block(1, 3, 1, 32, 16, 1, 0.5, 1), block(3, 3, 2, 16, 16, 2, 0.5, 1)], 0.2, 0.1, 3)


def convnext(models):
    block = models.convnext.CNBlockConfig
    return models.ConvNeXt([block(8, 12, 2), block(12, None, 1)], num_classes=3, layer_scale=0.5)


def swin(models):
    """One block with shifted windows among its three."""
    return models.SwinTransformer([4, 4], 8, [2, 1], [2, 2], [4, 4], num_classes=3)


def vit(models):
    return models.VisionTransformer(32, 8, 2, 2, 8, 16, num_classes=3)


def made(name):
    """Return one of the networks with weights that are not zero, in float64 and evaluation, and two images for it."""
    import torchvision.models

    network = settled(globals()[name](torchvision.models))
    for weight in network.parameters():
        if not weight.any():
            nn.init.normal_(weight, std=0.3)
    size = 96 if name == "inception_resnet" else 32
    return network, torch.randn(2, 3, size, size, dtype=torch.float64)


@functools.cache
def traced(name):
    """Return what ``made`` does, and the network's program: tracing takes most of the time of a test."""
    torch.manual_seed(7)
    network, images = made(name)
    return network, images, export(network, images.shape[1:])


@torch.no_grad()
def explained(network, program, images, rule, add="ratio", attention="cp", target=1):
    """Return the relevance of pixels for an output unit, that output and the ledger, for a traced network."""
    graph = graph_of(network, program, rule, "identity", add, attention)
    output, tape = graph.forward(images)
    units = torch.arange(output.shape[1])
    start, explained = torch.where(units == target, output, 0), output[:, target].clone()
    relevance, _, ledger, _ = graph.backward(start, tape)
    return relevance, explained, ledger


def conv(inputs, outputs, size, **options):
    """A convolution, a batch norm and a ReLU."""
    layers = nn.Conv2d(inputs, outputs, size, bias=False, **options), nn.BatchNorm2d(outputs), nn.ReLU()
    return nn.Sequential(*layers)


class Branches(nn.Module):
    """Branches side by side, joined, and added to their input if there is a ``scale``."""

    def __init__(self, inputs, branches, joined=0, scale=None, relu=True):
        super().__init__()
        self.branches, self.scale = nn.ModuleList(branches), scale
        self.up = nn.Conv2d(joined, inputs, 1) if scale else None
        self.relu = nn.ReLU() if relu and scale else nn.Identity()

    def forward(self, x):
        y = torch.cat([branch(x) for branch in self.branches], 1)
        return self.relu(y if self.scale is None else self.up(y) * self.scale + x)


class InceptionResnetV1(nn.Module):
    """FaceNet's network (Szegedy et al. 2016, figures 10–15): one block of each kind, an eighth of its channels."""

    def __init__(self, width=4):
        super().__init__()
        w = width  # of the first layer, which is 32 wide in FaceNet
        stem = [conv(3, w, 3, stride=2), conv(w, w, 3), conv(w, 2 * w, 3, padding=1), nn.MaxPool2d(3, 2)]
        stem += [conv(2 * w, 3 * w, 1), conv(3 * w, 6 * w, 3), conv(6 * w, 8 * w, 3, stride=2)]
        row, column = {"padding": (0, 3)}, {"padding": (3, 0)}
        a = [
            conv(8 * w, w, 1),
            nn.Sequential(conv(8 * w, w, 1), conv(w, w, 3, padding=1)),
            nn.Sequential(conv(8 * w, w, 1), conv(w, w, 3, padding=1), conv(w, w, 3, padding=1)),
        ]
        to_b = [
            conv(8 * w, 12 * w, 3, stride=2),
            nn.Sequential(conv(8 * w, 6 * w, 1), conv(6 * w, 6 * w, 3, padding=1), conv(6 * w, 8 * w, 3, stride=2)),
            nn.MaxPool2d(3, 2),
        ]
        b = [
            conv(28 * w, 4 * w, 1),
            nn.Sequential(
                conv(28 * w, 4 * w, 1), conv(4 * w, 4 * w, (1, 7), **row), conv(4 * w, 4 * w, (7, 1), **column)
            ),
        ]
        self.blocks = nn.Sequential(
            *stem,
            Branches(8 * w, a, 3 * w, 0.17),
            Branches(None, to_b),
            Branches(28 * w, b, 8 * w, 0.1),
            Branches(28 * w, [conv(28 * w, 6 * w, 1), conv(28 * w, 6 * w, 1)], 12 * w, 0.2, relu=False),
        )
        self.pool, self.dropout = nn.AdaptiveAvgPool2d(1), nn.Dropout(0.6)
        self.last, self.norm = nn.Linear(28 * w, 3, bias=False), nn.BatchNorm1d(3)

    def forward(self, x):
        return self.norm(self.last(self.dropout(self.pool(self.blocks(x))).flatten(1)))


def inception_resnet(models):
    return InceptionResnetV1()
