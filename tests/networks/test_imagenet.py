"""torchvision's networks: the same outputs, the layer names that fine-tuning and LRP expect, and faulty files."""

import logging
from functools import partial

import pytest
import torch
import torchvision

import import_torchvision
from facelrp.errors import InputError
from facelrp.lrp import AlphaBeta, explain
from facelrp.networks import weights
from facelrp.networks.imagenet import MEAN, STD, alexnet, vgg16
from facelrp.networks.states import from_state
from facelrp.networks.surgery import regressor, split_at_features
from facelrp.training.conditioning import conditioned


def as_row(values):
    return torch.tensor(values).view(1, 3, 1, 1)


@pytest.fixture(scope="module")
def published():
    """torchvision's AlexNet with random weights."""
    torch.manual_seed(1)
    return torchvision.models.alexnet(weights=None).eval()


@pytest.fixture(scope="module")
def network(published):
    return from_state(partial(alexnet, 1), published.state_dict(), STD)


@pytest.fixture(scope="module")
def images():
    return torch.randint(256, (2, 3, 227, 227), generator=torch.Generator().manual_seed(2)).float()


@torch.no_grad()
@pytest.mark.parametrize(("build", "name"), [(alexnet, "alexnet"), (vgg16, "vgg16")])
def test_outputs_are_those_of_torchvision(images, build, name):
    torch.manual_seed(1)
    model = torchvision.models.get_model(name, weights=None).eval()
    ours = from_state(partial(build, 1), model.state_dict(), STD)(images - as_row(MEAN))
    theirs = model((images - as_row(MEAN)) / as_row(STD))
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5 * theirs.abs().max().item())


def test_the_mean_and_spread_are_torchvisions():
    transform = torchvision.models.AlexNet_Weights.IMAGENET1K_V1.transforms()
    assert pytest.approx([255 * value for value in transform.mean]) == MEAN
    assert pytest.approx([255 * value for value in transform.std]) == STD


def test_a_saved_network_comes_back_unchanged(tmp_path, network, images):
    path = tmp_path / "weights.safetensors"
    weights.save(path, network, MEAN, "alexnet", base="imagenet")
    loaded = weights.load(path)
    assert (loaded.architecture, loaded.mean, loaded.metadata) == ("alexnet", MEAN, {"base": "imagenet"})
    torch.testing.assert_close(loaded.module(images), network(images), rtol=0, atol=0)


def test_it_can_be_fine_tuned_and_explained(published, images):
    state = {name: value.clone() for name, value in published.state_dict().items()}
    network = from_state(partial(alexnet, 1), state, STD)
    plain = network(images)
    with conditioned(network, divide_pixels_by=64.0):
        torch.testing.assert_close(network(images / 64), plain)
    convolutions, dense = split_at_features(network)
    torch.testing.assert_close(dense(convolutions(images)), plain)
    regressor(network, 0.5, torch.Generator().manual_seed(1))
    explanation = explain(network, images - as_row(MEAN), rule=AlphaBeta(alpha=2, beta=-1, bias=False))
    torch.testing.assert_close(explanation.relevance.sum((1, 2, 3)), explanation.output, rtol=1e-3, atol=1e-4)


def test_weights_of_another_network_are_refused(published):
    with pytest.raises(InputError, match="not the 32 of this architecture"):
        from_state(partial(vgg16, 1), published.state_dict(), STD, "some.pth")
    state = {name: value.clone() for name, value in published.state_dict().items()}
    state["classifier.6.bias"][3] = float("nan")
    with pytest.raises(InputError, match=r"some.pth: it holds NaN"):
        from_state(partial(alexnet, 1), state, STD, "some.pth")


class Hostile:
    """An object that would run code if it were unpickled."""

    def __reduce__(self):
        return print, ("unpickled",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"a": Hostile()}, "cannot be read as tensors by name"),
        ([torch.zeros(1)], "does not hold tensors by name"),
        (b"no tensors", "cannot be read as tensors by name"),
        (b"", "cannot be read as tensors by name"),
    ],
)
def test_only_tensors_are_unpickled(tmp_path, capsys, content, message):
    path = tmp_path / "net.pth"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    base = {"source": "torchvision", "architecture": "alexnet", "weights": "net"}
    with pytest.raises(InputError, match=message) as caught:
        import_torchvision.main({"net": {"file": "net.pth"}}, base, tmp_path, logging.getLogger("test"))
    assert caught.value.where == path
    assert "unpickled" not in capsys.readouterr().out
