"""Trace any network by torch.export as a program of ATen operations.

The network is traced in evaluation mode and stays as it is. Its hooks and parametrisations are a part of the
computation. The number of images stays open; their size does not.
"""

import logging
import warnings
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from itertools import pairwise

import torch

from facelrp.errors import InputError
from facelrp.lrp.surroundings import evaluating, readable_older_setting, without_autocast

#: How many images the network is traced with. With one, torch.export would fix their number.
IMAGES = 2


def export(network, shape):
    """Trace a network for images of one shape.

    Parameters
    ----------
    network : torch.nn.Module
        Its ``forward`` takes images (N, C, H, W) and returns (N, units).
    shape : tuple of int
        The shape of an image, (C, H, W).

    Returns
    -------
    torch.export.ExportedProgram
        Without operations in place.

    Raises
    ------
    facelrp.errors.InputError
        If the network cannot be traced.
    """
    weight = next((weight for weight in network.parameters() if weight.is_floating_point()), torch.empty(0))
    images = torch.zeros(IMAGES, *shape, dtype=weight.dtype, device=weight.device)
    try:
        with evaluating(network), without_autocast(), readable_older_setting(), torch.no_grad(), _silence():
            dynamic = ({0: torch.export.Dim("images")},)
            program = torch.export.export(network, (images,), dynamic_shapes=dynamic, strict=False)
            return program.run_decompositions({})  # replaces operations in place, and decomposes nothing
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # torch.export raises errors of many types
        what, fix = _reason(error)
        what = f"it cannot be traced for images of the shape {tuple(shape)}: {what}"
        raise InputError(what, type(network).__name__, fix) from error


def _reason(error):
    """Return what an error of torch.export says in its first line, with the line of code, and how to fix it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if lines and lines[0].startswith("Constraints violated"):
        return "it works for one number of images only", "write x.shape[0] for their number, not len(x) or a number"
    codes = [code for line, code in pairwise(lines) if line.startswith('File "')]
    source = f" ({codes[-1]})" if codes else ""
    fix = "check the images' shape; which operations are done must not depend on the pixels"
    return (lines[0] if lines else type(error).__name__) + source, fix


@contextmanager
def _silence():
    """Keep warnings, and the listings that torch.export prints with an error, from the user."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
