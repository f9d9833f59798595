"""Releasing the pages of memory-mapped arrays frees memory and loses no data."""

from pathlib import Path

import numpy as np
import pytest
import torch

from facelrp.memory_maps import release
from facelrp.networks.batches import Features, Images


def resident(path):
    """Return how many bytes of a mapped file count as this process's memory."""
    if not Path("/proc/self/smaps").exists():
        pytest.skip("only Linux reports resident memory")
    with open("/proc/self/smaps") as file:
        lines = iter(file)
        return sum(
            1024 * int(next(line for line in lines if line.startswith("Rss:")).split()[1])
            for line in lines
            if line.rstrip().endswith(str(path))
        )


@pytest.fixture
def mapped(tmp_path):
    path = tmp_path / "images.npy"
    array = np.lib.format.open_memmap(path, "w+", np.uint8, (40, 227, 227, 3))
    array[:] = np.arange(40, dtype=np.uint8)[:, None, None, None]
    return path, array


def test_release_frees_memory_and_keeps_the_data(mapped):
    path, array = mapped
    assert resident(path) > array.nbytes / 2
    release(array[3])
    assert resident(path) < array.nbytes / 20
    assert (array[:, 5, 5, 1] == np.arange(40)).all()
    release(np.zeros(3))


def test_images_read_batches_and_release_them(mapped):
    path, array = mapped
    release(array)
    inputs = Images(np.load(path, mmap_mode="r"), [1.0, 2.0, 3.0], rows=[7, 3, 39, 12])
    assert len(inputs) == 4
    assert inputs(torch.tensor([2, 0]))[:, 1, 0, 0].tolist() == [37.0, 5.0]
    assert resident(path) < array.nbytes / 4


def test_features_of_some_rows_equal_those_of_a_copy(tmp_path):
    path = tmp_path / "features.npy"
    np.save(path, np.random.default_rng(1).random((2, 9, 5), dtype=np.float32))
    stored, rows = np.load(path, mmap_mode="r"), [8, 1, 5]
    some, copied = Features(stored, rows), Features(np.array(stored[:, rows]))
    assert len(some) == 3
    np.testing.assert_array_equal(some(torch.tensor([2, 0])), copied(torch.tensor([2, 0])))
    np.testing.assert_array_equal(some(torch.tensor([1])), stored[0, [1]])
