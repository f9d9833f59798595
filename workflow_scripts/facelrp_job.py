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
    try:
        yield log
    except InputError as fault:
        log.error("%s", fault)
        sys.exit(f"Error: {fault}")
    except Exception as fault:
        _say_if_the_disk_is_at_fault(fault, log)
        log.error("%s", traceback.format_exc())
        raise
    log.info("done")


def _say_if_the_disk_is_at_fault(fault, log):
    """End with one line if a file could not be written; what is finished stays, and the same command goes on."""
    while fault is not None and not isinstance(fault, OSError):
        fault = fault.__context__  # torch's writer turns it into another error
    if fault is not None and fault.errno in (*NO_SPACE, *NO_WRITING):
        mend = "make room" if fault.errno in NO_SPACE else "make the folder one that you may write to"
        what = f"{os.strerror(fault.errno)}: nothing that was finished is lost"
        message = InputError(what, fault.filename or "results", f"{mend}, and run the same command again")
        log.error("%s", message)
        sys.exit(f"Error: {message}")


def source_of(snakemake):
    """Return the folder a set of faces is read from.

    Public archives are extracted, the user's own folder is named; licensed sets are read where they lie.
    """
    places = (*snakemake.input.get("archive", []), snakemake.params.folder, snakemake.resources.archive_dir)
    return next(place for place in places if place)
