"""The mean of each channel of each convolution, against convolutions in NumPy."""

import numpy as np
import torch
from torch import nn

from facelrp.networks.batches import Images
from facelrp.networks.channel_means import channel_means


def by_hand(images, layer):
    """The outputs (N, C, h, w) of a convolution without padding, pixel by pixel."""
    weight, bias, size = layer.weight.numpy(), layer.bias.numpy(), layer.kernel_size[0]
    side = images.shape[2] - size + 1
    patches = [[images[:, :, y : y + size, x : x + size] for x in range(side)] for y in range(side)]
    rows = [[np.tensordot(patch, weight, ([1, 2, 3], [1, 2, 3])) + bias for patch in row] for row in patches]
    return np.moveaxis(np.array(rows), (0, 1), (2, 3))


def test_all_convolutions_count():
    torch.manual_seed(1)
    first, second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 2)
    module = nn.Sequential(first, nn.ReLU(), nn.Sequential(second), nn.Flatten()).requires_grad_(False)
    pictures = np.random.default_rng(1).integers(0, 255, (5, 8, 8, 3), dtype=np.uint8)
    found = channel_means(module, Images(pictures, [120.0, 110.0, 100.0], rows=[3, 0, 4]), batch_size=2)
    images = np.moveaxis(pictures[[3, 0, 4]] - np.array([120.0, 110.0, 100.0]), 3, 1)
    below = np.maximum(by_hand(images, first), 0)
    above = np.maximum(by_hand(below, second), 0)
    expected = np.hstack([below.mean((2, 3)), above.mean((2, 3))])
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    assert not any(layer._forward_hooks for layer in module.modules())
