"""The device that networks are computed on."""

import pytest
import torch

from facelrp.errors import InputError
from facelrp.networks.devices import prepare


def test_a_missing_gpu_is_reported(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="compute/device: torch finds no GPU — write auto or cpu"):
        prepare("cuda", torch.get_num_threads())
