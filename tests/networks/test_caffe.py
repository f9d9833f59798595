"""Caffe's files: real ones, generated ones that OpenCV reads, too, and faulty ones.

Each of these faults gives one message that names the file (or the layer) and the fix:

==================================  =============================================
Input                               Fault
==================================  =============================================
empty, text, HTML, LFS, zeros       not a Caffe file
missing, a folder, over 2 GiB       cannot be read
stub, other size, other content     not the file that was published
cut within weights, within numbers  truncated (also at every byte)
mean ↔ network                      one in place of the other
no weights, a layer twice           not a network
lengths and shapes of exabytes      hostile; must not allocate memory (also: bit flips)
shape ≠ numbers, no numbers         damaged blob
negative, nested and too many axes  damaged shape
groups, endless numbers             not the wire format
missing layer, missing biases       not the Levi-Hassner network
other shape, transposed             not the Levi-Hassner network
further layers with weights         a function that the network cannot compute
other kinds, settings, connections  another function with the same weights
integers, two precisions            numbers that are not read
NaN, ±inf, too large for float32    weights, biases, mean image
grey, small, two mean images        not the mean of the network's images
==================================  =============================================
"""

import itertools
import re
import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import yaml
from caffemodels import (
    LAYERS,
    blob,
    chunk,
    floats,
    integer,
    legacy,
    levi_hassner_file,
    mean_image,
    shape,
    singly,
    v1,
    v2,
    varint,
)

from facelrp.errors import InputError
from facelrp.networks.caffe.conversion import levi_hassner_from_caffe
from facelrp.networks.caffe.files import read_caffemodel, read_mean
from facelrp.sources.archives import check_file

CHECKOUT = Path(__file__).resolve().parents[2]
#: The files of Levi & Hassner as the configuration pins them, by name.
PINNED = {
    entry["file"]: entry
    for entry in yaml.safe_load((CHECKOUT / "config.yaml").read_text(encoding="utf-8"))["archives"].values()
    if entry["file"].endswith((".caffemodel", ".binaryproto"))
}

WEIGHTS = np.random.default_rng(1).normal(size=(2, 3, 1, 2)).astype("<f4")
BIASES = np.array([1.5, -2.5], "<f4")
SMALL = chunk(1, "net") + v1("data", 5) + v1("a", blobs=[blob(WEIGHTS), blob(BIASES)]) + v1("b", blobs=[blob(BIASES)])


def write(folder, content, name="net.caffemodel"):
    path = folder / name
    path.write_bytes(content)
    return path


def check_pinned(path):
    pinned = PINNED[path.name]
    check_file(path, pinned["bytes"], pinned["sha256"], pinned["url"])


def real(name):
    path = CHECKOUT.parent / "shared" / "data" / name
    if not path.is_file():
        pytest.skip(f"the real file is missing ({name} in shared/data beside the checkout)")
    return path


def opencv(folder, prototxt, model):
    """Read a network with OpenCV, without Winograd, which sums in another order and less precisely."""
    (folder / "deploy.prototxt").write_text(prototxt)
    network = cv2.dnn.readNetFromCaffe(str(folder / "deploy.prototxt"), str(model))
    network.enableWinograd(False)
    return network


def weights_of(layers):
    """Return the blobs of each layer that has any, by its name."""
    return {layer.name: layer.blobs for layer in layers if layer.blobs}


# All ways to write the same numbers.


def raw(kind, values):
    """NVIDIA's fields: the type of the numbers, and their bytes."""
    return integer(10, kind) + chunk(12, values.tobytes())


BLOBS = {
    "legacy": blob,
    "shape": lambda values: shape(values.shape) + floats(values),
    "shape singly": lambda values: chunk(7, *(integer(1, n) for n in values.shape)) + floats(values),
    "shape behind data": lambda values: floats(values) + shape(values.shape),
    "unpacked": lambda values: shape(values.shape) + singly(5, values),
    "two packs": lambda values: floats(values.ravel()[:1]) + shape(values.shape) + floats(values.ravel()[1:]),
    "double_data": lambda values: shape(values.shape) + chunk(8, values.astype("<f8").tobytes()),
    "double_data unpacked": lambda values: shape(values.shape) + singly(8, values.astype("<f8")),
    "raw float16": lambda values: shape(values.shape) + raw(2, values.astype("<f2")),
    "raw float32": lambda values: shape(values.shape) + raw(1, values),
    "raw float64": lambda values: shape(values.shape) + raw(0, values.astype("<f8")),
    "with gradients": lambda values: shape(values.shape) + chunk(6, bytes(values.nbytes)) + floats(values),
}


@pytest.mark.parametrize("layer", [v1, v2])
@pytest.mark.parametrize("variant", BLOBS)
def test_every_variant_holds_the_same_numbers(tmp_path, layer, variant):
    encode = BLOBS[variant]
    content = layer("data") + layer("dense", blobs=[encode(WEIGHTS), encode(BIASES)]) + layer("loss")
    data, dense, loss = read_caffemodel(write(tmp_path, content))
    assert [data.name, dense.name, loss.name] == ["data", "dense", "loss"]
    assert data.blobs == loss.blobs == []
    weights, biases = dense.blobs
    assert weights.shape == WEIGHTS.shape
    assert biases.shape == ((1, 1, 1, 2) if variant == "legacy" else (2,))
    precision = variant.removeprefix("raw ") if "raw" in variant else "float64" if "double" in variant else "float32"
    assert weights.dtype == biases.dtype == precision
    np.testing.assert_array_equal(weights, WEIGHTS.astype(precision))
    np.testing.assert_array_equal(biases.ravel(), BIASES)
    weights += 1  # the arrays may be changed


@pytest.mark.parametrize("shape", [legacy((1, 3, 2, 4)), shape((1, 3, 2, 4)), shape((3, 2, 4))])
def test_mean_image_has_three_axes(tmp_path, shape):
    values = np.arange(24, dtype="<f4")
    np.testing.assert_array_equal(read_mean(write(tmp_path, shape + floats(values))), values.reshape(3, 2, 4))


# Real files.


LENET_DEPLOY = """
layer { name: "input" type: "Input" top: "data" input_param { shape { dim: 1 dim: 1 dim: 28 dim: 28 } } }
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
        convolution_param { num_output: 20 kernel_size: 5 } }
layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1" pooling_param { kernel_size: 2 stride: 2 } }
layer { name: "conv2" type: "Convolution" bottom: "pool1" top: "conv2"
        convolution_param { num_output: 50 kernel_size: 5 } }
layer { name: "pool2" type: "Pooling" bottom: "conv2" top: "pool2" pooling_param { kernel_size: 2 stride: 2 } }
layer { name: "ip1" type: "InnerProduct" bottom: "pool2" top: "ip1" inner_product_param { num_output: 500 } }
layer { name: "relu1" type: "ReLU" bottom: "ip1" top: "ip1" }
layer { name: "ip2" type: "InnerProduct" bottom: "ip1" top: "ip2" inner_product_param { num_output: 10 } }
"""


@pytest.mark.parametrize(
    ("name", "ones"), [("lenet_v1.caffemodel", (1, 1)), ("lenet_v2.caffemodel", ())], ids=["V1", "V2"]
)
def test_real_networks_are_read_as_opencv_reads_them(tmp_path, name, ones):
    path = real(name)
    layers = read_caffemodel(path)
    blobs = weights_of(layers)
    assert {layer: [array.shape for array in arrays] for layer, arrays in blobs.items()} == {
        "conv1": [(20, 1, 5, 5), (*ones, *ones[:1], 20)],
        "conv2": [(50, 20, 5, 5), (*ones, *ones[:1], 50)],
        "ip1": [(*ones, 500, 800), (*ones, *ones[:1], 500)],
        "ip2": [(*ones, 10, 500), (*ones, *ones[:1], 10)],
    }
    other = opencv(tmp_path, LENET_DEPLOY, path)
    for layer, arrays in blobs.items():
        for index, array in enumerate(arrays):
            theirs = other.getParam(layer, index)
            np.testing.assert_array_equal(array.ravel(), theirs.ravel())
            assert array.sum(dtype=np.float64) == pytest.approx(theirs.sum(dtype=np.float64))
    # As written in Caffe's examples/mnist/lenet_train_test.prototxt.
    kinds = ["Data", "Convolution", "Pooling", "Convolution", "Pooling", "InnerProduct", "ReLU", "InnerProduct"]
    assert [layer.kind for layer in layers] == [*kinds, "SoftmaxWithLoss"]
    assert [layer.tops for layer in layers[:3]] == [["data", "label"], ["conv1"], ["pool1"]]
    assert [layer.bottoms for layer in layers[-3:]] == [["ip1"], ["ip1"], ["ip2", "label"]]
    assert [layer.in_test for layer in layers] == [False, *[True] * 8]
    assert [layer.scale for layer in layers] == [1 / 256, *[1.0] * 8]
    assert (layers[1].settings["kernel_size"], layers[1].settings["stride"]) == ((5, 5), (1, 1))
    assert (layers[2].settings["kernel_size"], layers[2].settings["stride"]) == ((2, 2), (2, 2))
    with pytest.raises(
        InputError, match=r"has weights of ip1 \(InnerProduct\), ip2 \(InnerProduct\), which the network"
    ):
        levi_hassner_from_caffe(layers, mean_image(), path)


@pytest.mark.parametrize("name", ["lenet_v1.caffemodel", "lenet_v2.caffemodel"])
def test_half_precision_is_read_as_opencv_writes_and_reads_it(tmp_path, name):
    """OpenCV halves a real network as NVIDIA's Caffe does; its own reading of the result is the oracle."""
    path, halved = real(name), tmp_path / "half.caffemodel"
    cv2.dnn.shrinkCaffeModel(str(path), str(halved), ["Convolution", "InnerProduct"])
    assert halved.stat().st_size < 0.51 * path.stat().st_size
    other, whole = opencv(tmp_path, LENET_DEPLOY, halved), weights_of(read_caffemodel(path))
    for layer, arrays in weights_of(read_caffemodel(halved)).items():
        for index, array in enumerate(arrays):
            assert array.dtype == np.float16
            np.testing.assert_array_equal(array.ravel(), other.getParam(layer, index).ravel())
            np.testing.assert_allclose(array.ravel(), whole[layer][index].ravel(), rtol=2**-11, atol=2**-24)


def test_real_mean_image():
    path = real("mean.binaryproto")
    check_pinned(path)
    mean = read_mean(path)
    # The first fourteen bytes are the shape, and the tag and length of the numbers.
    np.testing.assert_array_equal(mean, np.fromfile(path, "<f4", offset=14).reshape(3, 256, 256))
    assert mean.mean((1, 2), dtype=np.float64) == pytest.approx([78.42634, 87.76892, 114.89584], abs=1e-5)


# The whole network.


@pytest.fixture(scope="module")
def age_net(tmp_path_factory):
    return write(tmp_path_factory.mktemp("caffe"), levi_hassner_file(8), "age_net.caffemodel")


@pytest.fixture(scope="module")
def age_layers(age_net):
    return read_caffemodel(age_net)


@pytest.fixture(scope="module")
def mean():
    return mean_image()


@pytest.fixture
def blobs(age_layers):
    """Blobs whose entries a test may replace."""
    return {name: list(arrays) for name, arrays in weights_of(age_layers).items()}


@pytest.fixture
def convert(age_layers, mean):
    """Convert the network with other blobs."""

    def converted(blobs, mean=mean, **options):
        layers = [layer._replace(blobs=blobs.get(layer.name, [])) for layer in age_layers]
        return levi_hassner_from_caffe(layers, mean, **options)

    return converted


@pytest.mark.parametrize("outputs", [8, 2])
def test_the_files_here_have_the_size_of_the_published_ones(outputs):
    """Names, types, connections and settings take 1,288 bytes there: the layers here are the published ones."""
    name = {8: "age_net.caffemodel", 2: "gender_net.caffemodel"}[outputs]
    assert len(levi_hassner_file(outputs)) == PINNED[name]["bytes"]


def deploy():
    """Return the prototxt of the network, layer by layer."""
    parameters = {
        "conv1": "convolution_param { num_output: 96 kernel_size: 7 stride: 4 }",
        "conv2": "convolution_param { num_output: 256 kernel_size: 5 pad: 2 }",
        "conv3": "convolution_param { num_output: 384 kernel_size: 3 pad: 1 }",
        "fc6": "inner_product_param { num_output: 512 }",
        "fc7": "inner_product_param { num_output: 512 }",
        "fc8": "inner_product_param { num_output: 8 }",
        "pool": "pooling_param { pool: MAX kernel_size: 3 stride: 2 }",
        "norm": "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }",
        "drop": "dropout_param { dropout_ratio: 0.5 }",
    }
    kinds = {4: "Convolution", 6: "Dropout", 14: "InnerProduct", 15: "LRN", 17: "Pooling", 18: "ReLU"}
    text = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 227 dim: 227 } } }'
    inner = [(name, kind) for name, kind, *_ in LAYERS if kind in kinds]
    for (bottom, _), (name, kind) in itertools.pairwise([("data", None), *inner]):
        parameter = parameters.get(name, parameters.get(name[:-1], ""))
        text += f'\nlayer {{ name: "{name}" type: "{kinds[kind]}" bottom: "{bottom}" top: "{name}" {parameter} }}'
    return text


def test_outputs_are_those_of_opencv(tmp_path, age_net, age_layers, mean):
    network, rgb_mean = levi_hassner_from_caffe(age_layers, mean)
    bgr = np.random.default_rng(4).integers(0, 256, (2, 3, 227, 227)).astype("f4")

    other, expected = opencv(tmp_path, deploy(), age_net), []
    for image in bgr:
        other.setInput((image - mean[:, 14:241, 14:241])[None])
        expected.append(other.forward("fc8").ravel())

    with torch.no_grad():
        outputs = network(torch.from_numpy(bgr[:, ::-1] - rgb_mean.image)).numpy()
        mistaken = network(torch.from_numpy(bgr - rgb_mean.image)).numpy()
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-4)
    assert np.std(expected, axis=1).min() > 0.3  # not equal just because all are zero
    assert np.abs(mistaken - expected).max() > 0.01  # the order of channels matters


def test_network_can_be_used_and_trained(blobs, convert):
    network, _ = convert(blobs)
    assert not network.training
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}
    assert not any(parameter.is_meta for parameter in network.parameters())
    before = blobs["fc7"][0].copy()
    with torch.no_grad():
        network.fc7.weight.zero_()
    np.testing.assert_array_equal(blobs["fc7"][0], before)


@pytest.mark.parametrize("outputs", [1, 2, 8])
def test_outputs_are_those_of_fc8(blobs, convert, outputs):
    weights, biases = blobs["fc8"]
    blobs["fc8"] = [weights[:, :, :outputs], biases[..., :outputs]]
    network, _ = convert(blobs)
    np.testing.assert_array_equal(network.fc8.weight.detach(), weights[0, 0, :outputs])
    np.testing.assert_array_equal(network.fc8.bias.detach(), biases[0, 0, 0, :outputs])


def test_shapes_and_precision_of_newer_files_are_read_too(blobs, convert):
    newer = {name: [np.squeeze(array).astype("f8") for array in arrays] for name, arrays in blobs.items()}
    old, new = (convert(each)[0].state_dict() for each in (blobs, newer))
    assert all(torch.equal(old[name], new[name]) for name in old)


def test_mean_is_converted_to_rgb(age_layers, mean):
    _, (image, channels) = levi_hassner_from_caffe(age_layers, mean)
    assert image.shape == (3, 227, 227)
    np.testing.assert_array_equal(image[0], mean[2, 14:241, 14:241])
    np.testing.assert_array_equal(image[2], mean[0, 14:241, 14:241])
    assert channels == pytest.approx([mean[2].mean(), mean[1].mean(), mean[0].mean()], rel=1e-5)


# Faulty and hostile files.


def fault(read, path):
    """Return the message with which a file is refused; reading it must not allocate much memory."""
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as caught:
            read(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    assert str(path) in str(caught.value)
    assert caught.value.fix
    return caught.value.what


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 45661480\n"
PAGE = b"<!DOCTYPE html><html><title>Not found</title></html>"
EXABYTE = varint(2 << 3 | 2) + varint(1 << 60)


NETWORKS = {
    "empty": (b"", r"an empty file: no usable caffemodel \(0 bytes\): no layer has weights"),
    "LFS pointer": (POINTER, r"a Git LFS pointer in place of the file itself: no usable caffemodel \(133 bytes\)"),
    "web page": (PAGE, r"a web page .*no usable caffemodel \(52 bytes\)"),
    "text": (b"Models are too large for this repository.\n", r"no usable caffemodel \(42 bytes\)"),
    "zeros": (bytes(1000), "not encoded as Protocol Buffers"),
    "cut within weights": (SMALL[:100], r"cut short: \d+ bytes are announced where \d+ are left"),
    "cut within a number": (SMALL + b"\x12\x80", "cut short: it ends within a number"),
    "mean image": (blob(np.ones((3, 4, 4))), "its field 2 is not layers"),
    "no weights": (v1("data") + v1("loss"), "no layer has weights"),
    "a layer twice": (SMALL + v1("a", blobs=[blob(BIASES)]), "two layers are called a"),
    "exabyte layer": (SMALL + EXABYTE + b"12", "1,152,921,504,606,846,976 bytes are announced where 2 are left"),
    "exabyte shape": (v1("a", blobs=[shape([1 << 60]) + floats([1])]), "layer a, blob 0: .*does not fit its 4 bytes"),
    "overflowing shape": (v1("a", blobs=[shape([1 << 32, 1 << 32]) + floats([])]), "does not fit its 0 bytes"),
    "negative shape": (v1("a", blobs=[shape([-1, -1]) + floats([1])]), "does not fit its 4 bytes"),
    "cut shape": (v1("a", blobs=[chunk(7, chunk(1, b"\x80")) + floats([1])]), "layer a, blob 0: .*within a number"),
    "too many axes": (v1("a", blobs=[shape([1] * 33) + floats([1])]), "more than 32 axes"),
    "other shape": (v1("a", blobs=[blob(BIASES), shape([3]) + floats([1, 2])]), "a, blob 1: its shape 3 does not fit"),
    "half a number": (v1("a", blobs=[shape([1]) + chunk(5, b"12345")]), "its shape 1 does not fit its 5 bytes"),
    "lengths missing": (v1("a", blobs=[integer(4, 2) + floats([1, 2])]), "its shape 0 × 0 × 0 × 2 does not fit"),
    "no numbers": (v1("a", blobs=[shape([0])]), "its shape 0 does not fit its 0 bytes"),
    "unknown type": (v1("a", blobs=[shape([2]) + raw(3, BIASES)]), "a, blob 0: its numbers are of NVIDIA's type 3"),
    "no type": (v1("a", blobs=[shape([2]) + chunk(12, b"12345678")]), "a, blob 0: its numbers are of no known type"),
    "half a half": (v1("a", blobs=[shape([2]) + raw(2, BIASES[:1].view("u1")[:3])]), "does not fit its 3 bytes"),
    "two precisions": (
        v1("a", blobs=[blob(BIASES) + chunk(8, bytes(16))]),
        "a, blob 0: it has numbers in several precisions: data, double_data",
    ),
    "numbers as integer": (v1("a", blobs=[integer(5, 1)]), "its field 5 is not data"),
    "group": (SMALL + varint(2 << 3 | 3), "not encoded as Protocol Buffers"),
    "endless number": (b"\xff" * 50, "not encoded as Protocol Buffers"),
}
MEANS = {
    "LFS pointer": (POINTER, r"a Git LFS pointer .*no usable mean image \(133 bytes\)"),
    "network": (SMALL, "its field 1 is not num"),
    "cut": (blob(np.ones((3, 4, 4)))[:-1], "cut short"),
    "grey": (blob(np.ones((1, 4, 4))), "the shape is 1 × 1 × 4 × 4, not 3 channels"),
    "two": (blob(np.ones((2, 3, 4, 4))), "the shape is 2 × 3 × 4 × 4, not 3 channels"),
    "two axes": (shape([3, 4]) + floats(np.ones(12)), "the shape is 3 × 4, not 3 channels"),
    "NaN": (blob(np.full((3, 4, 4), np.nan)), "NaN or infinite"),
    "infinite": (blob(np.full((3, 4, 4), -np.inf)), "NaN or infinite"),
}


@pytest.mark.parametrize("case", NETWORKS)
def test_faulty_networks(tmp_path, case):
    content, message = NETWORKS[case]
    assert re.search(message, fault(read_caffemodel, write(tmp_path, content)))


@pytest.mark.parametrize("case", MEANS)
def test_faulty_mean_images(tmp_path, case):
    content, message = MEANS[case]
    assert re.search(message, fault(read_mean, write(tmp_path, content)))


@pytest.mark.parametrize("read", [read_caffemodel, read_mean])
def test_files_that_cannot_be_read(tmp_path, read):
    assert "No such file" in fault(read, tmp_path / "mean.binaryproto")


def test_folder_and_giant_in_place_of_a_file(tmp_path):
    assert "cannot be read" in fault(read_caffemodel, tmp_path)
    giant = tmp_path / "giant"
    with open(giant, "wb") as file:
        file.truncate(1 << 31)
    assert "2,147,483,648 bytes are too many for a caffemodel" in fault(read_caffemodel, giant)


def test_truncated_files_never_give_half_a_layer(tmp_path):
    whole = weights_of(read_caffemodel(write(tmp_path, SMALL)))
    read = set()
    for length in range(len(SMALL)):
        try:
            blobs = weights_of(read_caffemodel(write(tmp_path, SMALL[:length])))
        except InputError:
            continue
        read.add(tuple(blobs))
        assert all(np.array_equal(*pair) for name in blobs for pair in zip(blobs[name], whole[name], strict=True))
    assert read == {("a",)}


def test_damage_of_any_bit_is_reported_or_harmless(tmp_path):
    for position, bit in itertools.product(range(len(SMALL)), range(8)):
        damaged = bytearray(SMALL)
        damaged[position] ^= 1 << bit
        try:
            blobs = weights_of(read_caffemodel(write(tmp_path, damaged)))
        except InputError:
            continue
        assert sum(array.nbytes for arrays in blobs.values() for array in arrays) <= len(SMALL)


# Networks of another kind, and other versions of the files.


def with_value(array, value):
    changed = array.astype("f8")
    changed.flat[7] = value
    return changed


CONVERSIONS = {
    "missing layers": (
        lambda blobs: {name: blobs[name] for name in ("conv1", "conv2", "fc6")},
        "net: lacks conv3, fc7, fc8; it has weights of conv1, conv2, fc6",
    ),
    "other outputs": (
        lambda blobs: blobs | {"fc8": [blobs["fc8"][0], blobs["fc8"][1][..., :2]]},
        "net, layer fc8, weight: its shape is 1 × 1 × 8 × 512, not 2 × 512",
    ),
    "no biases": (
        lambda blobs: blobs | {"fc7": blobs["fc7"][:1]},
        "net, layer fc7: weights and biases are expected; blobs: 1",
    ),
    "other kernels": (
        lambda blobs: blobs | {"conv2": [blobs["conv2"][0][..., 1:-1], blobs["conv2"][1]]},
        "net, layer conv2, weight: its shape is 256 × 96 × 5 × 3, not 256 × 96 × 5 × 5",
    ),
    "transposed": (
        lambda blobs: blobs | {"fc6": [blobs["fc6"][0].swapaxes(2, 3), blobs["fc6"][1]]},
        "net, layer fc6, weight: its shape is 1 × 1 × 18816 × 512, not 512 × 18816",
    ),
    "fewer axes": (
        lambda blobs: blobs | {"fc7": [blobs["fc7"][0].ravel(), blobs["fc7"][1]]},
        "net, layer fc7, weight: its shape is 262144, not 512 × 512",
    ),
    "biases transposed": (
        lambda blobs: blobs | {"fc7": [blobs["fc7"][0], blobs["fc7"][1].swapaxes(2, 3)]},
        "net, layer fc7, bias: its shape is 1 × 1 × 512 × 1, not 512",
    ),
    "NaN": (
        lambda blobs: blobs | {"conv3": [with_value(blobs["conv3"][0], np.nan), blobs["conv3"][1]]},
        "net, layer conv3, weight: it holds NaN or infinite numbers",
    ),
    "infinite": (
        lambda blobs: blobs | {"fc8": [blobs["fc8"][0], with_value(blobs["fc8"][1], -np.inf)]},
        "net, layer fc8, bias: it holds NaN or infinite numbers",
    ),
    "too large for float32": (
        lambda blobs: blobs | {"conv1": [with_value(blobs["conv1"][0], 1e39), blobs["conv1"][1]]},
        "net, layer conv1, weight: it holds NaN or infinite numbers",
    ),
}


@pytest.mark.parametrize("case", CONVERSIONS)
def test_networks_of_another_kind(blobs, convert, case):
    change, message = CONVERSIONS[case]
    with pytest.raises(InputError) as caught:
        convert(change(blobs), where="net")
    assert str(caught.value).startswith(message)
    assert "as published" in caught.value.fix


def test_mean_image_smaller_than_the_input(age_layers, mean):
    with pytest.raises(InputError, match="smaller than the 227 × 227 the network takes: 256 × 226"):
        levi_hassner_from_caffe(age_layers, mean[:, :, :226])


def test_three_files_are_pinned():
    assert PINNED.keys() == {"age_net.caffemodel", "gender_net.caffemodel", "mean.binaryproto"}


@pytest.mark.parametrize("name", PINNED)
@pytest.mark.parametrize(
    ("content", "guess"), [(POINTER, "a Git LFS pointer"), (PAGE, "a web page"), (b"a" * 1600, "a stub")]
)
def test_stubs_are_recognised_by_their_size(tmp_path, name, content, guess):
    path = write(tmp_path, content, name)
    with pytest.raises(InputError) as caught:
        check_pinned(path)
    assert caught.value.what.startswith(guess)
    assert f"a stub of {len(content):,} bytes where {PINNED[name]['bytes']:,} are expected" in caught.value.what
    assert PINNED[name]["url"] in caught.value.fix
