"""Draw the nose."""

import numpy as np

from facelrp.generator.canvas import blend, bump, clamp, line, shade, step

TOP = -8.25  # height of the nose's upper end, where its coverage is a half


def tip(look):
    """Return the height of the nose's lower edge, in units."""
    return 36.6 + 3.4 * look.nose_length


def wing(look):
    """Return half the width of the nose over its wings, in units."""
    return 14.0 + 3.4 * look.nose_width


def ridge(look, x, y):
    """Return the ridge of the nose.

    Parameters
    ----------
    look : Look
    x, y : ndarray of float32, shape (H, W)
        Positions in head coordinates.

    Returns
    -------
    across, down : ndarray of float32, shape (H, W)
        Square root of the profile, from 1 along the middle to 0 at the sides; position downward, 0 … 1.
    """
    down = clamp((y + 14.0) * (1.0 / (tip(look) + 8.0)))
    broad = blend(9.5, 0.95 * wing(look), down * down) + 4.0 * bump(0.0, y + 18.0, 1.0, 14.0)
    across = np.maximum(1.0 - (x / broad) * (x / broad), 0.0)
    return across, down


def tip_hill(look, x, y):
    """Return the hill of the tip, in units, at positions (H, W); y counts from the nose's lower edge."""
    return 4.4 * bump(x, y + 7.0, 0.7 * wing(look), 10.0)


def wing_hill(look, away, y):
    """Return the hills of the wings, in units, at distances from the middle line and heights as of `tip_hill`."""
    return 4.6 * bump(away - wing(look) + 5.0, y + 4.2, 6.6, 6.8)


def crease(look, away, y):
    """Return the distance from the creases around the wings, in units: negative on the wing."""
    half = wing(look)
    return np.sqrt((away - half + 4.6) * (away - half + 4.6) + (y + 4.2) * (y + 4.2)) - 5.9


def nostril(look, away, y):
    """Return the coverage by the dark of the nostrils."""
    half = wing(look)
    hole = bump(away - 0.47 * half - 0.12 * y, y - 0.3 - 0.1 * (away - 0.47 * half), 0.29 * half, 2.7)
    return clamp(1.5 * hole)


def shape(look, frame, relief):
    """Raise the ridge, the tip and the wings in the relief, in place."""
    base, half = tip(look), wing(look)
    patch = frame.patch(-half - 12.0, -22.0, half + 12.0, base + 12.0)
    x, y = patch.x, patch.y
    across, down = ridge(look, x, y)
    rounded = y + 0.03 * x * x
    profile = (1.5 + 7.5 * down) * step(-26.0, -6.0, y) * step(base + 5.0, base - 8.0, rounded)
    relief[patch.at] += profile * across * across
    relief[patch.at] += tip_hill(look, x, y - base)
    relief[patch.at] += wing_hill(look, np.abs(x), y - base)


def shadows(look, frame, layer):
    """Paint nostrils, the creases of the wings and the shadow underneath, in place; return patch and coverage."""
    base, half = tip(look), wing(look)
    patch = frame.patch(-half - 10.0, -14.0, half + 10.0, base + 16.0)
    x, y = patch.x, patch.y - base
    away = np.abs(x)
    under = bump(x + 3.0 * look.light, y - 3.5, half * 1.05, 7.0) * step(-1.5, 2.5, y + 0.02 * away * away)
    shade(layer, patch.at, 0.42 * under)
    shade(layer, patch.at, 0.8 * nostril(look, away, y), (0.86, 1.0, 1.0))
    outer = step(-4.0, 1.0, away - half + 4.0) * step(-11.0, -6.0, y) * step(4.5, 0.5, y)
    shade(layer, patch.at, 0.3 * line(crease(look, away, y), 1.9) * outer)
    lower = line(y - 1.3 + 0.028 * away * away, 1.5) * step(half * 0.95, half * 0.6, away)
    shade(layer, patch.at, 0.26 * lower)
    long = clamp((y + base + 8.0) * (1.0 / (base + 8.0)))
    outline = blend(7.5, half + 2.2, long * long)
    cover = step(0.7, -0.7, away - outline) * step(-9.0, -7.5, patch.y) * step(3.2, 1.8, y)
    return patch, cover
