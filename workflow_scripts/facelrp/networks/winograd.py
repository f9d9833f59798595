"""Convolutions by Winograd's minimal filtering: the same sums with a third to a sixth of the multiplications.

An m × m patch of a convolution's output depends on an n × n tile of its input, n = m + r − 1 for an r × r kernel.
Lavin & Gray write it as Y = Aᵀ [(G W Gᵀ) ⊙ (Bᵀ X B)] A: tiles and kernel are transformed so that only a product per
element remains, summed over channels. For all patches and channels at once these are n² products of matrices. A, B
and G are the matrices of Toom and Cook's multiplication of polynomials by their values at n points.

References
----------
Winograd (1980), *Arithmetic complexity of computations*; Lavin & Gray (2016), *Fast algorithms for convolutional neural
networks*, CVPR.
"""

from contextlib import contextmanager
from functools import cache, partial
from itertools import product

import numpy as np
import torch
from torch import nn

#: Points at which polynomials are evaluated, besides infinity: small numbers and their inverses lose the fewest digits.
POINTS = (0, 1, -1, 2, -2, 1 / 2, -1 / 2)

#: Side of the patches. Larger patches would save more products and lose more digits.
PATCH = 4


@contextmanager
def quick_convolutions(network):
    """Compute the convolutions of a network in this way within the context, forwards and backwards.

    Values and gradients differ from torch's by about 1e-5 of their spread: ten times the rounding error of float32, a
    hundredth of that of bfloat16. Only kernels of 3 × 3 or 5 × 5 at stride 1 are computed in this way, and none on a
    GPU or under autocast, where the libraries have faster methods.

    Parameters
    ----------
    network : torch.nn.Module
    """
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d) and _suits(layer)]
    for layer in layers:
        layer.forward = partial(_forward, layer)
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward


def convolve(x, weight, padding):
    """Convolve at stride 1 with zero padding; differentiable.

    Parameters
    ----------
    x : Tensor, shape (N, C, H, W)
        Fastest in channels-last order, which is the order of the result.
    weight : Tensor, shape (K, C, r, r)
        r is 3 or 5.
    padding : int
        Pixels of zeros on each side.

    Returns
    -------
    Tensor, shape (N, K, H + 2·padding − r + 1, W + 2·padding − r + 1)
    """
    return _Convolution.apply(x, weight, padding)


def _suits(layer):
    return (
        "forward" not in vars(layer)  # not within such a context already
        and layer.kernel_size in ((3, 3), (5, 5))
        and (layer.stride, layer.dilation, layer.groups, layer.padding_mode) == ((1, 1), (1, 1), 1, "zeros")
        and layer.padding in ((0, 0), (1, 1), (2, 2))
        and layer.weight.device.type == "cpu"
    )


def _forward(layer, x):
    if torch.is_autocast_enabled("cpu"):
        return nn.Conv2d.forward(layer, x)
    y = convolve(x, layer.weight, layer.padding[0])
    return y if layer.bias is None else y + layer.bias.view(1, -1, 1, 1)


@cache
def matrices(patch, kernel, dtype):
    """Return Aᵀ ⊗ Aᵀ (m², n²), G ⊗ G (n², r²) and Bᵀ ⊗ Bᵀ (n², n²), which transform both directions of a plane at once.

    Parameters
    ----------
    patch, kernel : int
        m and r.
    dtype : torch.dtype
    """
    size = patch + kernel - 1

    def values(count):
        """Return the matrix (n, count) from a polynomial's coefficients to its values at all points."""
        matrix = np.vander([*POINTS[: size - 1], 0], count, increasing=True)
        matrix[-1] = np.eye(count)[-1]  # its value at infinity is its last coefficient
        return matrix

    a, g, b = values(patch).T, values(kernel), np.linalg.inv(values(size)).T
    # A row of g may be multiplied by a number if its row of b is divided by it: equal sizes lose the fewest digits.
    balance = np.sqrt(np.abs(b).max(1) / np.abs(g).max(1))[:, None]
    return tuple(torch.tensor(np.kron(one, one), dtype=dtype) for one in (a, g * balance, b / balance))


class _Convolution(torch.autograd.Function):
    """The three products of a layer: output, gradient of the weight, gradient of the input."""

    @staticmethod
    def forward(ctx, x, weight, padding):
        outputs, channels, kernel, _ = weight.shape
        to_output, of_weight, of_tile = matrices(PATCH, kernel, x.dtype)
        rows, columns = (side + 2 * padding - kernel + 1 for side in x.shape[2:])
        grid = (-(-rows // PATCH), -(-columns // PATCH))
        tiles = _gather(_around(x, grid, kernel, padding), grid, len(of_tile))
        tiles = (of_tile @ tiles.flatten(1)).view(len(of_tile), -1, channels)
        spectrum = (of_weight @ weight.permute(2, 3, 1, 0).reshape(kernel**2, -1)).view(-1, channels, outputs)
        ctx.save_for_backward(tiles, spectrum)
        ctx.shapes = x.shape, grid, kernel, padding, (rows, columns)
        patches = (to_output @ torch.bmm(tiles, spectrum).flatten(1)).view(len(to_output), len(x), *grid, outputs)
        y = x.new_empty(len(x), *(PATCH * side for side in grid), outputs)
        for patch, (row, column) in zip(patches, _positions(len(to_output)), strict=True):
            _every_patch(y, grid, row, column).copy_(patch)
        return y[:, :rows, :columns].permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx, gradient):
        tiles, spectrum = ctx.saved_tensors
        shape, grid, kernel, padding, (rows, columns) = ctx.shapes
        to_output, of_weight, of_tile = matrices(PATCH, kernel, gradient.dtype)
        _, channels, outputs = spectrum.shape
        whole = gradient.new_zeros(len(gradient), *(PATCH * side for side in grid), outputs)
        whole[:, :rows, :columns] = gradient.permute(0, 2, 3, 1)
        patches = _gather(whole, grid, len(to_output))
        products = (to_output.T @ patches.flatten(1)).view(len(of_tile), -1, outputs)
        of_kernel = of_weight.T @ torch.bmm(tiles.transpose(1, 2), products).flatten(1)
        weight = of_kernel.view(kernel, kernel, channels, outputs).permute(3, 2, 0, 1)
        if not ctx.needs_input_grad[0]:
            return None, weight, None
        tiles = of_tile.T @ torch.bmm(products, spectrum.transpose(1, 2)).flatten(1)
        around = gradient.new_zeros(len(gradient), *(PATCH * side + kernel - 1 for side in grid), channels)
        for tile, (row, column) in zip(tiles, _positions(len(of_tile)), strict=True):
            _every_patch(around, grid, row, column).add_(tile.view(len(gradient), *grid, channels))
        inside = (slice(padding, padding + side) for side in shape[2:])
        return around[(slice(None), *inside)].permute(0, 3, 1, 2), weight, None


def _around(x, grid, kernel, padding):
    """Return the input with zeros around it, as far as the tiles reach: (N, H', W', C)."""
    around = x.new_zeros(len(x), *(PATCH * side + kernel - 1 for side in grid), x.shape[1])
    around[:, padding : padding + x.shape[2], padding : padding + x.shape[3]] = x.permute(0, 2, 3, 1)
    return around


def _gather(plane, grid, count):
    """Return the tiles or patches of a plane (N, H', W', C), position by position: (count, N, *grid, C)."""
    gathered = plane.new_empty(count, len(plane), *grid, plane.shape[-1])
    for values, (row, column) in zip(gathered, _positions(count), strict=True):
        values.copy_(_every_patch(plane, grid, row, column))
    return gathered


def _positions(count):
    """Yield the positions (row, column) in a square tile or patch of ``count`` pixels, row by row."""
    return product(range(round(count**0.5)), repeat=2)


def _every_patch(plane, grid, row, column):
    """Return the pixel at one position of every tile or patch, a view (N, *grid, C) of the plane."""
    return plane[:, row : row + PATCH * grid[0] : PATCH, column : column + PATCH * grid[1] : PATCH]
