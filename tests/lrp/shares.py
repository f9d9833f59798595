"""An oracle for relevance against references: a network of shares, each of value 1, and autograd through it.

While a network runs on an image and its references, each of its values v for the image has a tag t of value 1. A
function of PyTorch has its counterpart for tags: the mean of the inputs' tags, weighted by what the inputs contribute
to the output. If R is the relevance of a value, then ∂(Σ R·t)/∂t of the pixels' tags is their relevance. Contributions
are written with all references one by one; no code is shared with `facelrp.lrp`.
"""

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode

#: Functions of each value by itself.
EACH = ("relu", "gelu", "silu", "hardswish", "relu6", "hardtanh", "dropout", "batch_norm", "mul", "__mul__", "__rmul__")
#: Functions that move values.
MOVES = ("permute", "flatten", "cat")
SUMS = ("add", "sub", "__add__", "__sub__")
AVERAGES = ("avg_pool2d", "adaptive_avg_pool2d", "mean")


def over(numerator, denominator):
    """Divide by a constant, with 0/0 = 0."""
    return numerator / torch.where(denominator == 0, torch.inf, denominator)


class Shares(TorchFunctionMode):
    """Within this context, the tags of values follow what PyTorch computes.

    Parameters
    ----------
    values : torch.Tensor
        The image and its references, (1 + M, C, H, W).
    tags : torch.Tensor
        (1, C, H, W); from an average with one position on, or the first dense layer, one for each reference, (M, …).
    """

    def __init__(self, values, tags):
        super().__init__()
        self.tags, self.alive, self.compares = {id(values): tags}, [values], False

    def __torch_function__(self, function, types, args=(), kwargs=None):
        name = getattr(function, "__name__", "")
        kwargs = {key: argument for key, argument in (kwargs or {}).items() if key != "inplace"}
        if name == "add_":
            function, name = torch.add, "add"
        inputs, value = args[0] if name == "cat" else args, function(*args, **kwargs)
        if isinstance(value, torch.Tensor) and any(id(x) in self.tags for x in inputs):
            self.tags[id(value)] = self.of(name, function, inputs, args, kwargs, value)
            self.alive.append(value)
        return value

    def of(self, name, function, inputs, args, kwargs, value):
        """Return the tags of a function's value."""
        tagged = [x for x in inputs if id(x) in self.tags]
        tags, x = [self.tags[id(x)] for x in tagged], tagged[0]
        if name in EACH:
            return tags[0]
        if name in MOVES:
            return function(tags if name == "cat" else tags[0], *args[1:], **kwargs)
        if name in ("conv2d", "linear"):
            self.compares = self.compares or name == "linear"
            weight = args[1].detach()
            weight = weight if self.compares else weight.square()
            return self.share([x], lambda x: function(x, weight, None, *args[3:]))
        if name in SUMS:
            return self.share(tagged, lambda *terms: sum(terms).expand(-1, *value.shape[1:]))
        if name in AVERAGES:
            self.compares = value[0].numel() == value.shape[1]
            return self.share([x], lambda x: function(x, *args[1:], **kwargs))
        if name == "max_pool2d":
            _, winners = F.max_pool2d(x[:1], *args[1:], **kwargs | {"return_indices": True})
            return tags[0].flatten(2).gather(2, winners.flatten(2)).reshape(winners.shape)
        raise NotImplementedError(name)

    def share(self, inputs, combine):
        """Return tags in proportion to what the inputs contribute: to each difference, or to their mean square."""
        differences = [(x[:1] - x[1:]).detach() for x in inputs]
        if not self.compares:
            differences = [each.square().mean(0, keepdim=True) for each in differences]
        tagged = [each * self.tags[id(x)] for x, each in zip(inputs, differences, strict=True)]
        return over(combine(*tagged), combine(*differences))


def relevance_by_shares(network, image, references, contrast):
    """Return the relevance (C, H, W) of one image for Σ contrast·f, against references (M, C, H, W)."""
    values, tags = torch.cat([image[None], references]), torch.ones_like(image[None]).requires_grad_()
    with Shares(values, tags) as shares:
        outputs = network(values)
    relevance = (contrast * (outputs[:1] - outputs[1:]) / len(references)).detach()
    (passed,) = torch.autograd.grad((relevance * shares.tags[id(outputs)]).sum(), tags)
    return passed[0]
