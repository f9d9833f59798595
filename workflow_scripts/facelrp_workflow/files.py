"""The files of an experiment: reading, and writing so that nothing half-written is ever taken for a result."""

import errno
import os
from contextlib import contextmanager

import numpy as np
import pandas as pd

from facelrp.errors import InputError
from facelrp.memory_maps import release
from facelrp_workflow.replacing import replacing
from facelrp_workflow.selection import BLOCK

#: The sets of the rated faces, in words.
SETS = {"train": "training", "test": "test"}
#: Columns of identifiers, which are text even if they look like numbers.
TEXT = ("face_id", "identity", "state", "photo")


@contextmanager
def new_array(path, shape, dtype):
    """Yield a memory-mapped array to fill, saved as ``.npy``: arrays of any size need little memory."""
    with replacing(path) as temporary:
        array = np.lib.format.open_memmap(temporary, "w+", dtype, shape)
        _reserve(temporary)
        yield array
        array.flush()


def save_rows(path, scratch, count, shape, rows):
    """Save rows of a scratch file as ``.npy``, block by block.

    Parameters
    ----------
    path : path
    scratch : binary file
        ``count`` arrays of uint8 of this shape, one after the other.
    rows : ndarray of int
        Which of them to save, in this order.
    """
    scratch.flush()
    source = np.memmap(scratch, np.uint8, "r", shape=(count, *shape))
    with new_array(path, (len(rows), *shape), np.uint8) as array:
        for start in range(0, len(rows), BLOCK):
            array[start : start + BLOCK] = source[rows[start : start + BLOCK]]
            release(array)


def _reserve(path):
    """Reserve disk space now; otherwise a full disk kills the process mid-write."""
    if not hasattr(os, "posix_fallocate"):  # macOS
        return
    with open(path, "r+b") as file:
        try:
            os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size)
        except OSError as fault:
            # Some file systems cannot reserve space; there, do without.
            if fault.errno in (errno.EOPNOTSUPP, errno.EINVAL):
                return
            raise OSError(fault.errno, fault.strerror, str(path)) from None


@contextmanager
def new_figure(output):
    """Yield the temporary paths of a figure's two files, ``png`` and ``pdf``."""
    with replacing(output.png) as png, replacing(output.pdf) as pdf:
        yield png, pdf


def open_array(path):
    """Open a ``.npy`` file memory-mapped, read-only."""
    return np.load(path, mmap_mode="r", allow_pickle=False)


def write_table(path, table):
    """Write a table as CSV."""
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")


def write_tables(output, tables, log):
    """Write tables, {name: DataFrame}, to a job's outputs of these names, and into its log."""
    for name, table in tables.items():
        write_table(output[name], table)
        log.info("%s\n%s", name, table.to_string(index=False, float_format="{:.3g}".format))


def by_attribute(tables, attributes):
    """Return tables with a column ``attribute`` as one, attribute by attribute; within each, rows keep their order."""
    table = pd.concat(tables, ignore_index=True)
    return table.sort_values("attribute", key=lambda column: column.map(attributes.index), kind="stable")


def read_table(path):
    """Read a table. Identifiers stay text, even NA, which may be somebody's initials."""
    others = pd.read_csv(path, nrows=0).columns.difference(TEXT)
    blank = {name: [""] for name in others}
    return pd.read_csv(path, dtype=dict.fromkeys(TEXT, str), keep_default_na=False, na_values=blank)


def read_tables(paths, added_columns):
    """Read tables as one; ``added_columns`` holds a dict for each, of columns to add."""
    tables = [read_table(path).assign(**added) for path, added in zip(paths, added_columns, strict=True)]
    return pd.concat(tables, ignore_index=True)


def read_faces(files, split=None):
    """Read the table of a set of faces, or only its training or test set.

    Parameters
    ----------
    files : object
        A job's inputs, with ``faces`` (``people.csv``), ``ratings`` (tables of ratings, to be added) if the job takes
        any, and, if ``split`` is given, ``split`` (``split.csv``).
    split : {"train", "test"}, optional

    Returns
    -------
    DataFrame
        Its index is each face's row in ``images.npy``. A rating is NaN for a face without one.
    """
    table = read_table(files.faces)
    for path in files.get("ratings", []):
        ratings = read_table(path).set_index("face_id")
        table = table.join(ratings[ratings.columns.difference(table.columns, sort=False)], on="face_id")
    if split is None:
        return table
    return table[read_split(files, table) == split]


def read_rated(files, attribute, split):
    """Read the faces of the training or test set that are rated on an attribute, see `read_faces`.

    Whatever learns ratings or is measured by them takes its faces from here.

    Raises
    ------
    InputError
        If there are fewer than two, too few for any statistic.
    """
    faces = read_faces(files, split)
    rated = faces[faces[attribute].notna()]
    if len(rated) < 2:
        what = f"{len(rated)} of {len(faces)} faces of the {SETS[split]} set are rated on {attribute}, too few"
        raise InputError(what, "rated faces", "rate more faces, or leave the attribute out")
    return rated


def read_references(files):
    """Return the images that faces are compared with, a job's input ``references``: uint8 (M, 227, 227, 3), or None."""
    return open_array(files.references) if files.get("references") else None


def read_split(files, faces):
    """Return the set, ``train`` or ``test``, of each face of a table: ndarray of str, shape (N,)."""
    return read_table(files.split).set_index("face_id")["split"].loc[faces["face_id"]].to_numpy()
