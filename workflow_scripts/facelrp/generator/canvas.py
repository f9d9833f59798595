"""Drawing tools for every feature: the head's coordinates, soft shapes, paint and noise textures.

Only + − × ÷, square roots, comparisons and integer hashes are used: never exp, sin, a power or a matrix product, and no
sum whose order depends on the processor or the Python version. So every machine draws the same faces, bit by bit.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

SIZE = 227
TILE = 1024  # side of a noise texture, which repeats without a seam
KNOT = 16  # samples between two random values of a noise texture
EVERYWHERE = (slice(None), slice(None))


def clamp(value, low=0.0, high=1.0):
    """Limit a number or an array to [low, high]."""
    if isinstance(value, np.ndarray):
        return np.minimum(np.maximum(value, low), high)
    return min(max(value, low), high)


def step(low, high, value):
    """Rise smoothly (cubic) from 0 at ``low`` to 1 at ``high``; fall if low > high."""
    t = clamp((value - low) * (1.0 / (high - low)))
    return t * t * (3.0 - 2.0 * t)


def bump(x, y, across, down):
    """Return a smooth hill, 1 at the origin and 0 outside the ellipse with the given half-axes."""
    x, y = x * (1.0 / across), y * (1.0 / down)
    hill = np.maximum(1.0 - x * x - y * y, 0.0)
    return hill * hill


def squircle(across, down, square):
    """Return the size of the rounded square through a point: of the shape (1 − k)(x² + y²) + k(x⁴ + y⁴) = 1.

    Parameters
    ----------
    across, down : ndarray
        The point; (±1, 0) and (0, ±1) are on the shape of size 1.
    square : float or ndarray
        k, from 0 (an ellipse) to 1 (nearly a square).
    """
    a, b = across * across, down * down
    rounded = (1.0 - square) * (a + b)
    return np.sqrt((rounded + np.sqrt(rounded * rounded + 4.0 * square * (a * a + b * b))) * 0.5)


def line(distance, width):
    """Return the coverage, by a soft line of the given half-width, of a point at a distance from the line's middle."""
    return bump(distance, 0.0, width, 1.0)


def blend(first, second, share):
    """Mix two colours or numbers; ``share`` is the share of the second."""
    return first + (second - first) * share


def colour(red, green, blue):
    """Return a colour (0 … 255 each) as float32 (3, 1, 1), which broadcasts over pixels."""
    return np.array([red, green, blue], np.float32).reshape(3, 1, 1)


def ramp(stops, position):
    """Return the colour at ``position`` (0 … 1) along equally spaced colour stops."""
    along = clamp(position) * (len(stops) - 1)
    left = min(int(along), len(stops) - 2)
    return blend(colour(*stops[left]), colour(*stops[left + 1]), along - left)


@dataclass(frozen=True)
class Patch:
    """A window of the picture: its slices and the head coordinates of its pixels."""

    at: tuple[slice, slice]
    x: np.ndarray
    y: np.ndarray


class Frame:
    """The coordinates of a head in the picture.

    The origin is between the eyes, y points to the chin, x to the right of the picture, and the unit is a pixel at
    scale 1. ``u`` follows the outline of the head; ``x`` follows the features on its front, which move further than the
    outline when the head turns.

    Parameters
    ----------
    left, top : float
        Position of the origin, in pixels.
    scale : float
        Pixels per unit.
    tilt : float
        Tangent of half the angle by which the head leans, small.
    turn : float
        Movement of the front to the side, in units, small.
    """

    def __init__(self, left, top, scale, tilt, turn):
        cosine, sine = (1.0 - tilt * tilt) / (1.0 + tilt * tilt), 2.0 * tilt / (1.0 + tilt * tilt)
        self._origin, self._axes, self._turn = (left, top), (cosine * scale, sine * scale), turn
        rows, columns = pixels()
        right, down = (columns - left) * (1.0 / scale), (rows - top) * (1.0 / scale)
        self.u = right * cosine + down * sine
        self.y = down * cosine - right * sine
        self.x = self.u - turn * np.maximum(1.0 - self.u * self.u * (1.0 / 4000.0), 0.0)

    def patch(self, x0, y0, x1, y1):
        """Return the patch around the rectangle from (x0, y0) to (x1, y1), in head coordinates."""
        (left, top), (cosine, sine), turn = self._origin, self._axes, abs(self._turn)
        corners = [(x, y) for x in (x0 - turn, x1 + turn) for y in (y0, y1)]
        columns = [left + x * cosine - y * sine for x, y in corners]
        rows = [top + x * sine + y * cosine for x, y in corners]
        at = (_span(min(rows), max(rows)), _span(min(columns), max(columns)))
        return Patch(at, self.x[at], self.y[at])


def paint(layer, at, paint_colour, alpha):
    """Cover ``layer[:, at]``, float32 (3, H, W), with a colour to the degree ``alpha`` (0 … 1), in place."""
    window = layer[:, *at]
    window += (paint_colour - window) * alpha


def shade(layer, at, darkness, tint=(0.8, 1.0, 1.0)):
    """Darken ``layer[:, at]`` in place; shadows on skin keep more red, since light that passes through skin is red."""
    window = layer[:, *at]
    window *= 1.0 - darkness * colour(*tint)


def noise(across, along, salt=0):
    """Look up smooth noise in [0, 1]: a random value every four units of either coordinate, repeating after 256."""
    rows = (across * (KNOT / 4.0) + 8.0 * TILE).astype(np.intp) & (TILE - 1)
    columns = (along * (KNOT / 4.0) + 8.0 * TILE).astype(np.intp) & (TILE - 1)
    rows *= TILE
    rows += columns
    return _tile(salt % 8).take(rows)


def grain(salt):
    """Return white noise in [-1, 1] for every pixel, float32 (SIZE, SIZE)."""
    return _grain(salt % 8)


def hashed(numbers):
    """Hash uint32 numbers to uint32 numbers that look random (xor-shift and multiply, wrapping)."""
    numbers = numbers ^ (numbers >> np.uint32(16))
    numbers = numbers * np.uint32(0x7FEB352D)
    numbers = numbers ^ (numbers >> np.uint32(15))
    numbers = numbers * np.uint32(0x846CA68B)
    return numbers ^ (numbers >> np.uint32(16))


@lru_cache
def pixels():
    """Return the rows and the columns of all pixel centres, float32 (SIZE, SIZE) each."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) + np.float32(0.5)
    return rows, columns


def _span(low, high):
    return slice(max(int(low) - 1, 0), min(max(int(high) + 2, 0), SIZE))


@lru_cache
def _tile(salt):
    knots = TILE // KNOT
    numbers = np.arange(knots * knots, dtype=np.uint32) + np.uint32(salt * knots * knots)
    values = (hashed(numbers) >> np.uint32(8)).astype(np.float32).reshape(knots, knots) * np.float32(1 / 16777215)
    weights = step(0.0, 1.0, np.arange(KNOT, dtype=np.float32) * np.float32(1 / KNOT))
    for axis in (0, 1):
        following = np.roll(values, -1, axis)
        between = [values + (following - values) * weight for weight in weights]
        values = np.stack(between, axis + 1).reshape(TILE, -1)
    return values


@lru_cache
def _grain(salt):
    numbers = np.arange(SIZE * SIZE, dtype=np.uint32) + np.uint32((salt + 100) * SIZE * SIZE)
    values = (hashed(numbers) >> np.uint32(8)).astype(np.float32) * np.float32(2 / 16777215) - np.float32(1)
    return values.reshape(SIZE, SIZE)
