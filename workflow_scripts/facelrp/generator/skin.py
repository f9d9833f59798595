"""Draw the skin of the face: light on its relief, blush, folds and lines of age, stubble and freckles."""

import numpy as np

from facelrp.generator import hair, head
from facelrp.generator.canvas import bump, clamp, colour, grain, line, noise, paint, shade, step

CHIN = (17.0, 12.0)  # half-axes of the hill of the chin, in units
CHIN_RISE = 13.0  # from the chin's lower edge up to the hill's middle
CROWS_FOOT = 2.2  # half-width of one line
FOLD = (-3.2, 5.0)  # where the skin rises beside the nasolabial fold's line: its dark


def lighting(look, relief, scale):
    """Return the brightness and the shine of each pixel of a relief.

    Lambert's cosine law on the normals of the relief for one soft light from above and one side, over ambient light.

    Parameters
    ----------
    look : Look
    relief : ndarray of float32, shape (H, W)
        Height toward us, in units.
    scale : float
        Pixels per unit.

    Returns
    -------
    bright, shine : ndarray of float32, shape (H, W)
        About 1 where the light is perpendicular to the skin; 0 … 1.
    """
    across, down = np.zeros_like(relief), np.zeros_like(relief)
    np.subtract(relief[:, 2:], relief[:, :-2], out=across[:, 1:-1])
    np.subtract(relief[2:], relief[:-2], out=down[1:-1])
    across *= 0.5 * scale
    down *= 0.5 * scale
    normal = 1.0 / np.sqrt(across * across + down * down + 1.0)
    side, above, front = 0.62 * look.light, -0.42, 0.8
    facing = (front - side * across - above * down) * normal
    # The mirror direction between light and eye, for the shine.
    half = (front + 1.0 - side * across - above * down) * normal * (1.0 / 1.9)
    shine = clamp(half * 4.0 - 3.0)
    shine = shine * shine
    return 0.46 + 0.62 * clamp(facing, 0.0, 1.2), shine * shine


def folds(look, frame, relief):
    """Raise and furrow the relief, in place: brow ridge, cheeks, chin, eye sockets, and the lines of age."""
    _brow_and_sockets(look, frame, relief)
    _cheeks(look, frame, relief)
    _chin(look, frame, relief)
    _forehead_lines(look, frame, relief)


def _brow_and_sockets(look, frame, relief):
    patch = frame.patch(-56.0, -34.0, 56.0, 26.0)
    away = np.abs(patch.x)
    relief[patch.at] += 1.6 * bump(away - 24.0, patch.y + 19.0, 30.0, 13.0)
    relief[patch.at] -= 4.6 * bump(away - 21.0, patch.y + 3.0, 22.0, 18.0)


def _cheeks(look, frame, relief):
    patch = frame.patch(-58.0, 0.0, 58.0, 84.0)
    away, y, raised = np.abs(patch.x), patch.y, look.cheek_raise
    relief[patch.at] += (1.8 + 3.4 * raised) * bump(away - 35.0, y - 33.0 + 5.0 * raised, 22.0, 18.0)
    fold, ends = nasolabial_fold(look, away, y)
    depth = 0.25 + 1.5 * look.nasolabial + 1.3 * raised
    relief[patch.at] += depth * ends * (step(*FOLD, fold) * step(22.0, 3.0, fold) - 0.35 * line(fold + 2.0, 4.0))


def nasolabial_fold(look, away, y):
    """Follow the fold from the wing of the nose past the corner of the mouth.

    Parameters
    ----------
    look : Look
    away, y : ndarray of float32, shape (H, W)
        Distance from the middle line of the face, and height, in units.

    Returns
    -------
    across, ends : ndarray of float32, shape (H, W)
        Distance from the fold's line, in units, positive outward; how far the fold has not run out yet, 0 … 1.
    """
    raised = look.cheek_raise
    t = clamp((y - 34.0) * (1.0 / 36.0), -0.2, 1.2)
    across = away - (16.0 + (13.0 + 3.0 * raised) * t + (1.0 + 3.0 * raised) * t * (1.0 - t) * 4.0)
    return across, step(-0.12, 0.2, t) * step(1.1, 0.6, t)


def _chin(look, frame, relief):
    bottom = head.chin(look)
    patch = frame.patch(-46.0, 55.0, 46.0, bottom + 8.0)
    away, y = np.abs(patch.x), patch.y
    across, down = CHIN
    relief[patch.at] += 3.2 * bump(patch.x, y - bottom + CHIN_RISE, across, down)
    relief[patch.at] += 3.0 * look.jowls * bump(away - 31.0, y - 74.0, 12.0, 14.0)
    groove = line(away - 22.0 - (y - 68.0) * 0.25, 4.0) * step(62.0, 72.0, y) * step(88.0, 76.0, y)
    relief[patch.at] -= 0.9 * look.jowls * groove


def _forehead_lines(look, frame, relief):
    patch = frame.patch(-46.0, -64.0, 46.0, -18.0)
    x, y = patch.x, patch.y
    wobble = 2.0 * noise(x * 0.09 + 30.0, y * 0.02, look.seed)
    for index, height in enumerate((-30.0, -38.5, -46.5)):
        arc = y - height - x * x * 0.0035 - wobble
        reach = step(36.0 - 6.0 * index, 14.0, np.abs(x))
        relief[patch.at] -= look.forehead_lines * reach * (1.2 - 0.15 * index) * line(arc, 3.2)


def crows_feet(look, frame, relief, eyes):
    """Furrow the relief beside the outer corners of the eyes, in place."""
    for side, (x, y) in eyes.items():
        patch = frame.patch(min(x, x + side * 32.0), y - 14.0, max(x, x + side * 32.0), y + 18.0)
        ends, lines = crows_feet_lines((patch.x - x) * side, patch.y - y)
        for below in lines:
            relief[patch.at] -= look.crows_feet * 1.05 * ends * line(below, CROWS_FOOT)


def crows_feet_lines(out, down):
    """Follow the lines that fan out from the outer corner of an eye.

    Parameters
    ----------
    out, down : ndarray of float32, shape (H, W)
        Position outward from and below the middle of the eye, in units.

    Returns
    -------
    ends : ndarray of float32, shape (H, W)
        1 along the lines, 0 beyond their ends.
    lines : list of ndarray of float32, shape (H, W)
        How far below each line, in units; the uppermost line first.
    """
    out, down = out - 14.0, down - 1.0
    ends = step(0.0, 4.0, out) * step(17.0, 8.0, out)
    return ends, [down - slope * (out + 3.0) for slope in (-0.42, 0.05, 0.5)]


def complexion(look, frame, layer):
    """Vary the bare skin's colour, in place: blush, surroundings of the lips, mottling, freckles, stubble."""
    fair = 1.0 - 0.55 * look.skin
    patch = frame.patch(-64.0, -80.0, 64.0, 104.0)
    mottle = noise(patch.x * 0.22 + 7.0, patch.y * 0.22, look.seed) - 0.5
    layer[:, *patch.at] *= 1.0 + colour(0.03, 0.045, 0.05) * mottle
    layer[:, *patch.at] *= 1.0 + 0.012 * grain(look.seed)[patch.at]
    away = np.abs(patch.x)
    blush = bump(away - 37.0, patch.y - 30.0, 24.0, 20.0) * (0.5 + 0.5 * look.cheek_raise)
    blush += 0.45 * bump(patch.x, patch.y - 33.0, 15.0, 14.0)
    layer[:, *patch.at] *= 1.0 - colour(0.03, 0.15, 0.13) * (fair * blush)
    if look.freckles > 0.0:
        spots = step(0.72, 0.86, noise(patch.x * 1.5, patch.y * 1.5, look.seed + 1))
        where = bump(away - 24.0, patch.y - 24.0, 40.0, 26.0)
        shade(layer, patch.at, spots * where * (0.22 * look.freckles), (0.5, 0.9, 1.0))
    if look.stubble > 0.0:
        _beard(look, frame, layer)


def _beard(look, frame, layer):
    patch = frame.patch(-66.0, 20.0, 66.0, 106.0)
    away, y = np.abs(patch.x), patch.y
    jaw = step(0.0, 16.0, y - 62.0 + 34.0 * step(18.0, 58.0, away) - 6.0 * step(24.0, 0.0, away))
    lip = bump(away - 9.0, y - 49.0, 18.0, 8.0)
    where = np.maximum(jaw, clamp(1.3 * lip)) * (1.0 - 0.75 * bump(patch.x, y - 73.0, 17.0, 6.0))
    dots = noise(patch.x * 3.1 + 11.0, patch.y * 2.3, look.seed + 2)
    hue = hair.base_colour(look) * 0.85 + 12.0
    paint(layer, patch.at, hue, where * look.stubble * (0.2 + 0.5 * dots))
