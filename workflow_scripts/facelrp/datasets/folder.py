"""Your own faces: read a folder of images and a table of the known facts about each."""

import logging
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pandas as pd

from facelrp.datasets.face_set import Face, FaceSet
from facelrp.errors import InputError
from facelrp.faces.imaging import read_square
from facelrp.faces.outlines import in_pixels, read_outlines, template_outlines
from facelrp.faces.templates import fit_label_map
from facelrp.sources.archives import listing
from facelrp.sources.csv_tables import numbers, read_csv, refuse_duplicates

#: Options of these faces in a configuration, see `facelrp_workflow.choices`.
OPTIONS = {
    "title": "Your own faces",
    "description": "A folder of images and a table.",
    "rated": True,
    "paired": True,
    "required": ["folder", "table", "columns"],
    "properties": {
        "folder": {"description": "The folder with the images.", "type": "string"},
        "table": {
            "description": "CSV file with one line per image; a relative path starts at the folder.",
            "type": "string",
        },
        "columns": {
            "description": "Content → name of its column: file (path below the folder) and, if known, face_id, "
            "identity, state, age (years), gender (female, male or 0 to 1 or 100), outlines (file with the face's "
            "parts); any other name is the name of a rating.",
            "type": "object",
            "required": ["file"],
            "propertyNames": {"$ref": "#/$defs/name"},
            "additionalProperties": {"description": "Name of the column.", "type": "string"},
        },
        "rating_scale": {
            "description": "Lowest and highest possible rating.",
            "title": "a list of 2 numbers, the lowest and the highest possible rating",
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "items": {"type": "number"},
        },
        "states": {
            "description": "The table's name of a state → the state.",
            "type": "object",
            "propertyNames": {"type": "string"},
            "additionalProperties": {
                "description": 'The state; "" for none.',
                "enum": ["neutral", "happy", "sad", ""],
            },
        },
        "pairs": {"description": "Every identity appears once in each state.", "type": "boolean"},
        "template": {"$ref": "#/$defs/template"},
        "first_faces": {"$ref": "#/$defs/first_faces"},
        "fit": {"$ref": "#/$defs/fit"},
        "crop_box": {"$ref": "#/$defs/crop_box"},
    },
}

#: Contents of columns that are not ratings.
KNOWN = ("file", "face_id", "identity", "state", "age", "gender", "outlines")
STATES = ("neutral", "happy", "sad")
SEXES = {"f": 0.0, "female": 0.0, "woman": 0.0, "m": 100.0, "male": 100.0, "man": 100.0}
OLDEST = 120
UNKNOWN = ("", "NA", "NaN", "nan")

log = logging.getLogger(__name__)


def load(
    source,
    table,
    columns,
    rating_scale=None,
    states=None,
    pairs=False,
    template=None,
    fit="pad",
    crop_box=None,
    first_faces=None,
    allow_missing=False,
):
    """Return the faces of a folder.

    Parameters
    ----------
    source : path
        The folder with the images.
    table : path
        CSV file with one line per image; a relative path starts at ``source``.
    columns : mapping of {str: str}
        Content → name of its column. ``file``: path of the image below ``source``. Optional: ``face_id`` (default: the
        path of the file without its suffix), ``identity`` (the same for the same person; default: every face is
        another person), ``state`` (neutral, happy, sad, or blank), ``age`` (years, or blank), ``gender`` (female, male,
        f, m, or a number: 0 female to 1 or 100 male, or blank), ``outlines`` (file below ``source`` with the face's
        parts, see `facelrp.faces.outlines.read_outlines`, or blank for the template). Any other name is the name of a
        rating.
    rating_scale : sequence of float, optional
        Lowest and highest possible rating; required if there are ratings.
    states : mapping of {str: str}, optional
        The table's name of a state → neutral, happy or sad.
    pairs : bool
        Every identity must appear once in each state, and there must be at least two states.
    template : "ffhq", mapping, path or None
        Positions of the parts of the face in every image, see `facelrp.faces.outlines.template_outlines`; a relative
        path starts at ``source``. Without template and outlines, everything is background.
    fit : {"pad", "squash"}
        How a box that is not square becomes one: pad it with white, or stretch it.
    crop_box : sequence of float, optional
        The part of every image to use, see ``box`` of `facelrp.faces.imaging.placement`; default: the whole image.
    first_faces : int, optional
        Take only this number of faces, or with ``pairs`` of people.
    allow_missing : bool
        Leave out faces whose image or outlines are missing; with ``pairs`` all faces of that person.

    Returns
    -------
    FaceSet
        face_id, identity, state, then age, gender (0–100) and the ratings, if ``columns`` names them.

    Raises
    ------
    InputError
        Naming the file, line and column, or the option, that is faulty.
    """
    source = Path(source)
    check_options(columns, rating_scale, states)
    path = source / table
    faces = read_table(path, columns, rating_scale, states or {})
    if pairs:
        check_pairs(faces, path)
    faces = only_present(faces, source, pairs, allow_missing)
    people = faces["identity"].unique()[:first_faces]
    faces = faces[faces["identity"].isin(people)] if pairs else faces[:first_faces]
    if faces.empty:
        raise InputError("no face is left", path, "list at least one image")
    rows = list(zip(faces["file"], faces["outlines"], strict=True))
    if template is not None:
        template_outlines(template, (1, 1), source)  # report a faulty template now, not at the first face

    def face(i):
        name, outlines = rows[i]
        image, shape = read_square(source / name, fit, crop_box)
        parts = (
            in_pixels(read_outlines(source / outlines), shape)
            if outlines
            else template_outlines(template, shape, source)
        )
        return Face(image, fit_label_map(parts, shape, fit, crop_box))

    known = faces.drop(columns=["file", "outlines"]).reset_index(drop=True)
    return FaceSet(known, face, None if rating_scale is None else tuple(map(float, rating_scale)))


def check_options(columns, rating_scale, states):
    """Refuse options that make no sense, before anything is read."""
    if not isinstance(columns, Mapping) or "file" not in columns:
        raise InputError("no column of files is named", "columns", "write file: and the name of the column")
    ratings = [name for name in columns if name not in KNOWN]
    if rating_scale is None and ratings:
        what = f"ratings ({', '.join(ratings)}) without a scale"
        raise InputError(what, "rating_scale", "give the lowest and the highest possible rating")
    if rating_scale is not None:
        numeric = len(rating_scale) == 2 and all(isinstance(end, int | float) for end in rating_scale)
        if not numeric or not rating_scale[0] < rating_scale[1]:
            what = f"{list(rating_scale)} is not a scale"
            raise InputError(what, "rating_scale", "give the lowest and the highest possible rating")
    if unknown := sorted(set((states or {}).values()) - {*STATES, ""}):
        raise InputError(f"no state is called {', '.join(unknown)}", "states", f"choose from: {', '.join(STATES)}")


def read_table(path, columns, rating_scale, states):
    """Read the table of faces; see `load` for the parameters.

    Returns
    -------
    DataFrame
        ``file``, ``face_id``, ``identity``, ``state``, then ``age``, ``gender`` and the ratings that ``columns`` names,
        and ``outlines`` (empty if unknown). Indexed by line number in the file.
    """
    cells = read_csv(path, columns.values())
    faces = pd.DataFrame({"file": file_names(cells, columns["file"], path)})
    faces["face_id"] = cells[columns["face_id"]] if "face_id" in columns else [stem(name) for name in faces["file"]]
    faces["identity"] = cells[columns["identity"]] if "identity" in columns else faces["face_id"]
    for name in ("face_id", "identity"):
        refuse_blanks(faces, name, f"{path}, column {columns[name]}" if name in columns else path)
    refuse_duplicates(faces, "face_id", path)
    faces["state"] = read_states(cells, columns["state"], path, states) if "state" in columns else ""
    if "age" in columns:
        faces["age"] = numbers(cells, columns["age"], (0, OLDEST), path, blank=UNKNOWN)
    if "gender" in columns:
        faces["gender"] = read_gender(cells, columns["gender"], path)
    for name, column in columns.items():
        if name not in KNOWN:
            faces[name] = numbers(cells, column, rating_scale, path)
    faces["outlines"] = ""
    if "outlines" in columns:
        faces["outlines"] = file_names(cells, columns["outlines"], path, optional=True)
    return faces


def stem(name):
    """Return a path without its suffix: it identifies a face, since other folders may have files of the same name."""
    return str(PurePosixPath(name).with_suffix(""))


def file_names(cells, column, path, optional=False):
    """Return a column of paths below the folder, with slashes; refuse paths that lead out of it."""
    names = cells[column].str.replace("\\", "/")
    for line, name in names.items():
        if optional and not name:
            continue
        if not name or name.startswith("/") or ".." in name.split("/") or ":" in name:
            what = f"{name!r} is not a path below the folder of images" if name else "no file is named"
            raise InputError(what, f"{path}, line {line}, column {column}", "write the path below the folder")
    return names


def refuse_blanks(faces, name, where):
    blank = faces[name] == ""
    if blank.any():
        raise InputError(f"no {name} on line {blank.idxmax()}", where, "write it, or leave the line out")


def read_states(cells, column, path, states):
    """Return a column of states under the names in `STATES`, or empty."""
    named = {name.lower(): state for name, state in states.items()} | {state: state for state in (*STATES, "")}
    found = cells[column].str.lower().map(named)
    if found.isna().any():
        line = found.isna().idxmax()
        fix = f"write one of {', '.join(STATES)}, or add it to states:"
        raise InputError(f"{cells[column][line]!r} is not a state", f"{path}, line {line}, column {column}", fix)
    return found


def read_gender(cells, column, path):
    """Return a column of sexes, in words or numbers, as numbers from 0 (female) to 100 (male); NaN where unknown."""
    words = cells[column].str.lower().map(SEXES)
    rest = cells[words.isna()]
    values = numbers(rest, column, (0, 100), path, blank=UNKNOWN)
    return words.fillna(values * (100 if values.max() <= 1 else 1))


def check_pairs(faces, path):
    """Refuse people who do not appear once in each state."""
    states = sorted(set(faces["state"]))
    if len(states) < 2 or "" in states:
        found = ", ".join(state or "none" for state in states)
        raise InputError(f"states: {found}", path, "pairs need at least two states, and a state on each line")
    for identity, own in faces.groupby("identity", sort=False):
        if sorted(own["state"]) != states:
            lines = " and ".join(map(str, own.index))
            what = f"{identity!r} appears as {', '.join(own['state'])}, not once each as {', '.join(states)}"
            raise InputError(what, f"{path}, line {lines}", "add or leave out lines, or set pairs: false")


def only_present(faces, source, pairs, allow_missing):
    """Return the faces whose files exist; report the missing files in a warning, or refuse them."""
    is_missing = pd.DataFrame(
        {name: [bool(file) and not (source / file).is_file() for file in faces[name]] for name in ("file", "outlines")},
        index=faces.index,
        dtype=bool,
    )
    missing = [file for name in is_missing for file in faces[name][is_missing[name]]]
    if not missing:
        return faces
    if not allow_missing:
        fix = "put them there, correct the table, or set allow_missing: true"
        raise InputError(f"{len(missing)} files are missing: {listing(missing)}", source, fix)
    log.warning("faces are left out, since files are missing: %s", ", ".join(missing))
    incomplete = is_missing.any(axis=1)
    if pairs:
        incomplete = faces["identity"].isin(faces["identity"][incomplete])
    return faces[~incomplete]
