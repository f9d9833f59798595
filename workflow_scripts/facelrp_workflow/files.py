"""The files of an experiment: read, and written so that nothing half-written is ever taken for a result."""

import errno
import os
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

#: Identifiers are text, also where they look like numbers.
TEXT = ("face_id", "identity", "state")


@contextmanager
def replacing(path):
    """Yield a temporary path beside ``path`` and rename it when all went well."""
    path = Path(path)
    temporary = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def new_array(path, shape, dtype):
    """Yield a memory-mapped array to fill, saved as ``.npy``: arrays of any size pass through little memory."""
    with replacing(path) as temporary:
        array = np.lib.format.open_memmap(temporary, "w+", dtype, shape)
        _reserve(temporary)
        yield array
        array.flush()


def _reserve(path):
    """Claim a file's space on the disk, which else is claimed as its pages are written: a full disk then kills."""
    if not hasattr(os, "posix_fallocate"):  # macOS
        return
    with open(path, "r+b") as file:
        try:
            os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size)
        except OSError as fault:
            # Some file systems cannot; there, all is as if it had not been tried.
            if fault.errno in (errno.EOPNOTSUPP, errno.EINVAL):
                return
            raise OSError(fault.errno, fault.strerror, str(path)) from None


@contextmanager
def new_figure(output):
    """Yield the temporary paths of a figure's two forms, ``png`` and ``pdf``."""
    with replacing(output.png) as png, replacing(output.pdf) as pdf:
        yield png, pdf


def open_array(path):
    """Open a ``.npy`` file memory-mapped, read-only."""
    return np.load(path, mmap_mode="r", allow_pickle=False)


def write_table(path, table):
    """Write a table as CSV."""
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")


def read_table(path):
    """Read a table; identifiers stay the text they are, even NA, which may be somebody's initials."""
    others = pd.read_csv(path, nrows=0).columns.difference(TEXT)
    blank = {name: [""] for name in others}
    return pd.read_csv(path, dtype=dict.fromkeys(TEXT, str), keep_default_na=False, na_values=blank)


def read_tables(paths, about):
    """Read tables as one; ``about`` is what is known of each (a dict), and becomes columns."""
    tables = [read_table(path).assign(**known) for path, known in zip(paths, about, strict=True)]
    return pd.concat(tables, ignore_index=True)


def read_faces(files, split=None):
    """Read the table of a set of faces, or of those that are trained on, or tested.

    Parameters
    ----------
    files : object
        A job's inputs, ``faces`` (``faces.csv``) and, for a part of them, ``split`` (``split.csv``) among them.
    split : {"train", "test"}, optional

    Returns
    -------
    DataFrame
        Its index says at which row of ``images.npy`` each face stands.
    """
    table = read_table(files.faces)
    if split is None:
        return table
    return table[read_split(files, table) == split]


def read_split(files, faces):
    """Return in which set, ``train`` or ``test``, each face of a table is: ndarray of str, shape (N,)."""
    return read_table(files.split).set_index("face_id")["split"].loc[faces["face_id"]].to_numpy()
