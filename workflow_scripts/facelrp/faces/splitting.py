"""The random split of rated faces into a training and a test set."""

import numpy as np

from facelrp.errors import InputError


def split_identities(identities, seed, test=0.5):
    """Split faces at random, no identity on both sides.

    Parameters
    ----------
    identities : sequence of str, length N
        Who is on each face.
    seed : int
    test : float
        Share of the faces that are wanted in the test set, between 0 and 1.

    Returns
    -------
    ndarray of str, shape (N,)
        ``train`` or ``test``. The share is met to less than one face where each identity has one; somebody with a good
        part of all faces may take it far off. By default the sides are halves, as the 1111/1111 split of Arbabzadah et
        al. (2016), sec. 3.1.

    Raises
    ------
    InputError
        If there are fewer than two identities, or fewer than two faces on a side, of which nothing could be said.
    """
    people, who = np.unique(np.asarray(identities), return_inverse=True)
    if len(people) < 2:
        raise InputError(f"{len(people)} identity cannot be split in two", "rated faces", "give at least two people")
    order = np.random.default_rng(seed).permutation(len(people))
    faces_each = np.bincount(who)[order]
    # People are dealt in random order; each goes to the side that has fewer faces so far than its share of all.
    in_test = np.zeros(len(people), dtype=bool)
    trained_on = tested = 0
    for person, faces in zip(order, faces_each, strict=True):
        in_test[person] = test * trained_on > (1 - test) * tested
        if in_test[person]:
            tested += faces
        else:
            trained_on += faces
    if min(trained_on, tested) < 2:
        what = f"{trained_on} to train on and {tested} to test are too few faces"
        raise InputError(what, "rated faces", "give two of each at least: more faces, or another share (split/test)")
    return np.where(in_test[who], "test", "train")
