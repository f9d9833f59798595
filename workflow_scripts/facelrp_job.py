"""What every script of the workflow does around its work: a log, one clear message for the user's faults."""

import logging
import platform
import sys
import traceback
from contextlib import contextmanager

from facelrp.errors import InputError


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
    except Exception:
        log.error("%s", traceback.format_exc())
        raise
    log.info("done")
