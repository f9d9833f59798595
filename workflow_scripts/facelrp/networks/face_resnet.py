"""A network that tells people apart by their faces: dlib's ResNet, as face-api publishes it for the web.

It was trained on three million photographs to map each person's to descriptors that are close to one another. Its 256
pooled features say more about how people rate faces than those of networks trained on objects.

References
----------
King (2017), *High quality face recognition with deep metric learning* (blog.dlib.net); He et al. (2016), *Deep residual
learning for image recognition*; the weights: Mühler, face-api.js, and Mandic, @vladmandic/face-api 1.7.15 (MIT),
stored as bytes with a scale and a least value for each tensor.
"""

import json
from collections import OrderedDict
from math import prod
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from facelrp.errors import InputError

#: What is subtracted from R, G and B, 0–255, and by what the result is divided.
MEAN, STD = [122.782, 117.001, 104.298], [255.0, 255.0, 255.0]
#: Channels and number of blocks at each size; the first block of all but the first size halves it.
BLOCKS = ((32, 3), (64, 3), (128, 2), (256, 2))
#: Types of stored values.
TYPES = {"uint8": "u1", "float32": "<f4"}


class Residual(nn.Module):
    """Two convolutions beside the identity, or beside the average of 2 × 2 pixels with new channels of zeros.

    Parameters
    ----------
    inputs, outputs : int
        Numbers of channels.
    halve : bool
        Whether the result has half the height and width.
    """

    def __init__(self, inputs, outputs, halve=False):
        super().__init__()
        self.halve, self.wider = halve, outputs - inputs
        self.conv1 = nn.Conv2d(inputs, outputs, 3, 2 if halve else 1, 0 if halve else 1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)

    def forward(self, x):
        y = self.conv2(F.relu(self.conv1(x)))
        if self.halve:
            x = F.avg_pool2d(x, 2)
            y = F.pad(y, (0, x.shape[3] - y.shape[3], 0, x.shape[2] - y.shape[2]))
        if self.wider:
            x = F.pad(x, (0, 0, 0, 0, 0, self.wider))
        return F.relu(x + y)


class FaceResNet(nn.Module):
    """The network up to its pooled features: (N, 3, 150, 150) to (N, 256).

    Parameters
    ----------
    width : int
        Channels of the first convolution, 32 as published.
    """

    def __init__(self, width=BLOCKS[0][0]):
        super().__init__()
        self.conv32_down = nn.Conv2d(3, width, 7, 2)
        before = width
        for size, count in BLOCKS:
            channels = width * size // BLOCKS[0][0]
            if channels > before:
                self.add_module(f"conv{size}_down", Residual(before, channels, halve=True))
            for number in range(1, count + 1):
                self.add_module(f"conv{size}_{number}", Residual(channels, channels))
            before = channels
        self.conv256_down_out = Residual(channels, channels, halve=True)

    def forward(self, x):
        for name, layer in self.named_children():
            x = layer(x)
            if name == "conv32_down":
                x = F.max_pool2d(F.relu(x), 3, 2)
        return x.mean((2, 3))


def face_resnet(outputs):
    """Build the network with freshly initialised weights.

    Parameters
    ----------
    outputs : int
        128 for the published descriptor of a face.

    Returns
    -------
    torch.nn.Sequential
        Children ``features`` and ``fc``.
    """
    features = FaceResNet()
    return nn.Sequential(OrderedDict(features=features, fc=nn.Linear(BLOCKS[-1][0], outputs)))


def read_face_api(manifest, path):
    """Read the published weights, with the scale behind each convolution in the convolution's own.

    Parameters
    ----------
    manifest : path
        The weights manifest of TensorFlow.js: name, shape, type and coding of each tensor, in the order of the file.
    path : path
        The values.

    Returns
    -------
    dict of {str: Tensor}
        Named as in `face_resnet`, for pixels of which `MEAN` is subtracted and which are divided by `STD`.

    Raises
    ------
    InputError
        If the files do not fit each other, or are those of another network.
    """
    fix = "give the face_recognition_model of @vladmandic/face-api 1.7.15 and its weights manifest"
    try:
        entries = json.loads(Path(manifest).read_text(encoding="utf-8"))[0]["weights"]
        content, tensors, start = Path(path).read_bytes(), {}, 0
        for entry in entries:
            coding = entry.get("quantization", {"dtype": "float32", "scale": 1.0, "min": 0.0})
            count = prod(entry["shape"])
            if count < 1:
                raise ValueError("a tensor without values")
            stored = np.frombuffer(content, TYPES[coding["dtype"]], count, start)
            start += stored.nbytes
            values = (stored.astype(np.float64) * coding["scale"] + coding["min"]).astype(np.float32)
            tensors[entry["name"]] = torch.from_numpy(values.reshape(entry["shape"]))
        if start != len(content):
            raise ValueError("bytes are left")
        state = {}
        for name in (name.removesuffix("/conv/filters") for name in tensors if name.endswith("/conv/filters")):
            factor = tensors[f"{name}/scale/weights"]
            kernel = tensors[f"{name}/conv/filters"].permute(3, 2, 0, 1)  # height, width, inputs, outputs
            layer = "features." + name.replace("/", ".")
            state[f"{layer}.weight"] = (kernel * factor[:, None, None, None]).contiguous()
            state[f"{layer}.bias"] = tensors[f"{name}/conv/bias"] * factor + tensors[f"{name}/scale/biases"]
        descriptor = tensors["fc"].T.contiguous()
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RuntimeError) as fault:
        raise InputError("does not hold the tensors of its manifest", path, fix) from fault
    return state | {"fc.weight": descriptor, "fc.bias": torch.zeros(len(descriptor))}
