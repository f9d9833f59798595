"""Faults in the configuration: each is told in one line, before anything runs.

What a key can be stands in the schema, `facelrp_workflow.schema_errors` tells of it; how keys must fit one another
stands here. Each check takes an experiment's settings, which fit the schema, and yields what does not fit: its path,
what is wrong, how to fix it.
"""

import sys
from math import ceil, isclose

from facelrp.errors import InputError
from facelrp_workflow.choices import DATASETS, with_choices
from facelrp_workflow.schema_errors import choose, first_fault, place

#: Datasets in which people are rated, and those in which they are there twice.
RATED, PAIRED = ([name for name, takes in DATASETS.items() if takes.get(key)] for key in ("rated", "paired"))
#: What tells of a face in a user's own table, beside its ratings, age and gender.
NO_NUMBERS = ("file", "face_id", "identity", "state", "outlines")


def refuse_faults(config, schema):
    """Raise the first fault there is.

    Parameters
    ----------
    config, schema : dict
        The schema is that of ``rules/schemas/config.schema.yaml``, without what can be chosen.

    Raises
    ------
    InputError
        What is wrong, with which key, and how to fix it.
    """
    fault = first_fault(config, with_choices(schema))
    if fault is not None:
        raise fault
    for path, what, fix in disagreements(config):
        raise InputError(what, place(*path), fix)


def disagreements(config):
    """Yield what does not fit in all of the configuration."""
    if config["experiment"] not in config["experiments"]:
        yield unknown(("experiment",), "experiment", config["experiment"], config["experiments"])
    for name, experiment in config["experiments"].items():
        found = [*archives(experiment, config["archives"]), *(fault for check in CHECKS for fault in check(experiment))]
        for path, what, fix in found:
            yield ("experiments", name, *path), what, fix


def unknown(path, kind, word, known):
    """Return the fault of a word that names none of what is known."""
    return path, f"no {kind} is called {word!r}", choose(word, known)


def archives(experiment, known):
    """Archives and networks must be described."""
    named = [(("faces", key), faces, ("archive",)) for key, faces in experiment["faces"].items()]
    named += [(("bases", base), about, ("model", "mean", "weights")) for base, about in experiment["bases"].items()]
    for path, about, keys in named:
        for key in keys:
            if key in about and about[key] not in known:
                yield unknown((*path, key), "archive", about[key], known)


def options(experiment):
    """What is said of a set of faces must make sense."""
    for key, faces in experiment["faces"].items():
        left, top, right, bottom = faces.get("box") or (0, 0, 1, 1)
        if left >= right or top >= bottom:
            what = f"nothing lies in {faces['box']}"
            yield ("faces", key, "box"), what, "give left, top, right, bottom in this order"
        low, high = faces.get("scale", (0, 1))
        if low >= high:
            yield ("faces", key, "scale"), f"{faces['scale']} is no scale", "give the lowest, then the highest rating"
        if faces["dataset"] == "folder":
            named = faces["columns"]
            if "scale" not in faces and not named.keys() <= {*NO_NUMBERS, "age", "gender"}:
                yield ("faces", key, "scale"), "is missing", "give the lowest and the highest possible rating"
            needed = {"states": ["state"], "pairs": ["identity", "state"]}
            for column in (column for option in needed if faces.get(option) for column in needed[option]):
                if column not in named:
                    yield ("faces", key, "columns", column), "is missing", "name the column of your table"


def splits(experiment):
    """The rated faces must have ratings, and enough of them be left to train on and to test."""
    rated = experiment["faces"]["rated"]
    if rated["dataset"] not in RATED:
        what = f"nobody is rated in {rated['dataset']}"
        yield ("faces", "rated", "dataset"), what, f"choose one of {', '.join(RATED)}"
    share, key = tested(experiment), "first" if "first" in rated else "count"
    if size(rated) < 4:
        what = f"{rated[key]} faces are too few to train on some and test on others"
        yield ("faces", "rated", key), what, "take 4 faces or more"
    elif size(rated) * min(share, 1 - share) < 2 - 1e-6:
        least = 2 / size(rated)
        what = f"of {size(rated)} faces fewer than 2 would be left to train on, or to test"
        yield ("split", "test"), what, f"give a share from {least:.2g} to {1 - least:.2g}, or more faces"


def tested(experiment):
    """Return the share of the rated faces that is in the test set."""
    return experiment["split"].get("test", 0.5)


def size(faces):
    """Return how many faces a set has at most, as far as it is told."""
    told = [faces[key] for key in ("count", "first") if key in faces]
    return min(told, default=sys.maxsize) * (2 if faces.get("pairs") else 1)


def pairs(experiment):
    """Pairs are of people who are there happy and otherwise."""
    faces = experiment["faces"].get("pairs")
    if faces is None:
        return
    if faces["dataset"] not in PAIRED:
        what = f"nobody is there twice in {faces['dataset']}"
        yield ("faces", "pairs", "dataset"), what, f"choose one of {', '.join(PAIRED)}"
    elif faces["dataset"] == "synthetic" and not faces.get("pairs"):
        yield ("faces", "pairs", "pairs"), "without it nobody is drawn twice", "set it to true"
    elif faces["dataset"] != "folder":
        states = faces.get("states", ("happy", "another"))
        if "happy" not in states or len(states) < 2:
            what = f"pairs cannot be made of {', '.join(states)}"
            yield ("faces", "pairs", "states"), what, "name happy and another one"


def attributes(experiment):
    """Attributes must be ratings of the rated faces, where these are known before they are read."""
    known = ratings(experiment["faces"]["rated"])
    for number, attribute in enumerate(experiment["attributes"]):
        if known is not None and attribute not in known:
            yield unknown(("attributes", number), "rating", attribute, known)


def ratings(faces):
    """Return the ratings there are of each face, or None if only reading them tells.

    Age and gender are not put on the ratings' scale, whatever people said of them: they are for base models.
    """
    known = columns(faces)
    return known and [name for name in known if name not in ("age", "gender")]


def columns(faces):
    """Return the numbers there are of each face, or None if only reading them tells."""
    if faces["dataset"] == "folder":
        return [column for column in faces["columns"] if column not in NO_NUMBERS]
    known = DATASETS[faces["dataset"]].get("columns")
    return known and known.split()


def targets(experiment):
    """What base models learn must be known of the faces they see, and tell classes apart."""
    key = "base" if "base" in experiment["faces"] else "rated"
    faces = experiment["faces"][key]
    trained_on = 1 if key == "base" else 1 - tested(experiment)
    known, seen = columns(faces), ceil(size(faces) * trained_on)
    for base, about in experiment["bases"].items():
        if about["source"] != "train":
            continue
        if known is not None and about["target"] not in known:
            yield unknown(("bases", base, "target"), "column of faces", about["target"], known)
        if about.get("classes", 0) > seen:
            what = f"{about['classes']} classes of {seen} faces"
            yield ("bases", base, "classes"), what, "take fewer classes, or more faces"
        if about["target"] == "gender" and not 0 <= about.get("threshold", 50) < 100:
            what = f"all are on one side of {about['threshold']}"
            yield ("bases", base, "threshold"), what, "give a number between 0, female, and 100, male"


def recipes(experiment):
    """Batches must be large enough to normalise, and features cannot be shifted."""
    found = {("finetuning", mode): experiment["finetuning"][mode] for mode in ("dense", "full")}
    found |= {("bases", base, "recipe"): about.get("recipe", {}) for base, about in experiment["bases"].items()}
    for path, recipe in found.items():
        if recipe.get("batch_norm") and recipe["batch"] < 3:
            what = f"batch_norm has no statistics over batches of {recipe['batch']}"
            yield (*path, "batch"), what, "take batches of 3 faces or more, or leave batch_norm out"
    if experiment["finetuning"]["dense"].get("shift"):
        what = "dense layers are trained on features, which cannot be shifted"
        yield ("finetuning", "dense", "shift"), what, "leave it out"


def rules(experiment):
    """The weights of an αβ rule must add up to 1, and a box have a lower and an upper bound."""
    found = {("heatmaps", "rule"): experiment["heatmaps"]["rule"]}
    for name, rule in experiment.get("evaluation", {}).get("rules", {}).items():
        found["evaluation", "rules", name] = rule
    for path, whole in found.items():
        parts = {(*path, group): whole[group] for group in ("first", "conv", "dense") if group in whole}
        for place_of_rule, rule in {path: whole, **parts}.items():
            alpha, beta = {"alpha_beta": (2, -1), "modern": (1, 0)}.get(rule["name"], (1, 0))
            alpha, beta = rule.get("alpha", alpha), rule.get("beta", beta)
            if not isclose(alpha + beta, 1):
                what = f"alpha + beta must be 1, but alpha is {alpha} and beta {beta}"
                yield (*place_of_rule, "beta"), what, f"write beta: {1 - alpha:g}, in the sign convention of the paper"
            if rule.get("low", -1e9) >= rule.get("high", 1e9):
                what = f"low is {rule['low']} and high {rule['high']}"
                yield (*place_of_rule, "low"), what, "give a lower bound below the upper one"


def shown(experiment):
    """Figures and the paper's table must name base models and attributes of the experiment."""
    figures, bases, known = experiment["figures"], experiment["bases"], experiment["attributes"]
    if figures["base"] not in bases:
        yield unknown(("figures", "base"), "base model", figures["base"], bases)
    for key in ("expression", "attractiveness"):
        if figures[key] not in known:
            yield unknown(("figures", key), "attribute", figures[key], known)
    # A paper's table may tell of ratings that are left out here.
    told = ratings(experiment["faces"]["rated"]) or known
    for base, modes in experiment.get("paper_mae", {}).items():
        if base not in bases:
            yield unknown(("paper_mae", base), "base model", base, bases)
        for mode, errors in modes.items():
            for attribute in (attribute for attribute in errors if attribute not in told):
                yield unknown(("paper_mae", base, mode, attribute), "rating", attribute, told)


CHECKS = (options, splits, pairs, attributes, targets, recipes, rules, shown)
