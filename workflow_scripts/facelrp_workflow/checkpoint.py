"""Checkpoints: the state of a training in a file, from which an interrupted job continues.

The file begins with the sha256 of everything behind it. A state that is not, byte for byte, the one that was saved is
never used: a damaged one may load without an error and give other weights.
"""

import contextlib
import hashlib
import io
import json
import math
import os
import time
from pathlib import Path

import torch

from facelrp_workflow.environment import environment
from facelrp_workflow.files import replacing

#: Least seconds of training between two checkpoints: writing one may take half a second.
INTERVAL = 60.0
#: Bytes of the digest, and then of the length of the job's description, which comes before the state.
DIGEST, LENGTH = 32, 8


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
        """Return the state to continue from, or None if there is none that can be used; the log says why."""
        try:
            if not self.path.is_file():
                if self.path.exists():
                    self.log.warning("starting from the beginning, without checkpoints: %s is not a file", self.path)
                    self.interval = math.inf
                return None
            with open(self.path, "rb") as file:
                digest = file.read(DIGEST)
                if hashlib.file_digest(file, "sha256").digest() != digest:
                    self.log.warning("starting from the beginning: %s is damaged", self.path)
                    return None
                file.seek(DIGEST)
                job = file.read(int.from_bytes(file.read(LENGTH), "little"))
                if job != self.job.encode():
                    self.log.info("starting from the beginning: %s has other inputs, settings or code", self.path)
                    return None
                state = torch.load(io.BytesIO(file.read()), map_location="cpu", weights_only=True)
            epochs = len(state["history"])
        except Exception as fault:  # whatever it is, the training can do without
            self.log.warning("starting from the beginning: %s cannot be read (%s)", self.path, fault)
            return None
        self.log.info("continuing after epoch %d, from %s", epochs, self.path)
        return state

    def save(self, state):
        """Write the state that ``state()`` returns, if the last checkpoint is old enough.

        It is on the disk before it gets its name: a power cut leaves this state or the one before.
        """
        if time.monotonic() - self.saved < self.interval:
            return
        with replacing(self.path) as partial, open(partial, "wb") as file:
            file.write(bytes(DIGEST))
            hashed, job = _Hashed(file), self.job.encode()
            hashed.write(len(job).to_bytes(LENGTH, "little") + job)
            torch.save(state(), hashed)
            file.seek(0)
            file.write(hashed.sha256.digest())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(OSError):  # not every file system can do this for a folder
            _sync(self.path.parent)
        self.saved = time.monotonic()

    def remove(self):
        """Delete the file, when the training's results are written."""
        if self.path.is_file():
            self.path.unlink()


class _Hashed:
    """A file to write to that computes the sha256 on the way."""

    def __init__(self, file):
        self.file, self.sha256, self.flush = file, hashlib.sha256(), file.flush

    def write(self, data):
        self.sha256.update(data)
        return self.file.write(data)


def _sync(folder):
    """Write a folder's names to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def identity(snakemake):
    """Return what determines a job's results, as text: inputs (size, time), parameters, wildcards, versions, device.

    Parameters
    ----------
    snakemake : object
        The job's description, which Snakemake gives every script.
    """
    inputs = {path: [Path(path).stat().st_size, Path(path).stat().st_mtime_ns] for path in snakemake.input}
    params = dict(snakemake.params.items())
    # The same job may run with a GPU first and without one later.
    device = "cuda" if torch.cuda.is_available() and snakemake.resources.device != "cpu" else "cpu"
    determinants = [inputs, params, dict(snakemake.wildcards.items()), environment(), device]
    return json.dumps(determinants, sort_keys=True, default=str)
