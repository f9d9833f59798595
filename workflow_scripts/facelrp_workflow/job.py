"""What every script does around its work: log, and report the user's faults in one clear message."""

import errno
import logging
import os
import platform
import sys
import traceback
from contextlib import contextmanager, suppress

from facelrp.errors import InputError
from facelrp_workflow import ownership

#: Error numbers of a full disk, and of a folder that may not be written to.
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS)


class LogFile(logging.FileHandler):
    """A log that ends with one line on the terminal if it cannot be written; logging would report each of its lines."""

    def __init__(self, path):
        # Names of files need not be UTF-8. The file is opened with the first line.
        super().__init__(path, mode="w", encoding="utf-8", errors="backslashreplace", delay=True)

    def emit(self, record):
        try:
            super().emit(record)
        except OSError:
            self.handleError(record)

    def handleError(self, record):
        fault = sys.exception()
        if not isinstance(fault, OSError):
            super().handleError(record)
            return
        with suppress(OSError):
            self.close()
        print(
            f"{self.baseFilename}: cannot be written ({fault.strerror}); the job has no log from here", file=sys.stderr
        )


@contextmanager
def job(snakemake):
    """Run a script's work: log to the rule's log file, and end in one line if the input is at fault.

    Parameters
    ----------
    snakemake : object
        The job's description, which Snakemake gives every script.

    Yields
    ------
    logging.Logger
    """
    log = logging.getLogger("facelrp")
    log.setLevel(logging.INFO)
    handler = LogFile(snakemake.log[0])
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    log.addHandler(handler)
    log.info("rule %s, Python %s on %s", snakemake.rule, platform.python_version(), platform.platform())
    started_with = _modification_times(snakemake.input.get("code", []))
    try:
        ownership.begin(snakemake.log[0])
        yield log
        # Snakemake looks at inputs when a job has ended, and would take the old code's results for the new one's.
        if _modification_times(started_with) != started_with:
            what = "the code was changed while this job ran, and its results are thrown away"
            raise InputError(what, snakemake.rule, "run the same command again")
    except KeyboardInterrupt:
        message = "Interrupted: nothing that was finished is lost"
        log.info(message)
        sys.exit(message)
    except Exception as fault:
        message = fault if isinstance(fault, InputError) else _disk_fault(fault)
        if message is None:
            log.error("%s", traceback.format_exc())
            raise
        log.error("%s", message)
        sys.exit(f"Error: {message}")
    finally:
        ownership.end()
    log.info("done")


def _modification_times(paths):
    """Return the modification time of each file, by path."""
    return {path: os.stat(path).st_mtime_ns for path in paths}


def _disk_fault(fault):
    """Return the message if a file could not be written, otherwise None; finished results stay in either case."""
    while fault is not None and not isinstance(fault, OSError):
        fault = fault.__context__  # torch's writer raises another error from it
    if fault is None or fault.errno not in (*NO_SPACE, *NOT_WRITABLE):
        return None
    fix = "make room" if fault.errno in NO_SPACE else "make the folder writable for you"
    what = f"{os.strerror(fault.errno)}: nothing that was finished is lost"
    return InputError(what, fault.filename or "results", f"{fix}, and run the same command again")


def source_of(snakemake):
    """Return the folder that a set of faces is read from.

    Public archives are extracted, the user's own folder is named, and licensed sets are read in the archives' folder.
    """
    folders = (*snakemake.input.get("archive", []), snakemake.params.folder, snakemake.resources.archive_dir)
    return next(folder for folder in folders if folder)


def faces_of(snakemake):
    """Return where a set of faces is read from, its dataset, and the options with which it is read."""
    params = snakemake.params
    return source_of(snakemake), params.dataset, params.options | params.reading
