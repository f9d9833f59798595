"""Two face networks of today: as small random ones against the oracle, and with their real weights on real faces."""

from pathlib import Path

import numpy as np
import pytest
import torch
from branches import settled
from face_api import FaceResNet, TinyXception, face_resnet, pixels, real, tiny_xception
from surrogates import relevance_by_gradient

from facelrp.datasets import london
from facelrp.lrp import AlphaBeta, Epsilon, Explainer, Gamma
from facelrp.lrp.composites import modern
from facelrp.sources.archives import read_manifest
from facelrp.sources.extraction import extract

CHECKOUT = Path(__file__).parents[2]
RULES = [AlphaBeta(2, -1, bias=False), AlphaBeta(1, 0), Epsilon(1e-6), Gamma(0.25)]
#: Small images that meet all that the networks do, such as a map of odd size to which zeros are added.
SMALL = [(FaceResNet, 103), (TinyXception, 32)]
#: What the original program returns for `waves`: the first values of the descriptor; years, and the two logits.
KNOWN = [
    (face_resnet, (-0.018799771, 0.092360720, 0.054720975, -0.013730135)),
    (tiny_xception, (11.690759659, -0.122448653, 0.225617021)),
]


def waves(size):
    """Return an image that can be written down in any language: (1, size, size, 3), uint8."""
    y, x, channel = np.indices((size, size, 3))
    return (((channel + 1) * x + 2 * y) % 256).astype(np.uint8)[None]


def agrees(network, images, target, rule, add):
    explanation = Explainer(network, rule, add=add)(images, target=target)
    expected = relevance_by_gradient(network, images, target, rule, add)
    assert (explanation.relevance - expected).abs().max() <= 1e-10 * expected.abs().max()
    assert explanation.conservation_error().max() < 1e-10
    for entry in explanation.ledger:
        scale = torch.maximum(entry.relevance_in.abs(), entry.relevance_out.abs()).max()
        gap = entry.relevance_in + sum(entry.losses.values()) - entry.relevance_out
        assert gap.abs().max() <= 1e-12 * scale, entry.layer


@pytest.fixture(scope="module")
def portraits(tmp_path_factory):
    """Photographs of six people, each neutral and then smiling."""
    archive = next(iter(sorted((CHECKOUT.parent / "shared" / "data").glob("webmorphR.stim-*.zip"))), None)
    if archive is None:
        pytest.skip("the London archive is missing (webmorphR.stim-….zip in shared/data beside the checkout)")
    manifest = read_manifest(CHECKOUT / "workflow_scripts/facelrp/datasets/manifests/london.sha256")
    folder = tmp_path_factory.mktemp("london") / "london"
    extract(archive, folder, manifest, allow_missing=True)
    faces = london.load(folder, allow_missing=True)
    return [faces.face(row) for row in range(12)]


@pytest.fixture(scope="module")
def photographs(portraits):
    """The middle 80 % of each: (12, 181, 181, 3), uint8."""
    return np.stack([portrait.image[23:204, 23:204] for portrait in portraits])


@pytest.mark.parametrize(("rule", "add"), [*((rule, "ratio") for rule in RULES), (RULES[0], "proportional")], ids=repr)
@pytest.mark.parametrize(("network", "size"), SMALL)
def test_the_oracle_with_random_weights(network, size, rule, add):
    agrees(settled(network(width=4)), 60 * torch.randn(2, 3, size, size, dtype=torch.float64), 1, rule, add)


def test_the_oracle_of_the_conventional_composite():
    images = (60 * torch.randn(2, 3, 103, 103, dtype=torch.float64)).clamp(-130, 155)
    agrees(settled(FaceResNet(width=4)), images, 1, modern(-130.0, 155.0), "ratio")


@pytest.mark.parametrize(("build", "expected"), KNOWN)
def test_the_original_program_returns_the_same(build, expected):
    network = real(build)
    output = network(pixels(waves(network.SIZE), network.SIZE))[0, : len(expected)]
    torch.testing.assert_close(output, torch.tensor(expected), rtol=1e-5, atol=1e-6)


def test_the_descriptors_of_a_person_are_alike(photographs):
    network = real(face_resnet)
    descriptors = network(pixels(photographs, network.SIZE))
    distances, people = torch.cdist(descriptors, descriptors), torch.arange(12) // 2
    same = (people[:, None] == people) & ~torch.eye(12, dtype=bool)
    assert distances[same].max() < 0.4  # its authors' threshold is 0.6, of photographs in the wild
    assert distances[people[:, None] != people].min() > 0.4


@pytest.mark.parametrize("rule", RULES[::2], ids=repr)
@pytest.mark.parametrize("build", [face_resnet, tiny_xception])
def test_the_oracle_on_real_faces(build, rule, photographs):
    network = real(build)
    agrees(network.double(), pixels(photographs[:2], network.SIZE).double(), 0, rule, "ratio")


def test_proportional_sums_amplify_what_the_ratio_does_not(photographs):
    """In the age network branches cancel: shares of their sums grow from block to block."""
    network = real(tiny_xception)
    images, sizes = pixels(photographs[:4], network.SIZE), {}
    for add in ("ratio", "proportional"):
        explanation = Explainer(network.double(), AlphaBeta(2, -1, bias=False), add=add)(images, target=0)
        sizes[add] = (explanation.relevance.abs().sum((1, 2, 3)) / explanation.output.abs()).median()
    assert sizes["ratio"] < 100
    assert sizes["proportional"] > 1000 * sizes["ratio"]
