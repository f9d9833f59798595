"""Draw hair: its colour, the area it covers, and its strands."""

import numpy as np

from facelrp.generator import head
from facelrp.generator.canvas import EVERYWHERE, blend, bump, clamp, colour, line, noise, ramp, shade, squircle, step
from facelrp.generator.look import HAIR_COLOURS


def base_colour(look, grey=None):
    """Return the colour of the hair, mixed with grey: the share ``grey`` or, by default, the look's."""
    hue = blend(ramp(HAIR_COLOURS, look.hair_colour), colour(150, 66, 36), 0.75 * look.hair_red)
    return blend(hue, colour(178, 176, 174), 0.9 * (look.grey if grey is None else grey))


class Hair:
    """The area of the hair and the course of its strands, float32 (SIZE, SIZE) each.

    ``behind`` and ``front`` are the coverages of the hair behind the head and on it. ``reach`` is 1 on the outer edge,
    ``inside`` is 1 on the edge of the opening through which we see the face. ``across`` counts strands, ``fine`` and
    ``broad`` are their brightness, and ``combed`` is their visibility (0 even tone … 1 distinct strands).
    """

    def __init__(self, look, frame):
        x, y, wide = frame.u, frame.y, head.width(look)
        self.long = step(0.3, 0.45, look.hair_length)
        curl = noise(x * 0.55 + 60.0, y * 0.55 + 20.0, look.seed) - 0.5
        self.reach, self.behind = self._outline(look, x, y, wide, curl)
        self.inside = self._opening(look, x, y, wide)
        self.across, self.combed = self._strands(look, x, y)
        self.fine = noise(self.across * 110.0, y * 0.06 + 31.0, look.seed)
        self.broad = noise(self.across * 40.0 + 50.0, y * 0.04 + 11.0, look.seed + 1)
        fringes = (self.fine - 0.5) * (0.06 + 0.1 * look.fringe) + (self.broad - 0.5) * 0.2 * look.fringe
        fringes *= step(4.0, -24.0, y)
        self.front = self.behind * step(-0.045, 0.045, self.inside - 1.0 + fringes + 0.06 * look.hair_wave * curl)

    def _outline(self, look, x, y, wide, curl):
        volume = look.hair_volume * (1.0 - 0.85 * look.recession)
        top = head.CROWN - 2.0 - 15.0 * volume
        side = wide + 0.5 + (5.5 + 5.0 * self.long) * volume + 2.5 * self.long
        ragged = curl * (0.6 + 7.0 * look.hair_wave * look.hair_volume)
        swing = (noise(y * 0.1 + 30.0, x * 0.01 + 9.0, look.seed + 1) - 0.5) * 9.0 * look.hair_wave
        # The upper half is an ellipse; below it, hair falls straight or swings with its waves.
        above = np.minimum((y - head.MIDDLE) * (1.0 / (head.MIDDLE - top)), 0.0)
        fall = np.abs(x) + ragged * 0.8 + swing * step(20.0, 70.0, y) * self.long
        reach = squircle(fall * (1.0 / side), above, 0.26)
        outer = step(1.1 / 62.0, -1.1 / 62.0, reach - 1.0 + ragged * 0.006)
        end = blend(2.0 + 6.0 * look.hair_volume * look.hair_wave, -34.0 + 165.0 * look.hair_length, self.long)
        soft = blend(14.0, 5.0, self.long)
        behind = outer * step(end + soft, end - soft, y + blend(14.0, 6.0, self.long) * curl)
        return reach, behind * (1.0 - step(0.68, 0.8, look.recession) * step(-10.0, -30.0, y))

    def _opening(self, look, x, y, wide):
        away, long = np.abs(x), self.long
        height = -50.0 - 8.0 * look.forehead_height - 5.0 * look.recession * look.recession
        height = blend(height - 34.0 * step(0.72, 1.0, look.recession), -30.0, look.fringe)
        swept = look.parting * x * (0.09 + 0.08 * look.fringe) * (1.0 - look.recession)
        corner = 13.0 * clamp(1.6 * look.recession) * bump(away - 31.0, 0.0, 19.0, 1.0)
        hairline = np.minimum(height + swept - corner, head.MIDDLE - 8.0)
        up = np.maximum((y - head.MIDDLE) / (hairline - head.MIDDLE), 0.0)
        # Short hair ends before the ear; long hair falls before the sides of the face.
        half = wide * blend(0.93, 0.87, long) - 3.0 * look.fringe
        half = half + (1.0 - long) * 34.0 * step(-26.0, 16.0, y)
        half = half - long * (6.0 - 5.0 * look.hair_volume) * step(10.0, 66.0, y)
        return squircle(away / half, up, 0.5 - 0.1 * look.fringe)

    def _strands(self, look, x, y):
        # Strands fan out from a pole: the parting for long hair, the crown for a fringe, the face if brushed back.
        pole_x = 24.0 * look.parting * (0.3 + 0.7 * self.long)
        pole_y = blend(blend(-4.0, -47.0, self.long), head.CROWN - 26.0, look.fringe)
        right, up = x - pole_x, np.abs(y - pole_y) * blend(1.0, 1.7, self.long) + 2.0
        fan = right / (np.abs(right) + up)
        # Strands that meet are finer than a pixel and appear as an even tone.
        combed = step(blend(3.0, 24.0, look.fringe), blend(22.0, 84.0, look.fringe), np.abs(right) + up)
        # At the sides they bend to follow the outline.
        outward = blend(1.0 - 3.4 * (self.reach - 0.8), 0.29 * self.reach, look.fringe)
        hanging = np.where(right < 0.0, np.float32(-1.0), np.float32(1.0)) * outward
        falling = step(-46.0, -6.0, y) * blend(0.25, 1.0, self.long)
        falling *= 1.0 - look.fringe * step(54.0, 40.0, np.abs(x))
        wave = 0.16 * look.hair_wave * (noise(y * 0.16 + 20.0, x * 0.03 + 7.0, look.seed + 3) - 0.5)
        return blend(fan, hanging, falling) * (1.0 + 1.2 * look.fringe) + wave, combed


def strands(look, frame, hair):
    """Return a picture full of hair, float32 (3, SIZE, SIZE)."""
    x, y = frame.u, frame.y
    curly = 0.85 * step(0.5, 1.0, look.hair_wave)
    shades = 0.5 + hair.combed * (0.5 * hair.fine + 0.5 * hair.broad - 0.5)
    if curly > 0.0:
        shades = blend(shades, _curls(look, x, y), curly)
    silver = (shades - 0.45) * look.grey * (1.0 - look.grey) * 2.4
    glow = blend(hair.reach - 0.84, (y + 54.0 + 0.006 * x * x) * (1.0 / 80.0), look.fringe) - 0.07 * hair.broad
    sheen = line(glow, 0.14) * step(20.0, -30.0, y) * (1.0 - 0.6 * curly)
    lit = 1.0 + 0.22 * look.light * clamp(x * (1.0 / 60.0), -1.3, 1.3)
    bright = (0.6 + 0.55 * shades) * lit * (1.0 - 0.35 * step(0.92, 1.04, hair.reach))
    return base_colour(look) * bright + colour(72, 66, 60) * (silver + 0.6 * sheen * shades)


def _curls(look, x, y):
    # Bright along the middle of the noise's slopes: winding, closed lines, like curls.
    slope = noise(x * 0.62 + y * 0.31 + 3.0, y * 0.62 - x * 0.31 + 5.0, look.seed + 2)
    detail = noise(x * 1.3 - y * 0.9, y * 1.3 + x * 0.9 + 9.0, look.seed + 3)
    return 0.55 * line(slope - 0.5, 0.42) + 0.5 * detail - 0.05


def shadow(look, hair, layer):
    """Darken the skin under the edge of the hair, in place."""
    near = step(0.82, 1.0, hair.inside) * (1.0 - 0.8 * step(0.6, 1.0, look.recession))
    shade(layer, EVERYWHERE, 0.26 * near)
