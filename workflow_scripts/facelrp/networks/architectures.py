"""The networks that base models can be, by name.

Each is a ``torch.nn.Sequential`` that ends in the dense layers which are trained on its features, the last of which is
the output. Either all layers are its children, with ``flatten`` before the dense ones, such as ``fc6``, ``fc7`` and
``fc8``. Or features come from a network with branches, its child ``features``. In front there may be a
`facelrp.networks.view.View`.
"""

from collections import OrderedDict
from pkgutil import resolve_name

from torch import nn

from facelrp.networks.programs import Program
from facelrp.networks.view import SIDE, View

#: By their name in files and configurations: functions of the number of outputs, as "module:function". To add one,
#: write its module, and add a line here.
ARCHITECTURES = {
    "levi_hassner": "facelrp.networks.levi_hassner:levi_hassner",
    "alexnet": "facelrp.networks.imagenet:alexnet",
    "vgg16": "facelrp.networks.imagenet:vgg16",
    "vgg16_bn": "facelrp.networks.backbones:vgg16_bn",
    "resnet18": "facelrp.networks.backbones:resnet18",
    "resnet50": "facelrp.networks.backbones:resnet50",
    "densenet121": "facelrp.networks.backbones:densenet121",
    "efficientnet_b0": "facelrp.networks.backbones:efficientnet_b0",
    "convnext_tiny": "facelrp.networks.backbones:convnext_tiny",
    "swin_t": "facelrp.networks.backbones:swin_t",
    "vit_b_16": "facelrp.networks.backbones:vit_b_16",
    "face_resnet": "facelrp.networks.face_resnet:face_resnet",
    "inception_resnet_v1": "facelrp.networks.inception_resnet:inception_resnet_v1",
}
#: The architecture of networks that an exported program describes, see `facelrp.networks.programs`.
EXPORTED = "exported"
#: Functions that give published weights the names that an architecture has here, where they have others.
PUBLISHED = {"inception_resnet_v1": "facelrp.networks.inception_resnet:from_facenet"}
#: Side of the images that networks take, in pixels, where it is not that of all images.
SIZES = {
    **dict.fromkeys(("vgg16_bn", "resnet18", "resnet50", "densenet121"), 224),
    **dict.fromkeys(("efficientnet_b0", "convnext_tiny", "swin_t", "vit_b_16"), 224),
    "face_resnet": 150,
    "inception_resnet_v1": 160,
}

#: What stands between features and output: nothing, or two hidden layers.
HEADS = ("linear", "mlp")
#: Units of each of the hidden layers, as in the Levi-Hassner network.
HIDDEN = 512


def build(architecture, outputs=1, *, program=None, size=None, crop=1.0, head="linear"):
    """Build a network of `ARCHITECTURES` with freshly initialised weights.

    Parameters
    ----------
    architecture : str
        A name, or `EXPORTED`.
    program : dict, optional
        The description of an exported program.
    outputs : int
        Number of output units.
    size : int, optional
        Side of the images that it takes, in pixels; by default that of the architecture.
    crop : float
        Share of an image's side that it sees, see `facelrp.networks.view.View`.
    head : {"linear", "mlp"}
        With "mlp", two hidden layers stand before the output.

    Returns
    -------
    torch.nn.Sequential
        Input float (N, 3, 227, 227) with the mean already subtracted, output (N, outputs).
    """
    if architecture == EXPORTED:
        features = Program(program)
        network = nn.Sequential(OrderedDict(features=features, fc=nn.Linear(program["width"], outputs)))
        own_size = program["size"]
    else:
        network, own_size = resolve_name(ARCHITECTURES[architecture])(outputs), SIZES.get(architecture, SIDE)
    if head == "mlp":
        add_hidden_layers(network)
    size = size or own_size
    if (size, crop) == (SIDE, 1):
        return network
    return nn.Sequential(OrderedDict(view=View(size, crop)) | OrderedDict(network.named_children()))


def add_hidden_layers(network, generator=None):
    """Put two hidden layers, with ReLU and dropout, before the output of a network, which gets new weights; in place.

    Parameters
    ----------
    network : torch.nn.Sequential
        With dense layers as its last children.
    generator : torch.Generator, optional
        For the hidden layers' weights, of the CPU.
    """
    name, output = list(network.named_children())[-1]
    delattr(network, name)  # del network[-1] would number all layers
    width = output.in_features
    for number in (1, 2):
        layer = nn.Linear(width, HIDDEN)
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
        nn.init.zeros_(layer.bias)
        network.add_module(f"hidden{number}", layer)
        network.add_module(f"hidden_relu{number}", nn.ReLU())
        network.add_module(f"hidden_drop{number}", nn.Dropout())
        width = HIDDEN
    network.add_module(name, nn.Linear(width, output.out_features))


def form_of(base):
    """Return what the settings of a base model say of the images that it sees: dict with some of ``size``, ``crop``."""
    return {key: base[key] for key in ("size", "crop") if key in base}


def renamed(architecture, state):
    """Return weights by name as an architecture names them, if they were published by other names."""
    return resolve_name(PUBLISHED[architecture])(state) if architecture in PUBLISHED else state


def backbone_of(network):
    """Return the network with branches that features come from, or None if all layers are the network's children."""
    return getattr(network, "features", None)


def view_of(network):
    """Return the size and the crop of what a network sees: {"size": int, "crop": float}, {} if it sees whole images."""
    view = getattr(network, "view", None)
    return {} if view is None else {"size": view.size, "crop": view.crop}


def program_of(network):
    """Return the description of an exported program that features come from: {"program": dict}, or {}."""
    backbone = backbone_of(network)
    return {"program": backbone.description} if isinstance(backbone, Program) else {}


def head_of(network):
    """Return what stands between a network's features and its output, of `HEADS`."""
    return "mlp" if hasattr(network, "hidden1") else "linear"
