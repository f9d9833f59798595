"""Compare the layers of a Caffe file with a network of ours: the weights alone do not say what is computed."""

import numpy as np
from torch import nn

from facelrp.errors import InputError
from facelrp.networks.caffe.layers import describe
from facelrp.sources.archives import listing

FIX = "give age_net.caffemodel or gender_net.caffemodel as published"
#: Kinds that change nothing in a chain of layers when it predicts.
PASSING = {"Dropout", "Flatten", "Split"}
#: Kinds, and endings of kinds, that use a network's outputs: the outputs of the last layer are imported, not theirs.
ENDS = ("Accuracy", "ArgMax", "HDF5Output", "Silence", "Softmax", "Loss")


def check_layers(layers, network, where):
    """Check that Caffe's layers are those of a network, in kind, settings, order and connections.

    Names of layers without weights may differ. What Caffe does in training only does not count: layers that the phase
    TEST leaves out, and dropout.

    Parameters
    ----------
    layers : list of facelrp.networks.caffe.layers.Layer
    network : torch.nn.Sequential
        Its layers with weights have the names that they must have in the file.
    where : object
        The file, for error messages.

    Raises
    ------
    InputError
        Names the layer that is missing, differs, or is not in the network.
    """
    _check_weights(layers, [name for name, child in network.named_children() if hasattr(child, "weight")], where)
    if scaled := [layer for layer in layers if layer.scale != 1]:
        what = f"it multiplies images by {scaled[0].scale:g}, but the network takes them as 0–255"
        raise InputError(what, f"{where}, layer {scaled[0].name}", FIX)
    tested = [layer for layer in layers if layer.in_test]
    # The blobs with the values that the next layer must take: at first those that no layer computes.
    flow = {top for layer in tested if not layer.bottoms for top in layer.tops}
    flow |= {bottom for layer in tested for bottom in layer.bottoms} - {top for layer in tested for top in layer.tops}
    last, remaining = "the images", expected_layers(network)
    wanted = next(remaining)
    for layer in tested:
        where_layer = f"{where}, layer {layer.name}"
        in_place = set(layer.bottoms) & set(layer.tops)
        if not layer.bottoms or (layer.kind.endswith(ENDS) and not (wanted and in_place)):
            continue
        if layer.kind in PASSING:
            if layer.settings.get("scale_train") == "false":
                raise InputError("its scale_train is false, not true", where_layer, FIX)
            flow |= set(layer.tops) if layer.bottoms[0] in flow else set()
            continue
        if wanted is None:
            raise InputError(f"it is of type {layer.kind}, and follows the last layer, {last}", where_layer, FIX)
        _check_layer(layer, *wanted, where_layer)
        if layer.bottoms[0] not in flow:
            raise InputError(f"its input is {layer.bottoms[0]}, not the output of {last}", where_layer, FIX)
        flow, last, wanted = set(layer.tops[:1]), layer.name, next(remaining, None)
    if wanted:
        raise InputError(f"lacks {wanted[0]}, of type {wanted[1]}", where, FIX)


def expected_layers(network):
    """Yield name, kind and settings, as `facelrp.networks.caffe.layers.Layer` has them, of each layer that counts."""
    for name, layer in network.named_children():
        match layer:
            case nn.Conv2d():
                pairs = layer.kernel_size, layer.stride, layer.padding, layer.dilation
                names = "kernel_size", "stride", "pad", "dilation"
                yield name, "Convolution", dict(zip(names, pairs, strict=True)) | {"group": layer.groups, "axis": 1}
            case nn.MaxPool2d():
                sides = (layer.kernel_size, layer.stride, layer.padding)
                kernel, stride, pad = ((side, side) for side in sides)
                rounding = "CEIL" if layer.ceil_mode else "FLOOR"
                settings = {"kernel_size": kernel, "stride": stride, "pad": pad, "round_mode": rounding}
                yield name, "Pooling", settings | {"pool": "MAX", "global_pooling": "false"}
            case nn.LocalResponseNorm():
                constants = {one: float(np.float32(getattr(layer, one))) for one in ("alpha", "beta", "k")}
                yield name, "LRN", {"local_size": layer.size, "norm_region": "ACROSS_CHANNELS"} | constants
            case nn.Linear():
                yield name, "InnerProduct", {"axis": 1, "transpose": "false"}
            case nn.ReLU():
                yield name, "ReLU", {"negative_slope": 0.0}
            case nn.Flatten() | nn.Dropout():
                pass
            case _:
                raise TypeError(f"{name}: Caffe's settings of {type(layer).__name__} are not known")


def _check_weights(layers, names, where):
    """Check that exactly the layers of these names have weights."""
    weighted = {layer.name: layer for layer in layers if layer.blobs}
    if unknown := [f"{name} ({layer.kind})" for name, layer in weighted.items() if name not in names]:
        raise InputError(f"has weights of {listing(unknown)}, which the network does not have", where, FIX)
    if missing := [name for name in names if name not in weighted]:
        raise InputError(f"lacks {listing(missing)}; it has weights of {listing(list(weighted))}", where, FIX)
    if training := [name for name in names if not weighted[name].in_test]:
        raise InputError(f"{listing(training)}: part of the network in Caffe's phase TRAIN only", where, FIX)


def _check_layer(layer, name, kind, settings, where):
    if layer.kind != kind or (layer.blobs and layer.name != name):
        raise InputError(f"it is of type {layer.kind}, where {name}, of type {kind}, is expected", where, FIX)
    for setting, value in settings.items():
        if layer.settings[setting] != value:
            given, value = (_text(one) for one in (layer.settings[setting], value))
            raise InputError(f"its {setting} is {given}, not {value}", where, FIX)


def _text(value):
    if value is None or (isinstance(value, tuple) and None in value):
        return "not given"
    return describe(value) if isinstance(value, tuple) else f"{value:g}" if isinstance(value, float) else str(value)
