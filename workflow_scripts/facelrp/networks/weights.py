"""Networks as ``.safetensors`` files: nothing is ever unpickled."""

import json
from dataclasses import dataclass
from math import isfinite

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes

from facelrp.errors import InputError
from facelrp.networks.architectures import ARCHITECTURES, EXPORTED, HEADS, build, head_of, program_of, view_of
from facelrp.networks.batches import Images
from facelrp.networks.surgery import resize_output
from facelrp.networks.view import SIDE
from facelrp.sources.archives import listing

#: Type and shape of a mean image.
MEAN_IMAGE = ("F32", 3, SIDE, SIDE)
#: The longest header; those of this workflow have some kB.
HEADER_BYTES = 1 << 20
#: What networks of an architecture may differ in, see `facelrp.networks.architectures.build`, and what it may be.
FORM = {
    "size": lambda value: type(value) is int and 0 < value <= 2 * SIDE,
    "crop": lambda value: type(value) in (int, float) and 0.1 <= value <= 1,
    "head": lambda value: value in HEADS,
    "program": lambda value: isinstance(value, dict),
}
#: Types of weights, and of counters beside them, by their names in files.
TYPES = {torch.float32: "F32", torch.int64: "I64", torch.bool: "BOOL"}
#: The fix of a faulty file.
AGAIN = "delete it, and run the same command again"


@dataclass(frozen=True)
class LoadedNetwork:
    """A network with all that is known of it.

    Attributes
    ----------
    module : torch.nn.Sequential
        In evaluation mode.
    mean : list of 3 float, or ndarray of float32, shape (3, 227, 227)
        The mean subtracted from its inputs, RGB, 0–255: of each channel, or of each pixel.
    architecture : str
        From `facelrp.networks.architectures.ARCHITECTURES`.
    metadata : dict
        Everything else that `save` was given: base, mode, attribute, target, edges or ranges of classes, seed, …
    """

    module: torch.nn.Sequential
    mean: list | np.ndarray
    architecture: str
    metadata: dict

    @property
    def device(self):
        """The device that the weights are on."""
        return next(self.module.parameters()).device

    @property
    def embeds(self):
        """Whether its outputs are an embedding, such as of identities, and not classes or a rating."""
        return bool(self.metadata.get("embedding"))

    @property
    def pixel_range(self):
        """The lowest and the highest possible input, those of black and of white: two tuples of 3 float."""
        mean = np.asarray(self.mean, dtype=np.float32).reshape(3, -1)
        return tuple((-mean.max(1)).tolist()), tuple((255 - mean.min(1)).tolist())

    def to(self, device):
        """Move the module to a device, in place, and return this network."""
        self.module.to(device)
        return self

    def images(self, array, rows=None, **options):
        """Return a uint8 array of images, or these rows of it, as `Images`: this mean subtracted, on this device.

        ``options`` are further ones of `Images`, for training.
        """
        return Images(array, self.mean, self.device, rows, **options)


def save(path, module, mean, architecture="levi_hassner", **metadata):
    """Save a network: its weights, and the metadata needed to use them.

    Parameters
    ----------
    path : path
    module : torch.nn.Module
    mean : sequence of 3 float, or ndarray of float32, shape (3, 227, 227)
        See `LoadedNetwork`. Channel means are kept in the metadata, a mean image as a tensor beside the weights.
    architecture : str
        From `facelrp.networks.architectures.ARCHITECTURES`.
    **metadata
        Anything JSON can hold: base, mode, attribute, seed, …
    """
    weights = {name: value.detach().cpu().contiguous() for name, value in module.state_dict().items()}
    metadata |= {"architecture": architecture, **_form_of(module)}
    if isinstance(mean, np.ndarray):
        weights["mean"] = torch.from_numpy(mean)
    else:
        metadata["mean"] = mean
    content = to_bytes(weights, metadata={key: json.dumps(value) for key, value in metadata.items()})
    with open(path, "wb") as file:
        file.writelines(_in_order(content))


def _in_order(content):
    """Split a file's content into header and weights, with the metadata in the header sorted.

    safetensors orders metadata differently in each process, so two files of the same network would differ.
    """
    content = memoryview(content)
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(bytes(content[8:start]))
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # weights start at a multiple of 8 bytes
    return len(text).to_bytes(8, "little"), text, content[start:]


def load(path):
    """Load a network.

    Returns
    -------
    LoadedNetwork
        On the CPU.

    Raises
    ------
    InputError
        If the file is not a safetensors file, was not written by this workflow, has no mean, or does not have exactly
        the weights of its architecture, in float32.
    """
    try:
        with open(path, "rb") as file:
            header = int.from_bytes(file.read(8), "little")
        if header > HEADER_BYTES:
            raise InputError(f"cannot be read as safetensors: a header of {header:,} bytes", path, AGAIN)
        with safe_open(path, framework="pt") as file:
            metadata = {key: _from_json(key, value, path) for key, value in (file.metadata() or {}).items()}
            architecture = metadata.pop("architecture", None)
            if not isinstance(architecture, str) or architecture not in (*ARCHITECTURES, EXPORTED):
                raise InputError(f"no architecture is called {repr(architecture)[:100]}", path, AGAIN)
            kinds = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 — not a dict
            kinds = {name: (kind.get_dtype(), *kind.get_shape()) for name, kind in kinds.items()}
            image = kinds.pop("mean", None)
            mean = metadata.pop("mean", None) if image is None else None
            if image == MEAN_IMAGE:
                mean = file.get_tensor("mean").numpy()
            if mean is None and image is None:
                raise InputError("has no mean to subtract from images", path, AGAIN)
            if not _is_finite(mean):
                raise InputError("its mean is not three numbers, or an image of numbers", path, AGAIN)
            form = {key: metadata.pop(key) for key in FORM if key in metadata}
            module = _without_weights(architecture, form, kinds, path)
            module.load_state_dict({name: file.get_tensor(name) for name in kinds}, assign=True)
    except (SafetensorError, OSError) as error:
        raise InputError(f"cannot be read as safetensors ({error})", path, AGAIN) from error
    return LoadedNetwork(module.eval(), mean, architecture, metadata)


def _from_json(key, value, path):
    """Return a value of the metadata; that of other programs is not JSON."""
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as fault:
        raise InputError(f"its metadata {repr(key)[:100]} was not written by this workflow", path, AGAIN) from fault


def _is_finite(mean):
    """Return whether a mean is an image of finite numbers, or a list of three."""
    if isinstance(mean, np.ndarray):
        return bool(np.isfinite(mean).all())
    return isinstance(mean, list) and len(mean) == 3 and all(type(x) in (int, float) and isfinite(x) for x in mean)


def _form_of(module):
    """Return what a network differs in from others of its architecture: dict with some of the keys of `FORM`."""
    head = head_of(module)
    return view_of(module) | program_of(module) | ({} if head == HEADS[0] else {"head": head})


def _without_weights(architecture, form, kinds, path):
    """Build a network, without memory for its weights, for {name of the weights: (type, *shape)}."""
    faulty = [key for key, value in form.items() if not FORM[key](value)]
    if faulty:
        raise InputError(f"its {faulty[0]} is {repr(form[faulty[0]])[:100]}", path, AGAIN)
    with torch.device("meta"):
        module = build(architecture, **form)
        resize_output(module, {name: shape for name, (_, *shape) in kinds.items()})
    expected = {name: (TYPES[value.dtype], *value.shape) for name, value in module.state_dict().items()}
    differing = sorted(name for name in expected.keys() | kinds if expected.get(name) != kinds.get(name))
    if differing:
        names = listing([repr(name)[:100] for name in differing])
        what = (
            f"does not hold a network of the architecture {architecture}: missing, unknown or of other sizes: {names}"
        )
        raise InputError(what, path, AGAIN)
    return module
