"""Networks from files of weights by name (state dicts) that other programs wrote; nothing but tensors is read."""

import warnings
from pathlib import Path

import torch
from safetensors import safe_open
from torch import nn

from facelrp.errors import InputError
from facelrp.networks.surgery import first_convolution, resize_output
from facelrp.sources.archives import open_zip
from facelrp.sources.extraction import Limits, safe_members

#: The end of the names of counters beside the weights of batch norms.
COUNTER = "num_batches_tracked"
#: The ends of the names of tensors of integers: counters, and indices of the position biases of Swin transformers.
INTEGERS = (COUNTER, "position_index")
#: How files of `torch.save` begin: zip archives, and the pickled number that older files begin with.
ZIP, OLDER = b"PK\x03\x04", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."


def read_state(path):
    """Return the tensors of a file by name, in its order.

    Parameters
    ----------
    path : path
        A ``.safetensors`` file, or one of `torch.save` (``.pth``, ``.pt``), of which only tensors are unpickled.

    Returns
    -------
    dict of {str: Tensor}
        float32, and int64 where they count or index something; on the CPU.

    Raises
    ------
    InputError
        If it is another file, or holds anything else.
    """
    try:
        state = _read_safetensors(path) if Path(path).suffix == ".safetensors" else _read_pickle(path)
    except InputError:
        raise
    # A pickle is a program: on damaged ones the unpickler fails with almost every kind of exception.
    except Exception as fault:
        raise InputError("cannot be read as tensors by name", path, "delete it, and download it again") from fault
    if not isinstance(state, dict) or not all(is_weights(*item) for item in state.items()):
        raise InputError("does not hold tensors by name", path, "save the network's state_dict, in float32")
    return state


def _read_safetensors(path):
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 — not a dict


def _read_pickle(path):
    with open(path, "rb") as file:
        start = file.read(len(OLDER))
    if start.startswith(ZIP):
        # torch compresses nothing, and would decompress without bound.
        with open_zip(path) as opened:
            safe_members(opened, path, Limits(ratio=1))
    elif start != OLDER:
        raise ValueError("another format")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.load(path, map_location="cpu", weights_only=True)


def is_weights(name, value):
    """Return whether a value is a dense tensor of float32 in memory, or of integers if its name says that it may be."""
    kinds = (torch.float32, torch.int64) if str(name).endswith(INTEGERS) else (torch.float32,)
    if not isinstance(value, torch.Tensor) or value.dtype not in kinds:
        return False
    return (value.layout, value.device) == (torch.strided, torch.device("cpu"))


@torch.no_grad()
def from_state(build, state, std, where="weights"):
    """Make a network from weights by name, for pixels with the mean subtracted.

    Other programs train on (pixels − mean)/std. Here only the mean is subtracted from pixels, and the weights of the
    first convolution are divided by std. Borders give the same values, since padding is zero on both scales.

    Parameters
    ----------
    build : callable
        Returns a network of `facelrp.networks.architectures`. Its output gets as many units as the weights have.
    state : mapping of {str: Tensor}
        Named as in this workflow's files; or as in the network that features are taken from, with its output under any
        name; or under any names, in the order of its layers.
    std : sequence of 3 float
        Those of R, G and B on 0–255.
    where : object
        The file, for error messages.

    Returns
    -------
    torch.nn.Sequential
        In evaluation mode, on the CPU; all but the first convolution share the given weights.

    Raises
    ------
    InputError
        If the weights belong to another network, or hold NaN or infinite numbers.
    """
    with torch.device("meta"):
        network = build()
    # Older files have no counters of batch norms, which matter in training alone.
    names = [name for name in network.state_dict() if not name.endswith(COUNTER)]
    given = matched({name: value for name, value in state.items() if not name.endswith(COUNTER)}, names)
    resize_output(network, {name: value.shape for name, value in given.items()})
    wanted = {name: network.state_dict()[name] for name in names}
    if {name: value.shape for name, value in given.items()} != {name: value.shape for name, value in wanted.items()}:
        what = f"{len(given)} tensors that are not the {len(wanted)} of this architecture"
        raise InputError(what, where, "give weights of this architecture, or name theirs")
    if not all(value.isfinite().all() for value in given.values()):
        raise InputError("it holds NaN or infinite numbers", where, "give weights that are numbers")
    counters = {name: torch.zeros((), dtype=torch.long) for name in network.state_dict() if name.endswith(COUNTER)}
    network.load_state_dict(given | counters, assign=True)
    first = first_convolution(network)
    first.weight = nn.Parameter(first.weight / torch.tensor(std).view(1, 3, 1, 1))
    return network.eval()


def matched(given, names):
    """Return tensors under the names that a network has for them, see `from_state`; as they are if nothing matches.

    Parameters
    ----------
    given : dict of {str: Tensor}
    names : list of str
        The network's own names, in the order of its layers.
    """
    if given.keys() == set(names):
        return {name: given[name] for name in names}
    published = {name.removeprefix("features."): name for name in names if name.startswith("features.")}
    others = [name for name in given if name not in published]
    ends = [name.rpartition(".")[2] for name in others]
    output = [name for name in names if not name.startswith("features.")]
    if published and sorted(ends) == sorted(name.rpartition(".")[2] for name in output):
        published |= {name: output[0].rpartition(".")[0] + "." + end for name, end in zip(others, ends, strict=True)}
    if given.keys() == published.keys():
        return {published[name]: value for name, value in given.items()}
    return dict(zip(names, given.values(), strict=True)) if len(given) == len(names) else dict(given)
