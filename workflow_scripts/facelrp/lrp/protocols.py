"""The contracts of a propagation rule, of the layers that carry it out, and of those where branches meet."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Layer(Protocol):
    """A layer of a network as relevance propagation uses it.

    `facelrp.lrp.propagation` has the layers with weights, `facelrp.lrp.passing` those without. Neither method changes
    the PyTorch module. A layer that only moves values may have the attribute ``moves = True``: sums are then not taken
    again.
    """

    def forward(self, x):
        """Compute the layer's output.

        Parameters
        ----------
        x : torch.Tensor
            The layer's inputs, (N, …).

        Returns
        -------
        output : torch.Tensor
            (N, …)
        kept : object
            Whatever ``backward`` needs from this pass.
        """

    def backward(self, relevance, kept, /):
        """Pass relevance from the layer's outputs to its inputs.

        It may overwrite ``kept``, but never the relevance it is given.

        Parameters
        ----------
        relevance : torch.Tensor
            The relevance of the outputs, in their shape.
        kept : object
            What ``forward`` returned for the same inputs.

        Returns
        -------
        relevance : torch.Tensor
            The relevance of the inputs, in their shape.
        losses : dict of str to torch.Tensor
            What was lost, (N,) float64, by cause; the causes are in `facelrp.lrp.ledger.LOSSES`.
        """


@runtime_checkable
class Join(Protocol):
    """A layer with several inputs, as in `facelrp.lrp.joining`. Neither method changes anything outside it."""

    def forward(self, *inputs):
        """Compute the layer's output.

        Parameters
        ----------
        *inputs : torch.Tensor
            Each (N, …).

        Returns
        -------
        output : torch.Tensor
            (N, …)
        kept : object
            Whatever ``backward`` needs from this pass.
        """

    def backward(self, relevance, kept, /):
        """Pass relevance from the layer's outputs to its inputs, with the freedom of ``Layer.backward``.

        Parameters
        ----------
        relevance : torch.Tensor
            The relevance of the outputs, in their shape.
        kept : object
            What ``forward`` returned for the same inputs.

        Returns
        -------
        relevance : tuple of torch.Tensor
            The relevance of each input, in its shape.
        losses : dict of str to torch.Tensor
            What was lost, (N,) float64, by cause.
        """


@runtime_checkable
class Rule(Protocol):
    """A propagation rule: small immutable data, and a method that makes a layer which passes relevance by this rule.

    A rule may have the attribute ``renormalise``. If it is true, the relevance of each image is rescaled after every
    layer so that its sum is kept.
    """

    def layer(self, linear, signed, name) -> Layer:
        """Make the layer that passes relevance through a convolution or a dense layer by this rule.

        Parameters
        ----------
        linear : facelrp.lrp.affine.Dense or facelrp.lrp.affine.Convolution
            The layer's linear map.
        signed : bool
            Whether its inputs may be negative.
        name : str
            The layer's name, for errors.
        """
