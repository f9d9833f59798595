"""The text of a configuration for a user's own faces, short and with comments."""

import json
import os
import re
from pathlib import Path

#: Text that YAML reads as it is, within braces too, and that no reader takes for a number, a date or a truth value.
PLAIN = re.compile(r"[^\W\d][\w./-]*( [\w./-]+)*")
WORDS = ("true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf")
WIDTH = 110
#: What the codes of a column can mean, to be completed.
MEANT = {"gender": "female or male?", "age": "years?"}

#: Why the experiment that is taken over by default suits photographs that are few.
WHY_OPEN = """\
    # Base models: the published networks of Levi & Hassner for age and gender, 90 MB, downloaded once. What they know
    # of faces need not be learned from yours; `like: omi` trains others on yours: 1,000 or so, with ages and sexes.
"""


def settings_of_faces(request, seen, here):
    """Return the settings of the rated faces, as the configuration has them: dict.

    The folder is relative to the one in which the workflow runs, and the table to the folder.
    """
    folder = os.path.relpath(request.folder, here)
    if folder.startswith(".."):
        folder = str(request.folder.resolve())
    table = os.path.relpath(request.table.resolve(), request.folder.resolve())
    columns = seen.understood.columns | seen.ratings
    codes = dict(seen.understood.codes)
    if not pairs_are_complete(seen):
        columns.pop("state", None)
        codes.pop("state", None)
    faces = {"dataset": "folder", "folder": folder, "table": Path(table).as_posix()}
    faces |= {"sheet": seen.sheet} if seen.sheet else {}
    faces |= {"columns": columns} | ({"codes": codes} if codes else {})
    return faces | {"rating_scale": [int(end) if end == int(end) else end for end in (seen.scale.low, seen.scale.high)]}


def pairs_are_complete(seen):
    """Return whether everybody appears once in each state, and one of these is happy."""
    columns = seen.understood.columns
    if not {"identity", "state"} <= columns.keys() or "rater" in columns:
        return False
    codes = seen.understood.codes.get("state", {})
    states = seen.table[columns["state"]].map(lambda cell: codes.get(cell, cell.lower()))
    people = states.groupby(seen.table[columns["identity"]]).apply(lambda own: tuple(sorted(own)))
    expected = tuple(sorted(states.unique()))
    return "happy" in expected and len(expected) > 1 and bool((people.map(lambda own: own == expected)).all())


def config_text(request, seen, faces):
    """Return the configuration of a user's own faces as text."""
    start = {key: value for key, value in faces.items() if key not in ("columns", "codes", "rating_scale")}
    entries = [f"{scalar(content)}: {scalar(column)}" for content, column in faces["columns"].items()]
    entries[0], entries[-1] = f"columns: {{{entries[0]}", f"{entries[-1]}}}"
    if "codes" in faces:
        entries.append(f"codes: {{{', '.join(f'{name}: {flow(codes)}' for name, codes in faces['codes'].items())}}}")
    entries.append(f"rating_scale: {faces['rating_scale']}}}")
    lines = [
        f"      rated: {{{', '.join(f'{key}: {scalar(value)}' for key, value in start.items())},",
        *wrapped(entries),
    ]
    return "".join(
        [
            "# Written by facelrp init. config.yaml has all other keys, and what each is for.\n",
            f"experiment: {scalar(request.name)}\n",
            "experiments:\n",
            f"  {scalar(request.name)}:\n",
            WHY_OPEN if request.like == "open" else "    # What is not said here is as in this experiment.\n",
            f"    like: {scalar(request.like)}\n",
            "    faces:\n",
            *(f"{line}\n" for line in (*remarks(seen, faces), *lines)),
            f"    attributes: [{', '.join(map(scalar, seen.ratings))}]\n",
        ]
    )


def remarks(seen, faces):
    """Yield comments: why this scale, and what is for the user to decide, the meaning of codes, and pairs."""
    yield f"      # Scale {seen.scale}: {seen.scale.why}."
    for content, column in seen.understood.unclear.items():
        cells = sorted({cell for cell in seen.table[column].unique() if cell})[:5]
        codes = ", ".join(f"{json.dumps(cell, ensure_ascii=False)}: {MEANT[content]}" for cell in cells)
        yield f"      # To use it: in columns, {content}: {scalar(column)}; and codes: {{{content}: {{{codes}}}}}"
    if "state" in faces["columns"]:
        kept = {key: faces["columns"][key] for key in ("file", "identity", "state")}
        pairs = {key: faces[key] for key in ("dataset", "folder", "table", "sheet") if key in faces}
        text = ", ".join(f"{key}: {scalar(value)}" for key, value in pairs.items())
        codes = f", codes: {{state: {flow(faces['codes']['state'])}}}" if "state" in faces.get("codes", {}) else ""
        yield "      # Without its first #, the next line compares expressions; networks learn from half of the faces."
        yield f"      # pairs: {{{text}, columns: {flow(kept)}{codes}, pairs: true}}"


def wrapped(entries):
    """Return entries of a table, with commas, on as few lines as they need."""
    lines = ["       "]
    for entry in (*(f" {entry}," for entry in entries[:-1]), f" {entries[-1]}"):
        if len(lines[-1]) + len(entry) > WIDTH:
            lines.append("       ")
        lines[-1] += entry
    return lines


def flow(table):
    """Return a table of words as YAML on one line."""
    return f"{{{', '.join(f'{scalar(key)}: {scalar(value)}' for key, value in table.items())}}}"


def scalar(text):
    """Return text as YAML reads it, in quotation marks where it would be something else without."""
    plain = PLAIN.fullmatch(text) and text.lower() not in WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)
