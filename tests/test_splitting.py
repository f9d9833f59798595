"""The split: equal halves, nobody in both."""

import numpy as np
import pytest

from facelrp.errors import InputError
from facelrp.splitting import split_identities


def test_halves_are_equal_and_seeded():
    halves = split_identities([f"face {i}" for i in range(2222)], seed=1)
    assert np.count_nonzero(halves == "test") == 1111
    assert np.array_equal(halves, split_identities([f"face {i}" for i in range(2222)], seed=1))
    assert not np.array_equal(halves, split_identities([f"face {i}" for i in range(2222)], seed=2))


def test_the_split_is_not_the_order_of_the_faces():
    in_test = split_identities([f"face {i}" for i in range(1000)], seed=1) == "test"
    assert abs(in_test[:500].mean() - 0.5) < 0.1
    assert abs(in_test[::2].mean() - 0.5) < 0.1


@pytest.mark.parametrize("seed", range(5))
def test_no_identity_stands_in_both_halves(seed):
    identities = np.random.default_rng(seed).integers(0, 40, 200).astype(str)
    halves = split_identities(identities, seed)
    for identity in np.unique(identities):
        assert len(set(halves[identities == identity])) == 1
    assert abs(np.count_nonzero(halves == "test") - 100) <= np.unique(identities, return_counts=True)[1].max()


def test_one_person_cannot_be_split():
    with pytest.raises(InputError, match="two people"):
        split_identities(["anna", "anna"], seed=1)
