"""Write Caffe's files by hand: Protocol Buffers, and networks of the published layout with random weights."""

import struct

import numpy as np

# Protocol Buffers, written by hand.


def varint(number):
    number %= 1 << 64
    data = bytearray()
    while number > 127:
        data.append(number & 127 | 128)
        number >>= 7
    return bytes([*data, number])


def integer(number, value):
    return varint(number << 3) + varint(value)


def chunk(number, *pieces):
    """A field of bytes: a string, a message, or packed numbers."""
    content = b"".join(piece.encode() if isinstance(piece, str) else piece for piece in pieces)
    return varint(number << 3 | 2) + varint(len(content)) + content


def singly(number, values):
    """Numbers one by one: each with its own tag, of wire type 5 (4 bytes) or 1 (8 bytes)."""
    tag = varint(number << 3 | (5 if values.itemsize == 4 else 1))
    return b"".join(tag + value.tobytes() for value in values.ravel())


def legacy(shape):
    return b"".join(integer(number, length) for number, length in enumerate(shape, 1))


def shape(lengths):
    return chunk(7, chunk(1, *map(varint, lengths)))


def floats(values):
    return chunk(5, np.asarray(values, "<f4").tobytes())


def blob(values):
    return legacy((1,) * (4 - values.ndim) + values.shape) + floats(values)


def v1(name, kind=14, blobs=(), bottoms=("data",), tops=None, settings=b"", rates=b""):
    """A V1 layer, its fields in the order of their numbers; ``settings`` are fields above 8."""
    flow = *(chunk(2, bottom) for bottom in bottoms), *(chunk(3, top) for top in tops or (name,))
    return chunk(2, *flow, chunk(4, name), integer(5, kind), *(chunk(6, blob) for blob in blobs), rates, settings)


def v2(name, kind="InnerProduct", blobs=(), bottoms=("data",), tops=None, settings=b""):
    """A V2 layer; ``settings`` are fields above 7."""
    flow = *(chunk(3, bottom) for bottom in bottoms), *(chunk(4, top) for top in tops or (name,))
    return chunk(100, chunk(1, name), chunk(2, kind), *flow, *(chunk(7, blob) for blob in blobs), settings)


# The published networks: every setting of train_val_test_fold_is_0.prototxt, as Caffe of 2014 saved it.


def single(number, value):
    """A float, of four bytes."""
    return varint(number << 3 | 5) + struct.pack("<f", value)


def fillers(number, deviation, bias):
    """How weights and biases were initialised: two messages from this number on."""
    weights = chunk(number, chunk(1, "gaussian"), single(6, deviation))
    return weights + chunk(number + 1, chunk(1, "constant"), single(2, bias))


def convolution(outputs, kernel, bias, stride=None, pad=None):
    given = ((1, outputs), (3, pad), (4, kernel), (6, stride))
    return chunk(10, *(integer(field, value) for field, value in given if value is not None), fillers(7, 0.01, bias))


def dense(outputs, deviation, bias):
    return chunk(17, integer(1, outputs), fillers(3, deviation, bias))


POOL = chunk(19, integer(1, 0), integer(2, 3), integer(3, 2))
NORM = chunk(18, integer(1, 5), single(2, 1e-4), single(3, 0.75))
DROP = chunk(12, single(1, 0.5))


def layers_of(target, outputs):
    """Every layer of a published network: name, V1 type, inputs, outputs, shapes of its blobs, settings.

    Activations and dropout work in place.
    """
    folder = "/home/ubuntu/AdienceFaces"
    source = chunk(11, chunk(1, f"{folder}/lmdb/Test_fold_is_0/{target}_train_lmdb"), integer(4, 50), integer(8, 1))
    mean = f"{folder}/mean_image/Test_folder_is_0/mean.binaryproto"
    images = chunk(36, integer(2, 1), integer(3, 227), chunk(4, mean))
    in_training = chunk(32, integer(1, 0))
    return [
        ("data", 5, (), ("data", "label"), (), source + in_training + images),
        ("conv1", 4, ("data",), None, ((96, 3, 7, 7), (1, 1, 1, 96)), convolution(96, 7, 0, stride=4)),
        ("relu1", 18, ("conv1",), ("conv1",), (), b""),
        ("pool1", 17, ("conv1",), None, (), POOL),
        ("norm1", 15, ("pool1",), None, (), NORM),
        ("conv2", 4, ("norm1",), None, ((256, 96, 5, 5), (1, 1, 1, 256)), convolution(256, 5, 1, pad=2)),
        ("relu2", 18, ("conv2",), ("conv2",), (), b""),
        ("pool2", 17, ("conv2",), None, (), POOL),
        ("norm2", 15, ("pool2",), None, (), NORM),
        ("conv3", 4, ("norm2",), None, ((384, 256, 3, 3), (1, 1, 1, 384)), convolution(384, 3, 0, pad=1)),
        ("relu3", 18, ("conv3",), ("conv3",), (), b""),
        ("pool5", 17, ("conv3",), None, (), POOL),
        ("fc6", 14, ("pool5",), None, ((1, 1, 512, 18816), (1, 1, 1, 512)), dense(512, 0.005, 1)),
        ("relu6", 18, ("fc6",), ("fc6",), (), b""),
        ("drop6", 6, ("fc6",), ("fc6",), (), DROP),
        ("fc7", 14, ("fc6",), None, ((1, 1, 512, 512), (1, 1, 1, 512)), dense(512, 0.005, 1)),
        ("relu7", 18, ("fc7",), ("fc7",), (), b""),
        ("drop7", 6, ("fc7",), ("fc7",), (), DROP),
        ("fc8", 14, ("fc7",), None, ((1, 1, outputs, 512), (1, 1, 1, outputs)), dense(outputs, 0.01, 0)),
        ("loss", 21, ("fc8", "label"), None, (), single(35, 1)),
    ]


#: Every layer of age_net.
LAYERS = layers_of("age", 8)


def levi_hassner_file(outputs, seed=2, gain=0.03):
    """The bytes of a network with random weights and outputs of about 1, of the size of the published file."""
    random = np.random.default_rng(seed)

    def values(name, shape):
        if shape[0] == shape[1] == shape[2] == 1:
            return random.normal(size=shape, scale=0.1).astype("<f4")
        fan_in = shape[-1] if shape[0] == 1 else np.prod(shape[1:])
        scale = gain if name == "fc6" else 1.0
        return random.standard_normal(shape, "f4") * np.float32(scale * np.sqrt(2 / fan_in))

    content = [chunk(1, "CaffeNet")]
    for name, kind, bottoms, tops, shapes, settings in layers_of("gender" if outputs == 2 else "age", outputs):
        factor = 10 if name == "fc8" else 1
        rates = single(7, factor) + single(7, 2 * factor) + single(8, 1) + single(8, 0) if shapes else b""
        blobs = [blob(values(name, shape)) for shape in shapes]
        content.append(v1(name, kind, blobs, bottoms, tops, settings, rates))
    return b"".join(content)


def mean_image():
    """A mean image, BGR, with different values in every channel and pixel: float32 (3, 256, 256)."""
    noise = np.random.default_rng(3).uniform(60, 140, (3, 256, 256))
    return (noise + np.array([0, 20, 40])[:, None, None]).astype("f4")
