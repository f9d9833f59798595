"""Find files by their leaf names, ignoring case: in a folder, in zip archives, and in archives inside those.

People keep licensed sets as they received them: zipped, unpacked, zipped again, in folders of any name. So the files of
a set are found by their own names. A member of an archive is extracted only while it is read.
"""

import tempfile
import unicodedata
import weakref
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from facelrp.errors import InputError
from facelrp.sources.archives import DO_NOT_USE, open_zip
from facelrp.sources.extraction import LIMITS, safe_members, write_member
from facelrp.sources.folders import files_below
from facelrp.sources.scratch import Scratch

#: Deepest nesting of archives, and highest number of archives in one, itself included.
DEEPEST, MOST_INSIDE = 4, 100
#: Highest number of archives in all: each keeps a file open.
MOST_ARCHIVES = 500


@dataclass(frozen=True)
class NamedFile:
    """A file on disk with the name that messages show: the one the user knows."""

    path: Path
    name: str

    def __fspath__(self):
        return str(self.path)

    def __str__(self):
        return self.name


@dataclass(frozen=True)
class Found:
    """A file found in a folder or in an archive.

    Attributes
    ----------
    name, folder : str
        Its leaf name, and the leaf name of its folder.
    where : str
        Its path; for a member, the path of the archive followed by the path inside.
    size : int
        Bytes.
    archive : ZipFile or None
    member : ZipInfo or None
    """

    name: str
    folder: str
    where: str
    size: int
    archive: zipfile.ZipFile | None = None
    member: zipfile.ZipInfo | None = None


class Files:
    """The files below a folder or in an archive.

    Hidden files and files that macOS adds to archives are ignored. If several files have the same name, the largest
    is taken: thumbnails and excerpts have the names of their originals.

    Parameters
    ----------
    source : path
        A folder, or a zip archive.
    limits : facelrp.sources.extraction.Limits
        Limits of each archive, together with the archives inside it.

    Raises
    ------
    InputError
        If the source is missing, or an archive is broken or hostile.
    """

    def __init__(self, source, limits=LIMITS):
        self.source, self.limits = Path(source), limits
        self._found, self._archives = {}, 0
        scratch = Scratch()
        self._scratch = scratch.folder
        self.close = weakref.finalize(self, scratch.remove)
        try:
            self._search()
        except BaseException:
            self.close()
            raise

    def __iter__(self):
        """Iterate over the largest file of each name, sorted by name."""
        return (self._found[key][0] for key in sorted(self._found))

    def all(self, name):
        """Return the files of a name, the largest first: list of `Found`."""
        return self._found.get(as_key(name), [])

    def find(self, name):
        """Return the largest file of a name: `Found`, or None."""
        return next(iter(self.all(name)), None)

    @contextmanager
    def open(self, found):
        """Yield a `NamedFile`, which can be read until the block ends."""
        if found.member is None:
            yield NamedFile(Path(found.where), found.where)
            return
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            yield self._extract(found, Path(folder) / "member")

    def _search(self):
        if self.source.is_file():
            self._add_archive(NamedFile(self.source, str(self.source)))
        elif self.source.is_dir():
            self._add_folder()
        else:
            raise InputError("neither a folder nor an archive", self.source, "put the archives there")
        for key, files in self._found.items():
            self._found[key] = sorted(files, key=lambda found: (-found.size, found.where))

    def _add_folder(self):
        for path in sorted(files_below(self.source)):
            if is_zip(path.name):
                self._add_archive(NamedFile(path, str(path)))
            else:
                self._add(Found(path.name, path.parent.name, str(path), path.stat().st_size))

    def _add_archive(self, outermost):
        """Add the members of an archive and of the archives inside it, which share its limits."""
        queue, members, size = [(outermost, 1)], 0, 0
        for inside, (file, depth) in enumerate(queue):
            self._archives += 1
            if self._archives > MOST_ARCHIVES:
                raise InputError(f"more than {MOST_ARCHIVES} archives", self.source, "unpack them")
            archive = open_zip(file)
            safe = safe_members(archive, file, self.limits)
            members += len(safe)
            for name, info in safe.items():
                path = Path(name)
                found = Found(path.name, path.parent.name, f"{file}/{name}", info.file_size, archive, info)
                if not is_zip(name):
                    self._add(found)
                    continue
                size += found.size
                if depth == DEEPEST or len(queue) == MOST_INSIDE or size > self.limits.total_bytes:
                    self._refuse("too many archives inside, too large or too deep in each other", outermost)
                target = self._scratch / f"{self._archives}-{len(queue)}.zip"
                queue.append((self._extract(found, target), depth + 1))
            if members > self.limits.members:
                self._refuse(f"more than {self.limits.members:,} members in {inside + 1} archives", outermost)

    def _add(self, found):
        self._found.setdefault(as_key(found.name), []).append(found)

    def _extract(self, found, target):
        """Extract a member to a file of the scratch folder, and return its `NamedFile`."""
        write_member(found.archive, found.member, target, found.where, tqdm(disable=True))
        return NamedFile(target, found.where)

    def _refuse(self, what, where):
        raise InputError(what, where, DO_NOT_USE)


def as_key(name):
    """Return the key shared by all spellings of a file name.

    Systems differ in case, in the encoding of accents, and in the length of blanks.
    """
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def is_zip(name):
    return name.lower().endswith(".zip")
