"""The user's own files as inputs: a small file that changes exactly when their contents or names do.

As inputs themselves, they would rerun or not by their times: an older file copied over a newer one (``cp -p``, a
restored backup) would change nothing, and one dated in the future would change everything, for ever. Their names would
be taken for patterns.
"""

import hashlib
import json
import os
from pathlib import Path


class OwnFiles:
    """Keeps the digest of each set of a user's files, and what is needed to find it again quickly.

    Parameters
    ----------
    folder : Path
        Where digests are kept.
    """

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, name, paths):
        """Return the file, as text, that stands for a set of files.

        It is written only if the files' paths or contents have changed. Contents are read again only if a file's size,
        times or inode have: a copy changes the time of its inode (ctime), whatever other time it keeps.

        Parameters
        ----------
        name : str
            The name of the set; part of a file name.
        paths : iterable of path
        """
        stamp, cache = self.folder / f"{name}.json", self.folder / f"{name}.cache.json"
        known = _read(cache)
        digests = {path: _digest(path, known) for path in sorted(map(str, paths))}
        listed = json.dumps([[path, sha256] for path, (_, sha256) in digests.items()])
        content = {"files": len(digests), "sha256": hashlib.sha256(listed.encode()).hexdigest()}
        # Jobs read the configuration, too, all at the same time: write only changes.
        if digests != known:
            _write(cache, digests)
        if content != _read(stamp):
            _write(stamp, content)
        return str(stamp)


def _digest(path, known):
    """Return a file's state and its sha256, from what is known if the state is the same."""
    try:
        status = os.stat(path)
        state = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
        if path in known and known[path][0] == state:
            return known[path]
        with open(path, "rb") as file:
            return [state, hashlib.file_digest(file, "sha256").hexdigest()]
    except OSError as fault:
        # The job that reads the file reports it.
        return [None, fault.strerror]


def _read(path):
    """Return what a JSON file holds; nothing if it is missing or damaged."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(content), encoding="utf-8")
    temporary.replace(path)
