"""Experiments that are like another one: what they take over, and what they do not."""

import copy

import pytest
import yaml

from facelrp.errors import InputError
from facelrp_workflow.config_defaults import with_figures
from facelrp_workflow.inheritance import written_out

OTHER = """
faces:
  rated: {dataset: omi, archive: omi}
  pairs: {dataset: london, archive: london}
attributes: [attractive, happy, smart]
bases:
  age: {source: train, target: age, classes: 8, recipe: a}
  gender: {source: train, target: gender, threshold: 50, recipe: a}
finetuning: {dense: a, full: b}
evaluation: {steps: 3, attributes_compared: [happy], rules: [x, y]}
figures: {base: gender, mode: dense, expression: happy, attractiveness: attractive}
paper_mae: {gender: {dense: {happy: 0.5}}}
"""
OWN = "rated: {dataset: folder, folder: f}"


def like(text, **others):
    """The experiment of this text, written out; ``others`` are further experiments."""
    experiments = {"other": OTHER, "mine": "{like: other}\n" if not text else "like: other\n" + text} | others
    config = {"experiments": {name: yaml.safe_load(one) for name, one in experiments.items()}}
    before = copy.deepcopy(config)
    found = written_out(config)["experiments"]["mine"]
    assert config == before
    assert "like" not in found
    return found


def other(**changes):
    return yaml.safe_load(OTHER) | changes


def without(table, *keys):
    return {key: value for key, value in table.items() if key not in keys}


#: What an experiment says, and how it then differs from the other one.
CASES = {
    "": {},
    "finetuning: {full: c}": {"finetuning": {"dense": "a", "full": "c"}},
    "evaluation: {steps: 9, rules: [z]}": {
        "evaluation": {"steps": 9, "attributes_compared": ["happy"], "rules": ["z"]}
    },
    # Sets of faces: an option of one, another set beside them, other pairs, and faces of one's own.
    "faces: {rated: {first_faces: 9}}": {
        "faces": {
            "rated": {"dataset": "omi", "archive": "omi", "first_faces": 9},
            "pairs": {"dataset": "london", "archive": "london"},
        }
    },
    "faces: {pairs: {dataset: kdef}}": {
        "faces": {"rated": {"dataset": "omi", "archive": "omi"}, "pairs": {"dataset": "kdef"}}
    },
    # Base models: an option of one, and others.
    "bases: {age: {classes: 2}}": {
        "bases": {
            "age": {"source": "train", "target": "age", "classes": 2, "recipe": "a"},
            "gender": {"source": "train", "target": "gender", "threshold": 50, "recipe": "a"},
        }
    },
    "bases: {net: {source: file}}": {
        "bases": {"net": {"source": "file"}},
        "figures": {"mode": "dense", "expression": "happy", "attractiveness": "attractive"},
        "paper_mae": {},
    },
    # Attributes: those of the other that are left stay shown.
    "attributes: [happy, joy]": {
        "attributes": ["happy", "joy"],
        "figures": {"base": "gender", "mode": "dense", "expression": "happy"},
    },
    "attributes: [joy]": {
        "attributes": ["joy"],
        "figures": {"base": "gender", "mode": "dense"},
        "evaluation": {"steps": 3, "attributes_compared": ["joy"], "rules": ["x", "y"]},
    },
    "attributes: [joy]\nfigures: {expression: joy}": {
        "attributes": ["joy"],
        "figures": {"base": "gender", "mode": "dense", "expression": "joy"},
        "evaluation": {"steps": 3, "attributes_compared": ["joy"], "rules": ["x", "y"]},
    },
}


@pytest.mark.parametrize("text", CASES)
def test_takes_over_what_makes_sense(text):
    assert like(text) == other(**CASES[text])


def test_faces_of_ones_own_replace_all_sets_and_what_was_published_about_them():
    found = like(f"faces: {{{OWN}}}\nattributes: [joy]")
    assert found["faces"] == {"rated": {"dataset": "folder", "folder": "f"}}
    assert "paper_mae" not in found
    assert found["bases"] == other()["bases"]


def test_chains_end_in_one_experiment():
    found = like("", other="{like: third, finetuning: {dense: z}}", third=OTHER)
    assert found == other(finetuning={"dense": "z", "full": "b"})


@pytest.mark.parametrize(
    ("experiments", "message"),
    [
        ({"mine": "{like: mine}"}, "experiments/mine/like: mine → mine is a circle — let one of them say"),
        ({"a": "{like: b}", "b": "{like: c}", "c": "{like: b}"}, "experiments/c/like: b → c → b is a circle"),
        (
            {"mine": "{like: omni}", "omi": OTHER},
            "experiments/mine/like: no experiment is called 'omni' — did you mean",
        ),
        (
            {"mine": "{like: [omi]}", "omi": OTHER},
            r"experiments/mine/like: no experiment is called \['omi'\] — did you mean omi",
        ),
        ({"mine": "{like: 3}"}, "experiments/mine/like: no experiment is called 3 — there is none"),
    ],
)
def test_refuses_circles_and_unknown_names(experiments, message):
    with pytest.raises(InputError, match=message) as caught:
        written_out({"experiments": {name: yaml.safe_load(one) for name, one in experiments.items()}})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", ["faces: null", "bases: [a]", "attributes: joy", "attributes: []", "figures: 3"])
def test_leaves_other_faults_to_the_schema(wrong):
    (key,) = yaml.safe_load(wrong)
    assert like(wrong)[key] == yaml.safe_load(wrong)[key]
    assert written_out({"experiments": {"mine": yaml.safe_load(wrong), "x": None}})["experiments"]["x"] is None
    assert written_out({"experiments": [wrong]}) == {"experiments": [wrong]}


UNSET = dict.fromkeys(["base", "mode", "expression", "attractiveness"])


@pytest.mark.parametrize(
    ("attributes", "modes", "expected"),
    [
        (["attractive", "happy"], ["dense", "full"], {"base": "b", "mode": "full", "expression": "happy"}),
        (["Freude", "joy"], ["dense"], {"base": "b", "mode": "dense", "expression": "Freude"}),
        (["attractive", "calm"], ["dense"], {"base": "b", "mode": "dense", "expression": None}),
    ],
)
def test_figures_show_what_there_is(attributes, modes, expected):
    experiment = {"attributes": attributes, "bases": {"b": {}, "a": {}}, "finetuning": dict.fromkeys(modes)}
    assert with_figures(experiment | {"figures": UNSET})["figures"] == UNSET | expected
    given = UNSET | {"base": "a", "mode": "dense", "expression": "calm"}
    assert with_figures(experiment | {"figures": given})["figures"] == given
