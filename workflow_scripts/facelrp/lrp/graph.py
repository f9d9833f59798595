"""A network as steps in order, each with one or more inputs, and the passes of values and of relevance through them.

Values are numbered: 0 is the images, and step i computes value i + 1. A value may be the input of several steps; its
relevance is then the sum of what they pass to it (Bach et al. 2015).
"""

from collections import Counter
from dataclasses import dataclass
from functools import reduce
from operator import add

import torch

from facelrp.errors import InputError
from facelrp.lrp.ledger import Entry, Ledger, total
from facelrp.lrp.protocols import Join, Layer


@dataclass(frozen=True)
class Step:
    """A layer on the path of relevance.

    Attributes
    ----------
    name : str
        The layer's name in the network.
    kind : str
        The name of its type.
    layer : Layer or Join
        The object that computes it and passes relevance.
    inputs : tuple of int
        The numbers of its input values that receive relevance.
    renormalise : bool
        Whether the relevance of each image is rescaled after this layer so that its sum is kept.
    constant : tuple of int
        The numbers of further inputs, which the layer holds constant: they receive no relevance.
    """

    name: str
    kind: str
    layer: Layer | Join
    inputs: tuple[int, ...]
    renormalise: bool = False
    constant: tuple[int, ...] = ()

    def forward(self, *inputs):
        """Compute the layer's output and what its backward pass needs, see `facelrp.lrp.protocols`.

        Raises
        ------
        facelrp.errors.InputError
            If the layer cannot take inputs of these shapes.
        """
        try:
            return self.layer.forward(*inputs)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            shapes = " and ".join(str(tuple(x.shape)) for x in inputs)
            what = f"the layer of type {self.kind} cannot take inputs of the shape {shapes}"
            raise InputError(what, self.name, str(error).partition("\n")[0]) from error

    def backward(self, relevance, kept):
        """Pass relevance to ``inputs``: return a tuple with that of each, and the losses."""
        passed, losses = self.layer.backward(relevance, kept)
        return passed if isinstance(passed, tuple) else (passed,), losses


class Graph:
    """A network without circles, prepared for relevance propagation.

    Parameters
    ----------
    steps : sequence of Step
        Each after the steps whose values it needs. The value of the last one is the network's output, and every other
        value is the input of some step.
    """

    def __init__(self, steps):
        self.steps = tuple(steps)
        receiving = {len(self.steps)}
        for number, step in reversed(list(enumerate(self.steps, 1))):
            if number in receiving:
                receiving.update(step.inputs)
        #: The names of the steps that relevance passes.
        self.names = [step.name for number, step in enumerate(self.steps, 1) if number in receiving]

    def run(self, images):
        """Compute the values one by one and forget each after the last step that needs it.

        Parameters
        ----------
        images : torch.Tensor
            (N, C, H, W)

        Yields
        ------
        output : torch.Tensor
            The step's value, (N, …).
        kept : object
            What its backward pass needs.
        """
        uses = Counter(number for step in self.steps for number in (*step.inputs, *step.constant))
        values = {0: images}
        for number, step in enumerate(self.steps, 1):
            sources = *step.inputs, *step.constant
            inputs = [values[source] for source in sources]
            uses.subtract(sources)
            for source in sources:
                if not uses[source]:
                    values.pop(source, None)
            output, kept = step.forward(*inputs)
            values[number] = output
            del inputs
            yield output, kept

    def forward(self, images):
        """Compute the network's output and a tape of what the backward pass needs."""
        output, tape = images, []
        for output, kept in self.run(images):  # noqa: B007
            tape.append(kept)
        return output, tape

    def backward(self, relevance, tape, keep=()):
        """Pass relevance from the output to the pixels.

        Parameters
        ----------
        relevance : torch.Tensor
            The relevance of the output, (N, …).
        tape : list
            From ``forward``; it is used up.
        keep : collection of str
            The names of steps; the relevance of their inputs is returned as well.

        Returns
        -------
        relevance : torch.Tensor
            (N, C, H, W)
        sums : torch.Tensor
            Its sum, (N,) float64.
        ledger : facelrp.lrp.ledger.Ledger
            An entry for each step that relevance passes.
        layers : dict of str to torch.Tensor
            The relevance of inputs by the name of the step; "name[0]", "name[1]", … if the step has several.
        """
        entries, layers = [], {}
        waiting = {len(self.steps): (relevance, total(relevance))}
        for number, step in reversed(list(enumerate(self.steps, 1))):
            kept = tape.pop()
            if number not in waiting:  # it is held constant by all that use it
                continue
            relevance, sums = waiting.pop(number)
            shares, losses = step.backward(relevance, kept)
            keeps = getattr(step.layer, "moves", False)
            del kept
            totals = [sums if keeps or share is relevance else total(share) for share in shares]
            if step.renormalise:
                below, passed, losses["renormalised"] = _renormalise(shares[0], totals[0], sums)
                shares, totals = (below,), [passed]
            entries.append(Entry(step.name, step.kind, sums, reduce(add, totals), losses))
            if step.name in keep:
                names = [f"{step.name}[{i}]" for i in range(len(shares))] if len(shares) > 1 else [step.name]
                layers.update(reversed(list(zip(names, shares, strict=True))))
            for source, share, passed in zip(step.inputs, shares, totals, strict=True):
                if source in waiting:
                    share, passed = waiting[source][0] + share, waiting[source][1] + passed
                waiting[source] = share, passed
            del shares, share
        relevance, sums = waiting.pop(0)
        return relevance, sums, Ledger(reversed(entries)), dict(reversed(layers.items()))


def _renormalise(relevance, sums, wanted):
    """Rescale each image to the wanted sum; return the relevance, its new sum and the amount taken away.

    Images whose positive and negative relevance almost cancel stay unchanged, since their factor would be unbounded.
    """
    usable = sums.abs() > 1e-6 * total(relevance.abs())
    factor = torch.where(usable, wanted / torch.where(usable, sums, 1), 1)
    rescaled = relevance * factor.to(relevance.dtype).reshape(-1, *[1] * (relevance.dim() - 1))
    after = total(rescaled)
    return rescaled, after, sums - after
