"""What a network's convolutions see in an image as a whole: the mean of each channel."""

import torch
from torch import nn


@torch.no_grad()
def channel_means(module, inputs, batch_size=16):
    """Return the mean positive output of each channel of each convolution.

    Lower layers tell textures and colours, upper ones shapes (Lee et al. 2018, *A simple unified framework for
    detecting out-of-distribution samples and adversarial attacks*, use the means of all layers).

    Parameters
    ----------
    module : torch.nn.Module
        In which all convolutions are modules.
    inputs : facelrp.networks.batches.Images
        N of them.
    batch_size : int

    Returns
    -------
    Tensor of float, shape (N, K)
        The channels of all convolutions, in the order in which they run; on the CPU.
    """
    seen, rows = [], []

    def note(layer, _, output):
        seen.append(output.relu().mean((2, 3)))

    hooks = [layer.register_forward_hook(note) for layer in module.modules() if isinstance(layer, nn.Conv2d)]
    try:
        for indices in torch.arange(len(inputs)).split(batch_size):
            seen.clear()
            module(inputs(indices))
            rows.append(torch.cat(seen, 1).cpu())
    finally:
        for hook in hooks:
            hook.remove()
    return torch.cat(rows)
