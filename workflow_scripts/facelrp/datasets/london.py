"""Read the Face Research Lab London Set: 102 people, neutral and smiling, front view, 1350×1350 pixels.

DeBruine & Jones (2017), doi.org/10.6084/m9.figshare.5047666, CC BY 4.0; from github.com/debruine/webmorphR.stim.

People moved between the photographs: their eyes are some 57 pixels lower when they smile (16 of 227), which a network
would mistake for a difference of expression. So both are framed in the same way, around eyes and mouth.

The neutral photographs come with 189 landmarks, the smiling ones with none. Where no detector finds the points of both,
each eye of the neutral photograph is located in the smiling one, which gives the shift, turn and scale between the two.
Right and left are the person's own.
"""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from facelrp.datasets.face_set import FaceSet
from facelrp.errors import InputError
from facelrp.faces.framing import moved, similarity
from facelrp.faces.imaging import fit_image, read_image
from facelrp.faces.portraits import WITHOUT_DETECTOR, Portrait
from facelrp.faces.registration import find_piece
from facelrp.faces.templates import fit_label_map
from facelrp.sources.archives import listing
from facelrp.sources.csv_tables import numbers, read_csv, refuse_duplicates

#: Options of these faces in a configuration, see `facelrp_workflow.choices`.
OPTIONS = {
    "title": "Face Research Lab London Set",
    "description": "People in two expressions.",
    "paired": True,
    "required": ["archive"],
    "properties": {
        "archive": {"$ref": "#/$defs/archive_name"},
        "first_faces": {"$ref": "#/$defs/first_faces"},
        "states": {
            "description": "Expressions to take.",
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {"enum": ["neutral", "happy"]},
        },
        "regions": {"$ref": "#/$defs/regions_by_landmarks", "default": "detected"},
        "frame": {"$ref": "#/$defs/frame", "default": "detected"},
        "background": {"$ref": "#/$defs/background", "default": "keep"},
        "crop_box": {"$ref": "#/$defs/crop_box"},
    },
}

STATES = {"neutral": "inst/neutral_front/{}_03.jpg", "happy": "inst/smiling_front/{}_08.jpg"}
LANDMARKS = "inst/neutral_front/{}_03.tem"
GENDERS = {"female": 0.0, "male": 100.0}
POINTS = 189

# Landmarks, numbered from 0 as in the files; identified by eye on the photographs.
RIGHT_PUPIL, LEFT_PUPIL, RIGHT_CORNER, LEFT_CORNER = 0, 1, 87, 93
RIGHT_EYE = [18, 34, 35, 36, 37, 38, 22, 46, 30, 29, 28]
LEFT_EYE = [23, 39, 40, 41, 42, 43, 27, 33, 32, 31, 47]
RIGHT_BROW = [71, 72, 73, 74, 75, 76, 84, 83]
LEFT_BROW = [77, 78, 79, 80, 81, 82, 86, 85]
NOSE = [50, 51, 52, 53, 61, 62, 63, 64, 170, 55, 172, 69, 68, 67, 66, 59, 58, 57, 56]
MOUTH = [87, 88, 89, 90, 91, 92, 93, 108, 107, 106, 105, 104]
HAIRLINE = [134, 135, 136, 137, 138, 139, 140, 141, 142, 143, 144]
JAW = [114, 133, 132, 131, 130, 129, 128, 127, 126, 125, 111]
RIGHT_SIDE, LEFT_SIDE = [111, 186, 110, 185, 109], [112, 187, 113, 188, 114]
RIGHT_EAR, LEFT_EAR = [115, 116, 117, 118, 119, *RIGHT_SIDE], [120, 121, 122, 123, 124, *LEFT_SIDE[::-1]]
OUTLINES = (
    ("neck", [126, 145, 183, 184, 157, 132]),
    ("hair", [115, 148, 149, 150, 151, 152, 153, 154, 120]),
    ("ears", RIGHT_EAR),
    ("ears", LEFT_EAR),
    ("jaw", [*HAIRLINE, *LEFT_SIDE, *JAW[1:-1], *RIGHT_SIDE]),
    ("forehead", [109, *HAIRLINE, 112, 27, 23, 57, 51, 22, 18]),
    ("right_cheek", [109, 18, 22, 51, 53, 62, 158, 87, 125, *RIGHT_SIDE[:-1]]),
    ("left_cheek", [112, 27, 23, 57, 59, 67, 161, 93, 133, 114, *LEFT_SIDE[-2:0:-1]]),
    ("nose", NOSE),
    ("right_eye", RIGHT_EYE),
    ("left_eye", LEFT_EYE),
    ("right_brow", RIGHT_BROW),
    ("left_brow", LEFT_BROW),
    ("mouth", MOUTH),
)

#: Photographs are searched at half their size: faster, and still finer than the 227 pixels that networks see.
REDUCTION = 2
#: Largest movement of the face, and of each eye against the face, in pixels of the reduced photographs.
FACE_REACH, EYE_REACH = 90, 12
#: Margin of an eye around its landmarks, in pixels of the reduced photographs.
MARGIN = 4
#: Lowest correlation at which an eye counts as found; the lowest among the first 60 people is 0.62.
LEAST_SCORE = 0.5

log = logging.getLogger(__name__)


def load(
    source,
    crop_box=None,
    states=("neutral", "happy"),
    first_faces=None,
    allow_missing=False,
    portraits=WITHOUT_DETECTOR,
):
    """Return the people of the London Set, neutral and smiling.

    Parameters
    ----------
    source : path
        Folder with ``data-raw/london_info.csv``, ``inst/neutral_front`` and ``inst/smiling_front``.
    crop_box : sequence of float, optional
        The part of every photograph to use, see ``box`` of `facelrp.faces.imaging.placement`. By default each is framed
        around its eyes as in FFHQ (and so in OMI), so that a network trained on OMI finds eyes and mouth at the
        positions it expects.
    states : sequence of {"neutral", "happy"}
        Photographs to take; "happy" is the smiling one.
    first_faces : int, optional
        Take only this number of people.
    allow_missing : bool
        Leave out people whose landmarks or photographs are incomplete.
    portraits : facelrp.faces.portraits.Portraits
        How faces are found, framed and divided; by default without a detector, by
        the 189 landmarks of the neutral photographs.

    Returns
    -------
    FaceSet
        face_id ``london001_neutral``, identity ``london001``, state, age (years, NaN where unknown), gender (0 female,
        100 male). Without ratings.

    Raises
    ------
    InputError
        If the table or a file of landmarks is faulty, or files are missing.
    """
    source = Path(source)
    unknown = [state for state in states if state not in STATES]
    if unknown:
        raise InputError(f"no state is called {', '.join(unknown)}", "states", f"choose from: {', '.join(STATES)}")
    people = read_people(source / "data-raw" / "london_info.csv")
    missing = {
        number: [
            name
            for pattern in (*STATES.values(), LANDMARKS)
            if not (source / (name := pattern.format(number))).is_file()
        ]
        for number in people.index
    }
    all_missing = [name for names in missing.values() for name in names]
    if all_missing and not allow_missing:
        fix = "fetch the archive again, or set allow_missing: true"
        raise InputError(f"{len(all_missing)} files are missing: {listing(all_missing)}", source, fix)
    people = people[[not missing[number] for number in people.index]]
    if all_missing:
        log.warning("only %d people are left, since files are missing: %s", len(people), listing(all_missing))
    people = people[:first_faces]
    if people.empty:
        raise InputError("nobody is left", source, "is this the right archive?")
    rows = [(number, state) for number in people.index for state in states]
    table = pd.DataFrame(
        [
            {
                "face_id": f"london{number}_{state}",
                "identity": f"london{number}",
                "state": state,
                "age": people.age[number],
                "gender": people.gender[number],
            }
            for number, state in rows
        ]
    )

    portraits = replace(portraits, box=crop_box)

    def face(i):
        number, state = rows[i]
        if portraits.detector is None:
            return read_face(source, number, state, crop_box)
        path = source / STATES[state].format(number)
        return portraits(path, lambda shape: outlines_of(landmarks_of(source, number, state, read_image(path))))

    return FaceSet(table, face)


def read_people(path):
    """Return age and gender of the people, indexed by their numbers as text of three digits."""
    cells = read_csv(path, ["face_id", "face_age", "face_gender"])
    # A spreadsheet may have changed 001 to the number 1.
    cells["face_id"] = cells["face_id"].str.zfill(3)
    refuse_duplicates(cells, "face_id", path)
    gender = cells["face_gender"].str.lower().map(GENDERS)
    if gender.isna().any():
        line = gender.isna().idxmax()
        where = f"{path}, line {line}, column face_gender"
        raise InputError(f"{cells['face_gender'][line]!r} is neither female nor male", where, "correct it")
    age = numbers(cells, "face_age", (0, 120), path, blank=("", "NA"))
    return pd.DataFrame({"age": age, "gender": gender}).set_index(pd.Index(cells["face_id"]))


def read_face(source, number, state, crop_box):
    """Read, frame and label one photograph by its landmarks: `Portrait`."""
    image = read_image(source / STATES[state].format(number))
    points = landmarks_of(source, number, state, image)
    frame = ffhq_box(points) if crop_box is None else crop_box
    return Portrait(fit_image(image, box=frame), fit_label_map(outlines_of(points), image.shape, box=frame))


def landmarks_of(source, number, state, image):
    """Return the landmarks of a photograph; in a smiling one, those of the neutral one are carried over."""
    points = read_landmarks(source / LANDMARKS.format(number), image.shape)
    if state == "neutral":
        return points
    return carry_over(points, read_image(source / STATES["neutral"].format(number)), image, number)


def outlines_of(points):
    """Return the outlines of the parts, see `facelrp.faces.templates.label_map`."""
    points = points.copy()
    points[MOUTH] = room_to_smile(points[MOUTH])
    return [(part, points[corners]) for part, corners in OUTLINES]


def read_landmarks(path, shape):
    """Read the landmarks of a photograph: ndarray of float, shape (189, 2), x and y in pixels."""
    fix = "fetch the archive again"
    try:
        lines = Path(path).read_text(encoding="ascii").split("\n")
        count, points = int(lines[0]), np.array([line.split() for line in lines[1 : POINTS + 1]], dtype=float)
    except (OSError, ValueError) as fault:
        raise InputError(f"not a file of landmarks ({fault})", path, fix) from fault
    if count != POINTS or points.shape != (POINTS, 2):
        raise InputError(f"{count} landmarks where {POINTS} are expected", path, fix)
    height, width = shape[:2]
    outside = ~((points >= 0) & (points <= [width, height])).all(axis=1)
    if outside.any():
        line = outside.argmax() + 2
        raise InputError("the landmark is outside the photograph", f"{path}, line {line}", fix)
    return points


def ffhq_box(points):
    """Return the square around a face as in FFHQ (Karras, Laine & Aila 2019), but not turned with the head.

    Parameters
    ----------
    points : ndarray of float, shape (189, 2)

    Returns
    -------
    ndarray of float, shape (4,)
        Left, top, right, bottom.
    """
    eyes = points[[RIGHT_PUPIL, LEFT_PUPIL]].mean(axis=0)
    to_mouth = points[[RIGHT_CORNER, LEFT_CORNER]].mean(axis=0) - eyes
    between_eyes = points[LEFT_PUPIL] - points[RIGHT_PUPIL]
    half = max(2.0 * np.hypot(*between_eyes), 1.8 * np.hypot(*to_mouth))
    centre = eyes + 0.1 * to_mouth
    return np.concatenate([centre - half, centre + half])


def carry_over(points, neutral, happy, number):
    """Return the positions of the landmarks of a neutral photograph in the smiling one of the same person.

    The band of eyes and brows is located first, then each eye with its brow near the position expected from the band.
    The similarity transform that moves the pupils moves all landmarks; those of the mouth and chin are right only for a
    mouth at rest.

    Parameters
    ----------
    points : ndarray of float, shape (189, 2)
    neutral, happy : ndarray of uint8, shape (H, W, 3)
    number : str
        Number of the person, for a warning.

    Returns
    -------
    ndarray of float, shape (189, 2)
    """
    neutral, happy = reduced(neutral), reduced(happy)

    def find(corners, expected, reach):
        low = points[corners].min(axis=0) // REDUCTION - MARGIN
        high = points[corners].max(axis=0) // REDUCTION + MARGIN
        return find_piece(neutral, np.concatenate([low, high]).astype(int), happy, expected, reach)

    right, left = [*RIGHT_EYE, *RIGHT_BROW], [*LEFT_EYE, *LEFT_BROW]
    band, _ = find(right + left, (0, 0), FACE_REACH)
    (right_shift, right_score), (left_shift, left_score) = (find(eye, band, EYE_REACH) for eye in (right, left))
    if min(right_score, left_score) < LEAST_SCORE:
        log.warning("person %s: the eyes are not found in the smiling photograph, only the face as a whole", number)
        return points + REDUCTION * band
    before = points[[RIGHT_PUPIL, LEFT_PUPIL]]
    after = before + REDUCTION * np.stack([right_shift, left_shift])
    return moved(points, similarity(before, after))


def reduced(image):
    """Return an image in grey at 1/`REDUCTION` of its size: ndarray of float."""
    return np.asarray(Image.fromarray(image).convert("L").reduce(REDUCTION), dtype=float)


def room_to_smile(mouth):
    """Return the outline of a mouth at rest, enlarged so that it also contains the same mouth's smile.

    Both photographs use it: a part that grew with the smile would hold more relevance just by its size.
    """
    centre = mouth.mean(axis=0) - [0, 0.03 * np.ptp(mouth[:, 0])]
    return centre + (mouth - mouth.mean(axis=0)) * 1.4
