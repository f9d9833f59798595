"""Read the layers of Caffe's networks: kinds, settings, connections and weights.

The fields that are read (caffe.proto, BSD-2-Clause; raw_data is NVIDIA's)::

    V1LayerParameter   bottom = 2, top = 3, name = 4, type = 5, blobs = 6, include = 32, exclude = 33; settings = 10–36
    LayerParameter     name = 1, type = 2, bottom = 3, top = 4, blobs = 7, include = 8, exclude = 9; settings = 100–129
    NetStateRule       phase = 1
    BlobProto          num, channels, height, width = 1–4, data = 5, shape = 7, double_data = 8,
                       raw_data_type = 10, raw_data = 12
    BlobShape          dim = 1
"""

import struct
from math import prod
from typing import NamedTuple

import numpy as np

from facelrp.networks.caffe.wire import EIGHT_BYTES, FOUR_BYTES, LENGTH, VARINT, Malformed, fields, varints

#: The fields of a layer, but for its settings, in both versions of the format.
COMMON = {
    "layers": {2: "bottom", 3: "top", 4: "name", 5: "type", 6: "blobs", 32: "include", 33: "exclude"},
    "layer": {1: "name", 2: "type", 3: "bottom", 4: "top", 7: "blobs", 8: "include", 9: "exclude"},
}
#: The kinds of V1 layers, under the names that they have in V2.
V1_KINDS = (
    *("None", "Accuracy", "BNLL", "Concat", "Convolution", "Data", "Dropout", "EuclideanLoss", "Flatten", "HDF5Data"),
    *("HDF5Output", "Im2col", "ImageData", "InfogainLoss", "InnerProduct", "LRN", "MultinomialLogisticLoss"),
    *("Pooling", "ReLU", "Sigmoid", "Softmax", "SoftmaxWithLoss", "Split", "TanH", "WindowData", "Eltwise", "Power"),
    *("SigmoidCrossEntropyLoss", "HingeLoss", "MemoryData", "ArgMax", "Threshold", "DummyData", "Slice", "MVN"),
    *("AbsVal", "Silence", "ContrastiveLoss", "Exp", "Deconvolution"),
)
TEST = 1  # Phase


class Setting(NamedTuple):
    """A number among a layer's settings."""

    name: str
    default: float | None  #: Caffe's, if the file does not give it; None if it must
    words: tuple = ()  #: the names of its values, if they are an enumeration
    axes: tuple = ()  #: if it has a value for height and one for width: the fields in which each can be given alone


#: The settings that change what a layer computes, by its kind: the field of their message in V1 and in V2, and theirs.
SETTINGS = {
    "Convolution": (
        (10, 106),
        {
            4: Setting("kernel_size", None, axes=(11, 12)),
            6: Setting("stride", 1, axes=(13, 14)),
            3: Setting("pad", 0, axes=(9, 10)),
            18: Setting("dilation", 1, axes=(None, None)),
            5: Setting("group", 1),
            16: Setting("axis", 1),
        },
    ),
    "Pooling": (
        (19, 121),
        {
            1: Setting("pool", 0, words=("MAX", "AVE", "STOCHASTIC")),
            2: Setting("kernel_size", None, axes=(5, 6)),
            3: Setting("stride", 1, axes=(7, 8)),
            4: Setting("pad", 0, axes=(9, 10)),
            12: Setting("global_pooling", 0, words=("false", "true")),
            13: Setting("round_mode", 0, words=("CEIL", "FLOOR")),
        },
    ),
    "LRN": (
        (18, 118),
        {
            1: Setting("local_size", 5),
            2: Setting("alpha", 1.0),
            3: Setting("beta", 0.75),
            4: Setting("norm_region", 0, words=("ACROSS_CHANNELS", "WITHIN_CHANNEL")),
            5: Setting("k", 1.0),
        },
    ),
    "InnerProduct": ((17, 117), {5: Setting("axis", 1), 6: Setting("transpose", 0, words=("false", "true"))}),
    "ReLU": ((30, 123), {1: Setting("negative_slope", 0.0)}),
    "Dropout": ((12, 108), {2: Setting("scale_train", 1, words=("false", "true"))}),
}
#: Where sources of images can give a factor for them: the field of the message in V1 and in V2, and its field.
SCALES = {
    "transform_param": ((36, 100), 1),
    "data": ((11, 107), 2),
    "image_data": ((15, 115), 2),
    "window": ((20, 129), 2),
}
VERSIONS = ("layers", "layer")
BLOB = {
    1: ("num", {VARINT}),
    2: ("channels", {VARINT}),
    3: ("height", {VARINT}),
    4: ("width", {VARINT}),
    5: ("data", {LENGTH, FOUR_BYTES}),
    7: ("shape", {LENGTH}),
    8: ("double_data", {LENGTH, EIGHT_BYTES}),
    10: ("raw_data_type", {VARINT}),
    12: ("raw_data", {LENGTH}),
}
SHAPE = {1: ("dim", {VARINT, LENGTH})}
#: NVIDIA's types of raw data.
RAW = {0: np.dtype("<f8"), 1: np.dtype("<f4"), 2: np.dtype("<f2")}
#: The most axes in Caffe.
MOST_AXES = 32


class Unsuitable(Malformed):
    """The file is whole, but does not hold what is needed: the same file again would not help."""


class Layer(NamedTuple):
    """A layer as it is in the file."""

    name: str
    kind: str  #: as V2 calls it, for example "InnerProduct"
    bottoms: list  #: names of its inputs
    tops: list  #: names of its outputs; one that is also an input is overwritten
    in_test: bool  #: whether it is part of the network when this predicts (Caffe's phase TEST)
    settings: dict  #: by name, with Caffe's defaults; empty for a kind that is not in `SETTINGS`
    scale: float  #: the factor of a source's images
    blobs: list  #: ndarrays, in the file's precision; usually weights, then biases


def read_layer(version, message):
    """Return a `Layer` from a field ``layers`` (V1) or ``layer`` (V2) of a network."""
    texts, blobs, rules, given, scale = {"name": [""], "type": [""], "bottom": [], "top": []}, [], [], {}, 1.0
    for field, value in fields(message, SCHEMAS[version]):
        if field == "blobs":
            try:
                blobs.append(read_blob(value))
            except Malformed as fault:
                raise type(fault)(f"layer {texts['name'][-1]}, blob {len(blobs)}: {fault}") from fault
        elif field in ("include", "exclude"):
            rules.append((field, value))
        elif field in SETTINGS:
            given[field] = value
        elif field in SCALES:
            for _, factor in fields(value, {SCALES[field][1]: ("scale", {FOUR_BYTES})}):
                scale *= _number(factor)
        else:
            texts[field].append(_kind(value) if isinstance(value, int) else str(value, "utf-8", "replace"))
    kind = texts["type"][-1]
    settings = _settings(given.get(kind, b""), SETTINGS[kind][1]) if kind in SETTINGS else {}
    return Layer(texts["name"][-1], kind, texts["bottom"], texts["top"], _in_test(rules), settings, scale, blobs)


def _schema(version):
    """Return the fields of a layer, see `facelrp.networks.caffe.wire.fields`."""
    index = VERSIONS.index(version)
    schema = {number: (name, {LENGTH}) for number, name in COMMON[version].items()}
    schema |= {numbers[index]: (name, {LENGTH}) for name, (numbers, _) in (SETTINGS | SCALES).items()}
    return schema | ({5: ("type", {VARINT})} if version == "layers" else {})


SCHEMAS = {version: _schema(version) for version in VERSIONS}


def _kind(number):
    return V1_KINDS[number] if number < len(V1_KINDS) else f"type {number}"


def _in_test(rules):
    """Whether a layer's rules include it in the phase TEST. Rules about levels and stages are ignored."""
    met = {"include": [], "exclude": []}
    for field, message in rules:
        phases = [value for _, value in fields(message, {1: ("phase", {VARINT})})]
        met[field].append(phases[-1:] in ([], [TEST]))
    return any(met["include"]) or not (met["include"] or any(met["exclude"]))


def _settings(message, schema):
    """Return the settings of a message by name: numbers, words, or (height, width)."""
    wires = {
        number: {FOUR_BYTES} if isinstance(one.default, float) else {VARINT, LENGTH} for number, one in schema.items()
    }
    wires |= {number: {VARINT} for one in schema.values() for number in one.axes if number}
    given = {}
    for number, value in fields(memoryview(message), {number: (number, wire) for number, wire in wires.items()}):
        packed = isinstance(value, memoryview) and wires[number] != {FOUR_BYTES}
        given.setdefault(number, []).extend(varints(value) if packed else [_number(value)])
    settings = {}
    for number, (name, default, words, axes) in schema.items():
        values = given.get(number) or [default]
        value = values[-1]
        if axes:
            value = tuple(given.get(alone, [both])[-1] for alone, both in zip(axes, (values[0], value), strict=True))
        elif words and value < len(words):
            value = words[value]
        settings[name] = value
    return settings


def _number(value):
    """Return the number of a field: a float from four bytes, or a whole number, which may be negative."""
    if isinstance(value, int):
        return value - (1 << 64) if value >> 63 else value
    return struct.unpack("<f", value)[0]


def read_blob(message):
    """Return a blob as an array that does not keep the message in memory."""
    legacy, shape, numbers, raw_type = {}, [], {}, None
    for field, value in fields(message, BLOB):
        if field in ("data", "double_data", "raw_data"):
            numbers.setdefault(field, bytearray()).extend(value)
        elif field == "raw_data_type":
            raw_type = value
        elif field == "shape":
            for length in _lengths(value):
                shape.append(length)
                if len(shape) > MOST_AXES:
                    raise Malformed(f"it has more than {MOST_AXES} axes")
        else:
            legacy[field] = value
    if legacy:
        shape = [legacy.get(axis, 0) for axis in ("num", "channels", "height", "width")]
    if len(numbers) > 1:
        raise Unsuitable(f"it has numbers in several precisions: {', '.join(numbers)}")
    if "raw_data" in numbers and raw_type not in RAW:
        what = "of no known type" if raw_type is None else f"of NVIDIA's type {raw_type}"
        raise Unsuitable(f"its numbers are {what}; types 0, 1 and 2 are read: double, single and half precision")
    types = {"data": np.dtype("<f4"), "double_data": np.dtype("<f8"), "raw_data": RAW.get(raw_type)}
    kept, data = next(iter(numbers.items()), ("data", b""))
    if not data or len(data) != prod(shape) * types[kept].itemsize:
        raise Malformed(f"its shape {describe(shape)} does not fit its {len(data):,} bytes of numbers")
    return np.frombuffer(data, types[kept]).reshape(shape)


def describe(shape):
    """Return a shape as text."""
    return " × ".join(map(str, shape)) or "()"


def _lengths(message):
    """Yield the lengths of the axes from a BlobShape."""
    for _, value in fields(message, SHAPE):
        yield from [value] if isinstance(value, int) else varints(value)
