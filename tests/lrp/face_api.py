"""Two face networks of today, rebuilt from the weights of face-api (MIT license).

Both take pixels of 0–255 without their `MEAN`, as all networks of this repository do: the division by 255 that their
authors write is in the first layer's weights, and the scales behind convolutions are in theirs. Each ends in one dense
layer, ``head``, on pooled features: `FaceResNet` in the descriptor of a face, `TinyXception` in age and gender.
"""

import json
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from facelrp.networks.face_resnet import FaceResNet as Backbone

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "face-api"
#: The mean red, green and blue that both networks subtract, on the 0–255 scale.
MEAN = (122.782, 117.001, 104.298)


class FaceResNet(nn.Sequential):
    """The face recognition network of dlib: (N, 3, 150, 150) to the descriptor, (N, 128).

    Parameters
    ----------
    width : int
        Channels of the first convolution; the last have eight times as many.
    """

    SIZE = 150

    def __init__(self, width=32):
        head = nn.Linear(8 * width, 128, bias=False)
        super().__init__(OrderedDict(features=Backbone(width), head=head))


class Separable(nn.Sequential):
    """A convolution of each channel by itself, then one of all channels at each pixel."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.depthwise = nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False)
        self.pointwise = nn.Conv2d(inputs, outputs, 1)


class Reduction(nn.Module):
    """Two separable convolutions and a maximum beside one convolution, each to half the size."""

    def __init__(self, inputs, outputs, activate=True):
        super().__init__()
        self.activate = activate
        self.separable_conv0, self.separable_conv1 = Separable(inputs, outputs), Separable(outputs, outputs)
        self.expansion_conv = nn.Conv2d(inputs, outputs, 1, 2)

    def forward(self, x):
        y = self.separable_conv0(F.relu(x) if self.activate else x)
        y = F.max_pool2d(self.separable_conv1(F.relu(y)), 3, 2, ceil_mode=True)
        return y + self.expansion_conv(x)


class Main(nn.Module):
    """Three separable convolutions beside the identity."""

    def __init__(self, channels):
        super().__init__()
        for number in range(3):
            self.add_module(f"separable_conv{number}", Separable(channels, channels))

    def forward(self, x):
        y = x
        for layer in self.children():
            y = layer(F.relu(y))
        return y + x


class TinyXception(nn.Module):
    """The age and gender network: (N, 3, 112, 112) to (N, 3), years, and a man's and a woman's logit.

    Parameters
    ----------
    width : int
        Channels of the first convolution; the last has sixteen times as many.
    """

    SIZE = 112

    def __init__(self, width=32):
        super().__init__()
        self.entry_flow = nn.ModuleDict(
            {
                "conv_in": nn.Conv2d(3, width, 3, 2),
                "reduction_block_0": Reduction(width, 2 * width, activate=False),
                "reduction_block_1": Reduction(2 * width, 4 * width),
            }
        )
        self.middle_flow = nn.ModuleDict({f"main_block_{number}": Main(4 * width) for number in range(2)})
        self.exit_flow = nn.ModuleDict(
            {
                "reduction_block": Reduction(4 * width, 8 * width),
                "separable_conv": Separable(8 * width, 16 * width),
            }
        )
        self.head = nn.Linear(16 * width, 3)

    def features(self, x):
        """Return the pooled features, (N, 512)."""
        # TensorFlow's padding "same" of a stride of 2 is at the right and the lower border alone, for even sizes.
        x = F.relu(self.entry_flow["conv_in"](F.pad(x, (0, 1, 0, 1))))
        x = self.entry_flow["reduction_block_1"](self.entry_flow["reduction_block_0"](x))
        for block in self.middle_flow.values():
            x = block(x)
        x = F.relu(self.exit_flow["separable_conv"](self.exit_flow["reduction_block"](x)))
        return x.mean((2, 3))

    def forward(self, x):
        return self.head(self.features(x))


def read_weights(folder, name):
    """Read the weights of a network: {name: float32 array}, kernels (height, width, inputs, outputs).

    Values stored as bytes are value = scale · byte + min.

    Parameters
    ----------
    folder : Path
    name : str
        The file name's start, such as "age_gender_model".
    """
    manifest = json.loads((folder / f"{name}-weights_manifest.json").read_text(encoding="utf-8"))
    content, weights, start = (folder / f"{name}.bin").read_bytes(), {}, 0
    for entry in manifest[0]["weights"]:
        coding = entry.get("quantization", {"dtype": "float32", "scale": 1.0, "min": 0.0})
        count = int(np.prod(entry["shape"]))
        stored = np.frombuffer(content, {"uint8": "u1", "float32": "<f4"}[coding["dtype"]], count, start)
        start += stored.nbytes
        values = stored.astype(np.float64) * coding["scale"] + coding["min"]
        weights[entry["name"]] = values.reshape(entry["shape"]).astype(np.float32)
    assert start == len(content), f"{name}.bin has {len(content) - start} bytes left"
    return weights


def convolution(weights, kernel, bias, scale=None):
    """Return weight (outputs, inputs, height, width) and bias of a convolution, with the scale behind it folded in."""
    weight, bias = weights[kernel].transpose(3, 2, 0, 1), weights[bias]
    if scale:
        factor = weights[f"{scale}/weights"]
        weight, bias = weight * factor[:, None, None, None], bias * factor + weights[f"{scale}/biases"]
    return weight, bias


def face_resnet(folder):
    """Return the face recognition network with the weights of these files."""
    weights, network = read_weights(folder, "face_recognition_model"), FaceResNet()
    for name, layer in network.named_modules():
        if isinstance(layer, nn.Conv2d):
            path = name.removeprefix("features.").replace(".", "/")
            fill(layer, *convolution(weights, f"{path}/conv/filters", f"{path}/conv/bias", f"{path}/scale"))
    fill(network.head, weights["fc"].T)
    return finished(network, network.features.conv32_down)


def tiny_xception(folder):
    """Return the age and gender network with the weights of these files."""
    weights, network = read_weights(folder, "age_gender_model"), TinyXception()
    for name, layer in network.named_modules():
        path = name.replace(".", "/")
        if isinstance(layer, Separable):
            fill(layer.depthwise, weights[f"{path}/depthwise_filter"].transpose(2, 3, 0, 1))
            fill(layer.pointwise, *convolution(weights, f"{path}/pointwise_filter", f"{path}/bias"))
        elif isinstance(layer, nn.Conv2d) and f"{path}/filters" in weights:
            fill(layer, *convolution(weights, f"{path}/filters", f"{path}/bias"))
    heads = ("fc/age", "fc/gender")
    fill(
        network.head,
        np.concatenate([weights[f"{head}/weights"].T for head in heads]),
        np.concatenate([weights[f"{head}/bias"] for head in heads]),
    )
    return finished(network, network.entry_flow["conv_in"])


@torch.no_grad()
def fill(layer, weight, bias=None):
    layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(weight)).reshape(layer.weight.shape))
    if bias is not None:
        layer.bias.copy_(torch.from_numpy(bias))


def finished(network, first):
    """Let a network take pixels of 0–255, and set it to evaluation."""
    with torch.no_grad():
        first.weight.div_(255)
    return network.requires_grad_(False).eval()


def real(build):
    """Return one of the two networks, or skip a test where its files are missing."""
    if not FOLDER.is_dir():
        pytest.skip("the weights of face-api are missing (face-api in shared/data beside the checkout)")
    return build(FOLDER)


def pixels(images, size):
    """Return images uint8 (N, H, W, 3) as a network takes them, (N, 3, size, size) in float32."""
    x = torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).float()
    x = F.interpolate(x, (size, size), mode="bilinear", antialias=True, align_corners=False)
    return x - torch.tensor(MEAN)[:, None, None]
