"""Gradient × input: an explanation without rules, as a reference for the others."""

import torch


def gradient_times_input(network, images, target=None):
    """Multiply the gradient of an output unit by the input, pixel by pixel.

    In a ReLU network this is LRP-ε with ε = 0 and biases that absorb their share (Shrikumar et al. 2016; Ancona et al.
    2018).

    Parameters
    ----------
    network : torch.nn.Module
        Maps images to outputs (N, units); dropout must be off (``eval()``).
    images : Tensor, shape (N, C, H, W)
    target : int or Tensor of int, shape (N,), optional
        The unit to explain; by default the first.

    Returns
    -------
    Tensor, shape (N, C, H, W)
    """
    images = images.detach().requires_grad_()
    output = network(images)
    units = torch.as_tensor(0 if target is None else target, device=output.device).expand(len(output))
    (gradient,) = torch.autograd.grad(output.gather(1, units[:, None]).sum(), images)
    return (gradient * images).detach()
