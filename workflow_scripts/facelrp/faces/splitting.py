"""The random split of rated faces into a training and a test set."""

import numpy as np

from facelrp.errors import InputError


def split_identities(identities, seed, test_share=0.5):
    """Split faces at random into a training and a test set; no identity is in both.

    Parameters
    ----------
    identities : sequence of str, length N
        The person on each face.
    seed : int
    test_share : float
        Desired share of the faces in the test set, between 0 and 1.

    Returns
    -------
    ndarray of str, shape (N,)
        ``train`` or ``test``. With one face per identity, the test set misses its share by less than one face; an
        identity with many faces can take it far off. The default is two halves, like the 1111/1111 split of Arbabzadah
        et al. (2016), sec. 3.1.

    Raises
    ------
    InputError
        If there are fewer than two identities, or a set would have fewer than two faces, too few for any statistic.
    """
    people, who = np.unique(np.asarray(identities), return_inverse=True)
    if len(people) < 2:
        raise InputError(f"{len(people)} identity cannot be split in two", "rated faces", "give at least two people")
    order = np.random.default_rng(seed).permutation(len(people))
    faces_each = np.bincount(who)[order]
    # People are dealt in random order; each joins the set that has fewer faces so far than its share of all.
    in_test = np.zeros(len(people), dtype=bool)
    trained_on = tested = 0
    for person, faces in zip(order, faces_each, strict=True):
        in_test[person] = test_share * trained_on > (1 - test_share) * tested
        if in_test[person]:
            tested += faces
        else:
            trained_on += faces
    if min(trained_on, tested) < 2:
        what = f"{trained_on} to train on and {tested} to test are too few faces"
        raise InputError(
            what, "rated faces", "give two of each at least: more faces, or another share (split/test_share)"
        )
    return np.where(in_test[who], "test", "train")
