"""Read Caffe's files, ``.caffemodel`` and ``.binaryproto``.

The fields that are read (caffe.proto, BSD-2-Clause)::

    NetParameter       layers = 2 (V1), layer = 100 (V2)
    V1LayerParameter   name = 4, blobs = 6
    LayerParameter     name = 1, blobs = 7
    BlobProto          num, channels, height, width = 1–4, data = 5, shape = 7, double_data = 8
    BlobShape          dim = 1
"""

from contextlib import contextmanager
from math import prod
from pathlib import Path

import numpy as np

from facelrp.errors import InputError
from facelrp.networks.caffe.wire import EIGHT_BYTES, FOUR_BYTES, LENGTH, VARINT, Malformed, fields, varints
from facelrp.sources.archives import guess_content

NET = {2: ("layers", {LENGTH}), 100: ("layer", {LENGTH})}
LAYERS = {
    "layers": {4: ("name", {LENGTH}), 6: ("blobs", {LENGTH})},
    "layer": {1: ("name", {LENGTH}), 7: ("blobs", {LENGTH})},
}
BLOB = {
    1: ("num", {VARINT}),
    2: ("channels", {VARINT}),
    3: ("height", {VARINT}),
    4: ("width", {VARINT}),
    5: ("data", {LENGTH, FOUR_BYTES}),
    7: ("shape", {LENGTH}),
    8: ("double_data", {LENGTH, EIGHT_BYTES}),
}
SHAPE = {1: ("dim", {VARINT, LENGTH})}

#: The longest message in Protocol Buffers, and the most axes in Caffe.
MOST_BYTES, MOST_AXES = (1 << 31) - 1, 32


def read_caffemodel(path):
    """Read the weights of a network.

    Parameters
    ----------
    path : path
        A ``.caffemodel`` with V1 or V2 layers.

    Returns
    -------
    dict of {str: list of ndarray}
        The blobs of each layer that has any, by its name, in the file's order and precision (float32, or float64 for
        double_data). Usually weights, then biases. Shapes are those in the file: in older files all have four axes,
        weights of dense layers (1, 1, outputs, inputs) and biases (1, 1, 1, outputs).

    Raises
    ------
    InputError
        If the file cannot be read, is truncated, or is not a caffemodel.
    """
    blobs = {}
    with _message(path, "caffemodel") as message:
        for version, layer in fields(message, NET):
            name, arrays = _layer(layer, LAYERS[version])
            if arrays and name in blobs:
                raise Malformed(f"two layers are called {name}")
            if arrays:
                blobs[name] = arrays
        if not blobs:
            raise Malformed("no layer has weights")
    return blobs


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
        blob = _blob(message)
        if blob.ndim < 3 or blob.size != prod(blob.shape[-3:]) or blob.shape[-3] != 3:
            raise Malformed(f"the shape is {describe(blob.shape)}, not 3 channels × height × width")
        if not np.isfinite(blob).all():
            raise Malformed("it holds NaN or infinite numbers")
    return blob.reshape(blob.shape[-3:])


def describe(shape):
    """Return a shape as text."""
    return " × ".join(map(str, shape)) or "()"


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
        raise InputError(what, path, "delete it, and download it again") from fault


def _unreadable(path, fault):
    return InputError(f"cannot be read ({fault.strerror})", path, "check that it exists and is readable")


def _layer(message, schema):
    """Return a layer's name and its blobs."""
    name, blobs = "", []
    for field, value in fields(message, schema):
        if field == "name":
            name = str(value, "utf-8", "replace")
            continue
        try:
            blobs.append(_blob(value))
        except Malformed as fault:
            raise Malformed(f"layer {name}, blob {len(blobs)}: {fault}") from fault
    return name, blobs


def _blob(message):
    """Return a blob as an array that does not keep the message in memory."""
    legacy, shape, singles, doubles = {}, [], bytearray(), bytearray()
    for field, value in fields(message, BLOB):
        if field == "data":
            singles += value
        elif field == "double_data":
            doubles += value
        elif field == "shape":
            for length in _lengths(value):
                shape.append(length)
                if len(shape) > MOST_AXES:
                    raise Malformed(f"it has more than {MOST_AXES} axes")
        else:
            legacy[field] = value
    if legacy:
        shape = [legacy.get(axis, 0) for axis in ("num", "channels", "height", "width")]
    data, precision = (doubles, np.dtype("<f8")) if doubles else (singles, np.dtype("<f4"))
    if not data or len(data) != prod(shape) * precision.itemsize:
        raise Malformed(f"its shape {describe(shape)} does not fit its {len(data):,} bytes of numbers")
    return np.frombuffer(data, precision).reshape(shape)


def _lengths(message):
    """Yield the lengths of the axes from a BlobShape."""
    for _, value in fields(message, SHAPE):
        yield from [value] if isinstance(value, int) else varints(value)
