"""The history of fine-tuning begins before any training, in the units of all other errors, also after a power cut."""

from collections import OrderedDict
from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import nn

from facelrp.networks.batches import Features, Images
from facelrp.training.fine_tuning import train
from facelrp.training.loop import Recipe

#: On [0, 1].
RATINGS = np.random.default_rng(1).uniform(0, 1, 20)


class Killed(Exception):
    """Stands for a power cut."""


class Kept:
    """A checkpoint in memory; the training dies after ``killed_after`` epochs."""

    def __init__(self):
        self.state, self.killed_after = None, None

    def load(self):
        return self.state

    def save(self, state):
        self.state = {key: value.clone() if torch.is_tensor(value) else value for key, value in state().items()}
        self.state["network"] = {name: value.clone() for name, value in self.state["network"].items()}
        self.state["history"] = list(self.state["history"])
        if len(self.state["history"]) == self.killed_after:
            raise Killed


def network():
    torch.manual_seed(1)
    layers = OrderedDict(
        conv1=nn.Conv2d(3, 2, 15, stride=8),
        pool1=nn.MaxPool2d(9, 9),
        flatten=nn.Flatten(),
        fc6=nn.Linear(18, 5),
        relu6=nn.ReLU(),
        drop6=nn.Dropout(),
        fc8=nn.Linear(5, 1),
    )
    return nn.Sequential(layers).eval()


def faces(mode):
    """Inputs of a mode: features of two views, or images that a recipe mirrors and shifts; and both as tensors."""
    if mode == "dense":
        features = torch.randn(2, 20, 18, generator=torch.Generator().manual_seed(2))
        return Features(features), features[0]
    images = np.random.default_rng(3).integers(0, 256, (20, 227, 227, 3), dtype=np.uint8)
    mean = torch.tensor([90.0, 110.0, 130.0])
    inputs = Images(images, mean, mirror=True, shift_pixels=9, divide_pixels_by=64)
    return inputs, torch.from_numpy(images).permute(0, 3, 1, 2).float() - mean.view(1, 3, 1, 1)


@pytest.mark.parametrize("standardise_ratings", [False, True])
@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("mode", ["dense", "full"])
def test_epoch_0_is_the_error_of_the_network_as_it_starts(mode, batch_norm, standardise_ratings):
    start, (inputs, faces_as_they_are) = network(), faces(mode)
    layers = start if mode == "full" else start[3:]
    with torch.no_grad():
        outputs = layers(faces_as_they_are).squeeze(1).double().numpy()
    expected = np.square(outputs - RATINGS).mean()
    recipe = Recipe(
        "adamw", 1e-3, 2, 8, mirror=True, shift_pixels=9, divide_pixels_by=64, dropout=0.9, batch_norm=batch_norm
    )
    recipe = Recipe(**{**vars(recipe), "standardise_ratings": standardise_ratings})
    history = train(start, inputs, RATINGS, recipe, 1)
    assert [record["epoch"] for record in history] == [0, 1, 2]
    assert history[0]["loss"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(("mode", "rate"), [("dense", 1e-3), ("full", 1e-7)])
def test_base_models_that_differ_in_the_size_of_features_alone_learn_alike_at_one_norm(mode, rate):
    """The last convolution of one is three times as large, and fc6 a third: the same function, but other gradients."""
    small, large, histories = network(), network(), {}
    with torch.no_grad():
        large.conv1.weight *= 3
        large.conv1.bias *= 3
        large.fc6.weight /= 3
    for norm in (None, 30.0):
        recipe = Recipe("sgd", rate, 3, 8, divide_pixels_by=64, feature_norm=norm, dropout=0)
        for name, start in (("small", small), ("large", large)):
            inputs, _ = faces(mode)
            inputs = inputs.times(3) if name == "large" and mode == "dense" else inputs
            history = train(deepcopy(start), inputs, RATINGS, recipe, 1)
            histories[name, norm] = [record["loss"] for record in history]
    assert histories["small", 30] == pytest.approx(histories["large", 30], rel=1e-4)
    assert histories["small", None] != pytest.approx(histories["large", None], rel=1e-2)
    # Before training they agree, whatever their features.
    before = [history[0] for history in histories.values()]
    assert before == pytest.approx([before[0]] * 4, rel=1e-4)


def test_the_error_before_training_changes_nothing_of_the_training():
    recipe, (inputs, _) = Recipe("adamw", 1e-3, 2, 8), faces("dense")
    first, again = network(), network()
    assert train(first, inputs, RATINGS, recipe, 1)[0] == train(again, inputs, RATINGS, recipe, 1)[0]
    for one, other in zip(first.state_dict().values(), again.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_an_interrupted_training_has_one_epoch_0():
    recipe, (inputs, _) = Recipe("adamw", 1e-2, 4, 8, standardise_ratings=True), faces("dense")
    whole = train(network(), inputs, RATINGS, recipe, 1)
    kept = Kept()
    kept.killed_after = 2
    with pytest.raises(Killed):
        train(network(), inputs, RATINGS, recipe, 1, checkpoint=kept)
    kept.killed_after = None
    resumed = train(network(), inputs, RATINGS, recipe, 1, checkpoint=kept)
    assert [record["epoch"] for record in resumed] == [0, 1, 2, 3, 4]
    assert [record["loss"] for record in resumed] == [record["loss"] for record in whole]
