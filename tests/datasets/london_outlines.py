"""How well parts of faces agree with those that people outlined, on 60 neutral photographs of the London Set."""

import numpy as np
from landmark_model import hand_placed, london, photograph

from facelrp.datasets.london import OUTLINES, ffhq_box
from facelrp.faces.parts import LABEL, coarse, mask
from facelrp.faces.templates import fit_label_map

#: Hand-placed landmarks on the edges of the lids.
OPENINGS = ([18, 19, 20, 21, 22, 30, 29, 28], [23, 24, 25, 26, 27, 33, 32, 31])
BEHIND = [LABEL[part] for part in ("background", "neck", "hair", "ears")]
OVERLAPS = ("mouth", "eye_openings", "nose", "brows")


def agreement(divide, every=1):
    """Compare parts with those by hand-placed landmarks.

    Parameters
    ----------
    divide : callable
        ``divide(image, box)`` returns the label map of a photograph's box, which frames the face as FFHQ does.
    every : int
        Take only every n-th photograph.

    Returns
    -------
    dict of {str: float}
        Means over photographs: ``pixels``, the share in the right one of the 14 coarse parts; ``within the face``, the
        same without what is background, neck, hair or ears; and intersection over union of some parts.
    """
    opened, names = london()
    rows = []
    for name in names[::every]:
        image, placed = photograph(opened, f"{name}.jpg"), hand_placed(opened, name)
        shape, box = image.shape[:2], ffhq_box(placed)
        own = divide(image, box)
        true = fit_label_map(((part, placed[corners]) for part, corners in OUTLINES), shape, box=box)
        openings = fit_label_map((("mouth", placed[corners]) for corners in OPENINGS), shape, box=box) != 0
        right = coarse(own) == true
        row = {"pixels": right.mean(), "within the face": right[~np.isin(true, BEHIND)].mean()}
        for part in OVERLAPS:
            ours, theirs = mask(own, part), openings if part == "eye_openings" else mask(true, part)
            row[part] = (ours & theirs).sum() / (ours | theirs).sum()
        rows.append(row)
    return {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
