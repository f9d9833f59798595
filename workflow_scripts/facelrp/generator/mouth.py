"""Draw the mouth: lips, the gap between them, teeth, and the shadows around them."""

import numpy as np

from facelrp.generator import head, nose
from facelrp.generator.canvas import EVERYWHERE, blend, bump, clamp, colour, line, noise, paint, shade, step


class Mouth:
    """The curves of a mouth over its patch, heights from the middle of the closed mouth.

    ``along`` runs from -1 to 1 between the corners; ``top`` and ``bottom`` are the outer edges of the lips, ``upper``
    and ``lower`` their inner ones, ``corner`` the height of the corners. ``lips`` and ``gap`` are coverages;
    ``dimples`` are the hollows beside the corners, 1 at their deepest.
    """

    def __init__(self, look, frame):
        base, chin = nose.tip(look), head.chin(look)
        self.middle = blend(base, chin, 0.355) + 0.6
        smile = clamp(look.mouth_curve)
        self.half = 20.6 + 2.2 * look.mouth_width + 5.6 * smile - 1.2 * clamp(-look.mouth_curve) - 1.2 * look.mouth_open
        self.patch = frame.patch(-self.half - 16.0, base - 2.0, self.half + 16.0, chin + 4.0)
        self.x, self.y = self.patch.x, self.patch.y - self.middle
        self.along = self.x * (1.0 / self.half)
        squared = self.along * self.along
        inside = np.maximum(1.0 - squared, 0.0)
        bow = bump(self.along, 0.0, 0.34, 1.0)
        # Corners move against the middle: up in a smile (and the middle slightly down), down in sadness.
        bend = -9.0 * look.mouth_curve
        self.corner = bend * 0.58
        middle_line = bend * (squared - 0.42) - 0.5 * bow
        gap = 14.0 * look.mouth_open * inside * (1.0 + 0.75 * squared)
        self.upper = middle_line - gap * (0.34 - 0.1 * smile)
        self.lower = middle_line + gap * (0.66 + 0.1 * smile)
        stretch = 1.0 - 0.2 * smile - 0.16 * look.mouth_open
        full = look.lip_fullness
        peaks = 1.0 + (0.10 + 0.16 * look.cupid) * (
            bump(np.abs(self.along) - 0.27, 0.0, 0.3, 1.0) - 1.3 * bump(self.along, 0.0, 0.17, 1.0)
        )
        round_inside = inside * (1.0 + 0.25 * squared)
        self.top = self.upper - (4.6 + 2.4 * full) * stretch * round_inside * peaks
        self.bottom = self.lower + (6.3 + 3.0 * full) * stretch * inside * (1.0 + 0.5 * squared)
        ends = step(1.03, 0.95, np.abs(self.along))
        self.lips = step(-0.8, 0.8, np.minimum(self.y - self.top, self.bottom - self.y)) * ends
        self.gap = step(-0.6, 0.6, np.minimum(self.y - self.upper, self.lower - self.y)) * ends
        self.gap = self.gap * step(0.5, 2.0, self.lower - self.upper)
        self.dimples = bump(np.abs(self.x) - self.half - 5.5, self.y - self.corner + 1.5, 4.2, 9.0)


def shape(look, mouth, relief):
    """Raise the lips in the relief and furrow the dimples, in place."""
    at = mouth.patch.at
    thickness = np.maximum(mouth.upper - mouth.top, 0.4)
    upper = np.maximum(1.0 - np.square((mouth.y - (mouth.upper + mouth.top) * 0.5) / (thickness * 0.85)), 0.0)
    thickness = np.maximum(mouth.bottom - mouth.lower, 0.4)
    lower = np.maximum(1.0 - np.square((mouth.y - (mouth.bottom + mouth.lower) * 0.5) / (thickness * 0.75)), 0.0)
    ends = np.maximum(1.0 - mouth.along * mouth.along, 0.0)
    relief[at] += ends * (0.8 * upper * upper + 2.2 * lower * lower)
    relief[at] -= 1.6 * look.cheek_raise * mouth.dimples
    groove = bump(mouth.x, mouth.y + 14.5 - 2.0 * look.mouth_curve, 4.2, 8.0)
    relief[at] -= 1.0 * groove


def colouring(look, mouth, layer, tone):
    """Paint the lips' colour on the bare skin, before light falls on it, in place."""
    natural = tone * blend(colour(0.86, 0.66, 0.66), colour(0.84, 0.70, 0.70), look.skin)
    red = blend(colour(196, 74, 82), colour(138, 46, 56), look.skin)
    lip = blend(natural, red, 0.75 * look.lip_red)
    creases = 0.93 + 0.12 * noise(mouth.x * 2.4, mouth.y * 0.5, look.seed + 6)
    upper_darker = 1.0 - 0.15 * step(1.0, -1.0, mouth.y - (mouth.upper + mouth.lower) * 0.5)
    paint(layer, mouth.patch.at, lip * (creases * upper_darker), mouth.lips * 0.9)


def inside(look, mouth, layer):
    """Paint the inside of the mouth and the shadows around the lips on lit skin, in place."""
    at, y, reach = mouth.patch.at, mouth.y, np.abs(mouth.along)
    middle = (mouth.upper + mouth.lower) * 0.5
    opened = np.maximum(mouth.lower - mouth.upper, 0.05)
    dark = np.zeros((3, *y.shape), np.float32) + colour(74, 26, 28) * (1.0 - 0.3 * look.skin)
    tongue = bump(mouth.x, y - mouth.lower + 0.5, 0.6 * mouth.half, 5.0)
    paint(dark, EVERYWHERE, colour(158, 78, 78), 0.75 * tongue)
    smile = clamp(0.25 + 1.5 * look.mouth_curve)
    # Upper teeth begin at the upper lip; their row curves away from us, so outer teeth look narrower and darker.
    row = np.minimum(9.6 - 3.2 * mouth.along * mouth.along, 0.9 * opened) * blend(0.3, 1.0, smile)
    teeth = step(0.8, -0.8, y - mouth.upper - row) * step(0.98, 0.82, reach)
    white = colour(240, 235, 225) * (1.0 - 0.4 * step(0.4, 0.95, reach))
    paint(dark, EVERYWHERE, white, teeth)
    column = mouth.x * (1.0 / (5.2 - 1.5 * reach))
    between = np.abs(column - np.rint(column))
    shade(dark, EVERYWHERE, 0.16 * teeth * step(0.13, 0.02, between), (0.8, 1.0, 1.0))
    shade(dark, EVERYWHERE, 0.45 * step(2.2, 0.0, y - mouth.upper), (1.0, 1.0, 1.0))
    paint(layer, at, dark, mouth.gap)
    closed = step(2.4, 0.6, opened)
    shade(layer, at, (0.35 + 0.25 * closed) * line(y - middle, 1.3) * closed * step(1.1, 0.95, reach), (0.85, 1.0, 1.0))
    corners = bump(np.abs(mouth.x) - mouth.half - 0.3, y - mouth.corner, 4.0, 3.4)
    shade(layer, at, 0.42 * corners)
    shade(layer, at, 0.3 * bump(mouth.x, y - mouth.bottom - 3.2, 0.72 * mouth.half, 4.6))
    glow = bump(mouth.x + 0.25 * mouth.half * -look.light, y - blend(mouth.lower, mouth.bottom, 0.4), 8.0, 1.9)
    paint(layer, at, colour(255, 236, 230), (0.16 + 0.2 * look.lip_red) * glow * mouth.lips)
