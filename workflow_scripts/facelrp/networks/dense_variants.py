"""Networks that share the convolutions of a base model and differ in their dense layers: all of them in one file.

The file is a safetensors file with the dense layers alone, under names such as "1.fc6.weight", for variants from 1.
"""

from dataclasses import replace
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from facelrp.networks.architectures import build, program_of, view_of
from facelrp.networks.surgery import split_at_features


def save(path, variants):
    """Save the dense layers of networks.

    Parameters
    ----------
    path : path
    variants : sequence of dict of {str: torch.Tensor}
        The weights of each one's dense layers, see `dense_weights`.
    """
    path = Path(path)
    path.touch()
    mode = path.stat().st_mode
    # Without metadata: safetensors would order it differently in each process.
    save_file({f"{number}.{name}": one[name] for number, one in enumerate(variants, 1) for name in one}, path)
    # safetensors lets nobody else read its files.
    path.chmod(mode)


def dense_weights(network):
    """Return the weights of a network's dense layers by name, on the CPU: dict of {str: torch.Tensor}."""
    weights = split_at_features(network)[1].state_dict()
    return {name: value.detach().cpu().contiguous() for name, value in weights.items()}


def load(path, base):
    """Yield each network of a file, in order: its dense layers above the base model's convolutions.

    Parameters
    ----------
    path : path
    base : facelrp.networks.weights.LoadedNetwork
        The base model. It is not changed; its convolutions are shared.

    Yields
    ------
    facelrp.networks.weights.LoadedNetwork
        In evaluation mode, with one output, on the base model's device; ``metadata`` holds its number, ``variant``.
    """
    convolutions, form = split_at_features(base.module)[0].state_dict(), view_of(base.module) | program_of(base.module)
    with safe_open(path, framework="pt", device=str(base.device)) as file:
        names = list(file.keys())
        form["head"] = "mlp" if "1.hidden1.weight" in names else "linear"
        for number in sorted({int(name.partition(".")[0]) for name in names}):
            own = {name.partition(".")[2]: name for name in names if int(name.partition(".")[0]) == number}
            with torch.device("meta"):  # without memory for weights that are replaced
                module = build(base.architecture, **form)
            module.load_state_dict(
                convolutions | {key: file.get_tensor(name) for key, name in own.items()}, assign=True
            )
            yield replace(base, module=module.eval(), metadata={"variant": number})
