"""The configuration in one form: defaults for missing keys, one order of keys, one form of numbers."""

import copy

from facelrp.faces.happiness import is_happiness


def with_defaults(config, schema):
    """Return a configuration with the schema's defaults in place of missing keys, and known keys in the schema's order.

    Snakemake compares parameters as text, so the same settings in another order, or 64 instead of 64.0, would rerun
    jobs.

    Parameters
    ----------
    config : dict
        Fits the schema; not changed.
    schema : dict
        JSON Schema with ``properties``, ``additionalProperties``, ``oneOf`` and references to its ``$defs``. In a
        ``oneOf`` only the alternative that fits by its constant key (``dataset: folder``) gives defaults.
    """
    config = copy.deepcopy(config)
    _fill(config, schema, schema["$defs"])
    return config


def with_figures(experiment):
    """Return an experiment that says which network and attributes its figures show.

    Without ``base``, that is the first base model, without ``mode`` the networks of which all layers are retrained, if
    there are any, and without ``expression`` the first attribute that is called like happiness, if there is one.

    Parameters
    ----------
    experiment : dict
        With the schema's defaults, in which these keys are None; not changed.
    """
    figures = experiment["figures"]
    chosen = {
        "base": next(iter(experiment["bases"])),
        "mode": "full" if "full" in experiment["finetuning"] else "dense",
        "expression": next(filter(is_happiness, experiment["attributes"]), None),
    }
    missing = {key: value for key, value in chosen.items() if figures[key] is None}
    return experiment | {"figures": figures | missing}


def shown_attribute(attributes, expression):
    """Return the attribute of figures that show only one: that of the expression, otherwise the first one."""
    return expression if expression is not None else attributes[0]


def _fill(table, schema, definitions):
    if not isinstance(table, dict):
        return
    if "$ref" in schema:
        schema = definitions[schema["$ref"].removeprefix("#/$defs/")] | schema
    properties = schema.get("properties", {})
    for key, described in properties.items():
        if "default" in described:
            table.setdefault(key, copy.deepcopy(described["default"]))
    ordered = {key: table[key] for key in properties if key in table} | table
    table.clear()
    table.update(ordered)
    for key, value in table.items():
        described = properties.get(key, schema.get("additionalProperties"))
        if isinstance(described, dict):
            _fill(value, described, definitions)
            if _type_of(described, definitions) == "number" and isinstance(value, int):
                table[key] = float(value)
    for alternative in schema.get("oneOf", ()):
        constants = {
            key: value["const"] for key, value in alternative.get("properties", {}).items() if "const" in value
        }
        if constants and all(table.get(key) == value for key, value in constants.items()):
            _fill(table, alternative, definitions)


def _type_of(schema, definitions):
    """Return the type that a schema names, itself or by reference."""
    return schema.get("type", definitions.get(schema.get("$ref", "").removeprefix("#/$defs/"), {}).get("type"))
