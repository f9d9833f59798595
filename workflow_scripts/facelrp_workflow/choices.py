"""What a configuration can choose by name: datasets, LRP rules and architectures, each with its options.

Each declares its options itself, in its module. They are read without running the module (see
`facelrp_workflow.modules`).

A dataset's ``OPTIONS`` are a JSON Schema: ``properties`` are its options beside ``dataset``, and ``required`` those
that must be given; they may refer to the ``$defs`` of ``rules/schemas/config.schema.yaml``. Further keys say whether
faces are ``rated``, whether people appear in several states (``paired``), whether the pictures are ovals on white
(``in_ovals``), whether faces can be drawn again with one part at its average (``redrawn``), and which numeric columns
each face has (``columns``), if that is known before the data are read. If an option is called ``rating_scale``, results
are on that scale, otherwise on the paper's. The ``OPTIONS`` of a module of LRP rules are
``{name: JSON Schema}``, without ``name`` itself.

Run as a program, it writes the complete schema for editors: ``make schema``.
"""

import copy
import json
from pathlib import Path

import yaml

from facelrp_workflow.modules import SCRIPTS, declared

#: {name: its options}, in the order in which they are listed.
DATASETS = {
    name: declared(f"facelrp.datasets.{name}", "OPTIONS") for name in declared("facelrp.datasets.registry", "DATASETS")
}
RULES = {
    name: declared(reference.split(":")[0], "OPTIONS")[name]
    for name, reference in declared("facelrp.lrp.composites", "RULES").items()
}
COMPOSITES = declared("facelrp.lrp.composites", "OPTIONS")
ARCHITECTURES = list(declared("facelrp.networks.architectures", "ARCHITECTURES"))


def with_choices(schema):
    """Return the configuration's schema with everything that can be chosen, and its options.

    Parameters
    ----------
    schema : dict
        That of ``rules/schemas/config.schema.yaml``; not changed.
    """
    schema = copy.deepcopy(schema)
    known = schema["$defs"]
    known["faces"]["oneOf"] = [alternative("dataset", *dataset) for dataset in DATASETS.items()]
    rules = {name: alternative("name", name, options) for name, options in RULES.items()}
    others = [rules[name] for name in rules if not RULES[name].get("first_layer_only")]
    known["rule_of_first"]["oneOf"] = list(rules.values())
    known["rule_of_layers"]["oneOf"] = others
    known["rule"]["oneOf"] = others + [alternative("name", *composite) for composite in COMPOSITES.items()]
    known["architecture"]["enum"] = ARCHITECTURES
    return schema


def alternative(key, name, options):
    """Return the schema of a choice that is made by writing ``key: name``."""
    named = {key: {"description": options["description"], "const": name}}
    return options | {"additionalProperties": False, "properties": named | options.get("properties", {})}


def editor_schema(schema):
    """Return the complete schema for editors, as text: no key is required.

    A user's own file may change a few keys of ``config.yaml``, anywhere in it; only both together are complete.
    """
    return json.dumps(partial(with_choices(schema)), indent=1, ensure_ascii=False) + "\n"


def partial(schema):
    """Return a schema for parts of what fits it: no key is required, and any alternative may be meant."""
    if isinstance(schema, list):
        return [partial(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key not in ("required", "dependentRequired")}
    for kind in ("oneOf", "anyOf"):
        alternatives = [partial(one) for one in kept.pop(kind, ()) if set(one) != {"required"}]
        if alternatives:
            kept["anyOf"] = alternatives
    # Properties may be called like a keyword.
    return {
        key: {name: partial(one) for name, one in value.items()} if key == "properties" else partial(value)
        for key, value in kept.items()
    }


if __name__ == "__main__":
    source = Path(SCRIPTS).parent / "rules" / "schemas" / "config.schema.yaml"
    text = editor_schema(yaml.safe_load(source.read_text(encoding="utf-8")))
    source.with_suffix(".json").write_text(text, encoding="utf-8")
