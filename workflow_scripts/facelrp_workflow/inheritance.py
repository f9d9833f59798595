"""Experiments that are like another one: ``like: omi`` takes over what an experiment does not say itself.

Tables are merged key by key, as further configuration files are; numbers, words and lists replace each other. What
would make no sense is not merged: rated faces with a ``dataset`` of their own replace all of the other's sets of faces,
a set of pairs or of the base models' faces with one replaces that set, and base models with a ``source`` replace all of
the other's. What the other says of its faces, attributes or base models is not taken over where these are others.
"""

import copy

from facelrp.errors import InputError
from facelrp_workflow.config_defaults import shown_attribute
from facelrp_workflow.schema_errors import choose, config_key


def written_out(config):
    """Return a configuration in which every experiment says everything itself, without ``like``.

    Parameters
    ----------
    config : dict
        As the user wrote it: it need not fit the schema. Not changed.

    Raises
    ------
    InputError
        If an experiment is like one that does not exist, or like itself, through others or not.
    """
    experiments = config.get("experiments")
    if not isinstance(experiments, dict):
        return config
    return config | {"experiments": {name: experiment_of(name, experiments) for name in experiments}}


def experiment_of(name, experiments, above=()):
    """Return an experiment with all that it takes over; ``above`` are the experiments that are like it."""
    own = experiments[name]
    if not isinstance(own, dict) or "like" not in own:
        return own
    other, key = own["like"], config_key("experiments", name, "like")
    if not isinstance(other, str) or other not in experiments:
        raise InputError(f"no experiment is called {other!r}", key, choose(other, [*experiments.keys() - {name}]))
    if other in (*above, name):
        circle = " → ".join([*above, name, other][(*above, name).index(other) :])
        raise InputError(f"{circle} is a circle", key, "let one of them say everything itself")
    taken = experiment_of(other, experiments, (*above, name))
    own = {key: value for key, value in own.items() if key != "like"}
    return merged(pruned(taken, own), own) if isinstance(taken, dict) else own


def merged(other, own):
    """Return two tables in one, key by key; what is no table in both is the own one's."""
    both = {key: merged(other[key], own[key]) for key in own if _is_table(own[key]) and _is_table(other.get(key))}
    return other | own | both


def pruned(other, own):
    """Return what an experiment takes over: without what its own faces, attributes and base models replace."""
    other = copy.deepcopy(other)
    faces, bases = _table(own, "faces"), _table(own, "bases")
    is_new = {name: "dataset" in _table(faces, name) for name in faces}
    if is_new.get("rated"):
        other["faces"] = {}
        other.pop("paper_mae", None)
    for name in is_new:
        if is_new[name]:
            _table(other, "faces").pop(name, None)
    if any("source" in _table(bases, base) for base in bases):
        other["bases"] = {}
    _forget(other, own.get("attributes", other.get("attributes")), bases if other.get("bases") == {} else None)
    return other


def _forget(other, attributes, bases):
    """Take from an experiment the names of attributes and base models that another one does not have.

    ``bases`` is None if that one has all of this one's.
    """
    figures, evaluation = _table(other, "figures"), _table(other, "evaluation")
    if bases is not None:
        if figures.get("base") not in bases:
            figures.pop("base", None)
        other["paper_mae"] = {base: errors for base, errors in _table(other, "paper_mae").items() if base in bases}
    if not attributes or not isinstance(attributes, list):
        return  # a fault, which the schema names
    for key in ("expression", "attractiveness"):
        if figures.get(key) not in attributes:
            figures.pop(key, None)
    compared = evaluation.get("attributes_compared")
    if isinstance(compared, list):
        kept = [attribute for attribute in compared if attribute in attributes]
        evaluation["attributes_compared"] = kept or [shown_attribute(attributes, figures.get("expression"))]


def _is_table(value):
    return isinstance(value, dict)


def _table(table, key):
    """Return the table under a key; an empty one if there is none."""
    found = table.get(key)
    return found if _is_table(found) else {}
