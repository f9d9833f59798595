"""Claims on the heatmaps themselves: supported by measurements that show their effect, and by no others."""

import measurements as made
import numpy as np
import pytest
from judging import finding, verdict

from facelrp.findings.outcomes import CONTRADICTED, NEGLIGIBLE, SUPPORTED, UNTESTED


@pytest.mark.parametrize("text", ["Red parts raise", "The more relevance"])
@pytest.mark.parametrize(("agreement", "expected"), [(2, SUPPORTED), (0, NEGLIGIBLE), (-2, CONTRADICTED)])
def test_relevance_must_agree_with_effects(text, agreement, expected):
    assert verdict(text, interventions=made.interventions(agreement)) == expected


@pytest.mark.parametrize(("agreement", "expected"), [(2, SUPPORTED), (0, NEGLIGIBLE), (-2, CONTRADICTED)])
@pytest.mark.parametrize("states", [("sad",), ("neutral", "sad")])
def test_relevance_must_agree_with_swaps(agreement, expected, states):
    swaps = made.pair_swaps(agreement, mouth=0.0, states=states)
    found = finding("Between two photographs", pair_swaps=swaps)
    assert found["verdict"] == expected
    # The whole photograph and the control are no parts.
    no_parts = swaps["part"].isin(["all", "control"])
    shown = swaps.assign(relevance=swaps["relevance"].mask(no_parts, -9 * np.sign(swaps["effect"])))
    assert finding("Between two photographs", pair_swaps=shown) == found


@pytest.mark.parametrize("text", ["Red parts raise", "Between two photographs"])
def test_a_map_of_one_sign_does_not_agree(text):
    """Where nine in ten effects are positive, red everywhere is right in nine of ten cases, and knows nothing."""

    def one_sided(table):
        mostly = np.where(np.arange(len(table)) % 10 == 0, -1.0, 1.0) * table["effect"].abs()
        return table.assign(effect=mostly, relevance=table["effect"].abs())

    tables = {"interventions": made.interventions(1), "pair_swaps": made.pair_swaps(1, mouth=0.0, states=("sad",))}
    found = finding(text, **{name: one_sided(table) for name, table in tables.items()})
    assert found["verdict"] == NEGLIGIBLE
    assert "above those of a map of one sign everywhere: +0.0 percentage points [+0.0, +0.0]" in found["finding"]


@pytest.mark.parametrize(
    ("fall", "ignorant", "expected"),
    [(1.0, 0.1, SUPPORTED), (0.1, 0.1, NEGLIGIBLE), (1.0, 1.0, NEGLIGIBLE), (-1.0, 0.1, CONTRADICTED)],
)
def test_relevant_regions_must_matter(fall, ignorant, expected):
    tables = {
        "perturbation": made.curves(made.networks(attribute="happy"), fall, 0.1),
        "permuted_perturbation": made.curves(made.PERMUTED, ignorant, 0.1),
    }
    assert verdict("Taking away", **tables) == expected


def test_the_fall_is_the_area_over_the_curve():
    """Scores fall by 1 and by 0.1 in two of three steps: the areas are 2/3 and 0.2/3."""
    found = finding(
        "Taking away",
        perturbation=made.curves(made.networks(attribute="happy"), 1.0, 0.1),
        permuted_perturbation=made.curves(made.PERMUTED, 0.1, 0.1),
    )
    assert found["finding"].startswith(
        "fall of the score, most relevant first, less that in random orders: +0.60 points"
    )


@pytest.mark.parametrize(
    ("own", "ignorant", "expected"),
    [(0.3, 0.1, SUPPORTED), (0.1, 0.1, NEGLIGIBLE), (0.3, 0.3, NEGLIGIBLE), (0.02, 0.02, CONTRADICTED)],
)
def test_relevance_must_be_on_true_parts(own, ignorant, expected):
    tables = {
        "localisation": made.masses(made.networks(attribute="happy"), own),
        "permuted_localisation": made.masses(made.PERMUTED, ignorant),
    }
    assert verdict("Relevance lies", **tables) == expected


@pytest.mark.parametrize(("random", "expected"), [(0.1, SUPPORTED), (0.6, NEGLIGIBLE), (0.9, CONTRADICTED)])
def test_heatmaps_must_depend_on_weights(random, expected):
    tables = {"sanity": made.randomised(random, 0.05), "individuality_faces": made.alike(0.6, 0.5, 0.0)}
    assert verdict("Heatmaps depend", **tables) == expected
    tables["individuality_faces"] = made.alike(0.6, 0.5, 0.0, kind="mode")
    assert verdict("Heatmaps depend", **tables) == UNTESTED


@pytest.mark.parametrize(("rise", "expected"), [(0.05, SUPPORTED), (0.0, NEGLIGIBLE), (-0.05, CONTRADICTED)])
def test_random_maps_must_be_more_complex(rise, expected):
    assert verdict("Maps of networks with random", sanity=made.randomised(0.1, rise)) == expected
    upper = made.randomised(0.1, rise)
    assert verdict("Maps of networks with random", sanity=upper[upper["layer"] == "fc8"]) == UNTESTED


@pytest.mark.parametrize(("same", "expected"), [(0.5, SUPPORTED), (0.0, NEGLIGIBLE), (-0.5, CONTRADICTED)])
def test_heatmaps_must_be_individual(same, expected):
    assert verdict("Heatmaps are individual", individuality_faces=made.alike(0.6, same, 0.0)) == expected
    assert verdict("Heatmaps are individual", individuality_faces=made.alike(0.6, same, 0.0, kind="mode")) == UNTESTED
