"""The schema of the configuration: complete, described, and in step with the library and its defaults."""

import inspect
import json
import re
import zipfile
from dataclasses import MISSING, fields
from importlib import import_module
from pathlib import Path

import pytest
import torch
import yaml
from jsonschema import Draft202012Validator

from facelrp.datasets.registry import load
from facelrp.faces.occlusion import SKIN, occlude
from facelrp.faces.parts import GROUPS, NAMES
from facelrp.lrp.composites import COMPOSITES, RULES, Composite, rule_class
from facelrp.networks import architectures
from facelrp.networks.surgery import output_of
from facelrp.training.loop import Recipe
from facelrp_workflow.choices import DATASETS, editor_schema, with_choices
from facelrp_workflow.config_checks import PAIRED, RATED, checked
from facelrp_workflow.config_defaults import with_defaults
from facelrp_workflow.schema_errors import RENAMED

ROOT = Path(__file__).parents[2]
SCHEMA = yaml.safe_load((ROOT / "rules/schemas/config.schema.yaml").read_text(encoding="utf-8"))
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
EDITOR_SCHEMA = ROOT / "rules/schemas/config.schema.json"
OMI_ARCHIVE = ROOT.parent / "shared" / "data" / "omi-53bb3c13113afc3ae67aa6ede4ac9dfe33f306af.zip"
COLUMNS = {name: options["columns"].split() for name, options in DATASETS.items() if "columns" in options}


def nodes(schema, path=""):
    """All schemas of values within a schema, by their paths."""
    yield path, schema
    inner = {f"{path}/{key}": value for key, value in schema.get("properties", {}).items()}
    choices = [value for value in schema.get("oneOf", ()) if set(value) != {"required"}]
    inner |= {f"{path}({number})": value for number, value in enumerate(choices)}
    entries = [schema[key] for key in ("additionalProperties", "items") if isinstance(schema.get(key), dict)]
    inner |= {f"{path}/*": value for value in entries}
    inner |= {f"#/$defs/{key}": value for key, value in schema.get("$defs", {}).items()}
    for inner_path, value in inner.items():
        yield from nodes(value, inner_path)


WHOLE = with_choices(SCHEMA)
NODES = dict(nodes(WHOLE))


def resolved(node):
    return NODES[node["$ref"]] if "$ref" in node else node


def test_the_schema_is_one():
    Draft202012Validator.check_schema(WHOLE)
    assert len(NODES) > 200
    assert all(node["$ref"] in NODES for node in NODES.values() if "$ref" in node)


def test_the_schema_lets_no_key_through_that_it_does_not_know():
    tables = {path: node for path, node in NODES.items() if "properties" in node}
    assert len(tables) > 30
    assert [path for path, node in tables.items() if node.get("additionalProperties") is not False] == []
    # Tables without keys of their own have alternatives that do, or say what their entries are.
    for path, node in NODES.items():
        if "object" in node.get("type", ()) and "properties" not in node:
            assert "oneOf" in node or isinstance(node["additionalProperties"], dict), path


def test_the_schema_describes_every_key():
    keys = {path: node for path, node in NODES.items() if "(" not in path.rsplit("/", 1)[-1]}
    listed = {f"{path}/*" for path, node in NODES.items() if "items" in node}
    bare = [path for path in keys.keys() - listed if not resolved(NODES[path]).get("description")]
    assert [path for path in bare if not NODES[path].get("description")] == []


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
    own, portraits = {"source", "allow_missing"}, {"regions", "frame", "background"}
    for name, keys in known.items():
        taken = set(inspect.signature(import_module(f"facelrp.datasets.{name}").load).parameters)
        assert keys & portraits == (portraits if "portraits" in taken else set()), name
        assert keys - portraits - {"archive", "folder"} == taken - own - {"portraits"}, name


def test_rules_take_the_keys_of_the_schema():
    known = alternatives("rule") | alternatives("rule_of_first")
    assert set(known) == {*RULES, "composite", *COMPOSITES, "references"}
    for name in RULES:
        assert known[name] == {field.name for field in fields(rule_class(name))} - {"strict"}
    for name, composite in COMPOSITES.items():
        assert known[name] == set(inspect.signature(composite).parameters)
    assert known["composite"] == {field.name for field in fields(Composite)}
    assert known["references"] == set()
    assert set(alternatives("rule_of_layers")) == set(RULES) - {"zb"}


def test_recipes_parts_and_architectures_are_those_of_the_library():
    described = SCHEMA["$defs"]["recipe"]["properties"]
    defaults = {field.name: field.default for field in fields(Recipe)}
    assert {key: value.get("default", MISSING) for key, value in described.items()} == defaults
    patches = NODES["#/$defs/experiment/occlusion/patches"]["properties"]
    assert set(patches["parts"]["items"]["enum"]) < {*NAMES, *GROUPS}
    assert set(patches["control"]["enum"]) == set(SKIN)
    assert set(patches) == set(inspect.signature(occlude).parameters) - {"image", "labels"}
    assert WHOLE["$defs"]["architecture"]["enum"] == list(architectures.ARCHITECTURES)
    with torch.device("meta"):
        networks = [architectures.build(name, 3) for name in architectures.ARCHITECTURES]
    assert all(output_of(network).out_features == 3 for network in networks)
    assert architectures.SIZES.keys() < architectures.ARCHITECTURES.keys()
    assert WHOLE["$defs"]["head"]["enum"] == list(architectures.HEADS)


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


def test_the_schema_for_editors_is_fresh():
    assert EDITOR_SCHEMA.read_text(encoding="utf-8") == editor_schema(SCHEMA), "run: make schema"


def test_editors_find_the_schema_from_the_first_line_of_the_configuration():
    first = (ROOT / "config.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema={EDITOR_SCHEMA.relative_to(ROOT).as_posix()}"


def editor_faults(config):
    """The keys that an editor marks: jsonschema itself on the published file."""
    validator = Draft202012Validator(json.loads(EDITOR_SCHEMA.read_text(encoding="utf-8")))
    return ["/".join(map(str, error.absolute_path)) for error in validator.iter_errors(config)]


#: Parts of a configuration, as users write them to change config.yaml.
PARTS_OF_A_CONFIGURATION = [
    "experiment: omi",
    "compute: {device: cuda}",
    "recipes: {drawn_base: {epochs: 2}}",
    "experiments: {omi: {figures: {mode: dense}}}",
    "experiments: {omi: {faces: {rated: {first_faces: 100}}}}",
    "experiments: {mine: {bases: {age: {seed: 2}}}}",
    "lrp_rules: {epsilon: {epsilon: 0.001}}",
    "archives: {omi: {url: 'https://localhost/omi.zip'}}",
]
#: The same with a fault.
FAULTY_PARTS = [
    "experimnt: omi",
    "compute: {device: gpu}",
    "recipes: {drawn_base: {epochz: 2}}",
    "experiments: {omi: {figures: {mode: thick}}}",
    "experiments: {omi: {faces: {rated: {first_faces: many}}}}",
    "experiments: {mine: {bases: {age: {sed: 2}}}}",
    "lrp_rules: {epsilon: {epsilon: -1}}",
    "archives: {omi: {url: omi.zip}}",
]


def test_editors_mark_no_fault_in_what_is_published():
    assert editor_faults(CONFIG) == []


@pytest.mark.parametrize("text", PARTS_OF_A_CONFIGURATION)
def test_editors_accept_parts_of_a_configuration(text):
    assert editor_faults(yaml.safe_load(text)) == []


@pytest.mark.parametrize("text", FAULTY_PARTS)
def test_editors_mark_faults(text):
    assert len(editor_faults(yaml.safe_load(text))) == 1


def test_defaults_fill_missing_keys_and_no_others():
    experiment = {
        "faces": {},
        "bases": {"a": {"source": "train"}, "b": {"source": "caffe"}},
        "figures": {"mode": "dense"},
    }
    config = with_defaults({"experiments": {"one": experiment}}, with_choices(SCHEMA))
    (filled,) = config["experiments"].values()
    assert filled["split"] == {"seed": 1, "test_share": 0.5}
    assert filled["heatmaps"] == {"rule": "alpha_beta_2_1", "lrn": "identity", "references": 32}
    assert filled["occlusion"]["patches"]["control"] == "forehead"
    assert filled["occlusion"]["faces_occluded"] is None
    later = dict.fromkeys(["expression", "attractiveness", "base"])
    assert (
        filled["figures"]
        == {"mode": "dense", "publishable_only": False, "faces_page": "publishable", "smoothing_pixels": 0} | later
    )
    # Only base models that are trained here have a seed.
    assert filled["bases"] == {"a": {"source": "train", "seed": 1}, "b": {"source": "caffe"}}
    assert "figures" in experiment
    assert "split" not in experiment


def test_settings_are_in_one_order_whatever_is_written_out():
    """As text, which Snakemake compares."""
    other = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    demo = other["experiments"]["demo"]
    demo["bases"]["age"] = {"seed": 1} | demo["bases"]["age"]
    demo["heatmaps"] = {"lrn": "identity"} | demo["heatmaps"]
    demo["evaluation"] = {"seed": 1} | demo["evaluation"]
    demo["occlusion"] = {"patches": {"control": "forehead"}} | demo["occlusion"]
    other["recipes"]["paper"] = dict(reversed(other["recipes"]["paper"].items()))
    other["lrp_rules"]["epsilon"] = dict(reversed(other["lrp_rules"]["epsilon"].items()))
    other["recipes"]["drawn_full"] |= {"momentum": 0.5, "divide_pixels_by": 64.0, "clip_gradient_norm": None}
    assert str(checked(other, SCHEMA)) == str(checked(CONFIG, SCHEMA))
    other["recipes"]["paper"]["momentum"] = 0.5
    assert str(checked(other, SCHEMA)) != str(checked(CONFIG, SCHEMA))


def test_every_default_fits_the_schema():
    assert checked(checked(CONFIG, SCHEMA), SCHEMA) == checked(CONFIG, SCHEMA)


def test_defaults_in_comments_are_the_defaults():
    """Uncommented, the optional keys of config.yaml change nothing."""
    defaults = {field.name for field in fields(Recipe) if field.default is not MISSING and field.default is not None}
    described = [item for node in NODES.values() for item in node.get("properties", {}).items()]
    defaults |= {key for key, value in described if "default" in value}
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    # A table comes back with the keys in it: "# patches:", "#   parts: [...]".
    lines = re.sub(rf"^( +)# ( *)({'|'.join(defaults)}):", r"\1\2\3:", text, flags=re.MULTILINE)
    complete = yaml.safe_load(lines)
    assert complete["experiments"]["demo"]["occlusion"]["patches"]["control"] == "forehead"
    assert complete["recipes"]["paper"]["dropout"] == 0.5
    assert Recipe(**complete["recipes"]["paper"]) == Recipe(**CONFIG["recipes"]["paper"])
    assert checked(complete | {"recipes": CONFIG["recipes"]}, SCHEMA) == checked(CONFIG, SCHEMA)


def test_renamed_keys_have_names_that_exist():
    known = {key for node in NODES.values() for key in node.get("properties", {})}
    for old, names in RENAMED.items():
        assert all(part in known for name in names for part in name.split("/")), old
