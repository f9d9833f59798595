"""What can be chosen by name in a configuration: datasets, LRP rules, architectures, and what each takes.

Each declares this itself, in its module. It is read here without running the module: a configuration is checked each
time Snakemake starts, and torch alone takes seconds to load.

A dataset's ``OPTIONS`` are a JSON Schema: ``properties`` are its options beside ``dataset`` and ``required`` those that
must be given, as in ``rules/schemas/config.schema.yaml``, whose ``$defs`` they may refer to. Beside that they say
whether faces are ``rated``, whether people are there in several states (``paired``), and, where it is known before
anything is read, which numbers are known of each face (``columns``). Those of a module of LRP rules are
``{name: JSON Schema}``, without ``name`` itself.
"""

import ast
import copy
from pathlib import Path

LIBRARY = Path(__file__).parents[1]


def declared(module, name):
    """Return a constant of one of our modules, made of literals alone.

    Parameters
    ----------
    module, name : str

    Raises
    ------
    AttributeError
        If the module has no such constant.
    """
    stem = LIBRARY.joinpath(*module.split("."))
    path = next(path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file())
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    raise AttributeError(f"{path} declares no {name}")


#: {name: what it takes}, in the order in which they are listed.
DATASETS = {
    name: declared(f"facelrp.datasets.{name}", "OPTIONS") for name in declared("facelrp.datasets.registry", "DATASETS")
}
RULES = {
    name: declared(place.split(":")[0], "OPTIONS")[name]
    for name, place in declared("facelrp.lrp.composites", "RULES").items()
}
COMPOSITES = declared("facelrp.lrp.composites", "OPTIONS")
ARCHITECTURES = list(declared("facelrp.networks.weights", "ARCHITECTURES"))


def with_choices(schema):
    """Return the configuration's schema with all that can be chosen, and what each takes.

    Parameters
    ----------
    schema : dict
        That of ``rules/schemas/config.schema.yaml``; left as it is.
    """
    schema = copy.deepcopy(schema)
    known = schema["$defs"]
    known["faces"]["oneOf"] = [alternative("dataset", *dataset) for dataset in DATASETS.items()]
    rules = {name: alternative("name", name, takes) for name, takes in RULES.items()}
    others = [rules[name] for name in rules if not RULES[name].get("first_layer_only")]
    known["rule_of_first"]["oneOf"] = list(rules.values())
    known["rule_of_layers"]["oneOf"] = others
    known["rule"]["oneOf"] = others + [alternative("name", *composite) for composite in COMPOSITES.items()]
    known["architecture"]["enum"] = ARCHITECTURES
    return schema


def alternative(key, name, takes):
    """Return the schema of what is chosen by writing ``key: name``."""
    named = {key: {"description": takes["description"], "const": name}}
    return takes | {"additionalProperties": False, "properties": named | takes.get("properties", {})}
