"""Which job may write a result: the one that was started last.

A job can outlive its Snakemake, if that alone is killed. Started again, Snakemake begins the same job again, perhaps
with other settings, and the older job must not overwrite its results. Each job therefore leaves a mark beside its log,
and writes a result only while the mark is its own.
"""

import uuid
from contextlib import suppress
from pathlib import Path

from facelrp.errors import InputError


class Mark:
    """The mark of a running job.

    Parameters
    ----------
    log : path-like
        The job's log file, which is its own.
    """

    def __init__(self, log):
        log = Path(log)
        self.path, self.token = log.with_name(f".{log.name}.job"), uuid.uuid4().hex
        try:
            self.path.write_text(self.token, encoding="utf-8")
        except OSError:
            # The log cannot be written either, which is said there. The job goes on as if logs had been cleared away.
            with suppress(OSError):
                self.path.unlink()

    def check(self):
        """Raise InputError if another job has taken over."""
        try:
            current = self.path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return  # logs were cleared away: nobody else has begun
        if current != self.token:
            what = "another job for the same results was started later, and this one's are thrown away"
            raise InputError(what, self.path.parent, "nothing is to be done")

    def remove(self):
        """Remove the mark at the end of the job, if it is its own."""
        with suppress(OSError):
            if self.path.read_text(encoding="utf-8") == self.token:
                self.path.unlink()


#: The mark of the job that this process runs, if it runs one.
_current = None


def begin(log):
    """Mark the job of a log as run by this process."""
    global _current
    _current = Mark(log)


def check():
    """Raise InputError if this process runs a job, and another one has taken over."""
    if _current is not None:
        _current.check()


def end():
    """Remove the mark of this process's job."""
    global _current
    if _current is not None:
        _current.remove()
    _current = None
