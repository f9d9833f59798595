"""Explanations: the forward pass, the propagation of relevance back to the pixels, and the ledger of both."""

from dataclasses import dataclass
from itertools import chain

import torch

from facelrp.errors import InputError
from facelrp.lrp.attention import require_attention
from facelrp.lrp.comparison import IMAGES, require_same_output
from facelrp.lrp.composites import rule_from_config
from facelrp.lrp.exported.programs import export
from facelrp.lrp.joining import Addition
from facelrp.lrp.ledger import Ledger, total
from facelrp.lrp.rules import PAPER_RULE
from facelrp.lrp.structure import require_lrn
from facelrp.lrp.supported import require_values
from facelrp.lrp.surroundings import evaluating, full_precision, working_dtype
from facelrp.lrp.tracing import first_weight, graph_of, is_sequence


@dataclass(frozen=True)
class Explanation:
    """The relevance of pixels for the output of a network.

    Attributes
    ----------
    relevance : torch.Tensor
        (N, C, H, W), in units of the output, on the network's device; float64 for a network in float64, otherwise
        float32.
    output : torch.Tensor
        (N,), the explained raw output f(x), or Σ w·f(x).
    baseline : torch.Tensor
        (N,), what f(x) is compared with: 0, or the mean output of the references (`facelrp.lrp.references`).
    target : torch.Tensor
        What was explained: the index of the output unit (N,), or the weights of all units (N, units).
    ledger : Ledger
        Sums and losses of every layer.
    layers : dict of str to torch.Tensor
        Relevance of the inputs of the layers named by ``keep``; those of a layer with several are "name[0]", "name[1]".
        Images are the first axis, wherever the network has them.
    """

    relevance: torch.Tensor
    output: torch.Tensor
    baseline: torch.Tensor
    target: torch.Tensor
    ledger: Ledger
    layers: dict

    @property
    def heatmap(self):
        """Relevance summed over channels: (N, H, W)."""
        return self.relevance.sum(1)

    def conservation_error(self):
        """Return the relative error of each image: ``|ΣR + Σ losses − (f(x) − baseline)| / max(|f(x)|, |baseline|)``.

        Returns
        -------
        torch.Tensor
            (N,), float64.
        """
        output, baseline = self.output.double(), self.baseline.double()
        gap = (total(self.relevance) + self.ledger.lost() - (output - baseline)).abs()
        return torch.where(gap == 0, gap, gap / torch.maximum(output.abs(), baseline.abs()))


class Explainer:
    """A network prepared for explanation by one rule; its weights are split once for any number of calls.

    The network itself is only read: no hooks, no autograd, no change of parameters or of training mode (dropout is
    always off in explanations). If its weights change or it moves to another device, make a new Explainer.

    Networks in float16 or bfloat16 are computed in float32. The caller's autocast and torch's settings of the precision
    of float32 have no influence. In the first batch, the explained output is compared with that of the network's own
    forward.

    Parameters
    ----------
    network : torch.nn.Module
        An ``nn.Sequential``, nested to any depth, of convolutions, dense layers, ReLU, pooling, LRN, flatten, dropout
        and identity. Or any network that torch.export can trace, such as a residual network, by itself or in an
        ``nn.Sequential`` with a head, of the operations in `facelrp.lrp.exported.operations`: it is traced when the
        first image is explained, and again for images of another size.
    rule : Rule or Composite
        The rule of all layers with weights, or one for each group of them.
    lrn : {"identity", "taylor"}
        How relevance passes local response normalisation of an ``nn.Sequential``: unchanged, or by the expansion of
        Binder et al. (2016).
    add : {"ratio", "proportional"}, optional
        How the terms of a sum share relevance, see `facelrp.lrp.joining.Addition`; by default as the composite says,
        otherwise "ratio".
    attention : {"cp", "attnlrp"}, optional
        How relevance passes attention, see `facelrp.lrp.attention`; by default as the composite says, otherwise "cp".

    Raises
    ------
    facelrp.errors.InputError
        If relevance cannot follow a layer, or a container is more than a chain of its children; the message names it.
    ValueError
        If ``lrn``, ``add`` or ``attention`` is not one of the two.
    """

    def __init__(self, network, rule=PAPER_RULE, lrn="identity", add=None, attention=None):
        add = add or getattr(rule, "add", None) or "ratio"
        attention = attention or getattr(rule, "attention", None) or "cp"
        Addition(add)  # refuses another name
        require_attention(attention)
        require_lrn(lrn)
        self.options, self.program, self.shape = (rule, lrn, add, attention), None, None
        with torch.no_grad(), evaluating(network), full_precision():
            if is_sequence(network):
                self.graph = graph_of(network, None, *self.options)
            else:
                require_values(network)
            weight = first_weight(network)
        if weight is None:
            weight = torch.empty(0, dtype=torch.float32, device="cpu")
        self.device, self.dtype = weight.device, working_dtype(weight.dtype)
        self.network, self.state, self.compared = network, _state(network), False

    @classmethod
    def from_config(cls, network, config, pixel_range=None):
        """Make an explainer from a configuration's ``rule`` (see `rule_from_config`), ``lrn``, ``add``, ``attention``.

        The last two may be missing.
        """
        rule = rule_from_config(config["rule"], pixel_range)
        return cls(network, rule, config["lrn"], config.get("add"), config.get("attention"))

    @torch.no_grad()
    def __call__(self, images, target=None, batch_size=32, keep=()):
        """Explain one output unit, or a weighted sum of the output units, for each image.

        Parameters
        ----------
        images : torch.Tensor
            (N, C, H, W), the mean already subtracted; converted to the network's device and the type computed in.
        target : int or torch.Tensor, optional
            The output unit to explain: one for all images, or (N,) integers. Required if the network has several. Or
            the weights w of the output units, (N, units) floats: Σ w·f is explained. For a network that recognises
            faces, whose outputs have no meaning one by one, w is a face's embedding divided by its length.
        batch_size : int
            How many images are explained at a time. It limits memory and changes nothing else.
        keep : iterable of str, or "all"
            Names of layers; the relevance of their inputs is returned as well.

        Returns
        -------
        Explanation

        Raises
        ------
        ValueError
            If there are no images, the target is missing, out of range or of another shape, or a name in ``keep`` is
            unknown.
        facelrp.errors.InputError
            If the images do not fit the network, are not finite or give an output or relevance that is not; if the
            network's own output is another; if its weights have changed since the Explainer was made.
        """
        self._require_images(images)
        if isinstance(target, torch.Tensor) and target.dim() > 0 and len(target) != len(images):
            raise ValueError(f"there are {len(images)} images but {len(target)} targets")
        if _state(self.network) != self.state:
            what = "the weights have been changed or moved since the Explainer was made"
            raise InputError(what, type(self.network).__name__, "make a new Explainer")
        self._prepare(images.shape[1:])
        keep = self._names(keep)
        targets = [target] * len(range(0, len(images), batch_size))
        if isinstance(target, torch.Tensor) and target.dim() > 0:
            targets = target.split(batch_size)
        with full_precision():
            batches = [
                self._explain(batch.to(self.device, self.dtype), chosen, keep)
                for batch, chosen in zip(images.split(batch_size), targets, strict=True)
            ]
        if len(batches) == 1:
            return batches[0]
        return Explanation(
            relevance=torch.cat([batch.relevance for batch in batches]),
            output=torch.cat([batch.output for batch in batches]),
            baseline=torch.cat([batch.baseline for batch in batches]),
            target=torch.cat([batch.target for batch in batches]),
            ledger=Ledger.concatenate([batch.ledger for batch in batches]),
            layers={name: torch.cat([batch.layers[name] for batch in batches]) for name in batches[0].layers},
        )

    def _require_images(self, images, kind="image"):
        if images.dim() != 4 or images.numel() == 0 or images.is_complex():
            what = f"the shape is {tuple(images.shape)}, the type {images.dtype}"
            raise ValueError(f"{kind}s must be (N, C, H, W) with N > 0, of real numbers, but {what}")
        if not all(extreme.to(self.dtype).isfinite() for extreme in images.aminmax()):
            image = images.to(self.dtype).isfinite().flatten(1).all(1).int().argmin().item()
            what = f"its pixels are NaN or infinite, or beyond the range of {self.dtype}"
            raise InputError(what, f"{kind} {image}", "replace them by numbers")

    def _prepare(self, shape):
        """Trace the network for images of this shape, unless it has been, or is a sequence."""
        if is_sequence(self.network) or shape == self.shape:
            return
        self.program = export(self.network, shape)
        with full_precision():
            self.graph = graph_of(self.network, self.program, *self.options)
        self.shape = shape

    def _names(self, keep):
        names = self.graph.names
        if keep == "all":
            return set(names)
        keep = {keep} if isinstance(keep, str) else set(keep)
        if unknown := sorted(keep - set(names)):
            raise ValueError(f"no layer is called {', '.join(unknown)}; the layers are {', '.join(names)}")
        return keep

    def _explain(self, x, target, keep):
        if self.device.type == "cpu":
            # channels_last saves oneDNN a reordering of every map
            x = x.contiguous(memory_format=torch.channels_last)
        images = x[:IMAGES]
        x, tape = self.graph.forward(x)
        target = self._target(target, x)
        self._require_finite("output", x)
        if not self.compared:
            require_same_output(self.network, images, x[:IMAGES], self.program)
            self.compared = True
        output, baseline, relevance = self._start(x, target)
        relevance, sums, ledger, layers = self.graph.backward(relevance, tape, keep)
        self._require_finite("relevance", sums[:, None])
        return Explanation(
            relevance=relevance.contiguous(),
            output=output,
            baseline=baseline,
            target=target,
            ledger=ledger,
            layers=layers,
        )

    def _start(self, x, target):
        """Return the explained outputs (N,), what they are compared with (N,), and the relevance of x (N, units)."""
        if target.is_floating_point():
            relevance = x * target
            output = relevance.sum(1)
            return output, torch.zeros_like(output), relevance
        output = x.gather(1, target[:, None])[:, 0]
        units = torch.arange(x.shape[1], device=x.device)
        return output, torch.zeros_like(output), torch.where(units == target[:, None], x, 0)

    def _require_finite(self, kind, values):
        if not (finite := values.isfinite().all(1)).all():
            image = finite.int().argmin().item()
            what = f"the {kind} of image {image} of its batch is NaN or infinite, beyond the range of {self.dtype}"
            fix = "if its weights have diverged, train it with a lower learning rate; otherwise check the images' scale"
            raise InputError(what, type(self.network).__name__, fix)

    @staticmethod
    def _target(target, output):
        if output.dim() != 2:
            raise ValueError(f"the network must end in (N, units), but its output is {tuple(output.shape)}")
        count, units = output.shape
        if target is None:
            if units != 1:
                raise ValueError(f"the network has {units} output units: say by target which one to explain")
            target = 0
        target = torch.as_tensor(target, device=output.device)
        if target.is_floating_point() and target.shape == output.shape:
            if not (target := target.to(output.dtype)).isfinite().all():
                raise ValueError(f"target has weights that are NaN or infinite, or beyond the range of {output.dtype}")
            return target
        if target.is_floating_point() or target.dim() > 1:
            what = "target must be an integer, one integer for each image, or weights of the outputs, (N, units) floats"
            raise ValueError(f"{what}; here (N, units) is {tuple(output.shape)}")
        if target.min() < 0 or target.max() >= units:
            raise ValueError(f"target must be from 0 to {units - 1}, the output units of the network")
        return target.long().expand(count)


def _state(network):
    """Return where the weights are and how often PyTorch has seen them change."""
    tensors = chain(network.parameters(), network.buffers())
    return [(tensor.data_ptr(), None if tensor.is_inference() else tensor._version) for tensor in tensors]


def explain(
    network, images, rule=PAPER_RULE, target=None, batch_size=32, lrn="identity", keep=(), add=None, attention=None
):
    """Explain the output of a network for each image: ``Explainer`` for a single call.

    Parameters and errors are those of ``Explainer`` and of its call.

    Returns
    -------
    Explanation
        ``relevance`` (N, C, H, W), ``heatmap`` (N, H, W), ``output`` (N,), ``ledger``.
    """
    return Explainer(network, rule, lrn, add, attention)(images, target, batch_size, keep)
