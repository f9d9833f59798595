"""Your own faces: read a folder of images and a table of the known facts about each."""

import logging
from dataclasses import replace
from pathlib import Path

from facelrp.datasets.face_set import FaceSet
from facelrp.datasets.face_tables import read_face_table
from facelrp.datasets.table_files import OwnFolder
from facelrp.errors import InputError
from facelrp.faces.outlines import in_pixels, read_outlines, template_outlines
from facelrp.faces.portraits import WITHOUT_DETECTOR
from facelrp.sources.archives import listing
from facelrp.sources.csv_tables import refuse_duplicates

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
            "description": "CSV or Excel file (xlsx) with a row per image, or per rater and image; a relative path "
            "starts at the folder.",
            "type": "string",
        },
        "sheet": {
            "description": "The Excel file's sheet; needed only if there are several.",
            "type": "string",
            "minLength": 1,
            "title": "the name of a sheet",
        },
        "columns": {
            "description": "Content → name of its column: file (path below the folder) and, if known, face_id, "
            "identity, state, age (years), gender (female or male, or codes), outlines (file with the face's parts), "
            "rater (who rated, if there is a row per rater and image); any other name is the name of a rating, which "
            "may have blanks.",
            "type": "object",
            "required": ["file"],
            "propertyNames": {"$ref": "#/$defs/name"},
            "additionalProperties": {"description": "Name of the column.", "type": "string"},
        },
        "rating_scale": {
            "description": "Lowest and highest possible rating. Results are on the scale of the rated faces.",
            "title": "a list of 2 numbers, the lowest and the highest possible rating",
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "items": {"type": "number"},
        },
        "codes": {
            "description": "Codes of the table → their meaning, for columns that do not have words or years.",
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "state": {
                    "description": "Code → the state.",
                    "type": "object",
                    "propertyNames": {"title": 'the code in quotation marks, as "1"', "type": "string"},
                    "additionalProperties": {
                        "description": 'The state; "" for none.',
                        "enum": ["neutral", "happy", "sad", ""],
                    },
                },
                "gender": {
                    "description": "Code → the sex. Numbers between the two codes are grades between the sexes.",
                    "type": "object",
                    "propertyNames": {"title": 'the code in quotation marks, as "1"', "type": "string"},
                    "additionalProperties": {
                        "description": 'The sex; "" if unknown.',
                        "enum": ["female", "male", ""],
                    },
                },
                "age": {
                    "description": "Code → the age; an empty table says that all small numbers are years.",
                    "type": "object",
                    "propertyNames": {"title": 'the code in quotation marks, as "1"', "type": "string"},
                    "additionalProperties": {
                        "description": 'Years; "" if unknown.',
                        "title": 'a number of years up to 120, or ""',
                        "type": ["number", "string"],
                        "minimum": 0,
                        "maximum": 120,
                        "maxLength": 0,
                    },
                },
            },
        },
        "pairs": {"description": "Every identity appears once in each state.", "type": "boolean"},
        "regions": {"$ref": "#/$defs/regions_by_template", "default": "detected"},
        "frame": {"$ref": "#/$defs/frame", "default": "detected"},
        "background": {"$ref": "#/$defs/background", "default": "keep"},
        "template": {"$ref": "#/$defs/template"},
        "first_faces": {"$ref": "#/$defs/first_faces"},
        "fit": {"$ref": "#/$defs/fit"},
        "crop_box": {"$ref": "#/$defs/crop_box"},
    },
}

log = logging.getLogger(__name__)


def load(
    source,
    table,
    columns,
    sheet=None,
    rating_scale=None,
    codes=None,
    pairs=False,
    template=None,
    fit="pad",
    crop_box=None,
    first_faces=None,
    allow_missing=False,
    portraits=WITHOUT_DETECTOR,
):
    """Return the faces of a folder.

    Parameters
    ----------
    source : path
        The folder with the images.
    table : path
        CSV or Excel file with a row per image, or per rater and image; a relative path starts at ``source``. The order
        of rows has no effect. See `facelrp.sources.own_tables.read_own_table`.
    columns : mapping of {str: str}
        Content → name of its column. ``file``: path of the image below ``source``. Optional: ``face_id`` (default: the
        path of the file without its suffix), ``identity`` (the same for the same person; default: every face is
        another person), ``state`` (neutral, happy, sad, or blank), ``age`` (years, or blank), ``gender`` (female, male,
        woman, man, f, m, or blank), ``outlines`` (file below ``source`` with the face's parts, see
        `facelrp.faces.outlines.read_outlines`, or blank for the template), ``rater`` (name or number of who rated the
        face: each row is what one rater said of one face, and what else it says of the face is the same on all of its
        rows). Any other name is the name of a rating, blank where there is none; faces without any rating are left out,
        except in ``pairs``.
    sheet : str, optional
        The Excel file's sheet; default: the only one.
    rating_scale : sequence of float, optional
        Lowest and highest possible rating; required if there are ratings.
    codes : mapping of {str: mapping of {str: str or float}}, optional
        Meaning of cells that are no words or years: ``state`` → {code: neutral, happy, sad or ""}, ``gender`` → {code:
        female, male or ""}, ``age`` → {code: years or ""}; "" means unknown. Numbers of sexes always need codes, as 1
        can mean either sex: {"1": "male", "2": "female"}. Numbers between the two are grades: with {"0": "female",
        "100": "male"}, 80 is a rather male face. Ages that are all whole and below 10 need codes, or ``age`` → {} if
        they are years. Numbers are compared by value, words without regard to capitals.
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
        Take only this number of faces, or with ``pairs`` of people, in the order of their ``face_id``.
    allow_missing : bool
        Leave out faces whose image or outlines are missing; with ``pairs`` all faces of that person.
    portraits : facelrp.faces.portraits.Portraits
        How faces are found, framed and divided; by default without a detector. Faces with
        outlines of their own keep them.

    Returns
    -------
    FaceSet
        Sorted by face_id: face_id, identity, state, then age, gender (0–100) and the ratings, if ``columns`` names
        them. With raters, ratings are means over them.

    Raises
    ------
    InputError
        Naming the file, line and column, or the option, that is faulty.
    """
    source = Path(source)
    read = read_face_table(source / table, columns, rating_scale, codes, sheet, keep_unrated=pairs)
    faces, path = read.faces, read.where
    if pairs:
        check_pairs(faces, path)
    faces = only_present(faces, source, path, pairs, allow_missing)
    people = faces["identity"].unique()[:first_faces]
    faces = faces[faces["identity"].isin(people)] if pairs else faces[:first_faces]
    if faces.empty:
        raise InputError("no face is left", path, "list at least one image")
    rows = list(zip(faces["file"], faces["outlines"], strict=True))
    if template is not None:
        template_outlines(template, (1, 1), source)  # report a faulty template now, not at the first face

    portraits = replace(portraits, fit=fit, box=crop_box)

    def face(i):
        name, outlines = rows[i]
        if outlines:
            own = replace(portraits, regions="given")
            return own(source / name, lambda shape: in_pixels(read_outlines(source / outlines), shape))
        return portraits(source / name, lambda shape: template_outlines(template, shape, source))

    def raters(attributes):
        answers = read.answers
        return answers[answers["face_id"].isin(known["face_id"]) & answers["attribute"].isin(list(attributes))]

    known = faces.drop(columns=["file", "outlines"]).reset_index(drop=True)
    scale = None if rating_scale is None else tuple(map(float, rating_scale))
    return FaceSet(known, face, scale, None if read.answers is None else raters)


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
            raise InputError(what, f"{path}, {faces.index.name} {lines}", "add or leave out lines, or set pairs: false")


def only_present(faces, source, path, pairs, allow_missing):
    """Return the faces whose files exist, with the names on disk; report missing files in a warning, or refuse them.

    Two faces cannot share an image: one could be in the training set, the other in the test set.
    """
    folder = OwnFolder(source)
    found = faces.assign(
        **{name: [file and folder.find(file) for file in faces[name]] for name in ("file", "outlines")}
    )
    is_missing = found[["file", "outlines"]].isna()
    refuse_duplicates(found[~is_missing["file"]], "file", path)
    missing = [folder.described(file) for name in is_missing for file in faces[name][is_missing[name]]]
    if not missing:
        return found
    if not allow_missing:
        fix = "put them there, correct the table, or set allow_missing: true"
        raise InputError(f"{len(missing)} files are missing: {listing(missing)}", source, fix)
    log.warning("faces are left out, since files are missing: %s", ", ".join(missing))
    incomplete = is_missing.any(axis=1)
    if pairs:
        incomplete = found["identity"].isin(found["identity"][incomplete])
    return found[~incomplete]
