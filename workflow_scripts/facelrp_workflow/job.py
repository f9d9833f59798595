"""What every script of the workflow does around its work: a log, one clear message for the user's faults."""

import errno
import logging
import os
import platform
import sys
import traceback
from contextlib import contextmanager

from facelrp.errors import InputError

#: What a disk says when it takes no more, or nothing at all.
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
NO_WRITING = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def job(snakemake):
    """Run a script's work: log to the rule's log file, and end with one line where the input is at fault.

    Parameters
    ----------
    snakemake : object
        The job's description, as Snakemake hands it to a script.

    Yields
    ------
    logging.Logger
    """
    log = logging.getLogger("facelrp")
    log.setLevel(logging.INFO)
    handler = logging.FileHandler(snakemake.log[0], mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    log.addHandler(handler)
    log.info("rule %s, Python %s on %s", snakemake.rule, platform.python_version(), platform.platform())
    started_with = _times(snakemake.input.get("code", []))
    try:
        yield log
        # Snakemake would take what the old code made for the new one's: it looks at inputs when a job has ended.
        if _times(started_with) != started_with:
            what = "the code was changed while this job ran, and its results are thrown away"
            raise InputError(what, snakemake.rule, "run the same command again")
    except KeyboardInterrupt:
        told = "Interrupted: nothing that was finished is lost"
        log.info(told)
        sys.exit(told)
    except Exception as fault:
        told = fault if isinstance(fault, InputError) else _of_the_disk(fault)
        if told is None:
            log.error("%s", traceback.format_exc())
            raise
        log.error("%s", told)
        sys.exit(f"Error: {told}")
    log.info("done")


def _times(paths):
    """When these files were last changed, by their paths."""
    return {path: os.stat(path).st_mtime_ns for path in paths}


def _of_the_disk(fault):
    """Return what to tell if a file could not be written, else None; what is finished stays in any case."""
    while fault is not None and not isinstance(fault, OSError):
        fault = fault.__context__  # torch's writer turns it into another error
    if fault is None or fault.errno not in (*NO_SPACE, *NO_WRITING):
        return None
    fix = "make room" if fault.errno in NO_SPACE else "make the folder one that you may write to"
    what = f"{os.strerror(fault.errno)}: nothing that was finished is lost"
    return InputError(what, fault.filename or "results", f"{fix}, and run the same command again")


def source_of(snakemake):
    """Return the folder a set of faces is read from.

    Public archives are extracted, the user's own folder is named; licensed sets are read where they lie.
    """
    places = (*snakemake.input.get("archive", []), snakemake.params.folder, snakemake.resources.archive_dir)
    return next(place for place in places if place)
