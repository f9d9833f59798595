"""Draw a look: its picture and its label map."""

import numpy as np

from facelrp.generator import eyes, hair, head, mouth, nose, parts, skin
from facelrp.generator.canvas import SIZE, Frame, colour, pixels, ramp, step


def draw(look):
    """Draw a face.

    Parameters
    ----------
    look : facelrp.generator.look.Look

    Returns
    -------
    image : ndarray of uint8, shape (227, 227, 3)
        RGB, the face in an upright oval on white.
    labels : ndarray of uint8, shape (227, 227)
        The coarse or fine part of every pixel, see `facelrp.faces.parts`. Everything behind the head and outside the
        oval is background.
    """
    frame = Frame(look.left, look.top, look.scale, look.tilt, 6.0 * look.turn)
    tone = ramp(head.SKIN_TONES, look.skin) * (1.0 + colour(0.0, 0.012, -0.05) * look.warmth)
    locks = hair.Hair(look, frame)
    radii = head.radius(look, frame)
    face = head.coverage(look, radii)

    picture = head.backdrop(look, frame)
    strands = hair.strands(look, frame, locks)
    picture += (0.6 * strands - picture) * locks.behind
    neck = head.neck(look, frame, picture, tone)
    ears = head.ears(look, frame, picture, tone)
    skin_layer, features = _front(look, frame, radii, tone)
    hair.shadow(look, locks, skin_layer)
    picture += (skin_layer - picture) * face
    # Near the edge of its opening, hair turns toward the head, away from the light.
    strands *= 1.0 - 0.25 * step(1.22, 1.0, locks.inside)
    picture += (strands - picture) * locks.front

    oval = _oval(look)
    picture = 255.0 + (picture - 255.0) * oval
    image = np.clip(picture + 0.5, 0.0, 255.0).astype(np.uint8)
    coverages = parts.Coverages(oval=oval, hair=locks, face=face, neck=neck, ears=ears, **features)
    labels = parts.label(look, frame, radii, coverages)
    return np.ascontiguousarray(image.transpose(1, 2, 0)), labels


def _front(look, frame, radii, tone):
    """Paint the front of the head, lit; return it and its features, as keywords of `parts.Coverages`."""
    relief = head.relief(radii)
    skin.folds(look, frame, relief)
    both_eyes = {side: eyes.Eye(look, frame, side) for side in eyes.SIDES.values()}
    skin.crows_feet(look, frame, relief, eyes.centres(look))
    for eye in both_eyes.values():
        eyes.lids(look, eye, relief)
    nose.shape(look, frame, relief)
    lips = mouth.Mouth(look, frame)
    mouth.shape(look, lips, relief)

    layer = np.zeros((3, SIZE, SIZE), np.float32) + tone
    skin.complexion(look, frame, layer)
    mouth.colouring(look, lips, layer, tone)
    bright, shine = skin.lighting(look, relief, look.scale)
    # Skin that turns away from the light becomes redder, not only darker.
    layer *= 1.0 - colour(0.78, 1.0, 1.06) * (1.0 - bright)
    layer += colour(120, 118, 116) * ((0.26 + 0.16 * look.skin) * shine)

    for eye in both_eyes.values():
        eyes.sockets(look, eye, layer)
    nose_cover = nose.shadows(look, frame, layer)
    for eye in both_eyes.values():
        eyes.eyeball(look, eye, layer)
    mouth.inside(look, lips, layer)
    brows = {side: eyes.Brow(look, frame, side) for side in both_eyes}
    for brow in brows.values():
        eyes.hairs(look, brow, layer)
    return layer, {"eyes": both_eyes, "brows": brows, "nose": nose_cover, "mouth": lips}


def _oval(look):
    rows, columns = pixels()
    x, y = (columns - 113.5) * (1.0 / look.oval), (rows - 113.5) * (1.0 / 112.0)
    return step(1.006, 0.994, np.sqrt(x * x + y * y))
