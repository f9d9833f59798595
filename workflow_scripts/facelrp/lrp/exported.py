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
from facelrp.lrp.surroundings import evaluating, without_autocast

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
        with evaluating(network), without_autocast(), torch.no_grad(), _silence():
            dynamic = ({0: torch.export.Dim("images")},)
            program = torch.export.export(network, (images,), dynamic_shapes=dynamic, strict=False)
            return program.run_decompositions({})  # replaces operations in place, and decomposes nothing
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # torch.export raises errors of many types
        what, source = _reason(error)
        what = f"it cannot be traced for images of the shape {tuple(shape)}: {what}{source}"
        fix = "check the images' shape; its forward must not depend on pixels or on the number of images otherwise"
        raise InputError(what, type(network).__name__, fix) from error


def _reason(error):
    """Return the first line of an error of torch.export, and the line of code that it names last, in brackets."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    codes = [code for line, code in pairwise(lines) if line.startswith('File "')]
    return (lines[0] if lines else type(error).__name__), f" ({codes[-1]})" if codes else ""


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
