"""Convert Caffe's weights to the network of `facelrp.networks.levi_hassner.levi_hassner`."""

from typing import NamedTuple

import numpy as np
import torch

from facelrp.errors import InputError
from facelrp.networks.caffe.architecture import FIX, check_layers
from facelrp.networks.caffe.layers import describe
from facelrp.networks.levi_hassner import levi_hassner
from facelrp.networks.view import SIDE

#: The classes of the published networks by target, as ranges of whole numbers: in years (age_net; its classes leave
#: gaps), and on our scale from 0, female, to 100, male (gender_net; male is its first class).
CLASSES = {
    "age": ((0, 2), (4, 6), (8, 12), (15, 20), (25, 32), (38, 43), (48, 53), (60, 100)),
    "gender": ((50, 100), (0, 49)),
}


class Mean(NamedTuple):
    """The mean of the images a network was trained on, RGB, 0–255."""

    image: np.ndarray  #: float32 (3, 227, 227): the middle of the mean image, which Caffe subtracts
    channels: list  #: 3 floats: the means of the whole mean image


def levi_hassner_from_caffe(layers, mean, where="caffemodel"):
    """Make the Levi-Hassner network for RGB images from weights that Caffe learned on BGR images.

    The input channels of conv1 and of the mean are both reversed. Otherwise Caffe and torch agree: convolution is
    cross-correlation, and dense layers take channels, rows, columns.

    Parameters
    ----------
    layers : list of facelrp.networks.caffe.layers.Layer
        From `read_caffemodel`: the published ones, with any number of outputs of fc8.
    mean : ndarray, shape (3, H, W)
        From `read_mean`; H and W at least 227 (256 as published, where the middle begins at row and column 14).
    where : object
        The file, for error messages.

    Returns
    -------
    network : torch.nn.Sequential
        With the outputs of fc8, in evaluation mode, on the CPU.
    mean : Mean

    Raises
    ------
    InputError
        If a layer is missing, differs from the published one or is not in the published network, a blob has another
        shape, a number is NaN or infinite, or the mean image is too small.
    """
    blobs = {layer.name: layer.blobs for layer in layers if layer.blobs}
    with torch.device("meta"):
        # A missing fc8 is reported below.
        network = levi_hassner(blobs["fc8"][-1].size if "fc8" in blobs else 1)
    check_layers(layers, network, where)
    weights = {}
    for name, layer in network.named_children():
        parameters = dict(layer.named_parameters())
        where_layer = f"{where}, layer {name}"
        if parameters and len(blobs[name]) != len(parameters):
            raise InputError(f"weights and biases are expected; blobs: {len(blobs[name])}", where_layer, FIX)
        for (kind, parameter), blob in zip(parameters.items(), blobs.get(name, ()), strict=True):
            weights[f"{name}.{kind}"] = _tensor(blob, tuple(parameter.shape), f"{where_layer}, {kind}")
    weights["conv1.weight"] = weights["conv1.weight"].flip(1)
    network.load_state_dict(weights, assign=True)
    return network.eval(), _rgb(mean)


def _tensor(blob, shape, where):
    """Return a blob as a float32 tensor of a shape; the blob may have further axes of length 1 before it."""
    if blob.shape != (1,) * (blob.ndim - len(shape)) + shape:
        raise InputError(f"its shape is {describe(blob.shape)}, not {describe(shape)}", where, FIX)
    tensor = torch.tensor(blob, dtype=torch.float32).reshape(shape)
    if not tensor.isfinite().all():
        raise InputError("it holds NaN or infinite numbers", where, FIX)
    return tensor


def _rgb(mean):
    height, width = mean.shape[1:]
    if min(height, width) < SIDE:
        what = f"the mean image is smaller than the {SIDE} × {SIDE} the network takes: {height} × {width}"
        raise InputError(what, fix="give mean.binaryproto as published")
    top, left = (height - SIDE) // 2, (width - SIDE) // 2
    middle = mean[::-1, top : top + SIDE, left : left + SIDE]
    return Mean(middle.astype(np.float32), mean[::-1].mean((1, 2), dtype=np.float64).tolist())
