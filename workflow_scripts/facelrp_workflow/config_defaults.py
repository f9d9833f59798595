"""The configuration in one form: defaults for missing keys, one order of keys, one form of numbers."""

import copy


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
