"""The table of a set of faces, in two parts: who is shown, and how each face is rated.

They are files of their own, so that a rating of one attribute reruns nothing that does not depend on it.
"""

from facelrp.errors import InputError
from facelrp.faces.rating_scales import RatingScale

#: Columns that are not ratings: who is shown.
PEOPLE = ("face_id", "identity", "state", "age", "gender", "publishable")


def people(table):
    """Return the columns of a table of faces that are not ratings."""
    return table[[name for name in table if name in PEOPLE]]


def in_points(faces, scale):
    """Return the table of a `facelrp.datasets.face_set.FaceSet` with all ratings on a `RatingScale`.

    All ratings, not only those to predict, so that another attribute does not need the faces prepared again. Age and
    gender, which base models learn, keep their own scale. A face without a rating keeps none. Ratings that were given
    on the scale stay as they are.
    """
    if faces.scale is None:
        return faces.table
    own, table = RatingScale(*faces.scale), faces.table.copy()
    for name in table.columns.drop([*PEOPLE], errors="ignore"):
        wrong = table[name].notna() & ~table[name].between(own.lowest, own.highest)
        if wrong.any():
            where = f"face {table.face_id[wrong].iloc[0]}, column {name}"
            raise InputError(f"rating {table[name][wrong].iloc[0]} is not on the scale {own}", where, "correct it")
        if own != scale:
            table[name] = scale.to_points(own.to_unit(table[name]))
    return table
