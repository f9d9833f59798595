"""Find the files that a user's own table names, below the folder of images."""

import hashlib
import os
import re
import unicodedata
from pathlib import Path, PurePosixPath

from facelrp.errors import InputError
from facelrp.sources.csv_tables import cell_at, quoted
from facelrp.sources.folders import files_below

#: How names of photographs end.
SUFFIXES = (".jpg", ".png", ".tif", ".jpeg", ".tiff", ".bmp", ".webp", ".gif", ".avif")


def file_names(table, column, path, optional=False):
    """Return a column of paths below the folder, with slashes; refuse paths that lead out of it."""
    names = table[column].str.replace("\\", "/")
    for row, name in names.items():
        if optional and not name:
            continue
        leads_out = name.startswith("/") or ".." in name.split("/") or re.match("[A-Za-z]:", name)
        has_control = any(unicodedata.category(character) == "Cc" for character in name)
        if leads_out or has_control or not PurePosixPath(name).name:
            what = f"{quoted(name)} is not a path below the folder of images" if name else "no file is named"
            raise InputError(what, cell_at(table, row, column, path), "write the path below the folder")
    return names


def stem(name):
    """Return a path without its suffix: it identifies a face, since other folders may have files of the same name."""
    return str(PurePosixPath(name).with_suffix(""))


def image_names(folder):
    """Return the paths of the images below a folder, in form NFC and with slashes: list of str."""
    found = (path for path in files_below(folder) if path.suffix.lower() in SUFFIXES)
    return sorted(unicodedata.normalize("NFC", path.relative_to(folder).as_posix()) for path in found)


def same_files(folder, names):
    """Return pairs of files with the same content: list of (str, str)."""
    by_size, seen, found = {}, {}, []
    for name in names:
        if os.path.isfile(Path(folder, name)):
            by_size.setdefault(os.path.getsize(Path(folder, name)), []).append(name)
    for name in (name for group in by_size.values() if len(group) > 1 for name in group):
        digest = hashlib.sha256(Path(folder, name).read_bytes()).digest()
        if digest in seen:
            found.append((seen[digest], name))
        seen.setdefault(digest, name)
    return found


class OwnFolder:
    """A folder in which files are found by names from a table, which may lack the suffix of an image.

    The same name can be written in two forms of Unicode: "é" as one character, or as "e" with an accent (as macOS
    does). They count as equal; capitals and blanks do not.

    Parameters
    ----------
    source : path
    """

    def __init__(self, source):
        self.source, self.listed = Path(source), {}

    def names_in(self, folder):
        """Return {name in form NFC: the names on disk} of a folder's entries."""
        if folder not in self.listed:
            found = {}
            try:
                for name in sorted(os.listdir(folder)):
                    found.setdefault(unicodedata.normalize("NFC", name), []).append(name)
            except OSError:
                pass
            self.listed[folder] = found
        return self.listed[folder]

    def find(self, name):
        """Return the path below the folder, as on disk, of a file; None if it is missing.

        Raises
        ------
        InputError
            If two entries on disk have this name, in different forms of Unicode.
        """
        path = PurePosixPath()
        for segment in PurePosixPath(unicodedata.normalize("NFC", name)).parts:
            found = self.names_in(self.source / path).get(segment, [segment])
            if len(found) > 1:
                what = f"two files are called {segment!r}, in different forms of Unicode"
                raise InputError(what, self.source / path, "rename one of them")
            path /= found[0]
        if not os.path.isfile(self.source / path) and len(found := self.images_called(path)) == 1:
            path = path.with_name(found[0])
        # isfile, unlike Path.is_file, takes names that are too long or in a closed folder for missing.
        return str(path) if os.path.isfile(self.source / path) else None

    def images_called(self, path):
        """Return the names on disk of the images that are called like a path without a suffix."""
        called = unicodedata.normalize("NFC", path.name)
        names = [name for names in self.names_in(self.source / path.parent).values() for name in names]
        return [
            name
            for name in names
            if Path(name).suffix.lower() in SUFFIXES and unicodedata.normalize("NFC", Path(name).stem) == called
        ]

    def described(self, name):
        """Return the name of a missing file, with what is there in its place."""
        path = self.source / name
        if os.path.isdir(path):
            return f"{name} (a folder)"
        alike = [
            found
            for names in self.names_in(path.parent).values()
            for found in names
            if found != path.name and found.strip().casefold() == path.name.casefold()
        ]
        return f"{name} (but there is {alike[0]!r}: capitals and blanks count)" if alike else name
