"""The split: the test set has its share, and nobody is in both sets."""

import numpy as np
import pytest

from facelrp.errors import InputError
from facelrp.faces.splitting import split_identities


def test_halves_are_equal_and_seeded():
    splits = split_identities([f"face {i}" for i in range(2222)], seed=1)
    assert np.count_nonzero(splits == "test") == 1111
    assert np.array_equal(splits, split_identities([f"face {i}" for i in range(2222)], seed=1))
    assert not np.array_equal(splits, split_identities([f"face {i}" for i in range(2222)], seed=2))


@pytest.mark.parametrize("share", [0.1, 0.2, 1 / 3, 0.5, 0.7, 0.9])
def test_the_test_set_has_its_share(share):
    splits = split_identities([f"face {i}" for i in range(360)], 1, share)
    assert abs(np.count_nonzero(splits == "test") - 360 * share) < 1


@pytest.mark.parametrize(("share", "message"), [(0.1, "9 to train on and 1 to test"), (0.9, "1 to train on and 9 to")])
def test_a_set_of_one_face_is_refused(share, message):
    with pytest.raises(InputError, match=message):
        split_identities([f"face {i}" for i in range(10)], 1, share)


def test_the_split_does_not_follow_the_order_of_the_faces():
    in_test = split_identities([f"face {i}" for i in range(1000)], seed=1) == "test"
    assert abs(in_test[:500].mean() - 0.5) < 0.1
    assert abs(in_test[::2].mean() - 0.5) < 0.1


@pytest.mark.parametrize("share", [0.2, 0.5])
@pytest.mark.parametrize("seed", range(5))
def test_no_identity_is_in_both_sets(seed, share):
    identities = np.random.default_rng(seed).integers(0, 40, 200).astype(str)
    splits = split_identities(identities, seed, share)
    for identity in np.unique(identities):
        assert len(set(splits[identities == identity])) == 1
    most = np.unique(identities, return_counts=True)[1].max()
    assert abs(np.count_nonzero(splits == "test") - 200 * share) <= most


def test_one_person_cannot_be_split():
    with pytest.raises(InputError, match="two people"):
        split_identities(["anna", "anna"], seed=1)
