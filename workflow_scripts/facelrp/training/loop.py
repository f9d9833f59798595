"""Training: one loop for base models and fine-tuning, on images or on features computed once."""

import math
import time
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch.nn import functional

from facelrp.errors import InputError
from facelrp.networks.batches import BATCH
from facelrp.networks.winograd import quick_convolutions
from facelrp.training.batch_norm import fold_batch_norm, insert_batch_norm, settle_batch_norm
from facelrp.training.state import capture, restore

#: Inputs that the first statistics of normalised layers are taken from.
SAMPLE = 64


@dataclass(frozen=True)
class Recipe:
    """How to train; the fields are the keys of a recipe in ``config.yaml``.

    Attributes
    ----------
    optimiser : {"sgd", "adamw"}
        SGD has Nesterov momentum.
    rate : float
        Learning rate; the highest one where the schedule varies it.
    epochs : int
    batch : int
        Largest number of faces in a step; an epoch's steps are as equal as can be.
    momentum : float
        Nesterov momentum of SGD.
    weight_decay : float
    schedule : {"constant", "cosine", "one_cycle"}
        Over all steps: no change; down to zero along half a cosine; up from rate/25 within 30 % and down to zero.
    clip : float or None
        Largest norm of the gradient.
    mirror : bool
        Show each face mirrored every other time.
    shift : int
        Largest random shift in pixels, both ways and both directions (a random crop of the padded image).
    unit : float
        What pixels are divided by while training; see `facelrp.networks.surgery.expect_unit`.
    batch_norm : bool
        Whether layers are normalised while training; see `facelrp.training.batch_norm`.
    dropout : float
        Share of the units of fc6 and fc7 that are left out at random in each step of training.
    standardise_ratings : bool
        Whether ratings of mean 0 and variance 1 are learned while fine-tuning; see
        `facelrp.networks.surgery.scale_output`.

    Raises
    ------
    InputError
        If layers are to be normalised over batches of fewer than 3 faces, of which an epoch's may be one face short.
    """

    optimiser: str
    rate: float
    epochs: int
    batch: int
    momentum: float = 0.9
    weight_decay: float = 0.0
    schedule: str = "constant"
    clip: float | None = None
    mirror: bool = False
    shift: int = 0
    unit: float = 1.0
    batch_norm: bool = False
    dropout: float = 0.5
    standardise_ratings: bool = False

    def __post_init__(self):
        if self.batch_norm and self.batch < 3:
            what = f"batch_norm has no statistics over batches of {self.batch}"
            raise InputError(what, "a recipe's batch", "take batches of 3 faces or more, or leave batch_norm out")

    def factor(self, progress):
        """Return the share of the learning rate at a share of all steps in [0, 1)."""
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
                self.rate,
                momentum=self.momentum,
                nesterov=self.momentum > 0,
                weight_decay=self.weight_decay,
                fused=True,
            )
        return torch.optim.AdamW(parameters, self.rate, weight_decay=self.weight_decay, fused=True)


def autocast(device, precision):
    """Return the context in which forward passes run with that precision ("float32" or "bfloat16")."""
    if precision == "float32":
        return nullcontext()
    return torch.autocast(torch.device(device).type, dtype=torch.bfloat16)


def fit(network, inputs, targets, recipe, loss, seed, precision="float32", after_epoch=None, checkpoint=None):
    """Train the network in place, all its parameters that require gradients.

    Parameters
    ----------
    network : torch.nn.Module
        A ``torch.nn.Sequential`` where the recipe asks for ``batch_norm``.
    inputs : Images or Features
        ``inputs(indices, generator)`` gives a batch.
    targets : Tensor, shape (N,)
        Ratings in [0, 1] or class labels.
    recipe : Recipe
    loss : callable
        ``loss(outputs, targets)`` → scalar, see `squared_error` and torch's ``cross_entropy``.
    seed : int
        Seeds order, augmentation and dropout.
    precision : {"float32", "bfloat16"}
        Of the forward pass (autocast); weights and updates are float32.
    after_epoch : callable, optional
        Called with each epoch's record.
    checkpoint : object, optional
        What keeps the training's state: ``load()`` returns one to go on from, or None; ``save(state)`` is offered a
        function that returns one, after every epoch. See `facelrp.training.state`.

    Returns
    -------
    list of dict
        One record per epoch: ``epoch`` from 1, ``loss`` (mean over the epoch's batches, as trained: with dropout and
        augmentation), ``seconds``.
    """
    device = next(network.parameters()).device
    trained = network
    if recipe.batch_norm:
        trained = insert_batch_norm(network, inputs(torch.arange(len(inputs))[:SAMPLE]))
    parameters = [parameter for parameter in trained.parameters() if parameter.requires_grad]
    optimiser = recipe.build(parameters)
    for layer in network.modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.p = recipe.dropout
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)  # dropout draws from torch's global generator
    targets = targets.to(device)
    steps_per_epoch = math.ceil(len(inputs) / recipe.batch)
    saved = checkpoint.load() if checkpoint else None
    history = restore(saved, trained, optimiser, generator) if saved else []
    for record in history if after_epoch else ():
        after_epoch(record)
    trained.train()
    for epoch in range(len(history), recipe.epochs):
        # Losses are added up where they are: to ask for each would have a GPU wait after every step.
        started, total = time.perf_counter(), torch.zeros((), dtype=torch.float64, device=device)
        order = torch.randperm(len(inputs), generator=generator)
        for step, indices in enumerate(order.tensor_split(steps_per_epoch)):
            progress = (epoch * steps_per_epoch + step) / (recipe.epochs * steps_per_epoch)
            for group in optimiser.param_groups:
                group["lr"] = recipe.rate * recipe.factor(progress)
            batch = inputs(indices, generator)
            with quick_convolutions(trained), autocast(device, precision):
                outputs = trained(batch)
            value = loss(outputs.float(), targets[indices])
            optimiser.zero_grad(set_to_none=True)
            value.backward()
            if recipe.clip is not None:
                torch.nn.utils.clip_grad_norm_(parameters, recipe.clip)
            optimiser.step()
            total += value.detach().double() * len(indices)
        mean = total.item() / len(inputs)
        history.append({"epoch": epoch + 1, "loss": mean, "seconds": time.perf_counter() - started})
        if after_epoch:
            after_epoch(history[-1])
        if checkpoint:
            checkpoint.save(lambda: capture(trained, optimiser, generator, history))
    if recipe.batch_norm:
        with quick_convolutions(trained):
            settle_batch_norm(trained, map(inputs, torch.arange(len(inputs)).split(BATCH)))
        fold_batch_norm(trained)
    network.eval()
    return history


def squared_error(outputs, targets):
    """Mean squared error of the single output unit."""
    return functional.mse_loss(outputs.squeeze(1), targets)
