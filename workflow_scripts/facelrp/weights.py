"""Networks as ``.safetensors`` files: nothing is ever unpickled."""

import json

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from .errors import InputError
from .networks import levi_hassner


def save(path, network, **about):
    """Save a network's weights and what must be known to use them.

    Parameters
    ----------
    path : path
    network : torch.nn.Module
    **about
        Anything JSON can hold: base, mode, attribute, mean (of the input's channels, RGB, 0–255), seed, …
    """
    weights = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    save_file(weights, path, metadata={key: json.dumps(value) for key, value in sorted(about.items())})


def load(path):
    """Load a Levi-Hassner network.

    Returns
    -------
    network : torch.nn.Sequential
        In evaluation mode, on the CPU.
    about : dict

    Raises
    ------
    InputError
        If the file is no safetensors file or holds other layers.
    """
    try:
        with safe_open(path, framework="pt") as file:
            about = {key: json.loads(value) for key, value in (file.metadata() or {}).items()}
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 — not a dict
    except (SafetensorError, OSError) as error:
        raise InputError(f"cannot be read as safetensors ({error})", path, "make it anew") from error
    with torch.device("meta"):
        network = levi_hassner(len(weights["fc8.bias"]) if "fc8.bias" in weights else 1)
    try:
        network.load_state_dict(weights, assign=True)
    except RuntimeError as error:
        raise InputError(f"does not hold a Levi-Hassner network ({error})", path, "make it anew") from error
    return network.eval(), about
