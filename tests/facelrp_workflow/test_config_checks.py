"""Faults in the configuration: each is one line that names the key, what is wrong, and the fix."""

import copy
import inspect
import re
import zipfile
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pytest
import torch
import yaml
from jsonschema import Draft202012Validator
from snakemake.utils import update_config

from facelrp.datasets.registry import load
from facelrp.errors import InputError
from facelrp.faces.occlusion import SKIN
from facelrp.faces.parts import GROUPS, PARTS
from facelrp.lrp.composites import RULES, modern, rule_class
from facelrp.networks import weights
from facelrp.training.loop import Recipe
from facelrp_workflow.choices import DATASETS, with_choices
from facelrp_workflow.config_checks import PAIRED, RATED, refuse_faults
from facelrp_workflow.schema_errors import first_fault, nearest

ROOT = Path(__file__).parents[2]
SCHEMA = yaml.safe_load((ROOT / "rules/schemas/config.schema.yaml").read_text(encoding="utf-8"))
OMI_ARCHIVE = ROOT.parent / "shared" / "data" / "omi-53bb3c13113afc3ae67aa6ede4ac9dfe33f306af.zip"


def read(name):
    # As Snakemake does, without what anchors share: a change in one place shall be one in this place alone.
    return copy_of(yaml.safe_load((ROOT / name).read_text(encoding="utf-8")))


def copy_of(data):
    if isinstance(data, dict):
        return {key: copy_of(value) for key, value in data.items()}
    return [copy_of(value) for value in data] if isinstance(data, list) else copy.copy(data)


def readme_example():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return yaml.safe_load(re.search(r"```yaml\n(experiments:.*?)```", text, re.DOTALL)[1])


CONFIG = read("config.yaml")
update_config(CONFIG, copy_of(readme_example()))
DEMO, OMI, PAPER, MINE = (f"experiments/{name}/" for name in ("demo", "omi", "paper", "mine"))
NOTHING = object()
FLAT, HUNDRED = {"name": "flat"}, [0, 0, 100, 100]
COLUMNS = {name: takes["columns"].split() for name, takes in DATASETS.items() if "columns" in takes}
OMI_RATINGS = ", ".join(name for name in COLUMNS["omi"] if name not in ("age", "gender"))


def changed(path, value):
    """The configuration with another value in one place, or without it."""
    config = copy_of(CONFIG)
    *above, key = [int(key) if key.isdigit() else key for key in path.split("/")]
    table = config
    for name in above:
        table = table[name]
    if value is NOTHING:
        del table[key]
    else:
        table[key] = value
    return config


def line(config):
    """What is told of a configuration."""
    with pytest.raises(InputError) as caught:
        refuse_faults(config, SCHEMA)
    return str(caught.value)


#: What is changed, to what, and the line without "config key" (of the same place if it begins with a colon).
FAULTS = [
    # Keys
    ("expriment", "omi", ": no such key — did you mean experiment?"),
    ("experiments/demo/heatmapss", {}, ": no such key — did you mean heatmaps?"),
    (DEMO + "finetuning/full/epoch", 3, ": no such key — did you mean epochs?"),
    (DEMO + "faces/rated/cuont", 3, ": no such key — did you mean count?"),
    (DEMO + "faces/rated/archive", "omi", ": no such key — choose one of dataset, count, seed, pairs"),
    (DEMO + "faces/rated", {"datset": "omi"}, DEMO + "faces/rated/datset: no such key — did you mean dataset?"),
    (DEMO + "bases/age/recipe/droput", 0.1, ": no such key — did you mean dropout?"),
    (DEMO + "heatmaps/rule/gamma", 1, ": no such key — choose one of name, alpha, beta, bias, renormalise"),
    (DEMO + "evaluation/rules/epsilon/epsilom", 1, ": no such key — did you mean epsilon?"),
    (DEMO + "figures/MODE", "full", ": no such key — did you mean mode?"),
    ("archives/omi/sha265", "0", ": no such key — did you mean sha256?"),
    (DEMO + "occlusion/1", 2, ": no such key — choose one of parts, margin, softness, control, explained, faces"),
    # Keys that are missing
    (DEMO + "split", NOTHING, ": is missing — add it (The random split into a training and a test set; no identity"),
    (DEMO + "finetuning/full/batch", NOTHING, ": is missing — add it (Faces per step)"),
    (DEMO + "faces/rated/dataset", NOTHING, ": is missing — add it (A set of faces, a dataset with its options)"),
    ("experiment", NOTHING, ": is missing — add it (Name of the experiment to run, a key of `experiments`)"),
    ("archives/alexnet/bytes", NOTHING, ": is missing — add it, or leave sha256, bytes out"),
    ("archives/omi/manifest", NOTHING, "archives/omi: it needs manifest or sha256"),
    (DEMO + "bases/age/classes", NOTHING, DEMO + "bases/age: it needs classes or threshold, not both"),
    (DEMO + "bases/age/threshold", 30, DEMO + "bases/age: it needs classes or threshold, not both"),
    (MINE + "faces/rated/columns/file", NOTHING, ": is missing — add it (What → the name of its column. file "),
    # Kinds
    ("experiments", None, ": it is null — give a table with 1 entry at least"),
    ("experiments", {}, ": it is an empty table — give a table with 1 entry at least"),
    ("compute", 3, ": it is 3 — give a table"),
    (DEMO + "heatmaps", None, ": it is null — give a table"),
    (DEMO + "bases/age", None, ": it is null — give a table"),
    (DEMO + "heatmaps/rule", "modern", ": it is 'modern' — give a table"),
    (DEMO + "faces", [], ": it is [] — give a table"),
    (DEMO + "attributes", "happy", ": it is 'happy' — give a list of 1 at least"),
    (DEMO + "attributes/0", True, ': it is true — give a name of letters, digits and "_"'),
    (DEMO + "finetuning/full/epochs", 2.0, ": it is 2.0 — give a whole number from 1"),
    (DEMO + "finetuning/full/epochs", True, ": it is true — give a whole number from 1"),
    (DEMO + "finetuning/full/epochs", "10", ": it is '10' — give a whole number from 1 without quotes, in a file: in"),
    (DEMO + "finetuning/full/rate", "1e-3", ": it is '1e-3' — give a number above 0; YAML takes it for text, and for"),
    (DEMO + "finetuning/full/rate", "fast", ": it is 'fast' — give a number above 0"),
    (DEMO + "finetuning/full/mirror", "true", ": it is 'true' — give true or false without quotes, in a file: in"),
    (DEMO + "finetuning/full/mirror", 1, ": it is 1 — give true or false"),
    ("allow_missing", "perhaps", ": it is 'perhaps' — give true or false"),
    ("photos", 3, ": it is 3 — give text or null"),
    (MINE + "faces/rated/template", 7, ": it is 7 — give text or a table or null"),
    (MINE + "faces/rated/scale", [1], ": it is [1] — give a list of 2 numbers, the lowest and the highest possible"),
    (OMI + "faces/rated/box", [1, 2, 3], ": it is [1, 2, 3] — give a list of 4 numbers (left, top, right, bottom),"),
    # Values
    (DEMO + "finetuning/full/epochs", 0, ": it is 0 — give a whole number from 1"),
    (DEMO + "finetuning/full/batch", 0, ": it is 0 — give a whole number from 1"),
    (DEMO + "finetuning/dense/rate", -1e-3, ": it is -0.001 — give a number above 0"),
    (DEMO + "finetuning/full/rate", float("nan"), ": it is nan — give a number above 0"),
    (DEMO + "finetuning/full/rate", float("inf"), ": it is inf — give a number above 0"),
    (DEMO + "heatmaps/rule/beta", -(10**400), ": it is -1000000000"),
    (DEMO + "finetuning/full/dropout", 1, ": it is 1 — give a number from 0, below 1"),
    (DEMO + "finetuning/full/optimiser", "adam", ": it is 'adam' — did you mean adamw?"),
    (DEMO + "finetuning/full/schedule", "linear", ": it is 'linear' — choose one of constant, cosine, one_cycle"),
    (DEMO + "split/seed", -1, ": it is -1 — give a whole number from 0, up to 9223372036854775807"),
    (DEMO + "split/test", 1, ": it is 1 — give a number above 0, below 1"),
    (DEMO + "evaluation/removed", 0, ": it is 0 — give a number above 0, up to 1"),
    (DEMO + "occlusion/parts/1", "mouht", ": it is 'mouht' — did you mean mouth?"),
    (DEMO + "occlusion/parts", ["mouth", "mouth"], ": 'mouth' stands there twice — leave one of them out"),
    (DEMO + "occlusion/control", "chin", ": it is 'chin' — choose one of forehead, right_cheek, left_cheek"),
    (DEMO + "attributes", ["happy", "happy"], ": 'happy' stands there twice — leave one of them out"),
    (DEMO + "attributes", [], ": it is [] — give a list of 1 at least"),
    (DEMO + "faces/rated/dataset", "syntetic", ": it is 'syntetic' — did you mean synthetic?"),
    (DEMO + "faces/rated/dataset", "celeba", ": it is 'celeba' — choose one of synthetic, omi, london, us10k, kdef,"),
    (DEMO + "bases/age/source", "cafe", ": it is 'cafe' — did you mean caffe?"),
    (DEMO + "heatmaps/rule/name", "alphabeta", ": it is 'alphabeta' — did you mean alpha_beta?"),
    (DEMO + "heatmaps/rule/name", "zb", ": it is 'zb' — choose one of alpha_beta, epsilon, gamma, w_square, flat,"),
    (
        DEMO + "heatmaps/rule",
        {"name": "composite", "conv": {"name": "zb"}, "dense": FLAT},
        DEMO + "heatmaps/rule/conv/name: it is 'zb' — choose one of alpha_beta, epsilon, gamma, w_square, flat",
    ),
    (PAPER + "faces/pairs/states", ["happy", "sadd"], PAPER + "faces/pairs/states/1: it is 'sadd' — did you mean sad?"),
    ("archives/omi/url", "ftp://host/omi.zip", ": it is 'ftp://host/omi.zip' — give an address that begins with http"),
    ("archives/alexnet/sha256", "7be5", ": it is '7be5' — give 64 digits from 0 to f"),
    ("compute/precision", "fp16", ": it is 'fp16' — choose one of float32, bfloat16"),
    # Names of one's own
    (DEMO + "bases/a_b", CONFIG["experiments"]["demo"]["bases"]["age"], ": this cannot be its name — give a name of"),
    ("experiments/my demo", CONFIG["experiments"]["demo"], ": this cannot be its name — give a name of letters,"),
    (DEMO + "evaluation/rules/random", FLAT, ": this cannot be its name — give a name of letters, digits and"),
    # What is named elsewhere
    ("experiment", "dem", ": no experiment is called 'dem' — did you mean demo?"),
    ("experiment", "nobody", ": no experiment is called 'nobody' — choose one of demo, omi, paper, mine"),
    (OMI + "faces/rated/archive", "omii", ": no archive is called 'omii' — did you mean omi?"),
    (PAPER + "bases/age/model", "agenet", ": no archive is called 'agenet' — did you mean age_net?"),
    (PAPER + "bases/gender/mean", "average", ": no archive is called 'average' — choose one of omi, london, age_net,"),
    (DEMO + "attributes/1", "hapy", ": no rating is called 'hapy' — did you mean happy?"),
    (DEMO + "attributes/1", "age", ": no rating is called 'age' — choose one of attractive, happy, confident,"),
    (OMI + "attributes/0", "trustwordy", ": no rating is called 'trustwordy' — did you mean trustworthy?"),
    (OMI + "attributes/0", "xyz", f": no rating is called 'xyz' — choose one of {OMI_RATINGS}"),
    (PAPER + "attributes/0", "atractive", ": no rating is called 'atractive' — did you mean attractive?"),
    (MINE + "attributes", ["joy", "fear"], MINE + "attributes/1: no rating is called 'fear' — choose one of joy"),
    (DEMO + "bases/age/target", "years", ": no column of faces is called 'years' — choose one of age, gender,"),
    (DEMO + "figures/base", "agee", ": no base model is called 'agee' — did you mean age?"),
    (DEMO + "figures/expression", "sad", ": no attribute is called 'sad' — choose one of attractive, happy,"),
    (DEMO + "figures/attractiveness", "attractiv", ": no attribute is called 'attractiv' — did you mean attractive?"),
    (PAPER + "paper_mae/sex", {}, ": no base model is called 'sex' — choose one of age, gender"),
    (PAPER + "paper_mae/age/full/hapy", 0.4, ": no rating is called 'hapy' — did you mean happy?"),
    # What does not fit together
    (DEMO + "faces/rated/count", 3, ": 3 faces are too few to train on some and test on others — take 4 faces"),
    (OMI + "faces/rated/first", 3, ": 3 faces are too few to train on some and test on others — take 4 faces or more"),
    (DEMO + "faces/rated", {"dataset": "kdef"}, DEMO + "faces/rated/dataset: nobody is rated in kdef — choose one of"),
    (DEMO + "faces/pairs/pairs", NOTHING, ": without it nobody is drawn twice — set it to true"),
    (DEMO + "faces/pairs", {"dataset": "us10k"}, DEMO + "faces/pairs/dataset: nobody is there twice in us10k —"),
    (PAPER + "faces/pairs/states", ["sad", "angry"], ": pairs cannot be made of sad, angry — name happy and another"),
    (OMI + "faces/pairs/states", ["happy"], ": pairs cannot be made of happy — name happy and another one"),
    (DEMO + "bases/age/classes", 481, ": 481 classes of 480 faces — take fewer classes, or more faces"),
    (
        DEMO + "split/test",
        0.005,
        ": of 240 faces fewer than 2 would be left to train on, or to test — give a share from",
    ),
    (OMI + "faces/rated/first", 14, OMI + "bases/age/classes: 8 classes of 7 faces — take fewer classes, or more"),
    (DEMO + "bases/gender/threshold", 100, ": all are on one side of 100 — give a number between 0, female, and 100,"),
    (DEMO + "finetuning/full/batch", 2, ": batch_norm has no statistics over batches of 2 — take batches of 3 faces"),
    (DEMO + "bases/age/recipe/batch", 1, ": batch_norm has no statistics over batches of 1 — take batches of 3 faces"),
    (DEMO + "finetuning/dense/shift", 4, ": dense layers are trained on features, which cannot be shifted — leave it"),
    (DEMO + "heatmaps/rule/beta", 1, ": alpha + beta must be 1, but alpha is 2 and beta 1 — write beta: -1, in the"),
    (DEMO + "evaluation/rules/modern/alpha", 2, DEMO + "evaluation/rules/modern/beta: alpha + beta must be 1, but"),
    (
        DEMO + "heatmaps/rule",
        {"name": "composite", "first": {"name": "zb", "low": 9, "high": 1}, "conv": FLAT, "dense": FLAT},
        DEMO + "heatmaps/rule/first/low: low is 9 and high 1 — give a lower bound below the upper one",
    ),
    (OMI + "faces/rated/box", [9, 0, 3, 9], ": nothing lies in [9, 0, 3, 9] — give left, top, right, bottom in this"),
    (MINE + "faces/rated/scale", [7, 1], ": [7, 1] is no scale — give the lowest, then the highest rating"),
    (MINE + "faces/rated/scale", NOTHING, ": is missing — give the lowest and the highest possible rating"),
    (MINE + "faces/rated/states", {"HA": "happy"}, MINE + "faces/rated/columns/state: is missing — name the column"),
    (MINE + "faces/rated/pairs", True, MINE + "faces/rated/columns/identity: is missing — name the column of your"),
]


@pytest.mark.parametrize(("path", "value", "told"), FAULTS)
def test_a_fault_is_one_line_that_names_key_and_mend(path, value, told):
    message = line(changed(path, value))
    assert message.startswith(f"config key {path if told.startswith(':') else ''}{told}")
    assert "\n" not in message


@pytest.mark.parametrize("experiment", CONFIG["experiments"])
def test_nothing_is_wrong_with_what_is_published(experiment):
    refuse_faults(CONFIG | {"experiment": experiment}, SCHEMA)


def test_nothing_is_wrong_with_the_tests_own_experiments():
    config = read("config.yaml")
    update_config(config, read("tests/workflow/tiny.yaml"))
    refuse_faults(config, SCHEMA)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (DEMO + "finetuning/full/batch", 3),
        (DEMO + "faces/rated/count", 4),
        (DEMO + "split/test", 2 / 240),
        (OMI + "faces/rated/first", 16),
        (DEMO + "heatmaps/rule", {"name": "alpha_beta", "alpha": 1.1, "beta": -0.1}),
        (DEMO + "heatmaps/rule", {"name": "composite", "first": {"name": "zb"}, "conv": FLAT, "dense": FLAT}),
        (PAPER + "attributes", ["happy", "attractive"]),
        (OMI + "faces/rated/box", HUNDRED),
        (OMI + "faces/rated/box", None),
        (MINE + "faces/rated/template", {"right_eye": [0.3, 0.4], "left_eye": [0.7, 0.4], "mouth": [0.5, 0.7]}),
        (DEMO + "bases/age/classes", 240),
        (PAPER + "attributes", ["attractive", "happy", "confident", "intelligent", "memorable"]),
    ],
)
def test_what_just_fits_is_let_through(path, value):
    refuse_faults(changed(path, value), SCHEMA)


def test_of_several_faults_the_misspelt_key_is_told_and_else_the_first():
    config = changed(DEMO + "split/seed", -1)
    config["experiments"]["omi"]["split"]["seed"] = -1
    assert line(config).startswith(f"config key {DEMO}split/seed")
    epochs = config["experiments"]["paper"]["finetuning"]["full"].pop("epochs")
    config["experiments"]["paper"]["finetuning"]["full"]["epochz"] = epochs
    assert line(config) == f"config key {PAPER}finetuning/full/epochz: no such key — did you mean epochs?"


def test_long_values_are_cut_short():
    message = line(changed(DEMO + "attributes", "happy " * 50))
    assert "…" in message
    assert len(message) < 160


def test_the_nearest_word_is_near():
    assert nearest("Mouth", ["eyes", "mouth"]) == "mouth"
    assert nearest("telephone", ["eyes", "mouth"]) is None
    assert nearest(3, []) is None


def test_alternatives_within_alternatives_are_told_apart():
    choice = {"properties": {"kind": {"const": "a"}, "size": {"type": "number"}}, "additionalProperties": False}
    other = {"properties": {"kind": {"const": "b"}, "inner": {"$ref": "#"}}, "additionalProperties": False}
    schema = {"type": "object", "required": ["kind"], "description": "A thing.", "oneOf": [choice, other]}
    assert first_fault({"kind": "b", "inner": {"kind": "a", "size": 1}}, schema) is None
    fault = first_fault({"kind": "b", "inner": {"kind": "a", "size": "x"}}, schema)
    assert str(fault) == "config key inner/size: it is 'x' — give a number"
    fault = first_fault({"kind": "b", "inner": {"kind": "c"}}, schema)
    assert str(fault) == "config key inner/kind: it is 'c' — choose one of a, b"


def nodes(schema, path=""):
    """All schemas of values within a schema, by where they stand."""
    yield path, schema
    inner = {f"{path}/{key}": value for key, value in schema.get("properties", {}).items()}
    choices = [value for value in schema.get("oneOf", ()) if set(value) != {"required"}]
    inner |= {f"{path}({number})": value for number, value in enumerate(choices)}
    entries = [schema[key] for key in ("additionalProperties", "items") if isinstance(schema.get(key), dict)]
    inner |= {f"{path}/*": value for value in entries}
    inner |= {f"#/$defs/{key}": value for key, value in schema.get("$defs", {}).items()}
    for place, value in inner.items():
        yield from nodes(value, place)


WHOLE = with_choices(SCHEMA)
NODES = dict(nodes(WHOLE))


def resolved(node):
    return NODES[node["$ref"]] if "$ref" in node else node


def test_the_schema_is_one():
    Draft202012Validator.check_schema(WHOLE)
    assert len(NODES) > 200
    assert all(node["$ref"] in NODES for node in NODES.values() if "$ref" in node)


def test_the_schema_lets_no_key_through_that_it_does_not_know():
    tables = {place: node for place, node in NODES.items() if "properties" in node}
    assert len(tables) > 30
    assert [place for place, node in tables.items() if node.get("additionalProperties") is not False] == []
    # Tables without keys of their own have alternatives that do, or say what their entries are.
    for place, node in NODES.items():
        if "object" in node.get("type", ()) and "properties" not in node:
            assert "oneOf" in node or isinstance(node["additionalProperties"], dict), place


def test_the_schema_describes_every_key():
    keys = {place: node for place, node in NODES.items() if "(" not in place.rsplit("/", 1)[-1]}
    listed = {f"{place}/*" for place, node in NODES.items() if "items" in node}
    bare = [place for place in keys.keys() - listed if not resolved(NODES[place]).get("description")]
    assert [place for place in bare if not NODES[place].get("description")] == []


def alternatives(name):
    """{what tells it apart: its keys} of the schema's alternatives."""
    found = {}
    for alternative in map(resolved, WHOLE["$defs"][name]["oneOf"]):
        constants = [key for key, value in alternative["properties"].items() if "const" in value]
        assert len(constants) == 1
        found[alternative["properties"][constants[0]]["const"]] = alternative["properties"].keys() - set(constants)
    return found


def test_datasets_take_the_options_of_the_schema():
    known = alternatives("faces")
    assert set(known) == set(DATASETS)
    assert {*RATED, *PAIRED} == set(DATASETS)
    # What the workflow itself passes on, or takes care of.
    own = {"source", "attributes", "allow_missing"}
    for name, keys in known.items():
        taken = set(inspect.signature(import_module(f"facelrp.datasets.{name}").load).parameters)
        assert keys - {"archive", "folder"} == taken - own, name


def test_rules_take_the_keys_of_the_schema():
    known = alternatives("rule") | alternatives("rule_of_first")
    assert set(known) == {*RULES, "composite", "modern"}
    for name in RULES:
        assert known[name] == {field.name for field in fields(rule_class(name))} - {"strict"}
    assert known["modern"] == set(inspect.signature(modern).parameters)
    assert known["composite"] == {"first", "conv", "dense"}
    assert set(alternatives("rule_of_layers")) == set(RULES) - {"zb"}


def test_recipes_parts_and_architectures_are_those_of_the_library():
    assert set(SCHEMA["$defs"]["recipe"]["properties"]) == {field.name for field in fields(Recipe)}
    occlusion = NODES["#/$defs/experiment/occlusion"]["properties"]
    parts = set(occlusion["parts"]["items"]["enum"])
    assert parts < {*PARTS, *GROUPS}
    assert set(occlusion["control"]["enum"]) == set(SKIN)
    assert WHOLE["$defs"]["architecture"]["enum"] == list(weights.ARCHITECTURES)
    with torch.device("meta"):
        assert all(weights.build(name, 3).fc8.out_features == 3 for name in weights.ARCHITECTURES)


def test_columns_of_drawn_faces_are_known_before_they_are_drawn():
    assert list(load("synthetic", None, count=1).table.columns[3:]) == COLUMNS["synthetic"]


def test_columns_of_one_million_impressions_are_known_before_they_are_read(tmp_path):
    if not OMI_ARCHIVE.is_file():
        pytest.skip("no archive of real faces beside this checkout")
    with zipfile.ZipFile(OMI_ARCHIVE) as opened:
        name = next(name for name in opened.namelist() if name.endswith("attribute_means.csv"))
        (tmp_path / "attribute_means.csv").write_bytes(opened.read(name))
        (tmp_path / "images").mkdir()
        (tmp_path / "images" / "1.jpg").touch()
    table = load("omi", tmp_path, allow_missing=True).table
    assert sorted(table.columns[3:]) == sorted(COLUMNS["omi"])
