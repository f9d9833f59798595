"""Draw the nose."""

import numpy as np

from facelrp.generator.canvas import blend, bump, clamp, line, shade, step


def tip(look):
    """Return the height of the nose's lower edge, in units."""
    return 36.6 + 3.4 * look.nose_length


def wing(look):
    """Return half the width of the nose over its wings, in units."""
    return 14.0 + 3.4 * look.nose_width


def shape(look, frame, relief):
    """Raise the ridge, the tip and the wings in the relief, in place."""
    base, half = tip(look), wing(look)
    patch = frame.patch(-half - 12.0, -22.0, half + 12.0, base + 12.0)
    x, y = patch.x, patch.y
    down = clamp((y + 14.0) * (1.0 / (base + 8.0)))
    broad = blend(9.5, 0.95 * half, down * down) + 4.0 * bump(0.0, y + 18.0, 1.0, 14.0)
    ridge = np.maximum(1.0 - (x / broad) * (x / broad), 0.0)
    rounded = y + 0.03 * x * x
    profile = (1.5 + 7.5 * down) * step(-26.0, -6.0, y) * step(base + 5.0, base - 8.0, rounded)
    relief[patch.at] += profile * ridge * ridge
    relief[patch.at] += 4.4 * bump(x, y - base + 7.0, 0.7 * half, 10.0)
    away = np.abs(x)
    relief[patch.at] += 4.6 * bump(away - half + 5.0, y - base + 4.2, 6.6, 6.8)


def shadows(look, frame, layer):
    """Paint nostrils, the creases of the wings and the shadow underneath, in place; return patch and coverage."""
    base, half = tip(look), wing(look)
    patch = frame.patch(-half - 10.0, -14.0, half + 10.0, base + 16.0)
    x, y = patch.x, patch.y - base
    away = np.abs(x)
    under = bump(x + 3.0 * look.light, y - 3.5, half * 1.05, 7.0) * step(-1.5, 2.5, y + 0.02 * away * away)
    shade(layer, patch.at, 0.42 * under)
    nostril = bump(away - 0.47 * half - 0.12 * y, y - 0.3 - 0.1 * (away - 0.47 * half), 0.29 * half, 2.7)
    shade(layer, patch.at, 0.8 * clamp(1.5 * nostril), (0.86, 1.0, 1.0))
    ring = np.sqrt((away - half + 4.6) * (away - half + 4.6) + (y + 4.2) * (y + 4.2)) - 5.9
    outer = step(-4.0, 1.0, away - half + 4.0) * step(-11.0, -6.0, y) * step(4.5, 0.5, y)
    shade(layer, patch.at, 0.3 * line(ring, 1.9) * outer)
    lower = line(y - 1.3 + 0.028 * away * away, 1.5) * step(half * 0.95, half * 0.6, away)
    shade(layer, patch.at, 0.26 * lower)
    long = clamp((y + base + 8.0) * (1.0 / (base + 8.0)))
    outline = blend(7.5, half + 2.2, long * long)
    cover = step(0.7, -0.7, away - outline) * step(-9.0, -7.5, patch.y) * step(3.2, 1.8, y)
    return patch, cover
