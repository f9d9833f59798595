"""Draw eyes and brows."""

import numpy as np

from facelrp.faces.brows import arch
from facelrp.generator import hair
from facelrp.generator.canvas import EVERYWHERE, blend, bump, clamp, colour, line, noise, paint, ramp, shade, step

IRIS_COLOURS = ((46, 28, 20), (84, 52, 30), (122, 88, 50), (112, 116, 78), (104, 122, 130), (92, 130, 164))
LOWER_LID = 3.0  # height of the lower lid: where the hollow under it is at its deepest, in units
BAG_EDGE = 2.6  # half-width of the dark under a bag
SIDES = {"right": -1.0, "left": 1.0}  # the person's own, as seen in the picture


def half_width(look):
    """Return half the width of an eye, in units."""
    return 13.1 + 2.0 * look.eye_size


def centre(look, side):
    """Return the position of the middle of an eye, in units; side is -1 (right) or 1 (left)."""
    return side * (26.6 + 1.8 * look.eye_spacing), 0.0


def centres(look):
    """Return {side: (x, y)} of both eyes."""
    return {side: centre(look, side) for side in SIDES.values()}


class Eye:
    """One eye: its patch, and the curves of its lids over that patch.

    ``along`` runs from -1 at the inner corner to 1 at the outer one; ``upper`` and ``lower`` are the heights of the
    lid edges and ``y`` the height of each pixel, all from the eye's middle. ``crease`` and ``bag`` are how far a pixel
    is below the fold in which the upper lid ends and below the lower edge of the bag, which fades out at its sides as
    ``bag_ends``. ``within`` is 1 between the corners, ``open`` the coverage by the eyeball.
    """

    def __init__(self, look, frame, side):
        self.side, self.half = side, half_width(look)
        x, y = centre(look, side)
        self.patch = frame.patch(x - 23.0, y - 17.0, x + 23.0, y + 24.0)
        self.x = (self.patch.x - x) * side
        self.along = self.x * (1.0 / self.half)
        self.y = self.patch.y - y + (0.6 + 1.5 * look.eye_tilt) * self.along
        squared = self.along * self.along
        inside = np.maximum(1.0 - squared, 0.0)
        arch = inside * (1.0 + 0.35 * squared)
        opening = 1.0 + 0.42 * look.eye_open
        rise = (5.0 + 1.2 * look.eye_size) * opening - 1.7 * look.lid_droop
        self.upper = -rise * arch * (1.0 - 0.16 * self.along)
        self.upper = self.upper + 1.5 * look.lid_droop * inside * step(0.0, 0.8, self.along)
        self.lower = (3.3 + 0.5 * look.eye_size) * (1.0 + 0.14 * look.eye_open) * arch * (1.0 + 0.2 * self.along)
        self.within = step(1.06, 0.98, np.abs(self.along))
        self.crease = self.y - self.upper + 4.2 - 1.6 * look.lid_droop
        self.bag = self.y - 11.8 - 3.2 * look.eye_bags + 0.035 * (self.x + 1.5) * (self.x + 1.5)
        self.bag_ends = step(1.25, 0.6, np.abs(self.along + 0.1))
        self.open = step(-0.7, 0.7, np.minimum(self.y - self.upper, self.lower - self.y)) * self.within


def lids(look, eye, relief):
    """Shape the lids and the bag below in the relief, in place."""
    at = eye.patch.at
    ball = bump(eye.x, eye.y + 0.5, eye.half + 4.0, 12.5)
    relief[at] += 3.4 * ball
    crease = eye.y - eye.upper + 4.0 - 1.6 * look.lid_droop
    relief[at] -= (0.9 - 0.3 * look.lid_droop) * line(crease, 2.4) * step(1.25, 0.9, np.abs(eye.along))
    hood = look.lid_droop * bump(eye.x - 5.0, eye.y + 8.5, 15.0, 6.5)
    relief[at] += 2.2 * hood
    below = eye.y - 8.2 - 2.6 * look.eye_bags
    relief[at] += 2.4 * look.eye_bags * bump(eye.x + 1.5, below, 14.0, 6.0)


def sockets(look, eye, layer):
    """Paint the surroundings of an eye on lit skin, in place: the socket's shadow, the dark of a bag, lid make-up."""
    at = eye.patch.at
    inner = bump(eye.x + 15.0, eye.y + 3.0, 10.0, 14.0)
    over = bump(eye.x, eye.y + 8.0, 19.0, 9.0)
    shade(layer, at, 0.24 * inner + 0.13 * over)
    dark = 0.05 + 0.2 * look.eye_bags
    hollow = step(1.0, -7.0, eye.bag) * step(2.0, 4.0 + LOWER_LID, eye.y - eye.lower + 4.0)
    under = dark * line(eye.bag, BAG_EDGE) + 0.55 * dark * hollow * step(0.0, 3.0, -eye.bag)
    shade(layer, at, eye.bag_ends * under, (0.9, 1.0, 0.85))
    lid = step(0.5, -1.5, eye.y - eye.upper) * step(-6.5, -2.0, eye.y - eye.upper) * step(1.3, 0.8, np.abs(eye.along))
    shade(layer, at, lid * (0.05 + 0.26 * look.lashes * look.lashes), (0.85, 1.0, 0.9))
    width = step(1.2, 0.7, np.abs(eye.along))
    shade(layer, at, (0.34 + 0.12 * look.lid_droop) * width * line(eye.crease, 1.5), (0.85, 1.0, 1.0))


def eyeball(look, eye, layer):
    """Paint the white, the iris with its pupil and highlight, the lid edges and the lashes, in place."""
    at, x, y = eye.patch.at, eye.x, eye.y
    white = np.zeros((3, *x.shape), np.float32) + colour(228, 222, 217) * (1.0 - 0.1 * look.skin)
    white *= 1.0 - colour(0.2, 0.3, 0.3) * step(0.45, 1.05, np.abs(eye.along))
    reach = 5.5 + 0.45 * look.eye_size
    middle = y + 0.7
    distance = np.sqrt(x * x + middle * middle)
    _iris(look, eye, white, distance * (1.0 / reach), middle * (1.0 / reach))
    shade(white, EVERYWHERE, 0.42 * step(3.4, 0.0, y - eye.upper), (0.9, 1.0, 1.0))
    lit_side = eye.side * (1.9 if look.light > 0.0 else -1.9)
    glint = np.sqrt(np.square(x - lit_side) + np.square(middle + 2.0))
    paint(white, EVERYWHERE, colour(255, 255, 255), 0.95 * step(1.7, 0.7, glint))
    paint(layer, at, white, eye.open)
    _edges(look, eye, layer)


def _iris(look, eye, white, radius, height):
    base = ramp(IRIS_COLOURS, look.eye_colour)
    safe = 1.0 / np.maximum(radius, 0.15)
    ray = noise(eye.x * safe * 4.5 + 40.0, height * safe * 24.0 + 80.0, look.seed + 1)
    texture = 0.74 + 0.44 * ray + 0.34 * step(-0.2, 0.9, height) * step(1.0, 0.55, radius)
    texture *= 1.0 - 0.55 * step(0.74, 1.0, radius)
    paint(white, EVERYWHERE, base * texture, step(1.09, 0.92, radius))
    paint(white, EVERYWHERE, colour(14, 11, 11), step(0.5, 0.36, radius))


def _edges(look, eye, layer):
    at, y = eye.patch.at, eye.y
    along, reach = eye.along, np.abs(eye.along)
    # Lash line: thin at the inner corner, thicker and longer at the outer corner.
    thick = 0.75 + 0.35 * look.lashes + (0.5 + 0.75 * look.lashes) * step(-0.8, 0.9, along)
    flick = 1.6 * look.lashes * step(0.75, 1.25, along)
    above = (y - eye.upper + flick + 0.35) * (1.0 / thick)
    ends = step(1.0 + 0.22 * (0.4 + look.lashes), 0.98, reach) * step(-1.12, -0.92, along)
    lashes = np.maximum(1.0 - above * above * 0.75, 0.0) * ends
    fringe = noise(eye.x * 3.2 - y * 1.1 * along, y * 0.3, look.seed + 4)
    upward = step(-4.2 * look.lashes - 0.5, -0.4, above * thick) * step(0.6, -0.2, above)
    upward = upward * step(-0.5, 0.5, along) * ends
    lashes = np.maximum(lashes, upward * look.lashes * step(0.42, 0.75, fringe))
    paint(layer, at, colour(30, 20, 18), clamp(lashes * (0.82 + 0.16 * look.lashes)))
    below = line(y - eye.lower - 0.3, 1.25) * step(1.04, 0.9, reach)
    shade(layer, at, below * (0.3 + 0.28 * look.lashes * step(-0.2, 0.8, along)), (0.8, 1.0, 1.0))
    corner = bump((along + 1.0) * eye.half, y, 2.2, 1.8)
    paint(layer, at, colour(196, 128, 116) * (1.0 - 0.45 * look.skin), 0.7 * corner)


class Brow:
    """One brow: its patch, and its course over that patch.

    ``along`` runs from -1 at the inner end to 1 at the outer one, and ``y`` counts from the middle of the brow, which
    bends; ``half`` is its half-width at its thickest. ``cover`` is the coverage. ``inner_end`` is the position of
    its inner end, as distance from the middle line of the face and height; ``outer_end`` is only the distance.
    """

    def __init__(self, look, frame, side):
        self.side = side
        away, height, shift, half = _place(look)
        middle = side * away
        self.patch = frame.patch(middle - 22.0, height - 16.0, middle + 22.0, height + 16.0)
        self.along = ((self.patch.x - middle) * side - shift) * (1.0 / half)
        curve, lift = _bend(look, self.along)
        self.y = self.patch.y - height + curve + lift - 0.9 * look.brow_inner
        self.half = 2.75 + 1.25 * look.brow_thickness
        shape = self.half * step(-1.2, -0.55, self.along) * (1.0 - 0.72 * step(-0.1, 1.05, self.along))
        shape = shape * step(1.08, 0.9, self.along)
        edge = np.abs(self.y) * (1.0 / np.maximum(shape, 0.25))
        self.cover = step(1.7, 0.3, edge) * step(0.0, 0.6, shape)
        self.inner_end = _course(look, -1.0)
        self.outer_end, _ = _course(look, 1.0)


def brow_arch(look):
    """Return how round the brows of a look are, before the head is tilted or turned: see `facelrp.faces.brows.arch`."""
    return arch(*(_course(look, along) for along in (-1.0, 0.0, 1.0)))


def _place(look):
    """Return the place of a straight brow: distance from the middle line, height, shift outward, half its length."""
    height = -17.2 - 2.6 * look.brow_height - 4.0 * look.brow_raise - 0.5 * look.eye_size
    pulled = -1.6 * clamp(-look.brow_inner)
    return 27.5 + 1.6 * look.eye_spacing, height, pulled * 0.6, 16.5 - pulled * 0.4


def _course(look, along):
    """Return the position of a point of a brow's middle line, as distance from the middle of the face and height."""
    away, height, shift, half = _place(look)
    curve, lift = _bend(look, along)
    return away + shift + half * along, height - curve - lift + 0.9 * look.brow_inner


def _bend(look, along):
    """Return how far a brow is above its straight course: by its arch, and by its raised or lowered inner end."""
    inner, rest = (1.0 - along) * 0.5, along - 0.2
    curve = (2.3 + 1.9 * look.brow_arch) * (1.0 - 0.9 * rest * rest) - 0.9 * along - 1.0
    return curve, look.brow_inner * (7.6 if look.brow_inner > 0.0 else 3.4) * inner * (0.35 + 0.65 * inner)


def hairs(look, brow, layer):
    """Paint a brow as soft hairs, in place."""
    # Hairs are upright at the inner end and flat toward the outer end.
    across = brow.patch.x * brow.side * 3.0 + brow.y * (3.2 - 2.4 * ((1.0 - brow.along) * 0.5))
    bright = noise(across, brow.y * 0.45 + brow.along * 3.0, look.seed + 5)
    alpha = clamp(brow.cover * (0.5 + 0.15 * look.brow_thickness + 0.5 * bright))
    dark = blend(hair.base_colour(look, grey=0.6 * look.grey), colour(40, 30, 26), 0.45) * 0.8
    paint(layer, brow.patch.at, dark, alpha)
