"""The truth behind the ratings, tested by intervention: change one number of a face and compare."""

from dataclasses import fields, replace

import numpy as np
import pytest

from facelrp.datasets.synthetic import look_of
from facelrp.faces.parts import GROUPS, PARTS, mask
from facelrp.generator.draw import draw
from facelrp.generator.look import Look
from facelrp.generator.truth import (
    ATTRIBUTES,
    AVERAGE,
    HIDDEN_BY,
    PART,
    TRUTH,
    WEIGHTS,
    at_average,
    contributions,
    rate,
    true_scores,
)

NUMBERS = [field.name for field in fields(Look)]
LOOKS = [look_of(5, index) for index in range(400)]
PLAIN = replace(LOOKS[0], fringe=0.0, recession=0.0)


def nudged(look, name, by=0.35):
    value = getattr(look, name)
    return replace(look, **{name: value + by if value < 0.5 else value - by})


@pytest.mark.parametrize("attribute", ATTRIBUTES)
@pytest.mark.parametrize("name", [name for name in NUMBERS if name not in HIDDEN_BY.values()])
def test_a_number_changes_the_score_if_and_only_if_it_has_a_weight(attribute, name):
    change = true_scores(nudged(PLAIN, name))[attribute] - true_scores(PLAIN)[attribute]
    if name in WEIGHTS[attribute]:
        assert np.sign(change) == np.sign(
            WEIGHTS[attribute][name] * (getattr(nudged(PLAIN, name), name) - getattr(PLAIN, name))
        )
        assert abs(change) > 0.05
    else:
        assert change == 0.0


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_the_average_face_scores_five(attribute):
    assert true_scores(Look(**AVERAGE))[attribute] == 5.0


def test_the_score_is_the_documented_formula():
    look = Look(**{**AVERAGE, "mouth_curve": 1.0, "brow_inner": 0.5})
    s = 1.9 * 1.0 - 0.7 * 0.5
    assert true_scores(look)["happy"] == pytest.approx(5 + s / np.sqrt(1 + (s / 4) ** 2))


@pytest.mark.parametrize("attribute", ATTRIBUTES)
@pytest.mark.parametrize("end", [-1.0, 1.0])
def test_scores_never_leave_the_scale(attribute, end):
    extreme = Look(**{name: end * np.sign(weight) * 50.0 for name, weight in WEIGHTS[attribute].items()})
    assert 1.0 <= true_scores(extreme)[attribute] <= 9.0


@pytest.mark.parametrize(("name", "hider"), HIDDEN_BY.items())
def test_hidden_numbers_do_not_count(name, hider):
    hidden = replace(PLAIN, **{hider: 1.0})
    assert true_scores(nudged(hidden, name)) == true_scores(hidden)
    assert true_scores(nudged(PLAIN, name)) != true_scores(PLAIN)


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_shares_of_parts_are_those_measured_over_people(attribute):
    rows = [contributions(look, attribute) for look in LOOKS]
    spread = {
        part: np.std([sum(points for name, points in row.items() if PART[name] == part) for row in rows])
        for part in TRUTH[attribute]
    }
    total = sum(spread.values())
    assert {PART[name] for name in WEIGHTS[attribute]} == set(TRUTH[attribute])
    assert sum(TRUTH[attribute].values()) == pytest.approx(1.0)
    for part, share in TRUTH[attribute].items():
        assert spread[part] / total == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize("name", AVERAGE)
def test_averages_are_those_of_the_people_drawn(name):
    assert np.mean([getattr(look, name) for look in LOOKS]) == pytest.approx(AVERAGE[name], abs=0.05)


def test_numbers_without_a_stated_average_are_zero_on_average():
    centred = {name for weights in WEIGHTS.values() for name in weights} - set(AVERAGE)
    assert {name for name in centred if abs(np.mean([getattr(look, name) for look in LOOKS])) > 0.05} == set()


def test_the_mouth_dominates_happiness():
    assert TRUTH["happy"]["mouth"] > 0.5 > sum(share for part, share in TRUTH["happy"].items() if part != "mouth")


@pytest.mark.parametrize("name", PART)
def test_a_weighted_number_is_visible_in_its_part(name):
    assert PART[name] in GROUPS or PART[name] in PARTS
    inside = everywhere = 0.0
    for look in LOOKS[:4]:
        look = replace(look, fringe=0.0, recession=min(look.recession, 0.3))
        (before, parts), (after, moved) = draw(look), draw(nudged(look, name))
        change = np.abs(after.astype(int) - before).sum(axis=-1)
        inside += change[mask(parts, PART[name]) | mask(moved, PART[name])].sum()
        everywhere += change.sum()
    assert everywhere > 4 * 2000
    assert inside / everywhere > 0.5


@pytest.mark.parametrize("part", dict.fromkeys(PART.values()))
def test_only_the_numbers_of_one_part_become_average(part):
    for look in LOOKS[:20]:
        changed = at_average(look, part)
        for name in NUMBERS:
            expected = AVERAGE.get(name, 0.0) if PART.get(name) == part else getattr(look, name)
            assert getattr(changed, name) == expected, name


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_part_at_its_average_adds_nothing_to_the_score(attribute):
    for look in LOOKS[:20]:
        for part in set(PART.values()):
            left = contributions(at_average(look, part), attribute)
            own = contributions(look, attribute)
            assert left == {name: 0.0 if PART[name] == part else points for name, points in own.items()}


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_network_that_knew_the_truth_would_use_parts_by_their_shares(attribute):
    """Scores bend toward the ends of the scale, which shares of contributions leave out; it hardly matters."""
    parts = dict.fromkeys(PART.values())
    effects = [
        [true_scores(look)[attribute] - true_scores(at_average(look, part))[attribute] for part in parts]
        for look in LOOKS
    ]
    spread = np.std(effects, axis=0)
    for part, share in zip(parts, spread / spread.sum(), strict=True):
        assert share == pytest.approx(TRUTH[attribute].get(part, 0), abs=0.03)


def test_parts_without_numbers_are_refused():
    with pytest.raises(KeyError, match="ears"):
        at_average(PLAIN, "ears")


def test_ratings_repeat_and_differ_between_faces():
    first, again, other = rate(PLAIN, 1, 0), rate(PLAIN, 1, 0), rate(PLAIN, 1, 1)
    assert all((first[attribute] == again[attribute]).all() for attribute in ATTRIBUTES)
    assert any((first[attribute] != other[attribute]).any() for attribute in ATTRIBUTES)
