"""FaceNet's network: the names, shapes and outputs of facenet-pytorch 2.6.0, and its file as a base model."""

import hashlib
import logging
from functools import partial

import pytest
import torch

import import_file
from facelrp.networks import weights
from facelrp.networks.architectures import build, renamed, view_of
from facelrp.networks.inception_resnet import pooled_features
from facelrp.networks.states import from_state

MEAN, STD = [127.5] * 3, [128.0] * 3
#: Digest of the names and shapes of the published file.
PUBLISHED = "dab2b9a792ad871231b1e01d394f1f68b34e7ea1e4707eea70c5cdd5f237a767"
#: What facenet-pytorch returns, before it scales embeddings to length 1, for the weights and the image below.
KNOWN = (3.141437, 8.810104, 3.537725, -0.583026)


def published():
    """Weights by the published names, in their order, that can be written down in any language."""
    with torch.device("meta"):
        shapes = {name: value.shape for name, value in pooled_features().state_dict().items()}
    shapes["last_linear.weight"] = (512, 1792)
    shapes |= {f"last_bn.{part}": (512,) for part in ("weight", "bias", "running_mean", "running_var")}
    shapes |= {"last_bn.num_batches_tracked": (), "logits.weight": (8631, 512), "logits.bias": (8631,)}
    return {name: made(number, name, shape) for number, (name, shape) in enumerate(shapes.items())}


def made(number, name, shape):
    """Return a tensor of the published network: variances around 1, and weights that keep values at their size."""
    if name.endswith("num_batches_tracked"):
        return torch.zeros((), dtype=torch.long)
    values = torch.cos(torch.arange(torch.Size(shape).numel(), dtype=torch.float64) * 1.7 + number)
    if len(shape) > 1:
        values *= (2 / torch.Size(shape[1:]).numel()) ** 0.5
    elif name.endswith(("running_var", "bn.weight")):
        values = 1 + values / 4
    else:
        values /= 4
    return values.float().reshape(shape)


@pytest.fixture(scope="module")
def state():
    return published()


def test_names_and_shapes_are_those_of_the_published_file(state):
    lines = [f"{name} {tuple(value.shape)}" for name, value in sorted(state.items())]
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == PUBLISHED


@torch.no_grad()
def test_it_is_the_published_network(state):
    ours = from_state(partial(build, "inception_resnet_v1", size=227), renamed("inception_resnet_v1", state), STD)
    y, x, channel = torch.meshgrid(torch.arange(160), torch.arange(160), torch.arange(3), indexing="ij")
    image = (((channel + 1) * x + 2 * y) % 256).permute(2, 0, 1)[None].float()
    embedding = ours(image - 127.5)
    assert embedding.shape == (1, 512)
    torch.testing.assert_close(embedding[0, :4], torch.tensor(KNOWN), rtol=1e-4, atol=1e-5)


def test_its_file_becomes_a_base_model(tmp_path, state):
    torch.save(state, tmp_path / "net.pt")
    base = {"architecture": "inception_resnet_v1", "weights": "facenet", "mean": MEAN, "std": STD, "crop": 0.8}
    network, architecture = import_file.main({"facenet": {"file": "net.pt"}}, base, tmp_path, logging.getLogger("test"))
    weights.save(tmp_path / "own.safetensors", network, MEAN, architecture, embedding=True)
    loaded = weights.load(tmp_path / "own.safetensors")
    assert loaded.embeds
    assert view_of(loaded.module) == {"size": 160, "crop": 0.8}


@pytest.mark.parametrize(
    "change",
    [{"last_bn.weight": torch.ones(2, 3)}, {"last_linear.weight": None}],
)
def test_other_weights_are_taken_as_they_are(change):
    """They are then compared with the architecture's names and shapes, and refused unless they fit."""
    parts = {f"last_bn.{part}": torch.ones(512) for part in ("weight", "bias", "running_mean", "running_var")}
    state = {"last_linear.weight": torch.ones(512, 8)} | parts
    assert renamed("inception_resnet_v1", state).keys() == {"fc.weight", "fc.bias"}
    state = {name: value for name, value in (state | change).items() if value is not None}
    assert renamed("inception_resnet_v1", state) is state
