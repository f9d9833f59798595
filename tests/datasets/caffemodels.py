"""Write Caffe's files by hand: Protocol Buffers, and networks of the real layout with random weights."""

import numpy as np

#: Every layer of age_net: name, type in V1, and the shapes of weights and biases in Caffe of 2014.
LAYERS = [
    ("data", 5, []),
    ("conv1", 4, [(96, 3, 7, 7), (1, 1, 1, 96)]),
    ("relu1", 18, []),
    ("pool1", 17, []),
    ("norm1", 15, []),
    ("conv2", 4, [(256, 96, 5, 5), (1, 1, 1, 256)]),
    ("relu2", 18, []),
    ("pool2", 17, []),
    ("norm2", 15, []),
    ("conv3", 4, [(384, 256, 3, 3), (1, 1, 1, 384)]),
    ("relu3", 18, []),
    ("pool5", 17, []),
    ("fc6", 14, [(1, 1, 512, 18816), (1, 1, 1, 512)]),
    ("relu6", 18, []),
    ("drop6", 6, []),
    ("fc7", 14, [(1, 1, 512, 512), (1, 1, 1, 512)]),
    ("relu7", 18, []),
    ("drop7", 6, []),
    ("fc8", 14, [(1, 1, 8, 512), (1, 1, 1, 8)]),
    ("loss", 21, []),
]


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


def v1(name, kind=14, blobs=()):
    """A V1 layer with bottom, top, name, type, and blobs, in the order of their numbers."""
    named = chunk(2, "data"), chunk(3, name), chunk(4, name), integer(5, kind)
    return chunk(2, *named, *(chunk(6, blob) for blob in blobs))


def v2(name, kind="InnerProduct", blobs=()):
    named = chunk(1, name), chunk(2, kind), chunk(3, "data"), chunk(4, name)
    return chunk(100, *named, *(chunk(7, blob) for blob in blobs))


# Whole files.


def levi_hassner_file(outputs, seed=2, gain=0.03):
    """The bytes of a V1 network of the real layout and full size, with random weights and outputs of about 1."""
    random = np.random.default_rng(seed)

    def values(name, shape):
        if shape[0] == shape[1] == shape[2] == 1:
            return random.normal(size=shape, scale=0.1).astype("<f4")
        fan_in = shape[-1] if shape[0] == 1 else np.prod(shape[1:])
        scale = gain if name == "fc6" else 1.0
        return random.standard_normal(shape, "f4") * np.float32(scale * np.sqrt(2 / fan_in))

    shapes = {name: shapes for name, _, shapes in LAYERS} | {"fc8": [(1, 1, outputs, 512), (1, 1, 1, outputs)]}
    layers = [v1(name, kind, [blob(values(name, shape)) for shape in shapes[name]]) for name, kind, _ in LAYERS]
    return chunk(1, "CaffeNet") + b"".join(layers)


def mean_image():
    """A mean image, BGR, with different values in every channel and pixel: float32 (3, 256, 256)."""
    noise = np.random.default_rng(3).uniform(60, 140, (3, 256, 256))
    return (noise + np.array([0, 20, 40])[:, None, None]).astype("f4")
