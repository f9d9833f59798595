"""Each person counts once, however often they were photographed."""

import pandas as pd
import pytest

from draw_figure4 import typical_pairs
from facelrp.errors import InputError
from facelrp.faces.rating_scales import PAPER
from facelrp.statistics.pairing import differences, states_of
from tabulate_pairs import score_rows

#: Person a in two sessions, b in one, c without a second state.
FACES = pd.DataFrame(
    [("a", "happy"), ("a", "sad"), ("a", "happy"), ("a", "sad"), ("b", "sad"), ("b", "happy"), ("c", "happy")],
    columns=["identity", "state"],
)


def test_sessions_are_averaged_and_incomplete_pairs_left_out():
    values = pd.DataFrame({"mouth": [5.0, 1.0, 7.0, 2.0, 3.0, 4.0, 9.0], "nose": 1.0})
    change = differences(FACES, values, "sad")
    assert change["mouth"].to_dict() == {"a": 4.5, "b": 1.0}
    assert (change["nose"] == 0).all()


def test_the_happy_state_comes_first():
    assert states_of(FACES) == ["happy", "sad"]
    assert states_of(pd.DataFrame({"state": ["sad", "neutral", "happy"]})) == ["happy", "neutral", "sad"]


@pytest.mark.parametrize("states", [["happy"], ["neutral", "sad"], [""]])
def test_pairs_without_a_happy_and_another_state_are_refused(states):
    with pytest.raises(InputError, match="pairs need the state happy and another"):
        states_of(pd.DataFrame({"state": states}))


def test_people_without_one_of_the_states_are_neither_tabulated_nor_drawn():
    scores = pd.DataFrame({"output": [0.5, 0.1, 0.7, 0.2, 0.3, 0.4, 0.9]})
    row = score_rows({}, FACES, scores, ["happy", "sad"], PAPER).iloc[0]
    assert row["people"] == 2
    assert row["score_happy"] - row["score_other"] == pytest.approx(row["difference"])
    assert typical_pairs(FACES, scores, ["happy", "sad"]).tolist() == [[0, 1]]
    with pytest.raises(InputError, match="nobody has photographs in all of the states happy, sad"):
        typical_pairs(FACES[4:].iloc[[0, 2]], scores.iloc[[4, 6]], ["happy", "sad"])
