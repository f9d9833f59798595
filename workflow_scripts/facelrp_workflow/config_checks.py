"""Faults in the configuration, each reported in one line before anything runs.

The schema says what each key can be (`facelrp_workflow.schema_errors` turns its faults into messages); the checks here
say how keys must fit together. Each check takes an experiment and the whole configuration, both complete, and yields
faults: the path of the key, what is wrong, and how to fix it.
"""

import shlex
import sys
from math import ceil, isclose

from facelrp.datasets.contents import KNOWN, NUMBERS
from facelrp.errors import InputError
from facelrp_workflow.choices import DATASETS, with_choices
from facelrp_workflow.config_defaults import with_defaults, with_figures
from facelrp_workflow.inheritance import written_out
from facelrp_workflow.schema_errors import choose, config_key, first_fault
from facelrp_workflow.training_checks import MODES, files, recipes, seeds

#: Datasets of rated faces, and datasets in which each person appears in several states.
RATED, PAIRED = ([name for name, options in DATASETS.items() if options.get(key)] for key in ("rated", "paired"))
#: Entries of a configuration, at all levels together: ours has 500.
MOST_ENTRIES = 100_000
#: LRP rules that experiments use by default: an own complete configuration may lack them.
DEFAULT_RULES = ("alpha_beta_2_1", "alpha_beta_1_0", "epsilon", "modern")


def checked(config, schema):
    """Return the configuration, every experiment written out, with defaults in place of missing keys.

    Parameters
    ----------
    config, schema : dict
        The schema is that of ``rules/schemas/config.schema.yaml``, without what can be chosen. Neither is changed.

    Raises
    ------
    InputError
        The first fault: what is wrong, with which key, and how to fix it.
    """
    refuse_endless(config)
    config = written_out(config)
    schema = with_choices(schema)
    fault = first_fault(config, schema)
    if fault is not None:
        raise fault
    config = with_defaults(config, schema)
    config["experiments"] = {name: with_figures(experiment) for name, experiment in config["experiments"].items()}
    config["recipes"] = {name: effective(recipe) for name, recipe in config["recipes"].items()}
    for path, what, fix in disagreements(config):
        raise InputError(what, config_key(*path), fix)
    return config


def refuse_endless(config):
    """Raise InputError if a configuration has no end, or nearly none: aliases of YAML may repeat each other."""
    entries, waiting = 0, [config]
    while waiting:
        value = waiting.pop()
        inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
        entries += len(inner)
        if entries > MOST_ENTRIES:
            what = f"it has more than {MOST_ENTRIES:,} entries"
            raise InputError(what, "the configuration", "look for aliases (*name) that repeat others")
        waiting += inner


def effective(recipe):
    """Return a recipe without keys that have no effect, so that a change of them reruns nothing: momentum of adamw."""
    return {key: value for key, value in recipe.items() if key != "momentum" or recipe["optimiser"] == "sgd"}


def disagreements(config):
    """Yield the faults of keys that do not fit together."""
    if config["experiment"] not in config["experiments"]:
        yield unknown(("experiment",), "experiment", config["experiment"], config["experiments"])
    elif config["photos"] is not None:
        yield from photos_of_drawn_faces(config)
    for name, rule in config["lrp_rules"].items():
        for path, what, fix in rule_faults(rule):
            yield ("lrp_rules", name, *path), what, fix
    for name, experiment in config["experiments"].items():
        for check in CHECKS:
            for path, what, fix in check(experiment, config):
                yield (path if path[0] == "recipes" else ("experiments", name, *path)), what, fix


def photos_of_drawn_faces(config):
    """Networks that know only drawn faces say nothing of photographs."""
    photographed = [name for name, one in config["experiments"].items() if not is_drawn(one["faces"]["rated"])]
    if config["experiment"] not in photographed:
        what = f"the networks of {config['experiment']} were trained on drawn faces, and cannot rate photographs"
        settings = shlex.join([f"experiment={next(iter(photographed), '…')}", f"photos={config['photos']}"])
        yield ("photos",), what, f"snakemake --cores all --config {settings}"


def is_drawn(faces):
    """Whether a set of faces is drawn, not photographed."""
    return DATASETS[faces["dataset"]].get("redrawn", False)


def unknown(path, kind, word, known):
    """Return the fault of a word that is none of the known names."""
    return path, f"no {kind} is called {word!r}", choose(word, known)


def needs_detector(faces):
    """Return the options of a set of faces for which faces must be found on photographs: list of str."""
    needing = {"regions": "detected", "frame": "detected", "background": "oval"}
    return [option for option, value in needing.items() if faces.get(option) == value]


def names(experiment, config):
    """Archives, recipes and LRP rules must be described at the top of the configuration."""
    named = [(("faces", key, "archive"), faces, "archive") for key, faces in experiment["faces"].items()]
    for key, faces in experiment["faces"].items():
        wanted = needs_detector(faces)
        if wanted and "face_landmarker" not in config["archives"]:
            yield ("faces", key, wanted[0]), "no archive is called 'face_landmarker'", "copy it from config.yaml"
    for base, settings in experiment["bases"].items():
        named += [(("bases", base, key), settings, "archive") for key in ("model", "mean", "weights", "manifest")]
        named += [(("bases", base, "recipe"), settings, "recipe")]
    named += [(("finetuning", mode), experiment["finetuning"], "recipe") for mode in MODES]
    named += [(("heatmaps", "rule"), experiment["heatmaps"], "LRP rule")]
    for key in ("rules", "rules_intervened"):
        rules = dict(enumerate(experiment["evaluation"][key]))
        named += [(("evaluation", key, number), rules, "LRP rule") for number in rules]
    tables = {"archive": "archives", "recipe": "recipes", "LRP rule": "lrp_rules"}
    for path, settings, kind in named:
        word, known = settings.get(path[-1]), config[tables[kind]]
        # The mean of a network of one's own is given in numbers.
        if isinstance(word, str) and word not in known:
            path, what, fix = unknown(path, kind, word, known)
            yield path, what, f"{fix}, or copy it from config.yaml" if word in DEFAULT_RULES else fix


def options(experiment, config):
    """Options of a set of faces must make sense."""
    for key, faces in experiment["faces"].items():
        left, top, right, bottom = faces.get("crop_box") or (0, 0, 1, 1)
        if left >= right or top >= bottom:
            what = f"nothing lies in {faces['crop_box']}"
            yield ("faces", key, "crop_box"), what, "give left, top, right, bottom in this order"
        for key_of_box in ("crop_box", "fit"):
            if key_of_box in faces and faces.get("frame") == "detected":
                what = "it has no effect where eyes and mouth frame each face"
                yield ("faces", key, key_of_box), what, "write frame: box, or leave it out"
        if faces.get("template") is not None and faces.get("regions") == "detected":
            what = "it has no effect where each face is divided by its own points"
            yield ("faces", key, "template"), what, "write regions: template, or leave it out"
        low, high = faces.get("rating_scale", (0, 1))
        if low >= high:
            what = f"{faces['rating_scale']} is not a scale"
            yield ("faces", key, "rating_scale"), what, "give the lowest, then the highest rating"
        if faces["dataset"] == "folder":
            columns = faces["columns"]
            if "rating_scale" not in faces and not columns.keys() <= {*KNOWN}:
                yield ("faces", key, "rating_scale"), "is missing", "give the lowest and the highest possible rating"
            read = {}
            for content, column in columns.items():
                if content not in ("file", "face_id", "identity") and read.setdefault(column, content) != content:
                    what = f"it is read from {column!r}, as {read[column]} is"
                    yield ("faces", key, "columns", content), what, "name the column of each"
            for column in [*faces.get("codes", ()), *(["identity", "state"] if faces.get("pairs") else [])]:
                if column not in columns:
                    yield ("faces", key, "columns", column), "is missing", "name the column of your table"


def splits(experiment, config):
    """There must be enough rated faces for a training and a test set."""
    rated = experiment["faces"]["rated"]
    if rated["dataset"] not in RATED:
        what = f"nobody is rated in {rated['dataset']}"
        yield ("faces", "rated", "dataset"), what, f"choose one of {', '.join(RATED)}"
    share, key = experiment["split"]["test_share"], "first_faces" if "first_faces" in rated else "count"
    if most_faces(rated) < 4:
        what = f"{rated[key]} faces are too few to train on some and test on others"
        yield ("faces", "rated", key), what, "take 4 faces or more"
    elif most_faces(rated) * min(share, 1 - share) < 2 - 1e-6:
        least = 2 / most_faces(rated)
        what = f"of {most_faces(rated)} faces fewer than 2 would be left to train on, or to test"
        yield ("split", "test_share"), what, f"give a share from {least:.2g} to {1 - least:.2g}, or more faces"


def most_faces(faces):
    """Return the largest number of faces that a set can have, as far as its options say."""
    limits = [faces[key] for key in ("count", "first_faces") if key in faces]
    return min(limits, default=sys.maxsize) * (2 if faces.get("pairs") else 1)


def pairs(experiment, config):
    """Pairs need people in the state happy and in another one."""
    faces = experiment["faces"].get("pairs")
    if faces is None:
        return
    if faces["dataset"] not in PAIRED:
        what = f"nobody appears in two states in {faces['dataset']}"
        yield ("faces", "pairs", "dataset"), what, f"choose one of {', '.join(PAIRED)}"
    elif faces["dataset"] == "synthetic" and not faces.get("pairs"):
        yield ("faces", "pairs", "pairs"), "without it nobody is drawn twice", "set it to true"
    elif faces["dataset"] != "folder":
        states = faces.get("states", ("happy", "another"))
        if "happy" not in states or len(states) < 2:
            what = f"pairs cannot be made of {', '.join(states)}"
            yield ("faces", "pairs", "states"), what, "name happy and another one"


def attributes(experiment, config):
    """Attributes must be ratings of the rated faces, if their columns are known before they are read."""
    known = ratings(experiment["faces"]["rated"])
    for number, attribute in enumerate(experiment["attributes"]):
        if known is not None and attribute not in known:
            yield unknown(("attributes", number), "rating", attribute, known)


def ratings(faces):
    """Return the ratings of a set of faces, or None if they are known only after reading.

    Age and gender are not ratings here, even where people rated them: base models learn them, on their own scale.
    """
    known = columns(faces)
    return known and [name for name in known if name not in NUMBERS]


def columns(faces):
    """Return the numeric columns of a set of faces, or None if they are known only after reading."""
    if faces["dataset"] == "folder":
        return [column for column in faces["columns"] if column not in KNOWN or column in NUMBERS]
    known = DATASETS[faces["dataset"]].get("columns")
    return known and known.split()


def targets(experiment, config):
    """The target of a base model must be known for its training faces, and give classes with faces in them."""
    key = "base" if "base" in experiment["faces"] else "rated"
    faces = experiment["faces"][key]
    train_share = 1 if key == "base" else 1 - experiment["split"]["test_share"]
    known, training_faces = columns(faces), ceil(most_faces(faces) * train_share)
    for base, settings in experiment["bases"].items():
        if settings["source"] != "train":
            continue
        if known is not None and settings["target"] not in known:
            yield unknown(("bases", base, "target"), "column of faces", settings["target"], known)
        if settings.get("classes", 0) > training_faces:
            what = f"{settings['classes']} classes of {training_faces} faces"
            yield ("bases", base, "classes"), what, "take fewer classes, or more faces"
        if settings["target"] == "gender" and not 0 <= settings.get("threshold", 50) < 100:
            what = f"all are on one side of {settings['threshold']:g}"
            yield ("bases", base, "threshold"), what, "give a number between 0, female, and 100, male"


def rule_faults(rule):
    """Yield the faults of an LRP rule: α and β must add up to 1, and a box needs a lower and an upper bound."""
    inner = {(group,): rule[group] for group in ("first", "conv", "dense") if group in rule}
    for path, single in {(): rule, **inner}.items():
        alpha, beta = {"alpha_beta": (2, -1), "modern": (1, 0)}.get(single["name"], (1, 0))
        alpha, beta = single.get("alpha", alpha), single.get("beta", beta)
        if not isclose(alpha + beta, 1):
            what = f"alpha + beta must be 1, but alpha is {alpha:g} and beta {beta:g}"
            yield (*path, "beta"), what, f"write beta: {1 - alpha:g}, in the sign convention of the paper"
        if single.get("low", -1e9) >= single.get("high", 1e9):
            what = f"low is {single['low']:g} and high {single['high']:g}"
            yield (*path, "low"), what, "give a lower bound below the upper one"


def figures(experiment, config):
    """Figures, evaluations and the paper's table must name base models and attributes of the experiment."""
    chosen, bases, known = experiment["figures"], experiment["bases"], experiment["attributes"]
    if chosen["base"] not in bases:
        yield unknown(("figures", "base"), "base model", chosen["base"], bases)
    if chosen["mode"] not in experiment["finetuning"]:
        yield ("figures", "mode"), f"no network is {chosen['mode']}", "write mode: dense, or add finetuning/full"
    for key in ("expression", "attractiveness"):
        if chosen[key] is not None and chosen[key] not in known:
            yield unknown(("figures", key), "attribute", chosen[key], known)
    for number, attribute in enumerate(experiment["evaluation"]["attributes_compared"] or []):
        if attribute not in known:
            yield unknown(("evaluation", "attributes_compared", number), "attribute", attribute, known)
    # The paper's table may hold ratings that are not among the attributes.
    rated = ratings(experiment["faces"]["rated"]) or known
    for base, modes in experiment.get("paper_mae", {}).items():
        if base not in bases:
            yield unknown(("paper_mae", base), "base model", base, bases)
        for mode, errors in modes.items():
            for attribute in (attribute for attribute in errors if attribute not in rated):
                yield unknown(("paper_mae", base, mode, attribute), "rating", attribute, rated)


CHECKS = (names, options, splits, pairs, attributes, targets, files, seeds, recipes, figures)
