"""Read Caffe's files, ``.caffemodel`` and ``.binaryproto``.

The fields that are read here (caffe.proto, BSD-2-Clause)::

    NetParameter       layers = 2 (V1), layer = 100 (V2)
"""

from contextlib import contextmanager
from math import prod
from pathlib import Path

import numpy as np

from facelrp.errors import InputError
from facelrp.networks.caffe.layers import Unsuitable, describe, read_blob, read_layer
from facelrp.networks.caffe.wire import LENGTH, Malformed, fields
from facelrp.sources.archives import guess_content

NET = {2: ("layers", {LENGTH}), 100: ("layer", {LENGTH})}
#: The longest message in Protocol Buffers.
MOST_BYTES = (1 << 31) - 1


def read_caffemodel(path):
    """Read the layers of a network.

    Parameters
    ----------
    path : path
        A ``.caffemodel`` with V1 or V2 layers.

    Returns
    -------
    list of facelrp.networks.caffe.layers.Layer
        All layers in the file's order, also those without blobs. The blobs have the file's precision: float32, float64
        (double_data) or float16 (raw_data, as NVIDIA's Caffe and OpenCV write it). Shapes are those in the file: in
        older files all have four axes, weights of dense layers (1, 1, outputs, inputs) and biases (1, 1, 1, outputs).

    Raises
    ------
    InputError
        If the file cannot be read, is truncated, is not a caffemodel, or no layer or two layers of the same name have
        weights.
    """
    with _message(path, "caffemodel") as message:
        layers = [read_layer(version, layer) for version, layer in fields(message, NET)]
        names = [layer.name for layer in layers if layer.blobs]
        if not names:
            raise (Unsuitable if layers else Malformed)("no layer has weights")
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise Unsuitable(f"two layers are called {twice}")
    return layers


def read_mean(path):
    """Read a mean image.

    Parameters
    ----------
    path : path
        A ``.binaryproto`` file: one blob.

    Returns
    -------
    ndarray, shape (3, H, W)
        BGR, 0–255, in the file's precision.

    Raises
    ------
    InputError
        If the file cannot be read, is truncated, or is not a mean image.
    """
    with _message(path, "mean image") as message:
        blob = read_blob(message)
        if blob.ndim < 3 or blob.size != prod(blob.shape[-3:]) or blob.shape[-3] != 3:
            raise Unsuitable(f"the shape is {describe(blob.shape)}, not 3 channels × height × width")
        if not np.isfinite(blob).all():
            raise Malformed("it holds NaN or infinite numbers")
    return blob.reshape(blob.shape[-3:])


@contextmanager
def _message(path, kind):
    """Yield a file's bytes; if they are malformed, report it with the file's name and size."""
    try:
        size = Path(path).stat().st_size
        if size > MOST_BYTES:
            raise InputError(f"{size:,} bytes are too many for a {kind}", path, "give the right file")
        message = memoryview(Path(path).read_bytes())
    except OSError as fault:
        raise _unreadable(path, fault) from fault
    try:
        yield message
    except Malformed as fault:
        what = f"{guess_content(path)}no usable {kind} ({size:,} bytes): {fault}"
        fix = "give the right file" if isinstance(fault, Unsuitable) else "delete it, and download it again"
        raise InputError(what, path, fix) from fault


def _unreadable(path, fault):
    return InputError(f"cannot be read ({fault.strerror})", path, "check that it exists and is readable")
