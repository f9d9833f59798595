"""The random split of rated faces into a training and a test half."""

import numpy as np

from .errors import InputError


def split_identities(identities, seed):
    """Split faces into halves as equal as identities allow, no identity in both.

    Parameters
    ----------
    identities : sequence of str, length N
        Who is on each face.
    seed : int

    Returns
    -------
    ndarray of str, shape (N,)
        ``train`` or ``test``. With one face per identity the halves differ by one face at most, as the 1111/1111
        split of Arbabzadah et al. (2016), sec. 3.1.

    Raises
    ------
    InputError
        If there are fewer than two identities.
    """
    people, who = np.unique(np.asarray(identities), return_inverse=True)
    if len(people) < 2:
        raise InputError(
            f"{len(people)} identity cannot be split into two halves", "rated faces", "give at least two people"
        )
    order = np.random.default_rng(seed).permutation(len(people))
    faces_each = np.bincount(who)[order]
    # People are dealt in random order; each goes to the half that has fewer faces so far.
    in_test = np.zeros(len(people), dtype=bool)
    balance = 0
    for person, faces in zip(order, faces_each, strict=True):
        in_test[person] = balance > 0
        balance += -faces if balance > 0 else faces
    return np.where(in_test[who], "test", "train")
