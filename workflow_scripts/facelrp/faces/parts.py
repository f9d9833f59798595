"""The parts of a face, as label maps: one part per pixel, at two levels.

A label map is a uint8 array (227, 227) whose values index `NAMES`: a coarse part, or a fine part of it where the face
is divided further. A coarse part contains its fine ones. Left and right are the *person's own*: the right eye of a face
that looks at us is on the left of the image.
"""

import numpy as np

#: The coarse parts.
PARTS = (
    "background",
    "neck",
    "hair",
    "ears",
    "forehead",
    "right_brow",
    "left_brow",
    "right_eye",
    "left_eye",
    "nose",
    "right_cheek",
    "left_cheek",
    "mouth",
    "jaw",
)
#: The fine parts of a coarse part; right and left apart where the coarse parts are. An eye is its opening and its lids;
#: its surroundings belong to forehead and cheek. The jaw is the lower face around the mouth.
FINE = {
    "ears": ("earlobes",),
    "forehead": ("glabella", "under_brows", "temples"),
    **{f"{side}_eye": (f"{side}_eye_opening", f"{side}_upper_lid", f"{side}_lower_lid") for side in ("right", "left")},
    "nose": ("nose_bridge", "nose_tip", "alae", "nostrils"),
    **{
        f"{side}_cheek": (f"{side}_eye_bag", f"{side}_crows_feet", f"{side}_nasolabial_fold", f"{side}_dimple")
        for side in ("right", "left")
    },
    "mouth": ("upper_lip", "lower_lip", "inner_mouth"),
    "jaw": ("philtrum", "chin"),
}
NAMES = (*PARTS, *(name for names in FINE.values() for name in names))
LABEL = {name: label for label, name in enumerate(NAMES)}
#: The coarse part of each part.
COARSE = {name: part for part in PARTS for name in (part, *FINE.get(part, ()))}
COARSE_LABELS = np.array([LABEL[COARSE[name]] for name in NAMES], dtype=np.uint8)

GROUPS = {
    "brows": ("right_brow", "left_brow"),
    "eyes": ("right_eye", "left_eye"),
    "cheeks": ("right_cheek", "left_cheek"),
    "inner": ("right_brow", "left_brow", "right_eye", "left_eye", "nose", "mouth"),
    "outline": ("hair", "ears", "jaw", "neck"),
    "eye_openings": ("right_eye_opening", "left_eye_opening"),
    "upper_lids": ("right_upper_lid", "left_upper_lid"),
    "lower_lids": ("right_lower_lid", "left_lower_lid"),
    "eye_bags": ("right_eye_bag", "left_eye_bag"),
    "crows_feet": ("right_crows_feet", "left_crows_feet"),
    "nasolabial_folds": ("right_nasolabial_fold", "left_nasolabial_fold"),
    "dimples": ("right_dimple", "left_dimple"),
}


def members(name):
    """Return all names of `NAMES` that a part or a group of parts contains: itself, and its fine parts."""
    return tuple(one for part in GROUPS.get(name, (name,)) for one in (part, *FINE.get(part, ())))


#: The parts that statistics report, by level, and what each contains: every pixel counts once, left and right are taken
#: together. At the fine level, what no fine part of a coarse part covers is reported as its rest.
REPORTED = {
    "coarse": {
        name: members(name)
        for name in (
            "background",
            "neck",
            "hair",
            "ears",
            "forehead",
            "brows",
            "eyes",
            "nose",
            "cheeks",
            "mouth",
            "jaw",
        )
    }
}
REPORTED["fine"] = {
    "background": members("background"),
    "neck": members("neck"),
    "hair": members("hair"),
    "earlobes": members("earlobes"),
    "rest_of_ears": ("ears",),
    "temples": members("temples"),
    "glabella": members("glabella"),
    "under_brows": members("under_brows"),
    "rest_of_forehead": ("forehead",),
    "brows": members("brows"),
    "upper_lids": members("upper_lids"),
    "eye_openings": members("eye_openings"),
    "lower_lids": members("lower_lids"),
    "rest_of_eyes": GROUPS["eyes"],
    "nose_bridge": members("nose_bridge"),
    "nose_tip": members("nose_tip"),
    "alae": members("alae"),
    "nostrils": members("nostrils"),
    "rest_of_nose": ("nose",),
    "eye_bags": members("eye_bags"),
    "crows_feet": members("crows_feet"),
    "nasolabial_folds": members("nasolabial_folds"),
    "dimples": members("dimples"),
    "rest_of_cheeks": GROUPS["cheeks"],
    "upper_lip": members("upper_lip"),
    "inner_mouth": members("inner_mouth"),
    "lower_lip": members("lower_lip"),
    "rest_of_mouth": ("mouth",),
    "philtrum": members("philtrum"),
    "chin": members("chin"),
    "rest_of_jaw": ("jaw",),
}


#: The part that reports each name of `NAMES`, by level.
REPORTED_AS = {
    level: {name: part for part, names in parts.items() for name in names} for level, parts in REPORTED.items()
}


def mask(labels, part):
    """Return the pixels of a part with its fine parts, or of a group of parts.

    Parameters
    ----------
    labels : ndarray of uint8, shape (..., H, W)
        Label maps.
    part : str
        A name from `NAMES` or `GROUPS`.

    Returns
    -------
    ndarray of bool, shape (..., H, W)

    Raises
    ------
    KeyError
        If neither a part nor a group has that name.
    """
    wanted = np.zeros(256, dtype=bool)
    wanted[[LABEL[name] for name in members(part)]] = True
    return wanted[labels]


def coarse(labels):
    """Return label maps in which the coarse part stands for each of its fine parts: ndarray of uint8, same shape."""
    return COARSE_LABELS[labels]


def sums_by_part(values, labels):
    """Add up the values of each part's pixels; a coarse part's own are those that none of its fine parts covers.

    Parameters
    ----------
    values : ndarray of float, shape (N, H, W)
        For example heatmaps.
    labels : ndarray of uint8, shape (N, H, W)

    Returns
    -------
    ndarray of float, shape (N, len(NAMES))
        0 for a part that a face does not show.
    """
    count, parts = len(values), len(NAMES)
    bins = np.arange(count).reshape(-1, 1, 1) * parts + labels
    return np.bincount(bins.ravel(), np.ravel(values).astype(np.float64), count * parts).reshape(count, parts)
