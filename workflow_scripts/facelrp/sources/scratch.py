"""Folders for files that are needed only while a process runs. After a kill, the next process removes what is left."""

import fcntl
import os
import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

PREFIX = "facelrp-scratch-"


class Scratch:
    """A new folder for temporary files.

    Its process keeps a lock on it, which the system releases when the process ends, however it ends.

    Attributes
    ----------
    folder : Path
    """

    def __init__(self):
        remove_stale()
        self._lock = None
        while self._lock is None:
            self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
            # Another process may have removed it as a stale one before it was locked.
            self._lock = lock(self.folder)

    def remove(self):
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):
            os.close(self._lock)


def lock(folder):
    """Lock a folder; return the descriptor that holds the lock, or None if the folder is gone or locked."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.stat(folder)
    except (BlockingIOError, FileNotFoundError):
        os.close(descriptor)
        return None
    except OSError:
        pass  # a file system without locks, where nothing is ever taken for stale
    return descriptor


def remove_stale():
    """Remove the folders that killed processes of this user left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        # Others' folders, and those that vanish meanwhile, cannot be opened or locked.
        with suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if (
                    re.fullmatch(r"\w{8}", folder.name.removeprefix(PREFIX))
                    and os.fstat(descriptor).st_uid == os.getuid()
                ):
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)
