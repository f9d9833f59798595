"""Networks with branches whose weights torchvision publishes, as features and an output.

torchvision's modules are used as they are, with their names; only the output is taken off them. VGG with batch norm
keeps its two hidden layers. References: Simonyan & Zisserman (2015); He et al. (2016), *Deep residual learning*; Huang
et al. (2017), *Densely connected convolutional networks*; Tan & Le (2019), *EfficientNet*; Liu et al. (2022), *A
ConvNet for the 2020s*; Liu et al. (2021), *Swin transformer*; Dosovitskiy et al. (2021), *An image is worth 16×16
words*.
"""

from collections import OrderedDict
from functools import partial

from torch import nn

#: Where the output of each of torchvision's networks is.
OUTPUTS = {
    "resnet18": "fc",
    "resnet50": "fc",
    "densenet121": "classifier",
    "efficientnet_b0": "classifier.1",
    "convnext_tiny": "classifier.2",
    "swin_t": "head",
    "vit_b_16": "heads.head",
}


def backbone(name, outputs):
    """Build a network of torchvision with freshly initialised weights.

    Parameters
    ----------
    name : str
        From `OUTPUTS`.
    outputs : int

    Returns
    -------
    torch.nn.Sequential
        Children ``features``, to (N, width), and ``fc``.
    """
    from torchvision import models  # it takes a second to import

    network = getattr(models, name)(weights=None)
    output = network.get_submodule(OUTPUTS[name])
    network.set_submodule(OUTPUTS[name], nn.Identity())
    return nn.Sequential(OrderedDict(features=network, fc=nn.Linear(output.in_features, outputs)))


resnet18, resnet50, densenet121, efficientnet_b0, convnext_tiny, swin_t, vit_b_16 = (
    partial(backbone, name) for name in OUTPUTS
)


def vgg16_bn(outputs):
    """Build torchvision's VGG-16 with batch norm: children features, fc6, relu6, drop6, fc7, relu7, drop7, fc8."""
    from torchvision import models

    network = models.vgg16_bn(weights=None)
    fc6, relu6, drop6, fc7, relu7, drop7, fc8 = network.classifier
    features = nn.Sequential(
        OrderedDict(features=network.features, avgpool=network.avgpool, flatten=nn.Flatten()),
    )
    dense = OrderedDict(fc6=fc6, relu6=relu6, drop6=drop6, fc7=fc7, relu7=relu7, drop7=drop7)
    return nn.Sequential(OrderedDict(features=features, **dense, fc8=nn.Linear(fc8.in_features, outputs)))
