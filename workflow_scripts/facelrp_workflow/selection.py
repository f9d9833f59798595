"""Which faces of a set a job works on, and which ones figures show."""

import numpy as np
import pandas as pd

from facelrp.errors import InputError

#: Shards are made of whole blocks of so many faces, as many as are worked on at a time: batches, and with them the last
#: bits of results, are the same however many shards there are.
BLOCK = 16


def of_shard(faces, shard, shards):
    """Return the part of a table of faces that one of several jobs works on.

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
        With a column ``publishable`` where the set says of which faces that is.
    publishable_only : bool
        Whether only those may be shown.

    Raises
    ------
    InputError
        If none may be shown.
    """
    if not publishable_only or "publishable" not in faces:
        return np.ones(len(faces), dtype=bool)
    shown = faces["publishable"].to_numpy(dtype=bool)
    if not shown.any():
        what = f"none of the {len(faces)} faces that a figure chooses from is publishable"
        raise InputError(
            what, "figures/publishable_only", "add the set's list of publishable faces, or set it to false"
        )
    return shown


def face_shown(faces, attribute, publishable_only):
    """Return the place, in a table of faces, of the one that figures show: of those that may be, the highest rated."""
    ratings = faces[attribute].where(may_be_shown(faces, publishable_only), -np.inf)
    return int(ratings.to_numpy().argmax())


def evenly_ranked(scores, count):
    """Return the places of faces, from the lowest to the highest score.

    Parameters
    ----------
    scores : array_like of float, shape (N,)
    count : int
        How many at most; of more, those at evenly spaced ranks, the lowest and the highest among them.

    Returns
    -------
    ndarray of int, shape (min(N, count),)
        Places in ``scores``; of equal scores the first stands first.
    """
    order = np.argsort(scores, kind="stable")
    return order[evenly_spaced(len(order), count)]


def evenly_spaced(length, count):
    """Return that many places of a table of so many rows, the first and the last among them, or all if it has fewer.

    A table of faces may be sorted, by sex or origin, say: its first rows would be faces of one kind.
    """
    return np.linspace(0, length - 1, min(length, count)).round().astype(int)


def highest_of_each_sex(faces, scores, publishable_only):
    """Return the places, in a table of faces, of the woman and of the man with the highest score that may be shown.

    Where sex is not known, or only one is there, the two highest of all.

    Parameters
    ----------
    faces : DataFrame
        With ``gender`` (0 female … 100 male) where it is known.
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
