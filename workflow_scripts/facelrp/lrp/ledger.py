"""The ledger of relevance: how much enters and leaves each layer, and where the difference went."""

from dataclasses import dataclass, field

import torch

#: The ways in which a layer can lose relevance (negative: gain). With them every layer balances:
#: relevance_in + bias + epsilon + empty_side + surplus + renormalised = relevance_out.
#:
#: bias          absorbed by the layer's bias, which is not an input and passes nothing on
#: epsilon       absorbed by the stabiliser ε
#: empty_side    relevance of a side (or unit) without contributions, so that no input can receive it
#: surplus       (1 − α − β)R, if the rule is allowed not to conserve relevance
#: renormalised  taken away (negative: given back) by the renormalisation step
LOSSES = ("bias", "epsilon", "empty_side", "surplus", "renormalised")

#: Further ways, which only networks with branches have; `Ledger.rows` lists them if they occur.
#:
#: constant      received by an input that is the same for all images, such as a learned offset
#: softmax       received by the constant term of a softmax's expansion, which is no input
GRAPH_LOSSES = ("constant", "softmax")


def total(relevance):
    """Sum the relevance of each image in float64.

    Channels are summed first, in the tensor's own precision: a few hundred terms, summed pairwise. Doing all of it in
    float64 is twice as slow and changes nothing at 1e-7.

    Parameters
    ----------
    relevance : torch.Tensor
        (N, …)

    Returns
    -------
    torch.Tensor
        (N,), float64.
    """
    if relevance.dim() > 2:
        relevance = relevance.sum(1)
    return relevance.flatten(1).sum(1, dtype=torch.float64)


@dataclass(frozen=True)
class Entry:
    """One layer's balance for a batch of N images: every tensor is (N,), float64, in units of the output f(x).

    Attributes
    ----------
    layer, kind : str
        The layer's name in the network, and its type.
    relevance_out, relevance_in : torch.Tensor
        Σ R at the output of the layer (where LRP enters it) and at its input (where LRP leaves it).
    losses : dict of str to torch.Tensor
        The difference by cause. The causes are those of ``LOSSES`` and ``GRAPH_LOSSES`` that apply to the layer.
    """

    layer: str
    kind: str
    relevance_out: torch.Tensor
    relevance_in: torch.Tensor
    losses: dict = field(default_factory=dict)


class Ledger:
    """The entries of all layers of one explanation, in the order of the network.

    Parameters
    ----------
    entries : sequence of Entry
        From the first layer of the network to the last.
    """

    def __init__(self, entries):
        self.entries = tuple(entries)

    def __iter__(self):
        return iter(self.entries)

    def __len__(self):
        return len(self.entries)

    @classmethod
    def concatenate(cls, ledgers):
        """Join the ledgers of successive batches of images through the same network."""

        def join(same):
            # A batch has only the causes that occurred in it.
            causes = dict.fromkeys(cause for entry in same for cause in entry.losses)
            return Entry(
                same[0].layer,
                same[0].kind,
                torch.cat([entry.relevance_out for entry in same]),
                torch.cat([entry.relevance_in for entry in same]),
                {
                    cause: torch.cat([entry.losses.get(cause, torch.zeros_like(entry.relevance_in)) for entry in same])
                    for cause in causes
                },
            )

        return cls([join(same) for same in zip(*ledgers, strict=True)])

    def lost(self):
        """Return the total loss of all layers (negative: gain): (N,), float64."""
        return sum(loss for entry in self for loss in entry.losses.values())

    def rows(self):
        """List the ledger as one dict for each image and layer.

        Returns
        -------
        list of dict
            Keys image (its index in the call), layer, kind, relevance_out, relevance_in, every cause of ``LOSSES``,
            and those of ``GRAPH_LOSSES`` that occur in some layer.
            Images are in order; the layers of each image run from first to last.
        """
        if not self.entries:
            return []
        tensors = [
            {"relevance_out": entry.relevance_out, "relevance_in": entry.relevance_in, **entry.losses} for entry in self
        ]
        # One large transfer from a GPU is faster than a hundred small ones.
        numbers = iter(torch.stack([values for layer in tensors for values in layer.values()]).tolist())
        columns = [{name: next(numbers) for name in layer} for layer in tensors]
        causes = LOSSES + tuple(cause for cause in GRAPH_LOSSES if any(cause in layer for layer in tensors))
        return [
            {
                "image": image,
                "layer": entry.layer,
                "kind": entry.kind,
                **dict.fromkeys(("relevance_out", "relevance_in", *causes), 0.0),
                **{name: values[image] for name, values in column.items()},
            }
            for image in range(len(self.entries[0].relevance_out))
            for entry, column in zip(self, columns, strict=True)
        ]

    def frame(self):
        """Return ``rows`` as a pandas.DataFrame."""
        import pandas  # imported here because explanations do not need it

        return pandas.DataFrame(self.rows())
