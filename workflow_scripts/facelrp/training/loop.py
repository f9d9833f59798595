"""Training: one loop for base models and fine-tuning, on images or on features computed once."""

import math
import time
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch.nn import functional
from tqdm import tqdm

from facelrp.errors import InputError
from facelrp.networks.batches import BATCH
from facelrp.networks.winograd import quick_convolutions
from facelrp.training.batch_norm import fold_batch_norm, insert_batch_norm, keep_statistics, settle_batch_norm
from facelrp.training.state import capture, restore

#: Number of inputs from which the first statistics of normalised layers are computed.
SAMPLE = 64


@dataclass(frozen=True)
class Recipe:
    """How to train; the fields are the keys of a recipe in ``config.yaml``.

    Attributes
    ----------
    optimiser : {"sgd", "adamw"}
        SGD has Nesterov momentum.
    learning_rate : float
        The highest one if the schedule varies it.
    epochs : int
    batch_size : int
        Largest number of faces in a step; the steps of an epoch are as equal as possible.
    momentum : float
        Nesterov momentum of SGD.
    weight_decay : float
    schedule : {"constant", "cosine", "one_cycle"}
        Over all steps: no change; half a cosine down to zero; up from 1/25 of the learning rate within 30 % of the
        steps, then down to zero.
    clip_gradient_norm : float or None
        Largest norm of the gradient.
    mirror : bool
        Mirror each face with probability 1/2.
    shift_pixels : int
        Largest random shift, horizontal and vertical, either way (a random crop of the padded image).
    divide_pixels_by : float
        Divisor of pixels during training; see `facelrp.training.conditioning`.
    batch_norm : bool
        Whether layers are normalised during training; see `facelrp.training.batch_norm`.
    dropout : float
        Share of the units of hidden dense layers that are dropped at random in each step of training.
    standardise_ratings : bool
        Whether fine-tuning learns ratings of mean 0 and variance 1; see `facelrp.training.conditioning`.
    feature_norm : float or None
        Mean squared norm of features during fine-tuning, None for that of the base model; see there.

    Raises
    ------
    InputError
        If layers are normalised over batches of fewer than 3 faces: a step may have one face fewer, and a single face
        has no statistics.
    """

    optimiser: str
    learning_rate: float
    epochs: int
    batch_size: int
    momentum: float = 0.9
    weight_decay: float = 0.0
    schedule: str = "constant"
    clip_gradient_norm: float | None = None
    mirror: bool = False
    shift_pixels: int = 0
    divide_pixels_by: float = 1.0
    batch_norm: bool = False
    dropout: float = 0.5
    standardise_ratings: bool = False
    feature_norm: float | None = None

    def __post_init__(self):
        if self.batch_norm and self.batch_size < 3:
            what = f"batch_norm has no statistics over batches of {self.batch_size}"
            raise InputError(what, "a recipe's batch_size", "take batches of 3 faces or more, or leave batch_norm out")

    @property
    def image_options(self):
        """The options of `facelrp.networks.batches.Images` during training."""
        return {
            "mirror": self.mirror,
            "shift_pixels": self.shift_pixels,
            "divide_pixels_by": self.divide_pixels_by,
        }

    def factor(self, progress):
        """Return the factor of the learning rate after a share ``progress``, in [0, 1), of all steps."""
        if self.schedule == "one_cycle" and progress < 0.3:
            return 0.04 + 0.96 * (1 - math.cos(math.pi * progress / 0.3)) / 2
        if self.schedule == "one_cycle":
            progress = (progress - 0.3) / 0.7
        return 1.0 if self.schedule == "constant" else (1 + math.cos(math.pi * progress)) / 2

    def build(self, parameters):
        """Return the optimiser for these parameters, in torch's fused form."""
        if self.optimiser == "sgd":
            return torch.optim.SGD(
                parameters,
                self.learning_rate,
                momentum=self.momentum,
                nesterov=self.momentum > 0,
                weight_decay=self.weight_decay,
                fused=True,
            )
        return torch.optim.AdamW(parameters, self.learning_rate, weight_decay=self.weight_decay, fused=True)


def autocast(device, precision):
    """Return the context for forward passes in a precision, "float32" or "bfloat16"."""
    if precision == "float32":
        return nullcontext()
    return torch.autocast(torch.device(device).type, dtype=torch.bfloat16)


def fit(
    network,
    inputs,
    targets,
    recipe,
    loss,
    seed,
    *,
    precision="float32",
    own_statistics="trained",
    after_epoch=None,
    checkpoint=None,
):
    """Train all parameters of a network that require gradients, in place.

    Parameters
    ----------
    network : torch.nn.Module
        A ``torch.nn.Sequential`` if the recipe has ``batch_norm``.
    inputs : Images or Features
        ``inputs(indices, generator)`` returns a batch.
    targets : Tensor, shape (N,)
        Ratings in [0, 1] or class labels.
    recipe : Recipe
    loss : callable
        ``loss(outputs, targets)`` → scalar, see `squared_error` and torch's ``cross_entropy``.
    seed : int
        Seed of order, augmentation and dropout.
    precision : {"float32", "bfloat16"}
        Precision of the forward pass (autocast); weights and updates are float32.
    own_statistics : {"trained", "kept"}
        What becomes of batch norms that the network has of its own, see `facelrp.training.batch_norm.keep_statistics`.
    after_epoch : callable, optional
        Called with the record of each epoch.
    checkpoint : object, optional
        Keeps the state of the training (see `facelrp.training.state`): ``load()`` returns a state to continue from, or
        None; ``save(state)`` is called after every epoch with a function that returns the state.

    Returns
    -------
    list of dict
        One record per epoch: ``epoch`` from 1, ``loss`` (mean over the epoch's batches, as trained: with dropout and
        augmentation), ``seconds``.

    Raises
    ------
    InputError
        If the training diverges: a loss or a weight becomes NaN or infinite.
    """
    device = next(network.parameters()).device
    trained = network
    if recipe.batch_norm:
        trained = insert_batch_norm(network, inputs(torch.arange(len(inputs))[:SAMPLE]))
    parameters = [parameter for parameter in trained.parameters() if parameter.requires_grad]
    optimiser = recipe.build(parameters)
    for layer in network.children():
        if isinstance(layer, torch.nn.Dropout):
            layer.p = recipe.dropout
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)  # dropout draws from torch's global generator
    targets = targets.to(device)
    steps_per_epoch = math.ceil(len(inputs) / recipe.batch_size)
    saved = checkpoint.load() if checkpoint else None
    history = restore(saved, trained, optimiser, generator) if saved else []
    for record in history if after_epoch else ():
        after_epoch(record)
    trained.train()
    if own_statistics == "kept":
        keep_statistics(trained)
    for epoch in range(len(history), recipe.epochs):
        # Losses are summed on their device: reading each one would make a GPU wait after every step.
        started, total = time.perf_counter(), torch.zeros((), dtype=torch.float64, device=device)
        order = torch.randperm(len(inputs), generator=generator)
        for step, indices in enumerate(order.tensor_split(steps_per_epoch)):
            progress = (epoch * steps_per_epoch + step) / (recipe.epochs * steps_per_epoch)
            for group in optimiser.param_groups:
                group["lr"] = recipe.learning_rate * recipe.factor(progress)
            batch = inputs(indices, generator)
            with quick_convolutions(trained), autocast(device, precision):
                outputs = trained(batch)
            value = loss(outputs.float(), targets[indices])
            optimiser.zero_grad(set_to_none=True)
            value.backward()
            if recipe.clip_gradient_norm is not None:
                torch.nn.utils.clip_grad_norm_(parameters, recipe.clip_gradient_norm)
            optimiser.step()
            total += value.detach().double() * len(indices)
        mean = total.item() / len(inputs)
        if not math.isfinite(mean):
            raise diverged(f"the loss of epoch {epoch + 1} is {mean}")
        history.append({"epoch": epoch + 1, "loss": mean, "seconds": time.perf_counter() - started})
        if after_epoch:
            after_epoch(history[-1])
        if checkpoint:
            checkpoint.save(lambda: capture(trained, optimiser, generator, history))
    if recipe.batch_norm:
        with quick_convolutions(trained):
            settle_batch_norm(trained, map(inputs, torch.arange(len(inputs)).split(BATCH)))
        fold_batch_norm(trained)
    if not all(parameter.isfinite().all() for parameter in network.parameters()):
        raise diverged("weights are NaN or infinite after the last epoch")
    network.eval()
    return history


def diverged(sign):
    """Return the error of a training whose numbers are no longer finite."""
    fix = "give its recipe a lower learning_rate, or a clip_gradient_norm"
    return InputError(f"it diverged: {sign}", "the training", fix)


def show_progress(recipe, log):
    """Show a bar of epochs; return the ``after_epoch`` that moves it on and writes a line to the log."""
    bar = tqdm(total=recipe.epochs, desc="epochs", disable=None)

    def after_epoch(record):
        bar.update()
        log.info("epoch {epoch}: loss {loss:.5f}, {seconds:.1f} s".format(**record))

    return after_epoch


def squared_error(outputs, targets):
    """Return the mean squared error of the single output unit."""
    return functional.mse_loss(outputs.squeeze(1), targets)
