"""Licensed sets of faces: whether their files are present, where to request them, and their licence."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from facelrp.errors import InputError
from facelrp.sources.archives import open_zip
from facelrp.sources.folders import files_below


@dataclass(frozen=True)
class Licensed:
    """A set that its owners provide on request.

    Attributes
    ----------
    title, request, licence : str
        Its name, where to request it, and the permitted use.
    files : tuple of (str, str)
        Patterns of the leaf names of required files (``*`` matches anything), each with the archive that holds it.
    """

    title: str
    request: str
    licence: str
    files: tuple[tuple[str, str], ...]


#: {name of the dataset in `facelrp.datasets`: its `Licensed`}
LICENSED = {
    "us10k": Licensed(
        "10k US Adult Faces",
        "ask for it at https://www.wilmabainbridge.com/facememorability2.html",
        "for research, no redistribution; the 49 publication-friendly faces: Creative Commons, non-commercial",
        (
            ("psychology-attributes.xlsx", "2kattributes.zip"),
            ("demographic-others-labels.xlsx", "2kattributes.zip"),
            ("*oval*.jpg", "10kfaces.zip, folder Face Images"),
            ("*_landmarks.txt", "annotations.zip, folder Images and Annotations"),
            ("target-filenames.txt", "49faces.zip"),
        ),
    ),
    "kdef": Licensed(
        "Karolinska Directed Emotional Faces",
        "register at https://kdef.se",
        "for research, no redistribution",
        (("[AB][FM]??HAS.JPG", "KDEF_and_AKDEF.zip"), ("[AB][FM]??SAS.JPG", "KDEF_and_AKDEF.zip")),
    ),
}


def leaf_names(folder):
    """Return the leaf names, in lower case, of all files below a folder (see `files_below`) and in its zip archives.

    Archives inside archives are not searched: that would take as long as reading them.

    Parameters
    ----------
    folder : path
        It need not exist.

    Returns
    -------
    names : set of str
    is_whole : bool
        Whether the names are complete: no archive is inside another, and each can be read.
    """
    names, is_whole = set(), True
    for path in files_below(folder):
        names.add(path.name.lower())
        if not path.name.lower().endswith(".zip"):
            continue
        try:
            with open_zip(path) as opened:
                inside = {name.rsplit("/", 1)[-1].lower() for name in opened.namelist()}
        except InputError:
            inside = {".zip"}
        names |= inside
        is_whole &= not any(name.endswith(".zip") for name in inside)
    return names, is_whole


def absences(datasets, folder):
    """Describe the missing files of licensed sets, before any set is read.

    Parameters
    ----------
    datasets : iterable of str
        Names of datasets; those that need no licence are ignored.
    folder : path
        The user's archives.

    Returns
    -------
    list of str
        For each set that lacks a file: its name, where to request it, its licence, and a line for each file. Empty if
        nothing is missing, or if nested or unreadable archives may hold the files: reading them will show.
    """
    wanted = [LICENSED[name] for name in datasets if name in LICENSED]
    names, is_whole = leaf_names(folder) if wanted else (set(), True)
    if not is_whole:
        return []
    paragraphs = []
    for licensed in wanted:
        lacking = [
            f"    {pattern} (in {archive})"
            for pattern, archive in licensed.files
            if not any(fnmatchcase(name, pattern.lower()) for name in names)
        ]
        if lacking:
            head = f"  {licensed.title}: {licensed.request}; {licensed.licence}"
            paragraphs.append("\n".join([head, *lacking]))
    return paragraphs
