"""What the columns of a user's own table hold, recognised by their names and by what is in them.

Names are those of English and German tables. What can mean two things is not guessed: it is left out, with the reason.
"""

import re
import unicodedata
from dataclasses import dataclass, field

import pandas as pd

from facelrp.datasets.codes import HIGHEST_CLASS, LETTERS, OLDEST, UNKNOWN, WORDS
from facelrp.errors import InputError
from facelrp.sources.archives import listing
from facelrp.sources.csv_tables import as_numbers, quoted

#: Names of columns by content, without blanks, signs, accents and capitals.
NAMES = {
    "file": "file filename image imagefile imagename img photo picture stimulus stimulusname face datei dateiname bild "
    "bilddatei bildname foto pfad path",
    "rater": "rater raterid raternr ratercode judge judgeid participant participantid subject subjectid respondent "
    "observer observerid worker workerid prolificid prolificpid evaluator vp vpn vpnr vpid vpcode versuchsperson "
    "proband probandid probandnr beurteiler beurteilerid teilnehmer teilnehmerid teilnehmernr",
    "identity": "identity identityid person personid idperson model modelid actor actorid target targetid individual "
    "identitaet personnr personennr personennummer modell modellnr darsteller",
    "age": "age ageyears ageinyears years targetage faceage perceivedage ratedage alter alterjahre alterinjahren "
    "lebensalter",
    "gender": "gender sex targetgender targetsex facegender facesex geschlecht geschl",
    "state": "state expression facialexpression emotion ausdruck gesichtsausdruck emotionsausdruck mimik",
}
CONTENTS = {name: content for content, names in NAMES.items() for name in names.split()}
#: Names of columns of numbers that are no ratings.
NOT_RATINGS = (
    "id nr no number index row trial order block session line zeile nummer lfdnr laufendenummer reihenfolge durchgang "
    "rt reactiontime responsetime reaktionszeit duration dauer time zeit date datum year jahr n count anzahl sd se sem "
    "std stddev variance varianz width height breite hoehe size groesse seed"
)
#: Sexes in German, and other words that say that it is neither or unknown.
SEXES = dict.fromkeys(("weiblich", "frau", "w"), "female") | dict.fromkeys(("maennlich", "mann", "m"), "male")
NEITHER = ("divers", "d", "x", "other", "andere", "unbekannt", "unknown")
STATES = {"neutral": "neutral", "neutrale": "neutral"}
STATES |= dict.fromkeys(("happy", "happiness", "smile", "smiling", "joy", "freude", "froehlich", "gluecklich"), "happy")
STATES |= dict.fromkeys(("laechelnd", "laecheln", "lachend"), "happy")
STATES |= dict.fromkeys(("sad", "sadness", "trauer", "traurig"), "sad")


@dataclass
class Understood:
    """What the columns of a table hold.

    Attributes
    ----------
    columns : dict of {str: str}
        Content → name of its column, without ratings: file, rater, identity, age, gender, state.
    codes : dict of {str: dict}
        Content → {cell: its meaning}, for those whose cells need one.
    ratings : dict of {str: Series of float}
        Columns that may be ratings, of any scale.
    left_out : dict of {str: str}
        Other columns, and why they are none of these.
    unclear : dict of {str: str}
        Content → name of its column, for those of ``left_out`` whose cells may mean several things.
    """

    columns: dict = field(default_factory=dict)
    codes: dict = field(default_factory=dict)
    ratings: dict = field(default_factory=dict)
    left_out: dict = field(default_factory=dict)
    unclear: dict = field(default_factory=dict)


def understand(table, images, where):
    """Return what the columns of a table hold: `Understood`.

    Parameters
    ----------
    table : DataFrame of str
        The index has a name and the row's number in the file.
    images : sequence of str
        Paths of the images below their folder.
    where : str
        The file of the table, for messages.

    Raises
    ------
    InputError
        If no column names images, or files are on several rows without a column of raters.
    """
    found = Understood({"file": file_column(table, images, where)})
    files = table[found.columns["file"]]
    repeated = files[files.duplicated() & (files != "")]
    if len(repeated):
        found.columns["rater"] = rater_column(table, files, where)
    for column in table.columns.drop(list(found.columns.values())):
        content = CONTENTS.get(plain(column))
        if content not in ("identity", "age", "gender", "state") or content in found.columns:
            continue
        if len(repeated) and varies(table[column], files):
            found.left_out[column] = "it differs between the rows of a file, so it is not about the face"
        else:
            READERS[content](table[column], found)
    for column in table.columns.drop([*found.columns.values(), *found.left_out]):
        values, reason = as_ratings(table[column])
        if not reason and "rater" in found.columns:
            about = {"the face": files, "the rater": table[found.columns["rater"]]}
            reason = next((f"it is about {of}" for of, groups in about.items() if not varies(values, groups)), "")
        if reason:
            found.left_out[column] = reason
        else:
            found.ratings[column] = values
    return found


def plain(name):
    """Return a name of a column as names are compared: "Größe (1–7)" is groesse."""
    return re.sub("[^a-z0-9]", "", latin(name).lower())


def latin(name):
    """Return a name in ASCII, umlauts as two letters and other letters without accents, without what is in brackets."""
    text = re.sub(r"[(\[{].*?[)\]}]", "", name)
    for umlaut, letters in {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"}.items():
        text = text.replace(umlaut, letters)
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def varies(cells, groups):
    """Return whether cells differ within any group."""
    return bool((cells.groupby(groups).nunique() > 1).any())


def file_column(table, images, where):
    """Return the column that names most images, with or without their suffix."""
    known = {name.casefold() for image in images for name in (image, image.rpartition(".")[0])}
    hits = {
        column: sum(cell.replace("\\", "/").removeprefix("./").casefold() in known for cell in cells.unique())
        for column, cells in table.items()
    }
    best = max(hits, key=hits.get, default=None)
    if best is not None and hits[best]:
        return best
    named = [column for column in table.columns if CONTENTS.get(plain(column)) == "file"]
    if named and len(table):
        what = f"none of the files in column {named[0]!r}, such as {quoted(table[named[0]].iloc[0])}, is in the folder"
        raise InputError(what, where, f"name the folder of the images; it has {listing(list(images)[:3])}")
    what = f"no column names images of the folder, such as {images[0]}"
    raise InputError(what, where, "write the name of each image into a column")


def rater_column(table, files, where):
    """Return the column that tells raters apart: with it, no file is there twice."""
    others = [column for column in table.columns if column != files.name]
    telling = [
        column
        for column in others
        if table[column].duplicated().any()
        and not pd.DataFrame({"file": files, "by": table[column]}).duplicated().any()
    ]
    named = [column for column in others if CONTENTS.get(plain(column)) == "rater"]
    if best := [column for column in named if column in telling]:
        return best[0]
    row = files[files.duplicated(keep=False) & (files != "")]
    first = row.iloc[0]
    twice = listing([str(number) for number in row.index[row == first]])
    what = f"{quoted(first)} is on {files.index.name}s {twice}, and no column tells raters apart"
    if named:
        pair = pd.DataFrame({"file": files, "by": table[named[0]]})
        first = pair[pair.duplicated(keep=False)].iloc[0]
        same = pair.index[(pair == first).all(axis=1)]
        what = f"{first['by']!r} rates {first['file']!r} on {files.index.name}s {listing([str(row) for row in same])}"
        raise InputError(what, f"{where}, column {named[0]}", "leave one of them out")
    raise InputError(what, where, "write one row per face, or add a column called rater")


def identity(cells, found):
    if (cells == "").any():
        found.left_out[cells.name] = "somebody has no name"
    else:
        found.columns["identity"] = cells.name


def age(cells, found):
    values = as_numbers(cells)
    if (
        (values.isna() & ~cells.isin(UNKNOWN)).any()
        or not values.dropna().between(0, OLDEST).all()
        or not values.count()
    ):
        found.left_out[cells.name] = "not all are years"
    elif (values.dropna() % 1 == 0).all() and values.max() <= HIGHEST_CLASS:
        found.unclear["age"] = cells.name
        found.left_out[cells.name] = "years, or classes of age? See the file"
    else:
        found.columns["age"] = cells.name


def gender(cells, found):
    different = [cell for cell in cells.unique() if cell not in UNKNOWN]
    words = {cell: cell.casefold().replace("ä", "ae") for cell in different}
    if set(words.values()) <= {*WORDS, *LETTERS} and words:
        found.columns["gender"] = cells.name
        return
    meanings = {cell: SEXES.get(word, "" if word in NEITHER else None) for cell, word in words.items()}
    # m is male beside w, but may be mujer beside h.
    if None not in meanings.values() and {"female", "male"} <= set(meanings.values()):
        found.columns["gender"], found.codes["gender"] = cells.name, meanings
    else:
        shown = listing(sorted(different)[:5])
        found.unclear["gender"] = cells.name
        found.left_out[cells.name] = f"which sex is {shown}? See the file"


def state(cells, found):
    meanings = {cell: STATES.get(plain(cell)) for cell in cells.unique()}
    if None in meanings.values() or len(set(meanings.values())) < 2:
        found.left_out[cells.name] = "it has other states than neutral, happy and sad"
        return
    found.columns["state"] = cells.name
    if codes := {cell: meaning for cell, meaning in meanings.items() if cell.lower() != meaning}:
        found.codes["state"] = codes


READERS = {"identity": identity, "age": age, "gender": gender, "state": state}


def as_ratings(cells):
    """Return cells as numbers, and why they cannot be ratings: Series of float, and text that is empty if they can."""
    values = as_numbers(cells)
    words = cells[values.isna() & ~cells.isin(UNKNOWN)]
    if not values.count():
        return values, "it is blank" if cells.isin(UNKNOWN).all() else "it has no numbers"
    if len(words):
        return values, f"{quoted(words.iloc[0])} on {cells.index.name} {words.index[0]} is not a number"
    if plain(cells.name) in NOT_RATINGS.split() or re.search(r"(?i)[_ .](sd|se|sem|std|n)$", cells.name):
        return values, "by its name, it counts or measures something else"
    if values.nunique() < 3:
        return values, "it has fewer than three different numbers"
    if values.is_unique and (values.diff().dropna() == 1).all():
        return values, "it numbers the rows"
    return values, ""


def rating_name(column, taken):
    """Return the name of a rating for a configuration, from that of its column: letters, digits and "_"."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", latin(column)).strip("_") or "rating"
    number = 1
    while name.lower() in {one.lower() for one in taken}:
        number += 1
        name = f"{name.removesuffix(f'_{number - 1}')}_{number}"
    return name
