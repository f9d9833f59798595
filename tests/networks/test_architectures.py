"""Networks with branches as base models: torchvision's outputs, what they see of images, and their files."""

from functools import partial

import pytest
import torch
import torchvision
from safetensors.torch import save_file
from torch import nn

from facelrp.errors import InputError
from facelrp.networks import weights
from facelrp.networks.architectures import build, head_of, view_of
from facelrp.networks.backbones import OUTPUTS
from facelrp.networks.imagenet import MEAN, STD
from facelrp.networks.states import from_state, read_state
from facelrp.networks.surgery import first_dense, output_of, regressor, split_at_features
from facelrp.networks.view import View


def as_row(values):
    return torch.tensor(values).view(1, 3, 1, 1)


@pytest.fixture(scope="module")
def images():
    return torch.randint(256, (2, 3, 227, 227), generator=torch.Generator().manual_seed(2)).float()


def published(name):
    """torchvision's network with random weights, and statistics of batch norms that are not 0 and 1."""
    torch.manual_seed(1)
    network = torchvision.models.get_model(name, weights=None).eval()
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 2)
    if name == "vit_b_16":  # it starts with zeros there
        nn.init.normal_(network.heads.head.weight)
    return network


@torch.no_grad()
@pytest.mark.parametrize(
    ("name", "kind"),
    [("resnet18", "safetensors"), ("efficientnet_b0", "older"), ("swin_t", "pth"), ("vit_b_16", "safetensors")],
)
def test_outputs_are_those_of_torchvision(images, tmp_path, name, kind):
    theirs = published(name)
    state = theirs.state_dict()
    if kind == "older":
        state = {name: value for name, value in state.items() if not name.endswith("num_batches_tracked")}
    path = tmp_path / ("net.safetensors" if kind == "safetensors" else "net.pth")
    (save_file if kind == "safetensors" else torch.save)(state, path)
    ours = from_state(partial(build, name), read_state(path), STD)
    small = nn.functional.interpolate(images, (224, 224), mode="bilinear", antialias=True)
    expected = theirs((small - as_row(MEAN)) / as_row(STD))
    torch.testing.assert_close(ours(images - as_row(MEAN)), expected, rtol=1e-4, atol=1e-5 * expected.abs().max())


@torch.no_grad()
def test_every_output_of_torchvision_is_taken_off():
    with torch.device("meta"):
        for name, path in OUTPUTS.items():
            ours, theirs = build(name, 3), torchvision.models.get_model(name, weights=None)
            assert first_dense(ours).in_features == theirs.get_submodule(path).in_features
            features = split_at_features(ours)[0].features
            count = sum(value.numel() for value in theirs.parameters())
            output = sum(value.numel() for value in theirs.get_submodule(path).parameters())
            assert sum(value.numel() for value in features.parameters()) == count - output


@torch.no_grad()
def test_vgg_with_batch_norm_keeps_its_hidden_layers():
    with torch.device("meta"):
        ours = build("vgg16_bn", 1000)
    theirs = torchvision.models.vgg16_bn(weights=None).state_dict()
    assert [value.shape for value in theirs.values()] == [value.shape for value in ours.state_dict().values()]
    assert first_dense(ours).in_features == 25088


def test_a_view_cuts_out_the_middle():
    images = torch.zeros(1, 3, 227, 227)
    images[:, :, 23:204, 23:204] = 1  # 0.8 · 227 pixels
    torch.testing.assert_close(View(150, 0.8)(images), torch.ones(1, 3, 150, 150))
    assert View(181, 0.8)(images).equal(images[:, :, 23:204, 23:204])
    assert (View(150, 0.82)(images) < 0.9).any()


def test_a_view_that_enlarges_much_is_refused():
    with pytest.raises(InputError, match="23 pixels would be enlarged to 150"):
        View(150, 0.1)


@torch.no_grad()
@pytest.mark.parametrize(("options", "head"), [({}, "linear"), ({"size": 160, "crop": 0.9}, "mlp")])
def test_a_saved_network_comes_back_unchanged(tmp_path, images, options, head):
    torch.manual_seed(3)
    network = build("resnet18", 5, **options)
    regressor(network, 0.5, torch.Generator().manual_seed(1), head).eval()
    path = tmp_path / "weights.safetensors"
    weights.save(path, network, [1.0, 2.0, 3.0], "resnet18", base="mine")
    loaded = weights.load(path)
    assert loaded.metadata == {"base": "mine"}
    assert view_of(loaded.module) == {"size": 224, "crop": 1.0} | options
    assert head_of(loaded.module) == head
    assert output_of(loaded.module).out_features == 1
    torch.testing.assert_close(loaded.module(images), network(images), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "form", [{"size": -1}, {"size": 1e300}, {"crop": 0}, {"crop": "all"}, {"head": "none"}, {"size": 400, "crop": 0.1}]
)
def test_files_of_impossible_views_are_refused(tmp_path, form):
    network, path = build("resnet18"), tmp_path / "weights.safetensors"
    weights.save(path, network, [1.0, 2.0, 3.0], "resnet18")
    state = read_state(path)
    metadata = {"architecture": "resnet18", "mean": [1.0, 2.0, 3.0], "size": 224, "crop": 1.0} | form
    save_file(state, path, {key: weights.json.dumps(value) for key, value in metadata.items()})
    with pytest.raises(InputError):
        weights.load(path)
