"""Products of two values that both depend on pixels, such as a signal and its gate. Each is a `Join`."""

from facelrp.lrp.joining import summed_to


class Gate:
    """A signal times its gate, such as that of squeeze and excitation: the signal receives all relevance.

    The gate is held constant, like a weight: it says how much of the signal passes (Arras et al. 2017, *Explaining
    recurrent neural network predictions in sentiment analysis*: "signal-take-all"). The inputs are the signal and the
    gate.
    """

    def forward(self, signal, gate):
        return signal * gate, signal.shape

    def backward(self, relevance, shape):
        return summed_to(relevance, shape), {}


class Factors:
    """A product of two values of equal rank: half of the relevance for each (Achtibat et al. 2024, eq. 7)."""

    def forward(self, x, y):
        return x * y, (x.shape, y.shape)

    def backward(self, relevance, shapes):
        return tuple(summed_to(relevance / 2, shape) for shape in shapes), {}
