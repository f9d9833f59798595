"""Your own faces: a folder of images and a table of what is known of each."""

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

#: What a configuration may say of these faces, see `facelrp_workflow.choices`.
OPTIONS = {
    "title": "Your own faces",
    "description": "A folder of images and a table.",
    "rated": True,
    "paired": True,
    "required": ["folder", "table", "columns"],
    "properties": {
        "folder": {"description": "The folder with the images.", "type": "string"},
        "table": {
            "description": "CSV with a line for each image, below the folder if the path is not absolute.",
            "type": "string",
        },
        "columns": {
            "description": "What → the name of its column. file (below the folder), and, if known, face_id, identity, "
            "state, age (years), gender (female, male or 0 to 1 or 100), outlines (file with the face's parts); any "
            "other name is that of a rating.",
            "type": "object",
            "required": ["file"],
            "propertyNames": {"$ref": "#/$defs/name"},
            "additionalProperties": {"description": "Name of the column.", "type": "string"},
        },
        "scale": {
            "description": "Lowest and highest possible rating.",
            "title": "a list of 2 numbers, the lowest and the highest possible rating",
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "items": {"type": "number"},
        },
        "states": {
            "description": "What the table calls a state → what it is.",
            "type": "object",
            "propertyNames": {"type": "string"},
            "additionalProperties": {
                "description": 'What it is; "" is none.',
                "enum": ["neutral", "happy", "sad", ""],
            },
        },
        "pairs": {"description": "Every identity is there once in each state.", "type": "boolean"},
        "template": {"$ref": "#/$defs/template"},
        "first": {"$ref": "#/$defs/first"},
        "fit": {"$ref": "#/$defs/fit"},
        "box": {"$ref": "#/$defs/box"},
    },
}

#: What columns may hold beside ratings.
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
    scale=None,
    states=None,
    pairs=False,
    template=None,
    fit="pad",
    box=None,
    first=None,
    allow_missing=False,
):
    """Return the faces of a folder.

    Parameters
    ----------
    source : path
        The folder with the images.
    table : path
        CSV with a line for each image; starts at ``source`` if it is not absolute.
    columns : mapping of {str: str}
        What → the name of its column. ``file``: path of the image below ``source``. Optional: ``face_id`` (else the
        path of the file without its suffix), ``identity`` (the same for the same person; else every face is another),
        ``state`` (neutral, happy, sad, or blank), ``age`` (years, or blank), ``gender`` (female, male, f, m, or a
        number: 0 female to 1 or 100 male, or blank), ``outlines`` (file below ``source`` with the face's parts, see
        `facelrp.faces.outlines.read_outlines`, or blank for the template). Any other name is that of a rating.
    scale : sequence of float, optional
        Lowest and highest possible rating; must be given if there are ratings.
    states : mapping of {str: str}, optional
        What the table calls a state → neutral, happy or sad.
    pairs : bool
        Every identity must be there once in each state, of two at least.
    template : "ffhq", mapping, path or None
        Where the parts of a face stand in every image, see `facelrp.faces.outlines.template_outlines`; a path starts at
        ``source``. Without it, and without outlines, all is background.
    fit : {"pad", "squash"}
        How a box that is not square becomes one: in a white frame, or stretched.
    box : sequence of float, optional
        What to take of every image, see `facelrp.faces.imaging.place`; without it all.
    first : int, optional
        Take only so many faces, or with ``pairs`` people.
    allow_missing : bool
        Leave out faces whose image or outlines are missing; with ``pairs`` all of that person.

    Returns
    -------
    FaceSet
        face_id, identity, state, then age, gender (0–100) and the ratings, as far as ``columns`` names them.

    Raises
    ------
    InputError
        Naming the file, line and column, or the option, at fault.
    """
    source = Path(source)
    check_options(columns, scale, states)
    path = source / table
    cells = read_csv(path, columns.values())
    # Whatever the table calls them: from here on, columns go by our names.
    at = {name: f"{path}, column {column}" for name, column in columns.items()}
    faces = pd.DataFrame({"file": file_names(cells, columns["file"], path)})
    faces["face_id"] = cells[columns["face_id"]] if "face_id" in columns else [stem(name) for name in faces["file"]]
    faces["identity"] = cells[columns["identity"]] if "identity" in columns else faces["face_id"]
    for name in ("face_id", "identity"):
        refuse_blanks(faces, name, at.get(name, path))
    refuse_duplicates(faces, "face_id", path)
    faces["state"] = read_states(cells, columns["state"], path, states or {}) if "state" in columns else ""
    if "age" in columns:
        faces["age"] = numbers(cells, columns["age"], 0, OLDEST, path, blank=UNKNOWN)
    if "gender" in columns:
        faces["gender"] = read_gender(cells, columns["gender"], path)
    for name, column in columns.items():
        if name not in KNOWN:
            faces[name] = numbers(cells, column, *scale, path)
    outlines = file_names(cells, columns["outlines"], path, optional=True) if "outlines" in columns else ""
    faces["outlines"] = outlines
    if pairs:
        check_pairs(faces, path)
    faces = only_present(faces, source, pairs, allow_missing)
    kept = list(dict.fromkeys(faces["identity"]))[:first] if pairs else faces["identity"]
    faces = faces[faces["identity"].isin(kept)][: None if pairs else first]
    if faces.empty:
        raise InputError("no face is left", path, "name one image at least")
    rows = list(zip(faces["file"], faces["outlines"], strict=True))
    if template is not None:
        template_outlines(template, (1, 1), source)  # a faulty one shows now, not at the first face

    def face(i):
        name, outlines = rows[i]
        image, shape = read_square(source / name, fit, box)
        parts = (
            in_pixels(read_outlines(source / outlines), shape)
            if outlines
            else template_outlines(template, shape, source)
        )
        return Face(image, fit_label_map(parts, shape, fit, box))

    table = faces.drop(columns=["file", "outlines"]).reset_index(drop=True)
    return FaceSet(table, face, None if scale is None else tuple(map(float, scale)))


def check_options(columns, scale, states):
    """Refuse options that do not make sense, before anything is read."""
    if not isinstance(columns, Mapping) or "file" not in columns:
        raise InputError("no column of files is named", "columns", "write file: and the name of the column")
    ratings = [name for name in columns if name not in KNOWN]
    if scale is None and ratings:
        what = f"ratings ({', '.join(ratings)}) without a scale"
        raise InputError(what, "scale", "give the lowest and the highest possible rating")
    if scale is not None:
        numeric = len(scale) == 2 and all(isinstance(end, int | float) for end in scale)
        if not numeric or not scale[0] < scale[1]:
            raise InputError(f"{list(scale)} is no scale", "scale", "give the lowest and the highest possible rating")
    if unknown := sorted(set((states or {}).values()) - {*STATES, ""}):
        raise InputError(f"no state is called {', '.join(unknown)}", "states", f"choose from: {', '.join(STATES)}")


def stem(name):
    """Return the path of a file without its suffix, which identifies a face: in other folders names may recur."""
    return str(PurePosixPath(name).with_suffix(""))


def file_names(cells, column, path, optional=False):
    """Return a column of paths below the folder, with slashes; they may not lead out of it."""
    names = cells[column].str.replace("\\", "/")
    for line, name in names.items():
        if optional and not name:
            continue
        if not name or name.startswith("/") or ".." in name.split("/") or ":" in name:
            what = f"{name!r} is not a path below the folder of images" if name else "no file is named"
            raise InputError(what, f"{path}, line {line}, column {column}", "write the path as it is below the folder")
    return names


def refuse_blanks(faces, name, where):
    blank = faces[name] == ""
    if blank.any():
        raise InputError(f"no {name} on line {blank.idxmax()}", where, "write it, or leave the line out")


def read_states(cells, column, path, states):
    """Return a column of states by our names."""
    named = {name.lower(): state for name, state in states.items()} | {state: state for state in (*STATES, "")}
    found = cells[column].str.lower().map(named)
    if found.isna().any():
        line = found.isna().idxmax()
        fix = f"write one of {', '.join(STATES)}, or say in states: what it means"
        raise InputError(f"{cells[column][line]!r} is no state", f"{path}, line {line}, column {column}", fix)
    return found


def read_gender(cells, column, path):
    """Return a column of sexes, in words or numbers, as numbers from 0 (female) to 100 (male); NaN where unknown."""
    words = cells[column].str.lower().map(SEXES)
    rest = cells[words.isna()]
    values = numbers(rest, column, 0, 100, path, blank=UNKNOWN)
    return words.fillna(values * (100 if values.max() <= 1 else 1))


def check_pairs(faces, path):
    """Refuse people who are not there once in each state."""
    states = sorted(set(faces["state"]))
    if len(states) < 2 or "" in states:
        found = ", ".join(state or "none" for state in states)
        raise InputError(f"states: {found}", path, "pairs need two states at least, and one on each line")
    for identity, own in faces.groupby("identity", sort=False):
        if sorted(own["state"]) != states:
            lines = " and ".join(map(str, own.index))
            what = f"{identity!r} is there as {', '.join(own['state'])}, not once each as {', '.join(states)}"
            raise InputError(what, f"{path}, line {lines}", "add or leave out lines, or set pairs: false")


def only_present(faces, source, pairs, allow_missing):
    """Return the faces whose files are there, after naming those that are not."""
    there = pd.DataFrame(
        {name: [not file or (source / file).is_file() for file in faces[name]] for name in ("file", "outlines")},
        index=faces.index,
    )
    absent = [faces[name][line] for name in there for line in faces.index[~there[name]]]
    if not absent:
        return faces
    if not allow_missing:
        fix = "put them there, correct the table, or set allow_missing: true"
        raise InputError(f"{len(absent)} files are missing: {listing(absent)}", source, fix)
    log.warning("faces are left out, since files are missing: %s", ", ".join(absent))
    whole = there.all(axis=1)
    if pairs:
        whole = ~faces["identity"].isin(faces["identity"][~whole])
    return faces[whole]
