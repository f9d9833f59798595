"""Which faces a job works on, and which ones figures show."""

import numpy as np
import pandas as pd

from facelrp.errors import InputError

#: Faces in a block. Shards hold whole blocks, and batches are blocks too, so results have the same last bits however
#: many shards there are.
BLOCK = 16


def of_shard(faces, shard, shards):
    """Return the faces that one of several jobs works on.

    Parameters
    ----------
    faces : DataFrame or sequence
    shard : int
        From 0 to shards − 1.
    shards : int

    Raises
    ------
    InputError
        If there are more shards than blocks of faces.
    """
    blocks = -(-len(faces) // BLOCK)
    if shards > max(blocks, 1):
        what = f"{len(faces)} faces make {blocks} blocks of {BLOCK}, too few for {shards} shards"
        raise InputError(what, "config key shards", f"take {max(blocks, 1)} or fewer")
    return faces[BLOCK * (shard * blocks // shards) : BLOCK * ((shard + 1) * blocks // shards)]


def may_be_shown(faces, publishable_only):
    """Return which faces of a table figures may show: bool (N,).

    Parameters
    ----------
    faces : DataFrame
        With a column ``publishable`` if the set says which faces may be published.
    publishable_only : bool
        Whether figures may show only those.

    Raises
    ------
    InputError
        If no face may be shown.
    """
    if not publishable_only or "publishable" not in faces:
        return np.ones(len(faces), dtype=bool)
    allowed = faces["publishable"].to_numpy(dtype=bool)
    if not allowed.any():
        what = f"none of the {len(faces)} faces that a figure chooses from is publishable"
        raise InputError(
            what, "figures/publishable_only", "add the set's list of publishable faces, or set it to false"
        )
    return allowed


def face_shown(faces, attribute, publishable_only):
    """Return the row of the face that figures show: the highest rated one that may be shown."""
    ratings = faces[attribute].where(may_be_shown(faces, publishable_only), -np.inf)
    return int(ratings.to_numpy().argmax())


def evenly_ranked(scores, count):
    """Return rows from the lowest to the highest score.

    Parameters
    ----------
    scores : array_like of float, shape (N,)
    count : int
        Largest number of rows. If there are more, those at evenly spaced ranks are taken, the lowest and the highest
        among them.

    Returns
    -------
    ndarray of int, shape (min(N, count),)
        Rows of ``scores``; equal scores keep their order.
    """
    order = np.argsort(scores, kind="stable")
    return order[evenly_spaced(len(order), count)]


def evenly_spaced(length, count):
    """Return ``count`` evenly spaced rows of a table with ``length`` rows, the first and the last among them.

    All rows if there are no more. Tables may be sorted, by sex or origin for example, so the first rows of one could
    all be of the same kind.
    """
    return np.linspace(0, length - 1, min(length, count)).round().astype(int)


def highest_of_each_sex(faces, scores, publishable_only):
    """Return the rows of the woman and of the man with the highest score that may be shown.

    Without known sex, or with one sex only, the two highest of all.

    Parameters
    ----------
    faces : DataFrame
        With ``gender`` (0 female … 100 male) if it is known.
    scores : array_like of float
        One for each row.
    publishable_only : bool
        See `may_be_shown`.
    """
    order = np.argsort(-np.asarray(scores), kind="stable")
    order = order[may_be_shown(faces, publishable_only)[order]]
    male = (faces["gender"] >= 50 if "gender" in faces else pd.Series(False, faces.index)).to_numpy()[order]
    if male.all() or not male.any():
        return order[:2]
    return np.array([order[~male][0], order[male][0]])
