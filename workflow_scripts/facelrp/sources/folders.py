"""Walk through folders: every file once, however many links lead to its folder."""

import os
import stat
from collections import deque
from pathlib import Path

from facelrp.errors import InputError

#: Most files and folders below a folder, those that are passed over included.
MOST_ENTRIES = 1_000_000


def files_below(folder, most=MOST_ENTRIES):
    """Yield the files below a folder, through links to folders, too.

    Hidden files and folders, the folders that macOS adds to archives, and folders that cannot be read are passed over.
    Each real folder is entered once: by its own path if it is below ``folder``, otherwise by the first link to it, the
    least deep. Links to a folder that holds ``folder`` are not followed.

    Parameters
    ----------
    folder : path
        It need not exist.
    most : int
        Most files and folders.

    Yields
    ------
    Path
        Starts with ``folder``; in no particular order.

    Raises
    ------
    InputError
        If there are more files and folders.
    """
    seen = {identity(path) for path in Path(os.path.realpath(folder)).parents}
    folders, links, count = deque([os.fspath(folder)]), deque(), 0
    while folders or links:
        # Links wait until all real folders have been entered, so that a file keeps its path if a link is added.
        here = folders.popleft() if folders else links.popleft()
        if (key := identity(here)) in seen:
            continue
        seen.add(key)
        entries = list_folder(here)
        count += len(entries)
        if count > most:
            raise InputError(f"more than {most:,} files and folders", folder, "name a folder with fewer files")
        for entry in entries:
            kind = None if entry.name.startswith(".") or entry.name == "__MACOSX" else kind_of(entry)
            if kind == stat.S_IFDIR:
                (links if entry.is_symlink() else folders).append(entry.path)
            elif kind == stat.S_IFREG:
                yield Path(entry.path)


def identity(folder):
    """Return what all paths of a folder have in common; of a missing one, None."""
    try:
        status = os.stat(folder)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def list_folder(folder):
    """Return the entries of a folder by name; none if it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def kind_of(entry):
    """Return the file type that an entry, or the end of its link, has: S_IFREG, S_IFDIR, …; None if there is none."""
    try:
        return stat.S_IFMT(entry.stat().st_mode)
    except OSError:
        return None
