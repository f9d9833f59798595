"""The architectures that base models have, with few blocks, channels and pixels."""

import functools

import torch
from branches import settled
from torch import nn

from facelrp.lrp.exported.programs import export
from facelrp.lrp.tracing import graph_of
from facelrp.networks.inception_resnet import pooled_features


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


def inception_resnet(models):
    """FaceNet's network with few blocks, an eighth of its channels, and an output."""
    return nn.Sequential(pooled_features(4, (1, 1, 1)), nn.Linear(224, 3))


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
