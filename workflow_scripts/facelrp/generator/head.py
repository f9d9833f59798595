"""Draw the head without its features: backdrop, neck, ears, and the outline and relief of the face."""

import numpy as np

from facelrp.generator.canvas import blend, bump, clamp, colour, line, noise, paint, shade, squircle, step

MIDDLE = 8.0  # height at which the head is widest, in units
CROWN = -78.5  # height of the top of the skull
EARS = 14.0  # height of the middle of the ears
EAR = 21.0  # half the height of an ear of size 1
SKIN_TONES = (
    (250, 217, 201),
    (243, 201, 178),
    (230, 180, 152),
    (208, 153, 121),
    (174, 120, 88),
    (134, 88, 64),
    (98, 64, 49),
)


def width(look):
    """Return the half-width of the face at its widest, in units."""
    return 58.0 + 4.5 * look.face_width


def chin(look):
    """Return the height of the chin's lower edge, in units."""
    return 95.0 + 5.0 * look.chin_length


def radius(look, frame):
    """Return each pixel's distance from the middle of the head: 1 on the outline of the face, float32 (SIZE, SIZE).

    Above its middle the head is a slightly squared ellipse. Below, it narrows toward the chin, and a squarer jaw makes
    it squarer: between an ellipse, a² + b² = 1, and its fourth-power form, a⁴ + b⁴ = 1.
    """
    below = frame.y - MIDDLE
    down = below / np.where(below > 0.0, np.float32(chin(look) - MIDDLE), np.float32(MIDDLE - CROWN))
    taper = 0.255 + 0.085 * look.chin_narrow - 0.05 * look.jowls
    depth = clamp(down, 0.0, 1.1)
    across = frame.u / (width(look) * (1.0 - taper * depth * depth))
    square = np.where(below > 0.0, np.float32(0.26 + 0.25 * look.jaw_square + 0.08 * look.jowls), np.float32(0.22))
    return squircle(across, down, square)


def coverage(look, radii):
    """Return the coverage of each pixel by the face, with an edge about one pixel wide."""
    return step(0.9 / 62.0, -0.9 / 62.0, radii - 1.0)


def relief(radii):
    """Return the height of the bare head toward us, in units."""
    inner = clamp(radii, 0.0, 1.06)
    squared = inner * inner
    return -14.0 * squared - 12.0 * squared * squared * squared


def backdrop(look, frame):
    """Return a blurred background, float32 (3, SIZE, SIZE)."""
    base = blend(colour(66, 70, 76), colour(206, 208, 210), look.backdrop)
    base = base + colour(14, 2, -14) * look.backdrop_hue
    soft = noise(frame.u * 0.05 + 40.0, frame.y * 0.05 + 90.0, look.seed)
    glow = bump(frame.u + 50.0 * look.light, frame.y + 20.0, 190.0, 190.0)
    return base * (0.72 + 0.2 * glow + 0.16 * soft)


def neck(look, frame, layer, tone):
    """Paint the neck with the shadow of the jaw; return its patch and coverage."""
    patch = frame.patch(-130.0, 40.0, 130.0, 150.0)
    x, y = frame.u[patch.at], patch.y
    half = 40.0 + 5.0 * look.neck_width + step(95.0, 150.0, y) * 40.0
    neck_cover = step(1.0, -1.0, np.abs(x) - half)
    side = x / half
    paint(layer, patch.at, tone * 0.93, neck_cover)
    shade(layer, patch.at, neck_cover * (0.16 + 0.34 * side * side + 0.16 * side * look.light * -1.2))
    jaw_shadow = step(30.0, 0.0, y - chin(look) + 8.0 + x * x * 0.008)
    shade(layer, patch.at, neck_cover * jaw_shadow * 0.42)
    tendons = line(np.abs(x) - (24.0 - (y - 90.0) * 0.35), 7.0)
    shade(layer, patch.at, neck_cover * tendons * 0.1)
    return patch, neck_cover


def lobes(look):
    """Return the height at which the earlobes begin: the lowest third of the ears."""
    return EARS + EAR * _ear_size(look) * (1.0 / 3.0)


def ears(look, frame, layer, tone):
    """Paint both ears; return [(patch, coverage), …], empty if long hair hides them."""
    painted = []
    if look.hair_length > 0.4:
        return painted
    size = _ear_size(look)
    for side in (-1.0, 1.0):
        middle, down = side * (width(look) + 0.5), EARS
        patch = frame.patch(middle - 14.0, down - 28.0, middle + 14.0, down + 28.0)
        x, y = (frame.u[patch.at] - middle) * side, patch.y - down
        x, y = (x - y * -0.14) * (1.0 / (8.5 * size)), y * (1.0 / (EAR * size))
        narrowed = x / (1.0 - 0.22 * clamp(y, -1.0, 1.0))
        reach = np.sqrt(narrowed * narrowed + y * y)
        cover = step(1.08, 0.92, reach)
        lit = 0.9 - 0.1 * side * -look.light
        paint(layer, patch.at, tone * lit * colour(0.98, 0.88, 0.86), cover)
        shade(layer, patch.at, cover * (0.62 * bump(x + 0.22, y + 0.0, 0.55, 0.7) + 0.22 * step(0.8, 1.0, reach)))
        shade(layer, patch.at, cover * line(reach - 0.72, 0.16) * 0.2)
        painted.append((patch, cover))
    return painted


def _ear_size(look):
    return 1.0 + 0.16 * look.ear_size
