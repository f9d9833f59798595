"""The interface for users: targets, the ledger as a table, rules from a configuration, and errors with their fixes."""

import pytest
import torch
from torch import nn

from facelrp.errors import InputError
from facelrp.lrp import COMPOSITES, AlphaBeta, Box, Composite, Epsilon, Explainer, Flat, Gamma, WSquare, explain
from facelrp.lrp import rule_from_config as from_config

modern = COMPOSITES["modern"]


@pytest.mark.parametrize(
    ("config", "rule"),
    [
        ({"name": "alpha_beta", "alpha": 2, "beta": -1}, AlphaBeta(2, -1)),
        ({"name": "epsilon", "epsilon": 1e-6, "renormalise": True}, Epsilon(1e-6, renormalise=True)),
        ({"name": "gamma", "gamma": 0.5, "bias": False}, Gamma(0.5, bias=False)),
        ({"name": "zb", "low": [-1, -2, -3], "high": 4}, Box((-1, -2, -3), 4)),
        ({"name": "w_square"}, WSquare()),
        ("flat", Flat()),
        (
            {"name": "composite", "first": "flat", "conv": {"name": "gamma"}, "dense": {"name": "epsilon"}},
            Composite(first=Flat(), conv=Gamma(), dense=Epsilon()),
        ),
        ({"name": "composite", "first": None, "conv": "gamma", "dense": "flat"}, Composite(conv=Gamma(), dense=Flat())),
        (
            {"name": "modern", "low": -117, "high": 138, "epsilon": 0.1},
            Composite(first=Box(-117, 138), conv=AlphaBeta(1, 0), dense=Epsilon(0.1)),
        ),
    ],
)
def test_rules_from_config(config, rule):
    assert from_config(config) == rule


def test_a_comparison_with_references_is_no_rule_by_itself():
    with pytest.raises(InputError, match=r"use facelrp\.lrp\.ReferenceExplainer"):
        from_config("references")


def test_caller_gives_the_pixel_range_missing_in_the_config():
    assert from_config("modern", pixel_range=(-5, 5)) == modern(-5, 5)
    assert from_config({"name": "zb", "low": -9}, pixel_range=(-5, 5)) == Box(-9, 5)
    nested = {"name": "composite", "first": "zb", "conv": "gamma", "dense": "flat"}
    assert from_config(nested, pixel_range=(-5, 5)) == Composite(first=Box(-5, 5), conv=Gamma(), dense=Flat())
    assert from_config("flat", pixel_range=(-5, 5)) == Flat()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"name": "alphabeta"}, r"rule: there is no LRP rule 'alphabeta' — choose a name from alpha_beta, epsilon"),
        ({"alpha": 2}, "there is no LRP rule None"),
        (None, "None describes no LRP rule"),
        ({"name": "composite", "conv": "flat"}, "'composite' cannot be made — .*dense"),
        ({"name": "epsilon", "eps": 1}, r"'epsilon' has no parameter 'eps' — it takes epsilon, bias, renormalise"),
        ({"name": "flat", "epsilon": 1}, r"'flat' has no parameter 'epsilon' — it takes no parameters"),
        ({"name": "alpha_beta", "alpha": 2, "beta": 1}, "cannot be made — alpha .* must be 1"),
        ({"name": "zb"}, "'zb' cannot be made — .*low.*high"),
        ({"name": "modern"}, "'modern' cannot be made — .*low.*high"),
        ({"name": "epsilon", "epsilon": "small"}, "'epsilon' cannot be made"),
        ({"name": "composite", "conv": {"name": "zplus"}}, "there is no LRP rule 'zplus'"),
        (
            {"name": "composite", "middle": "flat"},
            "'composite' has no parameter 'middle' — it takes conv, dense, first",
        ),
    ],
)
def test_faults_in_config_are_reported(config, message):
    with pytest.raises(InputError, match=message):
        from_config(config)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (None, "3 output units: say by target"),
        (3, "from 0 to 2"),
        (-1, "from 0 to 2"),
        (torch.tensor([0, 1]), "5 images but 2 targets"),
        (torch.tensor([0, 1, 2, 3, 0]), "from 0 to 2"),
        (1.0, "must be an integer"),
        (torch.ones(5), "or weights of the outputs"),
        (torch.ones(5, 4), r"weights of the outputs, \(N, units\) floats; here \(N, units\) is \(5, 3\)"),
        (torch.ones(2, 3), "5 images but 2 targets"),
        (torch.full((5, 3), torch.inf), "weights that are NaN or infinite"),
    ],
)
def test_impossible_targets_are_refused(target, message, small_network, images):
    with pytest.raises(ValueError, match=message):
        explain(small_network, images, target=target)


def test_single_output_needs_no_target(small_network, images):
    small_network[-1] = nn.Linear(10, 1).double()
    torch.testing.assert_close(
        explain(small_network, images).relevance, explain(small_network, images, target=0).relevance
    )


def test_target_selects_the_output_of_each_image(small_network, images):
    targets = torch.tensor([2, 0, 1, 1, 2])
    explanation = explain(small_network, images, target=targets, batch_size=2)
    assert explanation.target.tolist() == targets.tolist()
    for index, target in enumerate(targets.tolist()):
        alone = explain(small_network, images[index : index + 1], target=target)
        torch.testing.assert_close(explanation.relevance[index], alone.relevance[0])


def test_target_may_weigh_the_outputs_of_each_image(small_network, images):
    weights = torch.eye(3)[[2, 0, 1, 1, 2]]
    one = explain(small_network, images, target=weights, batch_size=2)
    expected = explain(small_network, images, target=weights.argmax(1), batch_size=2)
    torch.testing.assert_close(one.relevance, expected.relevance, rtol=0, atol=0)
    torch.testing.assert_close(one.output, expected.output, rtol=0, atol=0)
    weights = torch.randn(5, 3, dtype=torch.float64)
    explanation = explain(small_network, images, target=weights, batch_size=2)
    assert torch.equal(explanation.target, weights)
    torch.testing.assert_close(explanation.output, (small_network.eval()(images) * weights).sum(1).detach())
    assert explanation.conservation_error().max() < 1e-12
    summed = explain(small_network, images, Epsilon(0), weights).relevance
    by_unit = (explain(small_network, images, Epsilon(0), unit).relevance for unit in range(3))
    parts = sum(each * weight[:, None, None, None] for each, weight in zip(by_unit, weights.T, strict=True))
    torch.testing.assert_close(summed, parts, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("shape", [(0, 3, 35, 35), (3, 35, 35)])
def test_images_must_be_a_batch(shape, small_network):
    with pytest.raises(ValueError, match=r"must be \(N, C, H, W\) with N > 0"):
        explain(small_network, torch.zeros(shape), target=0)


def test_networks_must_end_in_units(images):
    with pytest.raises(ValueError, match=r"must end in \(N, units\)"):
        explain(nn.Sequential(nn.Conv2d(3, 1, 3)), images)


def test_unknown_layers_to_keep_are_refused(small_network, images):
    with pytest.raises(ValueError, match="no layer is called conv9; the layers are 0, 1, 2"):
        explain(small_network, images, target=0, keep=["conv9"])


def test_box_is_for_the_first_layer_and_must_contain_the_pixels(small_network, images):
    with pytest.raises(InputError, match="4: the zᴮ rule is for the first layer only"):
        Explainer(small_network, Box(-9, 9))
    with pytest.raises(InputError, match=r"0: pixels from -.* to .* are outside the box .* widen low=-0.1"):
        explain(small_network, images, modern(-0.1, 0.1), target=0)
    with pytest.raises(InputError, match="0: the box has bounds for 2 channels but the layer has 3"):
        Explainer(small_network, modern((-1, -1), (1, 1)))


def test_ledger_as_table(small_network, images):
    explanation = explain(small_network, images, Epsilon(0.1), target=0)
    frame = explanation.ledger.frame()
    assert list(frame.columns) == [
        "image",
        "layer",
        "kind",
        "relevance_out",
        "relevance_in",
        "bias",
        "epsilon",
        "empty_side",
        "surplus",
        "renormalised",
    ]
    assert len(frame) == 5 * len(small_network)
    assert list(frame.layer[:3]) == ["0", "1", "2"]
    assert list(frame.kind[:3]) == ["Conv2d", "ReLU", "MaxPool2d"]
    assert frame[frame.layer == "11"].relevance_out.tolist() == explanation.output.tolist()
    assert frame[frame.layer == "0"].image.tolist() == [0, 1, 2, 3, 4]
    balance = frame.relevance_in + frame.iloc[:, 5:].sum(axis=1) - frame.relevance_out
    assert balance.abs().max() < 1e-12
    assert (frame[frame.kind == "Linear"].bias != 0).all()
    assert (frame[frame.kind == "ReLU"].iloc[:, 5:] == 0).all(axis=None)


def test_heatmap_sums_channels(small_network, images):
    explanation = explain(small_network, images, target=0)
    assert explanation.heatmap.shape == (5, 35, 35)
    torch.testing.assert_close(explanation.heatmap, explanation.relevance.sum(1))


def test_conservation_error_sees_a_gap(small_network, images):
    explanation = explain(small_network, images, target=0)
    assert explanation.conservation_error().max() < 1e-11
    explanation.relevance[2] *= 1.01
    wrong = explanation.conservation_error() > 1e-4
    assert wrong.tolist() == [False, False, True, False, False]


def test_explainer_can_be_called_again(small_network, images):
    explainer = Explainer(small_network, AlphaBeta(2, -1), lrn="taylor")
    first, again = explainer(images, 0), explainer(images, 0)
    torch.testing.assert_close(first.relevance, again.relevance, rtol=0, atol=0)
    torch.testing.assert_close(
        first.relevance, explain(small_network, images, AlphaBeta(2, -1), 0, lrn="taylor").relevance
    )


def test_images_are_converted_to_the_dtype_of_the_network(small_network, images):
    assert explain(small_network, images.float(), target=0).relevance.dtype == torch.float64
    assert explain(small_network.float(), images, target=0).relevance.dtype == torch.float32
