"""Networks as ``.safetensors`` files: nothing is ever unpickled."""

import json
from pkgutil import resolve_name

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes

from facelrp.errors import InputError

#: What a file can hold, by the name in its metadata and in a configuration: functions of the number of outputs. To add
#: one, write its module, and its line here.
ARCHITECTURES = {
    "levi_hassner": "facelrp.networks.levi_hassner:levi_hassner",
    "alexnet": "facelrp.networks.imagenet:alexnet",
    "vgg16": "facelrp.networks.imagenet:vgg16",
}


def build(architecture, outputs=1):
    """Build a network of `ARCHITECTURES` with freshly initialised weights.

    Parameters
    ----------
    architecture : str
    outputs : int
        Number of output units.

    Returns
    -------
    torch.nn.Sequential
        Input float (N, 3, 227, 227) with the mean already subtracted, output (N, outputs). Convolutions, then
        ``flatten``, then the dense layers ``fc6``, ``fc7`` and ``fc8``, as in
        `facelrp.networks.levi_hassner.levi_hassner`.
    """
    return resolve_name(ARCHITECTURES[architecture])(outputs)


def save(path, network, mean, architecture="levi_hassner", **about):
    """Save a network's weights and what must be known to use them.

    Parameters
    ----------
    path : path
    network : torch.nn.Module
    mean : sequence of 3 float, or ndarray of shape (3, 227, 227)
        What its inputs have subtracted, RGB, 0–255: of each channel (kept with what is known), or of each pixel (kept
        beside the weights, as ``mean``).
    architecture : str
        From `ARCHITECTURES`.
    **about
        Anything JSON can hold: base, mode, attribute, seed, …
    """
    weights = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    about["architecture"] = architecture
    if isinstance(mean, np.ndarray):
        weights["mean"] = torch.from_numpy(mean)
    else:
        about["mean"] = mean
    content = to_bytes(weights, metadata={key: json.dumps(value) for key, value in about.items()})
    with open(path, "wb") as file:
        file.writelines(_in_order(content))


def _in_order(content):
    """Split a file's content into header and weights, the header with what is known in order.

    The library's own order is another one in each process, so that no two files would be alike.
    """
    content = memoryview(content)
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(bytes(content[8:start]))
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # weights begin at a multiple of 8 bytes
    return len(text).to_bytes(8, "little"), text, content[start:]


def load(path):
    """Load a network.

    Returns
    -------
    network : torch.nn.Sequential
        In evaluation mode, on the CPU.
    about : dict
        What `save` was given, ``mean`` and ``architecture`` included.

    Raises
    ------
    InputError
        If the file is no safetensors file, or holds other layers than its architecture has.
    """
    try:
        with safe_open(path, framework="pt") as file:
            about = {key: json.loads(value) for key, value in (file.metadata() or {}).items()}
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 — not a dict
    except (SafetensorError, OSError) as error:
        raise InputError(f"cannot be read as safetensors ({error})", path, "make it anew") from error
    if "mean" in weights:
        about["mean"] = weights.pop("mean").numpy()
    architecture = about.get("architecture")
    if architecture not in ARCHITECTURES:
        raise InputError(f"no architecture is called {architecture!r}", path, "make it anew")
    with torch.device("meta"):
        network = build(architecture, len(weights["fc8.bias"]) if "fc8.bias" in weights else 1)
    try:
        network.load_state_dict(weights, assign=True)
    except RuntimeError as error:
        raise InputError(
            f"does not hold a network of the architecture {architecture} ({error})", path, "make it anew"
        ) from error
    return network.eval(), about
