"""The user's own files as inputs: a small file that changes exactly when their contents or names do.

As inputs themselves, they would rerun or not by their times: an older file copied over a newer one (``cp -p``, a
restored backup) would change nothing, and one dated in the future would change everything, for ever. Their names would
be taken for patterns.
"""

import hashlib
import json
import os
from typing import NamedTuple

from facelrp_workflow.remembered import recall, remember


class Used(NamedTuple):
    """What is used of a set of the user's files: whole files, and what was read from others, as text."""

    paths: list
    content: str


class OwnFiles:
    """Keeps the digest of each set of a user's files, and what is needed to find it again quickly.

    Parameters
    ----------
    folder : Path
        Where digests are kept.
    sets : dict of {str: callable}
        For each set's name, which is part of a file name, a function that returns the paths of its files, or `Used`.
    look : bool
        Whether to look at the files. Where that has been done before, only the names of the digests' files are needed.
    """

    def __init__(self, folder, sets, look=True):
        self.folder, self.sets = folder, sets
        self.unseen = set(sets) if look else set()
        # Snakemake lists a folder of inputs only once, and would miss files that are written later.
        for name in self.unseen:
            if not self._stamp(name).exists():
                remember(self._stamp(name), {})

    def __call__(self, name):
        """Return the file, as text, that stands for a set of files; look at these if that has not been done yet.

        It is written only if the files' paths or contents, or what was read from others, have changed. Contents are
        read again only if a file's size, times or inode have: a copy changes the time of its inode (ctime), whatever
        other time it keeps.
        """
        stamp = self._stamp(name)
        if name in self.unseen:
            cache = self.folder / f"{name}.cache.json"
            known = recall(cache)
            found = self.sets[name]()
            used = found if isinstance(found, Used) else Used(found, "")
            digests = {path: _digest(path, known) for path in sorted(map(str, used.paths))}
            listed = json.dumps([[path, sha256] for path, (_, sha256) in digests.items()]) + used.content
            content = {
                "files": len(digests),
                "sha256": hashlib.sha256(listed.encode(errors="backslashreplace")).hexdigest(),
            }
            if digests != known:
                remember(cache, digests)
            if content != recall(stamp):
                remember(stamp, content)
            self.unseen.remove(name)
        return str(stamp)

    def _stamp(self, name):
        return self.folder / f"{name}.json"


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
