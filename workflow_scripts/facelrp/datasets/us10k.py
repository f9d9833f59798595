"""Read the 10k US Adult Faces: the 2,222 that people rated, in ovals on white.

Bainbridge, Isola & Oliva (2013), The intrinsic memorability of face photographs, J. Exp. Psychol. Gen. 142(4); on
request from wilmabainbridge.com/facememorability2.html. The faces may not be passed on. The 49 "publication-friendly"
faces of the set are Creative Commons and may be shown, not commercially.
"""

import logging
from dataclasses import replace

import numpy as np
import pandas as pd

from facelrp.datasets.face_set import FaceSet
from facelrp.errors import InputError
from facelrp.faces.landmarks import landmark_outlines, read_landmarks
from facelrp.faces.portraits import WITHOUT_DETECTOR
from facelrp.sources.archives import listing
from facelrp.sources.csv_tables import cell_at, numbers, refuse_duplicates
from facelrp.sources.file_search import Files, as_key
from facelrp.sources.spreadsheets import read_sheet, sheet_names

#: Options of these faces in a configuration, see `facelrp_workflow.choices`.
OPTIONS = {
    "title": "10k US Adult Faces",
    "description": "Rated faces in ovals; the files are found in `archive_dir`.",
    "rated": True,
    "in_ovals": True,
    "columns": """
        age gender
        atypical boring calm cold common confident egotistic emotUnstable forgettable intelligent introverted kind
        responsible trustworthy unattractive unemotional unfamiliar unfriendly unhappy weird
        aggressive attractive caring emotStable emotional familiar friendly happy humble interesting irresponsible mean
        memorable normal sociable typical uncertain uncommon unintelligent untrustworthy
    """,
    "properties": {
        "count": {"description": "Expected number of rated faces.", "type": "integer", "minimum": 2},
        "first_faces": {"$ref": "#/$defs/first_faces"},
        "regions": {"$ref": "#/$defs/regions_by_landmarks", "default": "detected"},
        "frame": {"$ref": "#/$defs/frame", "default": "box"},
        "background": {"$ref": "#/$defs/background", "default": "keep"},
        "fit": {"$ref": "#/$defs/fit"},
        "crop_box": {"$ref": "#/$defs/crop_box"},
    },
}

RATINGS, LABELS, PUBLISHABLE = "psychology-attributes.xlsx", "demographic-others-labels.xlsx", "target-filenames.txt"
SHEET = "Final Values"
SUMMARIES = ("final values", "stdev values")
#: Most rows of the sheet of single ratings: it has 33,430.
MOST_ANSWERS = 100_000
LANDMARKS, NUMBERED = "{}_landmarks.txt", "{}.jpg"
REQUEST = "ask for the set at wilmabainbridge.com/facememorability2.html, and put its archives, zipped or not, there"

#: Lowest and highest rating.
SCALE = (1.0, 9.0)
#: The ratings of both surveys; either edition of the table has all of them.
ATTRIBUTES = OPTIONS["columns"].split()[2:]
RATED = 2222
MOST_PUBLISHABLE = 49
#: Years for the labels of age, 1 to 5: below 20 (none is a child), 20–30, 30–45, 45–60, from 60.
AGES = (19.0, 25.0, 37.5, 52.5, 67.5)
#: Labels of emotion, from 0; only some are states of `facelrp.datasets.face_set.FaceSet`.
STATES = ("neutral", "happy", "sad", "", "", "", "")

log = logging.getLogger(__name__)


def load(
    source,
    fit="pad",
    crop_box=None,
    count=RATED,
    first_faces=None,
    allow_missing=False,
    portraits=WITHOUT_DETECTOR,
):
    """Return the rated faces of the 10k US Adult Faces.

    The files are found by their leaf names, see `facelrp.sources.file_search`: the two tables, the images that the
    tables name, their landmarks, and the list of publishable images. An image that is missing under its name is taken
    from the annotations, where its name is its number.

    Parameters
    ----------
    source : path
        The folder with the archives, zipped or not.
    fit : {"pad", "squash"}
        Images are higher than wide: widen their white frame, or stretch them.
    crop_box : sequence of float, optional
        The part of each image to use, see ``box`` of `facelrp.faces.imaging.placement`; default: the whole image.
    count : int
        Expected number of rated faces. It distinguishes the full table of ratings from the table of the 49, which has
        the same name.
    first_faces : int, optional
        Take only this number of faces.
    allow_missing : bool
        Leave out faces whose image, landmarks or any rating is missing; allow fewer faces than ``count``, and raters'
        answers that cannot be read.
    portraits : facelrp.faces.portraits.Portraits
        How faces are found, framed and divided; by default without a detector, by the 77 landmarks of each face.

    Returns
    -------
    FaceSet
        face_id and identity ``us10k0001``, state as the raters saw it, age (years, the middle of the label's range),
        gender (0 female, 100 male), both NaN where unknown, the ratings, 1–9, and ``publishable`` (bool). All ratings
        are read: the faces stay the same when more attributes are predicted.

    Raises
    ------
    InputError
        If tables are missing or faulty, an archive is broken or hostile, or faces are incomplete without
        ``allow_missing``.
    """
    files = Files(source)
    missing_tables = [name for name in (RATINGS, LABELS) if files.find(name) is None]
    if missing_tables:
        raise InputError(f"{len(missing_tables)} tables are missing: {listing(missing_tables)}", source, REQUEST)
    faces = locate(read_ratings(files).join(read_labels(files)).fillna({"state": ""}), files)
    missing = list_missing(faces, count)
    if missing and not allow_missing:
        what = f"{len(missing)} things are missing: {listing(missing)}"
        raise InputError(what, source, f"{REQUEST}; or set allow_missing: true to go on without them")
    if missing:
        log.warning("faces are left out; missing: %s", ", ".join(missing))
    faces = faces.dropna(subset=["image", "landmarks", *ATTRIBUTES])[:first_faces]
    if faces.empty:
        raise InputError("no face is left", source, REQUEST)
    face_ids = [f"us10k{number:04d}" for number in faces["number"]]
    table = pd.DataFrame({"face_id": face_ids, "identity": face_ids}, index=faces.index)
    table = table.join(faces[["state", "age", "gender", *ATTRIBUTES]])
    table["publishable"] = faces.index.isin(read_publishable(files))
    rows = list(zip(faces["image"], faces["landmarks"], strict=True))
    portraits = replace(portraits, fit=fit, box=crop_box)

    def face(i):
        image_file, landmarks_file = rows[i]

        def outlines(shape):
            with files.open(landmarks_file) as path:
                return landmark_outlines(read_landmarks(path, shape), shape, path)

        with files.open(image_file) as path:
            return portraits(path, outlines)

    face_ids = table["face_id"].to_dict()

    def raters(attributes):
        try:
            return read_raters(files, attributes, face_ids)
        except InputError as fault:
            if not allow_missing:
                raise
            log.warning("the answers of single raters are left out: %s", fault)
            return pd.DataFrame(columns=["face_id", "attribute", "rating"])

    return FaceSet(table.reset_index(drop=True), face, SCALE, raters)


def read_final_values(files, name, columns):
    """Read the means over raters: DataFrame of text indexed by row, and the file's name for messages."""
    with files.open(files.find(name)) as path:
        return read_sheet(path, SHEET, columns), f"{path}, sheet {SHEET}"


def read_raters(files, attributes, face_ids):
    """Return the answers of single raters, see `facelrp.datasets.face_set.FaceSet`.

    They are in the only sheet beside those of means and deviations, one row per rater and face. Both surveys share
    rows, so a cell can be blank.

    Parameters
    ----------
    files : Files
    attributes : sequence of str
    face_ids : dict of {str: str}
        Key of the file's name → face_id, for the faces to read.
    """
    with files.open(files.find(RATINGS)) as path:
        names = [name for name in sheet_names(path) if name.casefold() not in SUMMARIES]
        if len(names) != 1:
            found = ", ".join(names) or "none"
            raise InputError(
                f"one sheet of single ratings is expected beside the means (found: {found})", path, REQUEST
            )
        cells, where = read_sheet(path, names[0], ["Filename", *attributes], MOST_ANSWERS), f"{path}, sheet {names[0]}"
    # One attribute at a time, so that a message can name the column.
    answers = pd.concat(
        pd.DataFrame({"attribute": name, "rating": numbers(cells, name, SCALE, where, blank=("",))})
        for name in attributes
    )
    answers.insert(0, "face_id", answers.index.map(cells["Filename"].map(as_key).map(face_ids)))
    return answers.dropna().reset_index(drop=True)


def by_name(cells, path):
    """Return the keys of the file names, which identify faces; each must occur once."""
    unnamed = cells["Filename"] == ""
    if unnamed.any():
        where = cell_at(cells, unnamed.idxmax(), "Filename", path)
        raise InputError("no file is named", where, "write its name, or delete the row")
    keys = cells["Filename"].map(as_key)
    refuse_duplicates(keys.to_frame(), "Filename", path)
    return keys


def read_ratings(files):
    """Return name, number and ratings (NaN where missing) of the faces, indexed by the key of their names."""
    cells, path = read_final_values(files, RATINGS, ["Filename", "Image #", *ATTRIBUTES])
    number = numbers(cells, "Image #", (1, 99999), path, whole=True).astype(int)
    refuse_duplicates(cells, "Image #", path)
    ratings = {name: numbers(cells, name, SCALE, path, blank=("",)) for name in ATTRIBUTES}
    return pd.DataFrame({"name": cells["Filename"], "number": number, **ratings}).set_index(by_name(cells, path))


def read_labels(files):
    """Return state, age and gender of the faces, indexed by the key of their names."""
    cells, path = read_final_values(files, LABELS, ["Filename", "Age", "Gender", "Emotion?"])
    age = numbers(cells, "Age", (1, len(AGES)), path, blank=("",))
    gender = numbers(cells, "Gender", (0, 1), path, blank=("",))
    emotion = numbers(cells, "Emotion?", (0, len(STATES) - 1), path, blank=("",))
    labels = {
        "state": emotion.map(dict(enumerate(STATES))).fillna(""),
        # A label is the raters' mean or mode, so it may be between two whole numbers.
        "age": np.interp(age, range(1, len(AGES) + 1), AGES),
        "gender": 100 * gender,
    }
    return pd.DataFrame(labels).set_index(by_name(cells, path))


def locate(faces, files):
    """Return the faces with the columns image and landmarks: `Found`, or None where a file is missing."""
    landmarks = [files.find(LANDMARKS.format(number)) for number in faces["number"]]
    # Other sets have a 1.jpg, too: take only the one beside the landmarks.
    images = [
        files.find(name) or beside(files.all(NUMBERED.format(number)), found)
        for name, number, found in zip(faces["name"], faces["number"], landmarks, strict=True)
    ]
    return faces.assign(image=images, landmarks=landmarks)


def list_missing(faces, count):
    """Describe each missing file, rating and number of faces: list of str."""
    too_few = [f"{count - len(faces)} of {count} faces from the table of ratings"] if len(faces) < count else []
    return [
        *too_few,
        *faces["name"][faces["image"].isna()],
        *(LANDMARKS.format(number) for number in faces["number"][faces["landmarks"].isna()]),
        *(f"{face} ({name})" for name in ATTRIBUTES for face in faces["name"][faces[name].isna()]),
    ]


def beside(candidates, found):
    """Return the candidate in the same folder as the file ``found``, or None."""
    folder = found and found.where.removesuffix(found.name)
    return next((one for one in candidates if one.where.removesuffix(one.name) == folder), None)


def read_publishable(files):
    """Return the keys of the names of the faces that may be shown.

    Another list of the same name, in another folder of the set, names all 2,222 faces; it gives no permission.
    """
    for found in reversed(files.all(PUBLISHABLE)):
        with files.open(found) as path:
            try:
                lines = [line for line in path.path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
            except (OSError, UnicodeDecodeError) as fault:
                raise InputError(f"not a list of names ({fault})", path, "restore the file") from fault
        if 0 < len(lines) <= MOST_PUBLISHABLE:
            return {as_key(line.split(",", 1)[-1]) for line in lines}
    log.warning("no %s of at most %d names: no face counts as publishable", PUBLISHABLE, MOST_PUBLISHABLE)
    return set()
