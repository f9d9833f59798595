"""Heatmaps as they are written to files."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from explain import explain_all
from facelrp.errors import InputError
from facelrp.networks import levi_hassner


@pytest.mark.parametrize("relevance", [1e6, float("nan")])
def test_relevance_beyond_the_file_is_refused(relevance):
    heatmaps = np.zeros((2, 227, 227), np.float16)
    heatmap = torch.zeros(2, 227, 227)
    heatmap[1, 5, 5] = relevance

    def explainer(images, target):
        return SimpleNamespace(heatmap=heatmap)

    class Inputs(list):
        def __call__(self, rows):
            return torch.zeros(len(rows), 3, 227, 227)

    with pytest.raises(InputError, match="diverged"):
        explain_all(explainer, levi_hassner(1).eval(), Inputs([0, 1]), np.array(["a", "b"]), heatmaps)
    assert (heatmaps == 0).all()
