"""Faults in the configuration: each is one line that names the key, what is wrong, and the fix."""

import copy
import re
from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

from facelrp.errors import InputError
from facelrp_workflow.choices import DATASETS
from facelrp_workflow.config_checks import checked, needs_detector
from facelrp_workflow.schema_errors import first_fault, nearest

ROOT = Path(__file__).parents[2]
SCHEMA = yaml.safe_load((ROOT / "rules/schemas/config.schema.yaml").read_text(encoding="utf-8"))


def read(name):
    # Without what anchors share: a change of one key must not change another.
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
#: Recipes of the demo: of its base models, of its full and of its dense networks.
BASE, FULL, DENSE = ("recipes/drawn_base/", "recipes/drawn_full/", "recipes/dense_layers/")
NOTHING = object()
PARTS = "occlusion/patches/parts"
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


def fault_of(config):
    """The message about a configuration."""
    with pytest.raises(InputError) as caught:
        checked(config, SCHEMA)
    return str(caught.value)


CODES = MINE + "faces/rated/codes/"
#: The key that is changed, its value, and the message after "config key" (of the same key if it begins with ":").
#: A base model from a file.
FILE = {"source": "file", "mean": [1, 2, 3], "std": [1, 1, 1]}

FAULTS = [
    # Keys
    ("expriment", "omi", ": no such key — did you mean experiment?"),
    ("experiments/demo/heatmapss", {}, ": no such key — did you mean heatmaps?"),
    (FULL + "epoch", 3, ": no such key — did you mean epochs?"),
    (DEMO + "faces/rated/cuont", 3, ": no such key — did you mean count?"),
    (DEMO + "faces/rated/archive", "omi", ": no such key — choose one of dataset, count, seed, pairs"),
    (DEMO + "faces/rated", {"datset": "omi"}, DEMO + "faces/rated/datset: no such key — did you mean dataset?"),
    (BASE + "droput", 0.1, ": no such key — did you mean dropout?"),
    ("lrp_rules/alpha_beta_2_1/gamma", 1, ": no such key — choose one of name, alpha, beta, bias, renormalise"),
    ("lrp_rules/epsilon/epsilom", 1, ": no such key — did you mean epsilon?"),
    (DEMO + "figures/MODE", "full", ": no such key — did you mean mode?"),
    ("archives/omi/sha265", "0", ": no such key — did you mean sha256?"),
    (DEMO + "occlusion/1", 2, ": no such key — choose one of patches, faces_occluded, faces_explained"),
    # Keys of earlier versions
    (FULL + "rate", 0.1, ": no such key — it is now called learning_rate"),
    (FULL + "unit", 64, ": no such key — it is now called divide_pixels_by"),
    (DEMO + "occlusion/margin", 2, ": no such key — it is now called patches/margin_pixels"),
    (DEMO + "occlusion/faces", 9, ": no such key — it is now called faces_occluded"),
    (DEMO + "evaluation/faces", 9, ": no such key — it is now called faces_perturbed"),
    (DEMO + "split", {"seed": 1, "test": 0.2}, DEMO + "split/test: no such key — it is now called test_share"),
    (OMI + "faces/rated/box", HUNDRED, ": no such key — it is now called crop_box"),
    (MINE + "faces/rated/scale", [1, 7], ": no such key — it is now called rating_scale"),
    (DEMO + "finetuning/full", {"rate": 0.1}, ": it is a table — give the name of a recipe, a key of recipes"),
    # Seeds and modes
    (DEMO + "finetuning/more_seeds", [2, 1], ": 1 is the first seed — leave it out: it is trained anyway"),
    (DEMO + "bases/age/more_seeds", [1], ": 1 is the first seed — leave it out: it is trained anyway"),
    (DEMO + "bases/age/more_seeds", [2, 2], ": 2 is there twice — leave one of them out"),
    (DEMO + "bases/age/more_seeds", 2, ": it is 2 — give a list"),
    (DEMO + "bases/age-2", {}, ": this cannot be its name — give a name of letters and digits other than pictures"),
    (
        "experiments/bases/figures/mode",
        "full",
        ": no network is full — write mode: dense, or add finetuning/full",
    ),
    # Keys that are missing
    (DEMO + "faces", NOTHING, ": is missing — add it (The sets of faces)"),
    (FULL + "batch_size", NOTHING, ": is missing — add it (Faces per step)"),
    (DEMO + "faces/rated/dataset", NOTHING, ": is missing — add it (A set of faces, a dataset with its options)"),
    ("experiment", NOTHING, ": is missing — add it (Name of the experiment to run, a key of `experiments`)"),
    ("archives/alexnet/sha256", NOTHING, ": is missing — add it, or leave bytes out"),
    ("archives/omi/manifest", NOTHING, "archives/omi: it needs manifest or sha256"),
    (DEMO + "bases/age/classes", NOTHING, DEMO + "bases/age: it needs classes or threshold, not both"),
    (DEMO + "bases/age/threshold", 30, DEMO + "bases/age: it needs classes or threshold, not both"),
    (MINE + "faces/rated/columns/file", NOTHING, ": is missing — add it ("),
    # Kinds
    ("experiments", None, ": it is null — give a table with 1 entry at least"),
    ("experiments", {}, ": it is an empty table — give a table with 1 entry at least"),
    ("compute", 3, ": it is 3 — give a table"),
    (DEMO + "occlusion", None, ": it is null — give a table"),
    (DEMO + "bases/age", None, ": it is null — give a table"),
    ("lrp_rules/epsilon", "modern", ": it is 'modern' — give a table"),
    (DEMO + "faces", [], ": it is [] — give a table"),
    (DEMO + "attributes", "happy", ": it is 'happy' — give a list of 1 at least"),
    (DEMO + "attributes/0", True, ': it is true — give a name of letters, digits and "_"'),
    (FULL + "epochs", 2.0, ": it is 2.0 — give a whole number from 1"),
    (FULL + "epochs", True, ": it is true — give a whole number from 1"),
    (FULL + "epochs", "10", ": it is '10' — give a whole number from 1 without quotes, in a file: in"),
    (FULL + "learning_rate", "1e-3", ": it is '1e-3' — give a number above 0; YAML reads it as text; write a number"),
    (FULL + "learning_rate", "fast", ": it is 'fast' — give a number above 0"),
    (FULL + "mirror", "true", ": it is 'true' — give true or false without quotes, in a file: in"),
    (FULL + "mirror", 1, ": it is 1 — give true or false"),
    ("allow_missing", "perhaps", ": it is 'perhaps' — give true or false"),
    ("photos", 3, ": it is 3 — give text or null"),
    (MINE + "faces/rated/template", 7, ": it is 7 — give text or a table or null"),
    (MINE + "faces/rated/rating_scale", [1], ": it is [1] — give a list of 2 numbers, the lowest and the highest"),
    (
        OMI + "faces/rated/crop_box",
        [1, 2, 3],
        ": it is [1, 2, 3] — give a list of 4 numbers (left, top, right, bottom),",
    ),
    # Values
    (FULL + "epochs", 0, ": it is 0 — give a whole number from 1"),
    (FULL + "batch_size", 0, ": it is 0 — give a whole number from 1"),
    (DENSE + "learning_rate", -1e-3, ": it is -0.001 — give a number above 0"),
    (FULL + "learning_rate", float("nan"), ": it is nan — give a number above 0"),
    (FULL + "learning_rate", float("inf"), ": it is inf — give a number above 0"),
    ("lrp_rules/alpha_beta_2_1/beta", -(10**400), ": it is -1000000000"),
    (FULL + "dropout", 1, ": it is 1 — give a number from 0, below 1"),
    (FULL + "optimiser", "adam", ": it is 'adam' — did you mean adamw?"),
    (FULL + "schedule", "linear", ": it is 'linear' — choose one of constant, cosine, one_cycle"),
    (DEMO + "faces/rated/seed", -1, ": it is -1 — give a whole number from 0, up to 9223372036854775807"),
    (DEMO + "split", {"test_share": 1}, DEMO + "split/test_share: it is 1 — give a number above 0, below 1"),
    (DEMO + "evaluation/removed_share", 0, ": it is 0 — give a number above 0, up to 1"),
    (DEMO + "occlusion/patches", {"parts": ["mouht"]}, DEMO + PARTS + "/0: it is 'mouht' — did you mean mouth?"),
    (DEMO + "occlusion/patches", {"parts": ["nose", "nose"]}, DEMO + PARTS + ": 'nose' is there twice — leave one"),
    (DEMO + "occlusion/patches", {"control": "chin"}, DEMO + "occlusion/patches/control: it is 'chin' — choose one of"),
    (DEMO + "attributes", ["happy", "happy"], ": 'happy' is there twice — leave one of them out"),
    (DEMO + "attributes", [], ": it is [] — give a list of 1 at least"),
    (DEMO + "faces/rated/dataset", "syntetic", ": it is 'syntetic' — did you mean synthetic?"),
    (DEMO + "faces/rated/dataset", "celeba", ": it is 'celeba' — choose one of synthetic, omi, london, us10k, kdef,"),
    (DEMO + "bases/age/source", "cafe", ": it is 'cafe' — did you mean caffe?"),
    ("lrp_rules/modern/name", "alphabeta", ": it is 'alphabeta' — did you mean alpha_beta?"),
    ("lrp_rules/modern/name", "zb", ": it is 'zb' — choose one of alpha_beta, epsilon, gamma, w_square, flat,"),
    (
        "lrp_rules/own",
        {"name": "composite", "conv": {"name": "zb"}, "dense": FLAT},
        "lrp_rules/own/conv/name: it is 'zb' — choose one of alpha_beta, epsilon, gamma, w_square, flat",
    ),
    (PAPER + "faces/pairs/states", ["happy", "sadd"], PAPER + "faces/pairs/states/1: it is 'sadd' — did you mean sad?"),
    ("archives/omi/url", "ftp://host/omi.zip", ": it is 'ftp://host/omi.zip' — give an address that begins with http"),
    ("archives/alexnet/sha256", "7be5", ": it is '7be5' — give 8 to 64 digits from 0 to f"),
    ("compute/precision", "fp16", ": it is 'fp16' — choose one of float32, bfloat16"),
    # Names of one's own
    (DEMO + "bases/a_b", CONFIG["experiments"]["demo"]["bases"]["age"], ": this cannot be its name — give a name of"),
    ("experiments/my demo", CONFIG["experiments"]["demo"], ": this cannot be its name — give a name of letters,"),
    (DEMO + "bases/pictures", CONFIG["experiments"]["demo"]["bases"]["age"], ": this cannot be its name — give a name"),
    ("experiments/d\n", CONFIG["experiments"]["demo"], "experiments/'d\\n': this cannot be its name — give a name of"),
    ("shards", 1000000000, ": it is 1000000000 — give a whole number from 1, up to 10000"),
    ("lrp_rules/random", FLAT, ": this cannot be its name — give a name of letters, digits and"),
    # Names that must be defined elsewhere
    ("experiment", "dem", ": no experiment is called 'dem' — did you mean demo?"),
    (
        "experiment",
        "nobody",
        ": no experiment is called 'nobody' — choose one of demo, bases, omi, open, modern, omi_bases, paper, mine",
    ),
    (OMI + "faces/rated/archive", "omii", ": no archive is called 'omii' — did you mean omi?"),
    (PAPER + "bases/age/model", "agenet", ": no archive is called 'agenet' — did you mean age_net?"),
    (PAPER + "bases/gender/mean", "average", ": no archive is called 'average' — choose one of omi, london, age_net,"),
    (DEMO + "finetuning/dense", "dense_layer", ": no recipe is called 'dense_layer' — did you mean dense_layers?"),
    (
        DEMO + "bases/age",
        FILE | {"file": "a.pth"},
        DEMO + "bases/age/architecture: nothing says which network the weights",
    ),
    (
        DEMO + "bases/age",
        FILE | {"file": "a.pt2", "size": 64},
        DEMO + "bases/age/size: a.pt2 says it itself — leave it",
    ),
    (
        DEMO + "bases/age",
        FILE | {"weights": "resnet18", "architecture": "resnet18", "output": "fc"},
        DEMO + "bases/age/output: weights have no other output than their last layer — leave it out",
    ),
    (DEMO + "bases/age", FILE, DEMO + "bases/age: it needs file or weights, not both"),
    (OMI + "bases/age/recipe", "photos_base", ": no recipe is called 'photos_base' — did you mean photo_base?"),
    (DEMO + "heatmaps", {"rule": "epsilom"}, DEMO + "heatmaps/rule: no LRP rule is called 'epsilom' — did you mean"),
    (DEMO + "evaluation/rules", ["flat"], DEMO + "evaluation/rules/0: no LRP rule is called 'flat' — choose one of"),
    (
        "lrp_rules/modern",
        NOTHING,
        DEMO + "evaluation/rules/2: no LRP rule is called 'modern' — choose one of alpha_beta_2_1",
    ),
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
    (
        DEMO + "evaluation/attributes_compared",
        ["happy", "hapy"],
        DEMO + "evaluation/attributes_compared/1: no attribute is called 'hapy' — did you mean happy?",
    ),
    (PAPER + "paper_mae/sex", {}, ": no base model is called 'sex' — choose one of age, gender"),
    (PAPER + "paper_mae/age/full/hapy", 0.4, ": no rating is called 'hapy' — did you mean happy?"),
    (
        "archives/face_landmarker",
        NOTHING,
        OMI + "faces/rated/regions: no archive is called 'face_landmarker' — copy it from config.yaml",
    ),
    # Keys that do not fit together
    (
        MINE + "faces/rated/crop_box",
        [0, 0, 9, 9],
        ": it has no effect where eyes and mouth frame each face — write frame",
    ),
    (MINE + "faces/rated/fit", "pad", ": it has no effect where eyes and mouth frame each face — write frame: box"),
    (MINE + "faces/rated/template", "ffhq", ": it has no effect where each face is divided by its own points — write"),
    (DEMO + "faces/rated/count", 3, ": 3 faces are too few to train on some and test on others — take 4 faces"),
    (OMI + "faces/rated/first_faces", 3, ": 3 faces are too few to train on some and test on others — take 4 faces"),
    (DEMO + "faces/rated", {"dataset": "kdef"}, DEMO + "faces/rated/dataset: nobody is rated in kdef — choose one of"),
    (DEMO + "faces/pairs/pairs", NOTHING, ": without it nobody is drawn twice — set it to true"),
    (DEMO + "faces/pairs", {"dataset": "us10k"}, DEMO + "faces/pairs/dataset: nobody appears in two states in us10k —"),
    (PAPER + "faces/pairs/states", ["sad", "angry"], ": pairs cannot be made of sad, angry — name happy and another"),
    (OMI + "faces/pairs/states", ["happy"], ": pairs cannot be made of happy — name happy and another one"),
    (DEMO + "bases/age/classes", 481, ": 481 classes of 480 faces — take fewer classes, or more faces"),
    (
        DEMO + "split",
        {"test_share": 0.005},
        DEMO + "split/test_share: of 240 faces fewer than 2 would be left to train",
    ),
    (
        OMI + "faces/rated/first_faces",
        14,
        OMI + "bases/age/classes: 8 classes of 7 faces — take fewer classes, or more",
    ),
    (
        "photos",
        "my photos",
        "photos: the networks of demo were trained on drawn faces, and cannot rate photographs — snakemake --cores all "
        "--config experiment=omi 'photos=my photos'",
    ),
    (DEMO + "bases/gender/threshold", 100, ": all are on one side of 100 — give a number between 0, female, and 100,"),
    (FULL + "batch_size", 2, ": batch_norm has no statistics over batches of 2 — take batches of 3 faces"),
    (BASE + "batch_size", 1, ": batch_norm has no statistics over batches of 1 — take batches of 3 faces"),
    (DENSE + "shift_pixels", 4, ": dense layers are trained on features, which cannot be shifted — leave it out,"),
    ("lrp_rules/alpha_beta_2_1/beta", 1, ": alpha + beta must be 1, but alpha is 2 and beta 1 — write beta: -1, in"),
    ("lrp_rules/modern/alpha", 2, "lrp_rules/modern/beta: alpha + beta must be 1, but"),
    (
        "lrp_rules/own",
        {"name": "composite", "first": {"name": "zb", "low": 9, "high": 1}, "conv": FLAT, "dense": FLAT},
        "lrp_rules/own/first/low: low is 9 and high 1 — give a lower bound below the upper one",
    ),
    (OMI + "faces/rated/crop_box", [9, 0, 3, 9], ": nothing lies in [9, 0, 3, 9] — give left, top, right, bottom in"),
    (MINE + "faces/rated/rating_scale", [7, 1], ": [7, 1] is not a scale — give the lowest, then the highest rating"),
    (MINE + "faces/rated/rating_scale", NOTHING, ": is missing — give the lowest and the highest possible rating"),
    (MINE + "faces/rated/codes", {"state": {}}, MINE + "faces/rated/columns/state: is missing — name the column"),
    (MINE + "faces/rated/codes", {"gender": {}}, MINE + "faces/rated/columns/gender: is missing — name the column"),
    (
        MINE + "faces/rated/codes",
        {"gender": {"1": "masculine"}},
        CODES + "gender/1: it is 'masculine' — did you mean male?",
    ),
    (
        MINE + "faces/rated/codes",
        {"gender": {1: "male"}},
        CODES + "gender/1: this cannot be its name — give the code in",
    ),
    (
        MINE + "faces/rated/codes",
        {"age": {"1": "old"}},
        CODES + "age/1: it is 'old' — give a number of years up to 120, or \"\"",
    ),
    (
        MINE + "faces/rated/codes",
        {"age": {"1": 121}},
        CODES + 'age/1: it is 121 — give a number of years up to 120, or ""',
    ),
    (MINE + "faces/rated/codes", {"joy": {"1": 2}}, CODES + "joy: no such key — choose one of state, gender, age"),
    (MINE + "faces/rated/states", {"HA": "happy"}, ": no such key — it is now called codes/state"),
    (MINE + "faces/rated/sheet", 1, ": it is 1 — give the name of a sheet"),
    (MINE + "faces/rated/columns/glee", "joy", ": it is read from 'joy', as joy is — name the column of each"),
    (MINE + "faces/rated/pairs", True, MINE + "faces/rated/columns/identity: is missing — name the column of your"),
]


def test_photographs_are_rated_by_networks_of_photographs():
    config = changed("photos", "my photos")
    for experiment, drawn in (("omi", False), ("mine", False), ("bases", True)):
        if drawn:
            with pytest.raises(InputError, match="the networks of bases were trained on drawn faces"):
                checked(config | {"experiment": experiment}, SCHEMA)
        else:
            assert checked(config | {"experiment": experiment}, SCHEMA)["photos"] == "my photos"


def test_codes_of_own_faces_fit():
    """All that can be coded, and a sheet."""
    config = changed(MINE + "faces/rated/table", "ratings.xlsx")
    rated = config["experiments"]["mine"]["faces"]["rated"]
    rated["sheet"] = "Ratings"
    rated["columns"] |= {"state": "mood", "gender": "sex", "age": "years"}
    gender, age = {"1": "male", "2": "female", "": ""}, {"1": 20, "2": 30.5, "9": ""}
    rated["codes"] = {"state": {"HA": "happy", "x": ""}, "gender": gender, "age": age}
    assert checked(config, SCHEMA)["experiments"]["mine"]["faces"]["rated"]["codes"] == rated["codes"]


@pytest.mark.parametrize(("path", "value", "expected"), FAULTS)
def test_a_fault_is_one_line_that_names_key_and_fix(path, value, expected):
    message = fault_of(changed(path, value))
    assert message.startswith(f"config key {path if expected.startswith(':') else ''}{expected}")
    assert "\n" not in message


@pytest.mark.parametrize("experiment", CONFIG["experiments"])
def test_published_experiments_have_no_fault(experiment):
    checked(CONFIG | {"experiment": experiment}, SCHEMA)


def test_experiments_of_tests_have_no_fault():
    config = read("config.yaml")
    update_config(config, read("tests/workflow/tiny.yaml"))
    checked(config, SCHEMA)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (FULL + "batch_size", 3),
        (DEMO + "finetuning/full", NOTHING),
        (DEMO + "figures", NOTHING),
        (DEMO + "figures", {"expression": "confident", "attractiveness": None}),
        (DEMO + "faces/rated/count", 4),
        (DEMO + "split", {"test_share": 2 / 240}),
        (OMI + "faces/rated/first_faces", 16),
        ("lrp_rules/own", {"name": "alpha_beta", "alpha": 1.1, "beta": -0.1}),
        ("lrp_rules/own", {"name": "composite", "first": {"name": "zb"}, "conv": FLAT, "dense": FLAT}),
        (DEMO + "occlusion", {"faces_occluded": None}),
        (DEMO + "evaluation/rules", []),
        (DEMO + "evaluation/attributes_compared", None),
        (PAPER + "attributes", ["happy", "attractive"]),
        (OMI + "faces/rated/crop_box", HUNDRED),
        (OMI + "faces/rated/crop_box", None),
        (MINE + "faces/rated/template", None),
        (MINE + "faces/rated/regions", "template"),
        (MINE + "faces/rated/background", "oval"),
        (MINE + "faces/rated/frame", "box"),
        (DEMO + "bases/age/classes", 240),
        (PAPER + "attributes", ["attractive", "happy", "confident", "intelligent", "memorable"]),
    ],
)
def test_limits_are_allowed(path, value):
    checked(changed(path, value), SCHEMA)


def test_a_misspelt_key_comes_before_other_faults_which_come_in_order():
    config = changed(DEMO + "faces/rated/seed", -1)
    config["experiments"]["omi"]["split"] = {"seed": -1}
    assert fault_of(config).startswith(f"config key {DEMO}faces/rated/seed")
    config["experiments"]["paper"]["figures"]["baze"] = config["experiments"]["paper"]["figures"].pop("base")
    assert fault_of(config) == f"config key {PAPER}figures/baze: no such key — did you mean base?"


def test_all_missing_keys_are_named_at_once_unless_one_is_misspelt():
    config = changed("experiments/mine", {"faces": {"rated": {"dataset": "folder"}}, "attributes": ["joy"]})
    assert fault_of(config) == (
        "the configuration: 5 keys are missing — "
        "add experiments/mine/bases (The base models by name); "
        "experiments/mine/finetuning (How the networks are fine-tuned); "
        "experiments/mine/faces/rated/folder (The folder with the images); "
        "experiments/mine/faces/rated/table (CSV or Excel file (xlsx) with a row per image, or per rater and image; a "
        "relative path starts at the folder); "
        f"experiments/mine/faces/rated/columns ({described_columns()})"
    )
    config["experiments"]["mine"]["basis"] = {}
    assert fault_of(config).startswith("config key experiments/mine/basis: no such key")


def described_columns():
    return DATASETS["folder"]["properties"]["columns"]["description"].rstrip(".")


def test_long_values_are_cut_short():
    message = fault_of(changed(DEMO + "attributes", "happy " * 50))
    assert "…" in message
    assert len(message) < 160


def test_the_nearest_word_is_near():
    assert nearest("Mouth", ["eyes", "mouth"]) == "mouth"
    assert nearest("telephone", ["eyes", "mouth"]) is None
    assert nearest(3, []) is None


def test_alternatives_within_alternatives_are_distinguished():
    choice = {"properties": {"kind": {"const": "a"}, "size": {"type": "number"}}, "additionalProperties": False}
    other = {"properties": {"kind": {"const": "b"}, "inner": {"$ref": "#"}}, "additionalProperties": False}
    schema = {"type": "object", "required": ["kind"], "description": "A thing.", "oneOf": [choice, other]}
    assert first_fault({"kind": "b", "inner": {"kind": "a", "size": 1}}, schema) is None
    fault = first_fault({"kind": "b", "inner": {"kind": "a", "size": "x"}}, schema)
    assert str(fault) == "config key inner/size: it is 'x' — give a number"
    fault = first_fault({"kind": "b", "inner": {"kind": "c"}}, schema)
    assert str(fault) == "config key inner/kind: it is 'c' — choose one of a, b"


def nested(levels):
    """A list that holds the list below nine times, and so on."""
    value = ["x"] * 9
    for _ in range(levels):
        value = [value] * 9
    return value


def holding_itself(table):
    table["demo"] = table
    return table


@pytest.mark.parametrize(
    "endless", [nested(9), {"a": nested(9)}, holding_itself({}), holding_itself({"list": nested(9)})]
)
@pytest.mark.parametrize("key", ["experiments", "recipes", "unknown"])
def test_a_configuration_without_end_is_refused(key, endless):
    assert fault_of(changed("experiment", "demo") | {key: endless}).startswith(
        "the configuration: it has more than 100,000"
    )


@pytest.mark.parametrize("option", ["regions", "frame", "background"])
def test_each_option_that_needs_the_detector_says_so(option):
    without = {"regions": "template", "frame": "box", "background": "keep"}
    assert needs_detector(without) == needs_detector({"dataset": "synthetic"}) == []
    assert needs_detector(without | {option: "oval" if option == "background" else "detected"}) == [option]
