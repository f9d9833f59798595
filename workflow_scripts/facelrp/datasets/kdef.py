"""Read the Karolinska Directed Emotional Faces: 70 people, seven expressions, five views, each photographed twice.

Lundqvist, Flykt & Öhman (1998), kdef.se, ISBN 91-630-7164-9. For research only; the faces may not be passed on.

Eyes and mouth were put at fixed positions when the photographs were scanned, but these positions are not published:
`BOX` and `TEMPLATE`, which frame and divide faces where no detector does, are guesses from the proportions of faces.
"""

import logging
import re
from dataclasses import replace
from itertools import product

import pandas as pd

from facelrp.datasets.face_set import FaceSet
from facelrp.errors import InputError
from facelrp.faces.imaging import placement, read_image
from facelrp.faces.outlines import template_outlines
from facelrp.faces.portraits import WITHOUT_DETECTOR
from facelrp.sources.archives import listing
from facelrp.sources.file_search import Files

#: Options of these faces in a configuration, see `facelrp_workflow.choices`.
OPTIONS = {
    "title": "Karolinska Directed Emotional Faces",
    "description": "People in several expressions, twice each; the files are found in `archive_dir`.",
    "paired": True,
    "properties": {
        "states": {
            "description": "Expressions to take.",
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {"enum": ["afraid", "angry", "disgusted", "happy", "neutral", "sad", "surprised"]},
        },
        "regions": {"$ref": "#/$defs/regions_by_template", "default": "detected"},
        "frame": {"$ref": "#/$defs/frame", "default": "detected"},
        "background": {"$ref": "#/$defs/background", "default": "keep"},
        "template": {"$ref": "#/$defs/template"},
        "first_faces": {"$ref": "#/$defs/first_faces"},
        "fit": {"$ref": "#/$defs/fit"},
        "crop_box": {"$ref": "#/$defs/crop_box"},
    },
}

SESSIONS, SEXES, PEOPLE = "AB", "FM", 35
EXPRESSIONS = {
    "afraid": "AF",
    "angry": "AN",
    "disgusted": "DI",
    "happy": "HA",
    "neutral": "NE",
    "sad": "SA",
    "surprised": "SU",
}
VIEWS = {"full left": "FL", "half left": "HL", "straight": "S", "half right": "HR", "full right": "FR"}
NAME = re.compile(
    rf"([AB])([FM])(\d\d)({'|'.join(EXPRESSIONS.values())})({'|'.join(VIEWS.values())})\.JPG", re.I | re.A
)
#: The beginning of the name, or of the folder's name, of the set's photographs, even of misnamed ones.
BEGINNING = re.compile(r"[AB][FM]\d\d", re.I | re.A)
GENDERS = {"F": 0.0, "M": 100.0}

SHAPE = (762, 562)
#: Left, top, right, bottom in pixels: the full width, with the eyes at the same height as in FFHQ (and so in OMI).
BOX = (0, 76, 562, 638)
#: The centres of eyes and mouth in pixels, right and left being the person's own.
TEMPLATE = {"right_eye": (198, 340), "left_eye": (364, 340), "mouth": (281, 512)}
#: Photographs with a lower mean are placeholders.
BLACK = 10
REQUEST = "register at kdef.se, and put KDEF_and_AKDEF.zip, zipped or not, there"

log = logging.getLogger(__name__)


def load(
    source,
    crop_box=BOX,
    fit="squash",
    template=TEMPLATE,
    states=("happy", "sad"),
    first_faces=None,
    allow_missing=False,
    portraits=WITHOUT_DETECTOR,
):
    """Return each person of KDEF in several states, seen straight from the front, in two sessions.

    Parameters
    ----------
    source : path
        The folder with the archive, zipped or not; files are found by their leaf names, see
        `facelrp.sources.file_search`.
    crop_box : sequence of float, optional
        The part of every photograph to use, see ``box`` of `facelrp.faces.imaging.placement`; None for the whole.
    fit : {"squash", "pad"}
        How a box that is not square becomes one.
    template : mapping, path or None
        Positions of the parts, see `facelrp.faces.outlines.template_outlines`; a relative path starts at ``source``.
    states : sequence of str
        Expressions to take, from `EXPRESSIONS`.
    first_faces : int, optional
        Take only this number of people.
    allow_missing : bool
        Leave out sessions with a missing photograph. Sessions with a black one are always left out.
    portraits : facelrp.faces.portraits.Portraits
        How faces are found, framed and divided; by default without a detector, by `BOX` and `TEMPLATE`.

    Returns
    -------
    FaceSet
        face_id ``kdefAF01_happy`` (A or B is the session), identity ``kdefF01``, state, gender (0 female, 100 male).
        Without ratings; every session has all states.

    Raises
    ------
    InputError
        If photographs are missing or have a wrong size, or an archive is broken or hostile.
    """
    unknown = [state for state in states if state not in EXPRESSIONS]
    if unknown or not states:
        what = f"no state is called {', '.join(unknown)}" if unknown else "no state is named"
        raise InputError(what, "states", f"choose from: {', '.join(EXPRESSIONS)}")
    files = Files(source)
    misnamed = [found.where for found in files if is_misnamed(found)]
    if misnamed:
        log.warning("%d photographs of KDEF are left out for their names: %s", len(misnamed), ", ".join(misnamed))
    sessions = choose_sessions(files, states, first_faces, allow_missing)
    rows = [
        (session, state, found)
        for session, photographs in sessions.items()
        for state, found in zip(states, photographs, strict=True)
    ]
    table = pd.DataFrame(
        [
            {
                "face_id": f"kdef{session}_{state}",
                "identity": f"kdef{session[1:]}",
                "state": state,
                "gender": GENDERS[session[1]],
            }
            for session, state, _ in rows
        ]
    )
    placement(SHAPE, fit, crop_box)  # report faulty options now, not at the first face
    outlines_of_all = template_outlines(template, SHAPE, source)
    portraits = replace(portraits, fit=fit, box=crop_box)

    def face(i):
        def outlines(shape):
            check_shape(shape, rows[i][2])
            return outlines_of_all

        with files.open(rows[i][2]) as path:
            return portraits(path, outlines)

    return FaceSet(table, face)


def parse(name):
    """Return session, sex, number, expression and view of a file name, in upper case; None for any other name."""
    match = NAME.fullmatch(name)
    if match is None or not 1 <= int(match[3]) <= PEOPLE:
        return None
    return tuple(group.upper() for group in match.groups())


def file_name(session, state):
    """Return the name of the straight view of ``AF01`` in a state."""
    return f"{session}{EXPRESSIONS[state]}{VIEWS['straight']}.JPG"


def is_misnamed(found):
    """Return whether a file seems to be one of the set's photographs under a wrong name."""
    is_jpeg = found.name.lower().endswith((".jpg", ".jpeg"))
    return (
        is_jpeg and parse(found.name) is None and bool(BEGINNING.match(found.name) or BEGINNING.fullmatch(found.folder))
    )


def choose_sessions(files, states, first_faces, allow_missing):
    """Return {session such as AF01: list of `Found`, one for each state} of the complete sessions; A before B."""
    found = {
        f"{session}{sex}{number:02d}": [files.find(file_name(f"{session}{sex}{number:02d}", state)) for state in states]
        for sex, number, session in product(SEXES, range(1, PEOPLE + 1), SESSIONS)
    }
    missing = [
        file_name(session, state)
        for session, photographs in found.items()
        for state, one in zip(states, photographs, strict=True)
        if one is None
    ]
    if missing and not allow_missing:
        what = f"{len(missing)} photographs are missing: {listing(missing)}"
        raise InputError(what, files.source, f"{REQUEST}; or set allow_missing: true to go on without them")
    if missing:
        log.warning("sessions are left out, since photographs are missing: %s", ", ".join(missing))
    sessions = {session: photographs for session, photographs in found.items() if None not in photographs}
    people = list(dict.fromkeys(session[1:] for session in sessions))[:first_faces]
    sessions = {session: photographs for session, photographs in sessions.items() if session[1:] in people}
    black = {
        one.where: session for session, photographs in sessions.items() for one in photographs if is_black(files, one)
    }
    if black:
        log.warning("sessions are left out, since photographs are black: %s", ", ".join(black))
    sessions = {session: photographs for session, photographs in sessions.items() if session not in black.values()}
    if not sessions:
        raise InputError("nobody is left", files.source, REQUEST)
    return sessions


def is_black(files, found):
    """Return whether a photograph is a placeholder."""
    return read_photograph(files, found).mean() < BLACK


def read_photograph(files, found):
    """Read a photograph: ndarray of uint8, shape (762, 562, 3)."""
    with files.open(found) as path:
        image = read_image(path)
    check_shape(image.shape[:2], found)
    return image


def check_shape(shape, found):
    """Refuse a photograph of another height and width."""
    if shape != SHAPE:
        what = f"{shape[1]}×{shape[0]} pixels where {SHAPE[1]}×{SHAPE[0]} are expected"
        raise InputError(what, found.where, "restore the photograph from the archive")
