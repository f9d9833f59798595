"""Relevance against references: known answers, captum's DeepLIFT, properties, and what is refused.

`test_lrp_random_networks` compares it with dense matrices.
"""

import pytest
import torch
from torch import nn

from facelrp.errors import InputError
from facelrp.lrp import ReferenceExplainer
from facelrp.networks.levi_hassner import levi_hassner


@pytest.fixture
def references():
    """Four images to compare with."""
    return torch.randn(4, 3, 35, 35, dtype=torch.float64)


@pytest.fixture
def dense_network():
    """Dense layers and ReLUs alone: (N, 2, 3, 2) to (N, 1)."""
    layers = [nn.Flatten(), nn.Linear(12, 9), nn.ReLU(), nn.Linear(9, 7), nn.ReLU(), nn.Linear(7, 1)]
    return nn.Sequential(*layers).double()


def test_of_a_linear_network_each_pixel_has_its_weighted_difference():
    network = nn.Sequential(nn.Flatten(), nn.Linear(12, 1)).double()
    images, references = torch.randn(5, 2, 3, 2).double(), torch.randn(3, 2, 3, 2).double()

    explanation = ReferenceExplainer(network, references)(images)

    weights = network[1].weight.detach().reshape(2, 3, 2)
    torch.testing.assert_close(explanation.relevance, (images - references.mean(0)) * weights)


def test_of_one_convolution_pixels_share_by_their_mean_square_contribution():
    network = nn.Sequential(nn.Conv2d(1, 1, (1, 2)), nn.Flatten()).double()
    with torch.no_grad():
        network[0].weight[:] = torch.tensor([[[[1.0, 2.0]]]])
        network[0].bias[:] = 7.0
    image, references = torch.tensor([[[[3.0, 1.0]]]]), torch.tensor([[[[1.0, 1.0]]], [[[3.0, 3.0]]]])

    explanation = ReferenceExplainer(network, references.double())(image)

    # f is 12 for the image, 10 and 16 for the references; mean squares of differences are 2 and 2, times 1 and 4.
    torch.testing.assert_close(explanation.output, torch.tensor([12.0]).double())
    torch.testing.assert_close(explanation.baseline, torch.tensor([13.0]).double())
    torch.testing.assert_close(explanation.relevance, torch.tensor([[[[-0.2, -0.8]]]]).double())


def test_dense_layers_equal_captums_deeplift(dense_network):
    attr = pytest.importorskip("captum.attr")
    images, references = torch.randn(5, 2, 3, 2).double(), torch.randn(4, 2, 3, 2).double()

    relevance = ReferenceExplainer(dense_network, references)(images).relevance

    deep_lift = attr.DeepLift(dense_network)
    each = [deep_lift.attribute(images, one[None].expand_as(images)).detach() for one in references]
    torch.testing.assert_close(relevance, torch.stack(each).mean(0))


def test_relevance_adds_up_to_the_difference_of_outputs(small_network, images, references):
    explanation = ReferenceExplainer(small_network, references)(images, target=1)

    small_network.eval()
    with torch.no_grad():
        own, others = ((f := small_network(x))[:, 1] - f.mean(1) for x in (images, references))
    torch.testing.assert_close(explanation.output, own)
    torch.testing.assert_close(explanation.baseline, others.mean().expand(5))
    torch.testing.assert_close(explanation.relevance.sum((1, 2, 3)), own - others.mean())
    assert explanation.conservation_error().max() < 1e-12


def test_in_single_precision_it_adds_up_too():
    network = levi_hassner(1)
    images, references = 50 * torch.randn(3, 3, 227, 227), 50 * torch.randn(4, 3, 227, 227)
    assert ReferenceExplainer(network, references)(images).conservation_error().max() < 1e-5


def test_ledger_balances_at_every_layer(small_network, images, references):
    explanation = ReferenceExplainer(small_network, references)(images, target=2, keep="all")

    above = explanation.output - explanation.baseline
    for entry in reversed(list(explanation.ledger)):
        torch.testing.assert_close(entry.relevance_out, above)
        torch.testing.assert_close(entry.relevance_in + sum(entry.losses.values(), 0.0), entry.relevance_out)
        kept = explanation.layers[entry.layer]
        torch.testing.assert_close(kept.flatten(1).sum(1), entry.relevance_in)
        above = entry.relevance_in
    shapes = [tuple(kept.shape[1:]) for kept in explanation.layers.values()]
    assert shapes == [
        (3, 35, 35),
        *[(8, 8, 8)] * 2,
        *[(8, 4, 4)] * 2,
        *[(12, 4, 4)] * 2,
        (12, 2, 2),
        (48,),
        *[(10,)] * 3,
    ]


@pytest.mark.parametrize("batch_size", [1, 2, 5])
def test_batches_change_nothing(batch_size, small_network, images, references):
    explainer = ReferenceExplainer(small_network, references)
    whole, parts = explainer(images, target=0), explainer(images, target=0, batch_size=batch_size)
    torch.testing.assert_close(parts.relevance, whole.relevance, rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(parts.baseline, whole.baseline)


def test_what_all_outputs_have_in_common_has_no_relevance(small_network, images, references):
    before = ReferenceExplainer(small_network, references)(images, target=2).relevance
    with torch.no_grad():
        small_network[-1].weight += torch.randn(1, 10)
        small_network[-1].bias += 5.0
    after = ReferenceExplainer(small_network, references)(images, target=2)
    torch.testing.assert_close(after.relevance, before)


def test_a_larger_bias_of_the_output_changes_nothing(dense_network):
    images, references = torch.randn(5, 2, 3, 2).double(), torch.randn(4, 2, 3, 2).double()
    before = ReferenceExplainer(dense_network, references)(images).relevance
    with torch.no_grad():
        dense_network[-1].bias += 1000.0
    torch.testing.assert_close(
        ReferenceExplainer(dense_network, references)(images).relevance, before, rtol=1e-6, atol=0
    )


def test_nothing_sets_an_image_apart_from_itself(small_network, images):
    explanation = ReferenceExplainer(small_network, images[:1])(images[:1], target=0)
    assert (explanation.relevance == 0).all()
    assert explanation.conservation_error().max() < 1e-15


def test_pixels_that_are_the_same_everywhere_have_no_relevance(small_network, images, references):
    frame = torch.ones(35, 35, dtype=torch.bool)
    frame[6:-6, 6:-6] = False
    images[..., frame] = references[..., frame] = 1.5
    relevance = ReferenceExplainer(small_network, references)(images, target=0).relevance
    assert (relevance[..., frame] == 0).all()
    assert (relevance[..., ~frame] != 0).any()


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_relevance_does_not_depend_on_the_scale_of_pixels(scale):
    layers = [nn.Conv2d(3, 8, 5, stride=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(512, 1)]
    network = nn.Sequential(*layers)
    images, references = torch.randn(5, 3, 35, 35), torch.randn(4, 3, 35, 35)
    before = ReferenceExplainer(network, references)(images).relevance
    with torch.no_grad():
        network[0].weight /= scale
    after = ReferenceExplainer(network, scale * references)(scale * images).relevance
    torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-5 * before.abs().max().item())


def test_the_network_and_the_images_stay_unchanged(small_network, images, references):
    small_network.train()
    before = [tensor.clone() for tensor in (*small_network.state_dict().values(), images, references)]
    ReferenceExplainer(small_network, references)(images, target=0)
    for tensor, kept in zip((*small_network.state_dict().values(), images, references), before, strict=True):
        assert torch.equal(tensor, kept)
    assert all(module.training for module in small_network.modules())


def test_weights_that_changed_need_a_new_explainer(small_network, images, references):
    explainer = ReferenceExplainer(small_network, references)
    with torch.no_grad():
        small_network[0].weight += 1
    with pytest.raises(InputError, match=r"weights have been changed .* make a new Explainer"):
        explainer(images, target=0)


def test_references_are_checked_like_images(small_network, references):
    with pytest.raises(ValueError, match=r"references must be \(N, C, H, W\) with N > 0"):
        ReferenceExplainer(small_network, references[:0])
    with pytest.raises(InputError, match="cannot take inputs of the shape"):
        ReferenceExplainer(small_network, references[:, :2])
    references[2, 0, 1, 1] = float("nan")
    with pytest.raises(InputError, match="reference 2: its pixels are NaN or infinite"):
        ReferenceExplainer(small_network, references)


def test_dense_layers_at_each_position_pass_relevance_as_convolutions():
    """At the positions of (N, 4, 9), a dense layer is a convolution of columns."""
    images, references = torch.randn(5, 4, 6, 9).double(), torch.randn(4, 4, 6, 9).double()
    dense = nn.Sequential(nn.Linear(9, 2), nn.ReLU(), nn.Flatten(), nn.Linear(48, 1)).double()
    conv = nn.Sequential(nn.Conv2d(1, 2, (1, 9)), nn.ReLU(), nn.Flatten(), nn.Linear(48, 1)).double()
    with torch.no_grad():
        conv[0].weight.copy_(dense[0].weight.reshape(2, 1, 1, 9)), conv[0].bias.copy_(dense[0].bias)
        conv[3].weight.copy_(dense[3].weight.unflatten(1, (24, 2)).transpose(1, 2).flatten(1))
        conv[3].bias.copy_(dense[3].bias)

    relevance = ReferenceExplainer(dense, references)(images).relevance

    rows = ReferenceExplainer(conv, references.reshape(4, 1, 24, 9))(images.reshape(5, 1, 24, 9)).relevance
    torch.testing.assert_close(relevance, rows.reshape(5, 4, 6, 9))
