"""Caffe's layers, in both formats: the published ones and equal ones are imported, all others are refused by name.

The weights of each file fit. Without these checks all of them would be read as the Levi-Hassner network, though they
compute something else. Field numbers are those of caffe.proto.
"""

from collections import OrderedDict

import pytest
import torch
from caffemodels import blob, chunk, integer, shape, single, v1, v2

from facelrp.errors import InputError
from facelrp.networks.caffe.architecture import check_layers, expected_layers
from facelrp.networks.caffe.files import read_caffemodel
from facelrp.networks.levi_hassner import levi_hassner

BLOB = blob(torch.ones(1).numpy())
#: The number of each message in V1 and in V2.
MESSAGES = {
    "convolution": (10, 106),
    "data": (11, 107),
    "dropout": (12, 108),
    "image_data": (15, 115),
    "inner_product": (17, 117),
    "lrn": (18, 118),
    "pooling": (19, 121),
    "window_data": (20, 129),
    "relu": (30, 123),
    "include": (32, 8),
    "exclude": (33, 9),
    "transform": (36, 100),
}
#: V1's numbers of the kinds in use; it has no others.
V1_NUMBERS = {
    "Accuracy": 1,
    "Concat": 3,
    "Convolution": 4,
    "Data": 5,
    "Deconvolution": 39,
    "Dropout": 6,
    "Eltwise": 25,
    "Flatten": 8,
    "ImageData": 12,
    "InnerProduct": 14,
    "LRN": 15,
    "Pooling": 17,
    "Power": 26,
    "ReLU": 18,
    "Sigmoid": 19,
    "Softmax": 20,
    "SoftmaxWithLoss": 21,
    "Split": 22,
    "TanH": 23,
    "WindowData": 24,
}
TRAIN, TEST = integer(1, 0), integer(1, 1)


def layer(name, kind, bottom, top=None, blobs=0, **settings):
    return {
        "name": name,
        "kind": kind,
        "bottoms": bottom.split(),
        "tops": (top or name).split(),
        "blobs": blobs,
    } | settings


def in_place(name, kind, bottom, **settings):
    return layer(name, kind, bottom, bottom, **settings)


def conv(name, bottom, *settings):
    return layer(name, "Convolution", bottom, blobs=2, convolution=b"".join(integer(*one) for one in settings))


def published():
    pool = integer(1, 0) + integer(2, 3) + integer(3, 2)
    norm = integer(1, 5) + single(2, 1e-4) + single(3, 0.75)
    return [
        layer("data", "Data", "", "data label", include=TRAIN, transform=integer(3, 227)),
        conv("conv1", "data", (1, 96), (4, 7), (6, 4)),
        in_place("relu1", "ReLU", "conv1"),
        layer("pool1", "Pooling", "conv1", pooling=pool),
        layer("norm1", "LRN", "pool1", lrn=norm),
        conv("conv2", "norm1", (1, 256), (3, 2), (4, 5)),
        in_place("relu2", "ReLU", "conv2"),
        layer("pool2", "Pooling", "conv2", pooling=pool),
        layer("norm2", "LRN", "pool2", lrn=norm),
        conv("conv3", "norm2", (1, 384), (3, 1), (4, 3)),
        in_place("relu3", "ReLU", "conv3"),
        layer("pool5", "Pooling", "conv3", pooling=pool),
        layer("fc6", "InnerProduct", "pool5", blobs=2, inner_product=integer(1, 512)),
        in_place("relu6", "ReLU", "fc6"),
        in_place("drop6", "Dropout", "fc6", dropout=single(1, 0.5)),
        layer("fc7", "InnerProduct", "fc6", blobs=2, inner_product=integer(1, 512)),
        in_place("relu7", "ReLU", "fc7"),
        in_place("drop7", "Dropout", "fc7", dropout=single(1, 0.5)),
        layer("fc8", "InnerProduct", "fc7", blobs=2, inner_product=integer(1, 8)),
        layer("loss", "SoftmaxWithLoss", "fc8 label"),
    ]


def encode(layers, version):
    content = b""
    for one in layers:
        settings = b"".join(chunk(MESSAGES[name][version], one[name]) for name in MESSAGES if name in one)
        arguments = [BLOB] * one["blobs"], one["bottoms"], one["tops"], settings + one.get("rest", b"")
        kind = one["kind"] if version else V1_NUMBERS.get(one["kind"], 99)
        content += (v2 if version else v1)(one["name"], kind, *arguments)
    return content


def checked(folder, layers, version):
    path = folder / "net.caffemodel"
    path.write_bytes(encode(layers, version))
    with torch.device("meta"):
        check_layers(read_caffemodel(path), levi_hassner(8), "net")


# Ways to change a list of layers.


def having(name, /, **changes):
    """Change fields of a layer."""
    return lambda layers: [one | changes if one["name"] == name else one for one in layers]


def after(name, *new):
    """Insert layers behind another."""
    return lambda layers: [each for one in layers for each in ((one, *new) if one["name"] == name else (one,))]


def without(*names):
    return lambda layers: [one for one in layers if one["name"] not in names]


def both(*changes):
    def change(layers):
        for one in changes:
            layers = one(layers)
        return layers

    return change


CONV1 = integer(1, 96) + integer(4, 7) + integer(6, 4)
CONV2 = integer(1, 256) + integer(3, 2) + integer(4, 5)
POOL = integer(1, 0) + integer(2, 3) + integer(3, 2)
NORM = integer(1, 5) + single(2, 1e-4) + single(3, 0.75)


EQUAL = {
    "as published": lambda layers: layers,
    "for deployment": both(without("data", "loss"), after("fc8", layer("prob", "Softmax", "fc8"))),
    "with accuracy": after("fc8", layer("accuracy", "Accuracy", "fc8 label", include=TEST)),
    "its outputs split": both(
        after("fc8", layer("fc8_split", "Split", "fc8", "fc8_0 fc8_1"), layer("accuracy", "Accuracy", "fc8_0 label")),
        having("loss", bottoms=["fc8_1", "label"]),
    ),
    "images split": both(
        after("data", layer("data_split", "Split", "data", "data_0 data_1")), having("conv1", bottoms=["data_1"])
    ),
    "labels split": after("data", layer("label_split", "Split", "label", "label_0 label_1")),
    "loss in the middle": after("relu6", layer("early", "SoftmaxWithLoss", "fc6 label")),
    "other names": both(
        having("relu1", name="a"), having("pool1", name="b", tops=["x"]), having("norm1", bottoms=["x"])
    ),
    "not in place": both(having("relu1", tops=["relu1"]), having("pool1", bottoms=["relu1"])),
    "flattened": both(after("pool5", layer("flat", "Flatten", "pool5")), having("fc6", bottoms=["flat"])),
    "no dropout": without("drop6", "drop7"),
    "dropout in training only": having("drop6", exclude=TEST),
    "defaults written out": both(
        having("conv2", convolution=CONV2 + integer(5, 1) + integer(6, 1) + integer(16, 1) + integer(18, 1)),
        having("pool1", pooling=POOL + integer(4, 0) + integer(12, 0) + integer(13, 0)),
        having("norm1", lrn=NORM + integer(4, 0) + single(5, 1)),
        having("relu1", relu=single(1, 0)),
        having("fc6", inner_product=integer(5, 1) + integer(6, 0)),
        having("drop6", dropout=integer(2, 1)),
    ),
    "height and width alone": having(
        "conv1", convolution=b"".join(integer(*one) for one in ((11, 7), (12, 7), (13, 4), (14, 4), (9, 0), (10, 0)))
    ),
    "height and width packed": having("conv1", convolution=chunk(4, b"\7\7") + chunk(6, b"\4\4")),
    "height and width one by one": having("conv1", convolution=(integer(4, 7) + integer(6, 4)) * 2),
    "engines": both(having("conv1", convolution=CONV1 + integer(15, 2)), having("relu1", relu=integer(2, 2))),
    "in the test only": having("conv1", include=TEST),
    "not in the training": having("conv1", exclude=TRAIN),
    "scale 1": both(having("data", transform=single(1, 1)), having("data", data=single(2, 1))),
}
REFUSED = {
    # Weights that the network has no use for.
    "BatchNorm": (after("conv1", in_place("bn1", "BatchNorm", "conv1", blobs=3)), "has weights of bn1 ("),
    "Scale": (after("conv1", in_place("scale1", "Scale", "conv1", blobs=2)), "has weights of scale1 ("),
    "two of them": (
        after("conv1", in_place("bn1", "BatchNorm", "conv1", blobs=3), in_place("scale1", "Scale", "conv1", blobs=2)),
        "has weights of bn1 (",
    ),
    "Bias": (after("fc6", in_place("bias6", "Bias", "fc6", blobs=1)), "has weights of bias6 ("),
    "PReLU": (having("relu2", name="prelu2", kind="PReLU", blobs=1), "has weights of prelu2 ("),
    "PReLU under the name of the ReLU": (having("relu2", kind="PReLU", blobs=1), "has weights of relu2 ("),
    "further InnerProduct": (after("fc8", layer("fc9", "InnerProduct", "fc8", blobs=2)), "has weights of fc9 (Inner"),
    "second head": (after("fc7", layer("sex", "InnerProduct", "fc7", blobs=2)), "has weights of sex (InnerProduct)"),
    "further Convolution": (after("conv3", layer("conv4", "Convolution", "conv3", blobs=2)), "has weights of conv4 (C"),
    "Deconvolution": (after("pool5", layer("up", "Deconvolution", "pool5", blobs=2)), "has weights of up (Deconv"),
    "LSTM": (after("fc7", layer("lstm", "LSTM", "fc7", blobs=3)), "has weights of lstm ("),
    # Another kind, or none.
    "Deconvolution as conv2": (having("conv2", kind="Deconvolution"), "layer conv2: it is of type Deconvolution"),
    "Convolution as fc6": (having("fc6", kind="Convolution"), "layer fc6: it is of type Convolution, where fc6"),
    "Sigmoid": (having("relu2", kind="Sigmoid"), "layer relu2: it is of type Sigmoid, where relu2, of type ReLU"),
    "TanH": (having("relu6", name="tanh6", kind="TanH"), "layer tanh6: it is of type TanH, where relu6, of type ReLU"),
    "ELU": (having("relu6", kind="ELU"), "layer relu6: it is of type "),
    "no ReLU": (without("relu3"), "layer pool5: it is of type Pooling, where relu3, of type ReLU, is expected"),
    "no norm": (both(without("norm2"), having("conv3", bottoms=["pool2"])), "layer conv3: it is of type Convolution"),
    "two norms": (after("norm2", in_place("norm3", "LRN", "norm2", lrn=NORM)), "layer norm3: it is of type LRN"),
    "images halved": (after("data", in_place("half", "Power", "data")), "layer half: it is of type Power, where conv1"),
    "features halved": (after("fc7", in_place("half", "Power", "fc7")), "layer half: it is of type Power, where relu7"),
    "outputs halved": (after("fc8", in_place("half", "Power", "fc8")), "layer half: it is of type Power, and follows"),
    "residual": (after("conv3", layer("sum", "Eltwise", "conv3 norm2", "conv3")), "layer sum: it is of type Eltwise"),
    "softmax within": (after("fc6", in_place("soft", "Softmax", "fc6")), "layer soft: it is of type Softmax, where"),
    "norm before pool": (
        lambda layers: [layers[index] for index in (0, 1, 2, 4, 3, *range(5, 20))],
        "layer norm1: it is of type LRN, where pool1, of type Pooling, is expected",
    ),
    "two conv1": (after("conv1", layer("conv1", "Convolution", "conv1")), "layer conv1: it is of type Convolution"),
    "weights cross": (
        both(having("fc6", name="x"), having("fc7", name="fc6"), having("x", name="fc7")),
        "layer fc7: it is of type InnerProduct, where fc6, of type InnerProduct, is expected",
    ),
    # The same layers, other settings.
    "groups": (having("conv2", convolution=CONV2 + integer(5, 2)), "layer conv2: its group is 2, not 1"),
    "stride": (having("conv1", convolution=integer(4, 7) + integer(6, 2)), "its stride is 2 × 2, not 4 × 4"),
    "no stride": (having("conv1", convolution=integer(4, 7)), "layer conv1: its stride is 1 × 1, not 4 × 4"),
    "stride of rows": (having("conv1", convolution=CONV1 + integer(13, 2)), "its stride is 2 × 4, not 4 × 4"),
    "padding": (having("conv2", convolution=integer(3, 1) + integer(4, 5)), "conv2: its pad is 1 × 1, not 2 × 2"),
    "padding of columns": (having("conv2", convolution=CONV2 + integer(10, 0)), "conv2: its pad is 2 × 0, not 2 × 2"),
    "padding packed": (having("conv2", convolution=integer(4, 5) + chunk(3, b"\2\0")), "conv2: its pad is 2 × 0"),
    "kernel": (having("conv3", convolution=integer(3, 1) + integer(4, 1)), "its kernel_size is 1 × 1, not 3 × 3"),
    "dilation": (having("conv3", convolution=integer(3, 1) + integer(4, 3) + integer(18, 2)), "its dilation is 2 × 2"),
    "axis": (having("conv1", convolution=CONV1 + integer(16, 2)), "layer conv1: its axis is 2, not 1"),
    "no settings": (having("conv1", convolution=b""), "layer conv1: its kernel_size is not given, not 7 × 7"),
    "mean": (having("pool2", pooling=integer(1, 1) + POOL[2:]), "layer pool2: its pool is AVE, not MAX"),
    "stochastic": (having("pool2", pooling=integer(1, 2) + POOL[2:]), "layer pool2: its pool is STOCHASTIC, not MAX"),
    "pool's kernel": (having("pool5", pooling=integer(2, 2) + integer(3, 2)), "its kernel_size is 2 × 2, not 3 × 3"),
    "pool's stride": (having("pool5", pooling=integer(2, 3)), "layer pool5: its stride is 1 × 1, not 2 × 2"),
    "pool's padding": (having("pool5", pooling=POOL + integer(4, 1)), "layer pool5: its pad is 1 × 1, not 0 × 0"),
    "rounding": (having("pool1", pooling=POOL + integer(13, 1)), "layer pool1: its round_mode is FLOOR, not CEIL"),
    "global": (having("pool1", pooling=POOL + integer(12, 1)), "layer pool1: its global_pooling is true, not false"),
    "size": (having("norm1", lrn=NORM + integer(1, 3)), "layer norm1: its local_size is 3, not 5"),
    "alpha": (having("norm1", lrn=NORM + single(2, 5e-4)), "layer norm1: its alpha is 0.0005, not 0.0001"),
    "no alpha": (having("norm1", lrn=integer(1, 5)), "layer norm1: its alpha is 1, not 0.0001"),
    "beta": (having("norm2", lrn=NORM + single(3, 0.5)), "layer norm2: its beta is 0.5, not 0.75"),
    "k": (having("norm2", lrn=NORM + single(5, 2)), "layer norm2: its k is 2, not 1"),
    "within a channel": (having("norm2", lrn=NORM + integer(4, 1)), "its norm_region is WITHIN_CHANNEL, not ACROSS_C"),
    "axis of fc6": (having("fc6", inner_product=integer(5, 2)), "layer fc6: its axis is 2, not 1"),
    "last axis": (having("fc6", inner_product=integer(5, -1)), "layer fc6: its axis is -1, not 1"),
    "transposed": (having("fc7", inner_product=integer(6, 1)), "layer fc7: its transpose is true, not false"),
    "leaky": (having("relu7", relu=single(1, 0.1)), "layer relu7: its negative_slope is 0.1, not 0"),
    "dropout at test": (having("drop6", dropout=integer(2, 0)), "layer drop6: its scale_train is false, not true"),
    # Other connections.
    "norm left out": (having("conv2", bottoms=["pool1"]), "layer conv2: its input is pool1, not the output of norm1"),
    "ReLU left out": (having("relu1", tops=["x"]), "layer pool1: its input is conv1, not the output of relu1"),
    "fc7 beside fc6": (having("fc7", bottoms=["pool5"]), "layer fc7: its input is pool5, not the output of relu6"),
    "labels as input": (
        both(after("data", layer("soft", "Softmax", "data", "x")), having("conv1", bottoms=["x"])),
        "layer conv1: its input is x, not the output of the images",
    ),
    # Layers of the training only, and scaled images.
    "conv2 in training only": (
        having("conv2", include=TRAIN),
        "net: conv2: part of the network in Caffe's phase TRAIN",
    ),
    "fc6, fc7 not in the test": (
        both(having("fc6", exclude=TEST), having("fc7", exclude=TEST)),
        "net: fc6, fc7: part of the network in Caffe's phase TRAIN only",
    ),
    "ReLU in training only": (having("relu1", include=TRAIN), "pool1: it is of type Pooling, where relu1"),
    "norm not in the test": (having("norm1", exclude=TEST), "conv2: it is of type Convolution, where norm1"),
    "scale": (having("data", transform=single(1, 1 / 256)), "layer data: it multiplies images by 0.00390625"),
    "older scale": (having("data", data=single(2, 0.5)), "layer data: it multiplies images by 0.5"),
    "scale of a list": (having("data", kind="ImageData", image_data=single(2, 0.5)), "it multiplies images by 0.5"),
    "scale of windows": (having("data", kind="WindowData", window_data=single(2, 2)), "it multiplies images by 2"),
}


@pytest.mark.parametrize("version", [0, 1], ids=["V1", "V2"])
@pytest.mark.parametrize("case", EQUAL)
def test_equal_networks_are_imported(tmp_path, case, version):
    checked(tmp_path, EQUAL[case](published()), version)


def test_the_phase_of_a_saved_network_is_no_rule(tmp_path):
    """Caffe writes the phase of the whole network into each V2 layer."""
    checked(tmp_path, [one | {"rest": integer(10, 0)} for one in published()], 1)


@pytest.mark.parametrize("version", [0, 1], ids=["V1", "V2"])
@pytest.mark.parametrize("case", REFUSED)
def test_other_networks_are_refused_by_name(tmp_path, case, version):
    change, message = REFUSED[case]
    with pytest.raises(InputError) as caught:
        checked(tmp_path, change(published()), version)
    assert message in caught.value.args[0]
    assert str(caught.value).startswith("net")
    assert caught.value.fix == "give age_net.caffemodel or gender_net.caffemodel as published"


def test_every_missing_layer_is_named(tmp_path):
    for missing in published():
        if missing["kind"] not in ("Data", "Dropout", "SoftmaxWithLoss"):
            with pytest.raises(InputError, match=missing["name"]):
                checked(tmp_path, without(missing["name"])(published()), 1)


def test_layers_that_caffe_has_no_settings_for_are_not_compared():
    with pytest.raises(TypeError, match="odd: Caffe's settings of GELU are not known"):
        list(expected_layers(torch.nn.Sequential(OrderedDict(odd=torch.nn.GELU()))))


def test_settings_of_a_damaged_layer_are_reported(tmp_path):
    path = tmp_path / "net.caffemodel"
    path.write_bytes(v1("a", 4, [shape([1]) + single(5, 1)], settings=chunk(10, integer(4, 3)[:1])))
    with pytest.raises(InputError, match="cut short"):
        read_caffemodel(path)
