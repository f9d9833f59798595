"""AlexNet and VGG-16 as torchvision publishes them, with the layer names of the Levi-Hassner network.

Krizhevsky (2014), *One weird trick for parallelizing convolutional neural networks*; Simonyan & Zisserman (2015),
*Very deep convolutional networks for large-scale image recognition*. Layers have the names that the rest of the
library expects: convolutions, ``flatten``, ``fc6``, ``fc7``, ``fc8``. Images may have 227×227 pixels instead of
224×224: pooling rounds down to the same sizes.
"""

from collections import OrderedDict

from torch import nn

#: Mean and standard deviation of ImageNet's channels, RGB, 0–255, with which torchvision standardises inputs.
MEAN = [255 * value for value in (0.485, 0.456, 0.406)]
STD = [255 * value for value in (0.229, 0.224, 0.225)]


def alexnet(outputs):
    """Build torchvision's AlexNet: children conv1 … conv5, pool1, pool2, pool5, flatten, fc6, fc7, fc8."""
    layers = OrderedDict(
        conv1=nn.Conv2d(3, 64, 11, stride=4, padding=2),
        relu1=nn.ReLU(),
        pool1=nn.MaxPool2d(3, 2),
        conv2=nn.Conv2d(64, 192, 5, padding=2),
        relu2=nn.ReLU(),
        pool2=nn.MaxPool2d(3, 2),
        conv3=nn.Conv2d(192, 384, 3, padding=1),
        relu3=nn.ReLU(),
        conv4=nn.Conv2d(384, 256, 3, padding=1),
        relu4=nn.ReLU(),
        conv5=nn.Conv2d(256, 256, 3, padding=1),
        relu5=nn.ReLU(),
        pool5=nn.MaxPool2d(3, 2),
        flatten=nn.Flatten(),
        drop5=nn.Dropout(0.5),
        fc6=nn.Linear(256 * 6 * 6, 4096),
        relu6=nn.ReLU(),
        drop6=nn.Dropout(0.5),
        fc7=nn.Linear(4096, 4096),
        relu7=nn.ReLU(),
        fc8=nn.Linear(4096, outputs),
    )
    return nn.Sequential(layers)


def vgg16(outputs):
    """Build torchvision's VGG-16: children conv1_1 … conv5_3, pool1 … pool5, flatten, fc6, fc7, fc8."""
    layers, channels = OrderedDict(), 3
    for block, (wide, deep) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), 1):
        for step in range(1, deep + 1):
            layers[f"conv{block}_{step}"] = nn.Conv2d(channels, wide, 3, padding=1)
            layers[f"relu{block}_{step}"] = nn.ReLU()
            channels = wide
        layers[f"pool{block}"] = nn.MaxPool2d(2, 2)
    layers |= OrderedDict(
        flatten=nn.Flatten(),
        fc6=nn.Linear(512 * 7 * 7, 4096),
        relu6=nn.ReLU(),
        drop6=nn.Dropout(0.5),
        fc7=nn.Linear(4096, 4096),
        relu7=nn.ReLU(),
        drop7=nn.Dropout(0.5),
        fc8=nn.Linear(4096, outputs),
    )
    return nn.Sequential(layers)
