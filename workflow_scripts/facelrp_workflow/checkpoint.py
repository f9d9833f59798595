"""A training's state in a file of its own, from which the job goes on after it was interrupted."""

import json
import pickle
import time
from pathlib import Path

import torch

from facelrp_workflow.files import replacing

#: Seconds of training between two checkpoints, at least: writing one may take half a second.
INTERVAL = 60.0


class Checkpoint:
    """The file, beside a job's outputs but not one of them: Snakemake deletes those of an interrupted job.

    Parameters
    ----------
    path : str or Path
        An output of the job; the file's name is made from it.
    job : dict
        All that determines the training, see `identity`: the state of another one is never taken up.
    log : logging.Logger
    interval : float
        Seconds.
    """

    def __init__(self, path, job, log, interval=INTERVAL):
        path = Path(path)
        self.path, self.job, self.log, self.interval = path.with_name(f".{path.stem}.checkpoint"), job, log, interval
        self.saved = time.monotonic()

    def load(self):
        """Return the state to go on from, or None."""
        if not self.path.exists():
            return None
        try:
            kept = torch.load(self.path, map_location="cpu", weights_only=True)
        except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as fault:
            self.log.warning("starting anew: %s cannot be read (%s)", self.path, fault)
            return None
        if kept["job"] != self.job:
            self.log.info("starting anew: %s is of other inputs, settings or code", self.path)
            return None
        self.log.info("going on after epoch %d, from %s", len(kept["state"]["history"]), self.path)
        return kept["state"]

    def save(self, state):
        """Write the state that ``state()`` returns, if the last one was written long enough ago."""
        if time.monotonic() - self.saved < self.interval:
            return
        with replacing(self.path) as partial, open(partial, "wb") as file:
            torch.save({"job": self.job, "state": state()}, file)
        self.saved = time.monotonic()

    def remove(self):
        """Delete the file: the training's results are written."""
        self.path.unlink(missing_ok=True)


def identity(snakemake):
    """Return what determines a job's results, as text: inputs by size and time, parameters, wildcards, torch.

    Parameters
    ----------
    snakemake : object
        The job's description, as Snakemake hands it to a script.
    """
    inputs = {path: [Path(path).stat().st_size, Path(path).stat().st_mtime_ns] for path in snakemake.input}
    about = [inputs, dict(snakemake.params.items()), dict(snakemake.wildcards.items()), torch.__version__]
    return json.dumps(about, sort_keys=True, default=str)
