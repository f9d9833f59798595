"""Read a user's own table of faces: a row for each face, or for each rater and face."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from facelrp.datasets.codes import UNKNOWN, check_codes, read_ages, read_sexes, read_states
from facelrp.datasets.contents import FACTS, KNOWN
from facelrp.datasets.table_files import file_names, stem
from facelrp.errors import InputError
from facelrp.sources.archives import listing
from facelrp.sources.csv_tables import cell_at, heading, numbers, quoted, refuse_duplicates
from facelrp.sources.own_tables import read_own_table

#: Contents of several rows of the table that may be in one column.
NAMES = ("file", "face_id", "identity")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FaceTable:
    """What a user's own table says of faces.

    Attributes
    ----------
    faces : DataFrame
        A row per face, sorted by ``face_id``, so that the order of the table's rows has no effect: ``file``,
        ``face_id``, ``identity``, ``state``, then ``age``, ``gender`` and the ratings that the table has (NaN if
        unknown), and ``outlines`` (empty if unknown). The index, ``line`` or ``row``, is the number of the face's first
        row in the file.
    answers : DataFrame or None
        ``face_id``, ``attribute`` and ``rating``, a row for each rating of each rater; None if the table has no raters.
    where : str
        The file and its sheet, for messages.
    """

    faces: pd.DataFrame
    answers: pd.DataFrame | None
    where: str

    @property
    def ratings(self):
        """The names of the ratings: list of str."""
        return [name for name in self.faces if name not in KNOWN]


def read_face_table(path, columns, rating_scale=None, codes=None, sheet=None, keep_unrated=False):
    """Read a user's own table of faces.

    Parameters
    ----------
    path : path
        CSV or Excel file, see `facelrp.sources.own_tables.read_own_table`.
    columns : mapping of {str: str}
        Content → name of its column, see `facelrp.datasets.folder.load`. With ``rater``, a row is what one rater said
        of one face, and a face's rating is the mean over its raters.
    rating_scale, codes, sheet
        See `facelrp.datasets.folder.load`.
    keep_unrated : bool
        Keep faces without any rating in a table with ratings. By default they are left out, with a line in the log.

    Returns
    -------
    FaceTable

    Raises
    ------
    InputError
        Naming the file, line and column, or the option, that is faulty.
    """
    codes = codes or {}
    check_options(columns, rating_scale, codes)
    columns = {content: heading(column) for content, column in columns.items()}
    cells, where = read_own_table(path, list(columns.values()), sheet)
    rows = read_facts(cells, columns, codes, where)
    ratings = [name for name in columns if name not in KNOWN]
    for name in ratings:
        rows[name] = numbers(cells, columns[name], rating_scale, where, blank=UNKNOWN)
    rows["outlines"] = ""
    if "outlines" in columns:
        rows["outlines"] = file_names(cells, columns["outlines"], where, optional=True)
    if "rater" in columns:
        rows["rater"] = cells[columns["rater"]]
        refuse_blanks(rows, "rater", f"{where}, column {columns['rater']}")
        refuse_disagreements(rows, cells, columns, where)
        faces, answers = over_raters(rows, ratings)
    else:
        refuse_duplicates(rows, "face_id", where)
        faces, answers = rows.sort_values("face_id"), None
    if ratings and not keep_unrated:
        faces = only_rated(faces, ratings, where)
    return FaceTable(faces, answers, where)


def check_options(columns, rating_scale, codes):
    """Refuse options that make no sense, before anything is read."""
    if not isinstance(columns, Mapping) or "file" not in columns:
        raise InputError("no column of files is named", "columns", "write file: and the name of the column")
    contents = {}
    for content, column in columns.items():
        if content not in NAMES and (other := contents.setdefault(heading(column), content)) != content:
            what = f"{other} and {content} are both read from {column!r}"
            raise InputError(what, "columns", "name the column of each")
    check_codes(codes, columns)
    ratings = [name for name in columns if name not in KNOWN]
    if rating_scale is None and ratings:
        what = f"ratings ({', '.join(ratings)}) without a scale"
        raise InputError(what, "rating_scale", "give the lowest and the highest possible rating")
    if rating_scale is not None:
        numeric = len(rating_scale) == 2 and all(isinstance(end, int | float) for end in rating_scale)
        if not numeric or not rating_scale[0] < rating_scale[1]:
            what = f"{list(rating_scale)} is not a scale"
            raise InputError(what, "rating_scale", "give the lowest and the highest possible rating")


def read_facts(cells, columns, codes, where):
    """Return what each row says of its face beside ratings and outlines: DataFrame, with the index of ``cells``."""
    rows = pd.DataFrame({"file": file_names(cells, columns["file"], where)})
    rows["face_id"] = cells[columns["face_id"]] if "face_id" in columns else [stem(name) for name in rows["file"]]
    rows["identity"] = cells[columns["identity"]] if "identity" in columns else rows["face_id"]
    for name in ("face_id", "identity"):
        refuse_blanks(rows, name, f"{where}, column {columns[name]}" if name in columns else where)
    rows["state"] = ""
    for name, read in (("state", read_states), ("age", read_ages), ("gender", read_sexes)):
        if name in columns:
            rows[name] = read(cells, columns[name], where, codes.get(name))
    return rows


def refuse_blanks(rows, name, where):
    blank = rows[name] == ""
    if blank.any():
        what = f"no {name} on {rows.index.name} {blank.idxmax()}"
        raise InputError(what, where, "write it, or leave the line out")


def refuse_disagreements(rows, cells, columns, where):
    """Refuse a face that a rater rated twice, or of which two rows say different things."""
    line, twice = rows.index.name, rows.duplicated(["rater", "face_id"], keep=False)
    if twice.any():
        first = rows[twice].iloc[0]
        same = rows.index[(rows["rater"] == first["rater"]) & (rows["face_id"] == first["face_id"])]
        what = f"{quoted(first['rater'])} rated {quoted(first['face_id'])} on {line}s {' and '.join(map(str, same))}"
        raise InputError(what, where, "leave one of them out")
    before = rows.drop_duplicates("face_id").rename_axis(line).reset_index().set_index("face_id")
    facts = [name for name in FACTS if name != "face_id" and name in columns]
    before = before.loc[rows["face_id"]].set_index(rows.index)
    differs = (rows[facts] != before[facts]) & ~(rows[facts].isna() & before[facts].isna())
    if differs.any(axis=None):
        row = differs.any(axis=1).idxmax()
        column, earlier = columns[differs.loc[row].idxmax()], before[line][row]
        what = (
            f"{quoted(cells[column][row])} where {line} {earlier} has {quoted(cells[column][earlier])} "
            f"for the same face, {quoted(rows['face_id'][row])}"
        )
        raise InputError(what, cell_at(cells, row, column, where), "write the same on all rows of a face")


def over_raters(rows, ratings):
    """Return a row per face, with the mean over its raters, and the ratings of each rater; see `FaceTable`."""
    line = rows.index.name
    # In one order, so that means do not depend on that of the table in their last digits.
    ordered = rows.sort_values(["face_id", "rater"])
    faces = rows.drop_duplicates("face_id").rename_axis(line).sort_values("face_id").drop(columns="rater")
    faces[ratings] = ordered.groupby("face_id")[ratings].mean().loc[faces["face_id"]].to_numpy()
    answers = ordered.melt("face_id", ratings, "attribute", "rating").dropna(ignore_index=True)
    return faces, answers


def only_rated(faces, ratings, where):
    """Return the faces with a rating, and say in the log how many have none, and how many lack one or another."""
    rated = faces[ratings].notna()
    unrated = faces["face_id"][~rated.any(axis=1)]
    if len(unrated):
        log.warning("%d faces without any rating are left out: %s", len(unrated), listing(unrated.tolist()))
    faces = faces[rated.any(axis=1)]
    if faces.empty:
        raise InputError("no face has a rating", where, "write the ratings, or correct the names of their columns")
    return faces
