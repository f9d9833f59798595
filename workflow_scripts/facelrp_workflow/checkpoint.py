"""Checkpoints: the state of a training in a file, from which an interrupted job continues."""

import json
import pickle
import time
from pathlib import Path

import torch

from facelrp_workflow.files import replacing

#: Least seconds of training between two checkpoints: writing one may take half a second.
INTERVAL = 60.0


class Checkpoint:
    """The file of a training's state, beside the job's outputs.

    It is not an output itself, because Snakemake deletes those of an interrupted job.

    Parameters
    ----------
    path : str or Path
        An output of the job; the file is named after it.
    job : str
        Everything that determines the training, see `identity`: only a state of the same job is used.
    log : logging.Logger
    interval : float
        Seconds.
    """

    def __init__(self, path, job, log, interval=INTERVAL):
        path = Path(path)
        self.path, self.job, self.log, self.interval = path.with_name(f".{path.stem}.checkpoint"), job, log, interval
        self.saved = time.monotonic()

    def load(self):
        """Return the state to continue from, or None."""
        if not self.path.exists():
            return None
        try:
            kept = torch.load(self.path, map_location="cpu", weights_only=True)
        except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as fault:
            self.log.warning("starting from the beginning: %s cannot be read (%s)", self.path, fault)
            return None
        if kept["job"] != self.job:
            self.log.info("starting from the beginning: %s has other inputs, settings or code", self.path)
            return None
        self.log.info("continuing after epoch %d, from %s", len(kept["state"]["history"]), self.path)
        return kept["state"]

    def save(self, state):
        """Write the state that ``state()`` returns, if the last checkpoint is old enough."""
        if time.monotonic() - self.saved < self.interval:
            return
        with replacing(self.path) as partial, open(partial, "wb") as file:
            torch.save({"job": self.job, "state": state()}, file)
        self.saved = time.monotonic()

    def remove(self):
        """Delete the file, when the training's results are written."""
        self.path.unlink(missing_ok=True)


def identity(snakemake):
    """Return what determines a job's results, as text: inputs by size and time, parameters, wildcards, torch.

    Parameters
    ----------
    snakemake : object
        The job's description, which Snakemake gives every script.
    """
    inputs = {path: [Path(path).stat().st_size, Path(path).stat().st_mtime_ns] for path in snakemake.input}
    determinants = [inputs, dict(snakemake.params.items()), dict(snakemake.wildcards.items()), torch.__version__]
    return json.dumps(determinants, sort_keys=True, default=str)
