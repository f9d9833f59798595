"""What the columns of a user's own table can hold beside ratings.

A module of its own, because Snakemake reads it whenever it starts, and the readers of tables need pandas.
"""

#: What a row says of its face.
FACTS = ("file", "face_id", "identity", "state", "age", "gender", "outlines")
#: Contents of columns that are not ratings.
KNOWN = (*FACTS, "rater")
#: Those of them that are numbers.
NUMBERS = ("age", "gender")
