"""The first fault that a schema finds in data, in one line rather than in jsonschema's pages."""

import sys
from difflib import get_close_matches
from itertools import groupby

from jsonschema import Draft202012Validator, validators

from facelrp.errors import InputError

KINDS = {
    "object": "a table",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
BOUNDS = {
    "minimum": "from {}",
    "exclusiveMinimum": "above {}",
    "maximum": "up to {}",
    "exclusiveMaximum": "below {}",
    "minItems": "of {} at least",
    "minProperties": "with {} entry at least",
}
POWERS = "; YAML reads it as text; write a number with a point and a sign: 1.0e-3"
COMMAND_LINE = " without quotes, in a file: in tables on the command line Snakemake reads it as text"
#: Keys of earlier versions, and what they are called now; a name that fits the table is meant.
RENAMED = {
    "batch": ["batch_size"],
    "blur": ["blur_pixels"],
    "box": ["crop_box"],
    "cell": ["cell_pixels"],
    "clip": ["clip_gradient_norm"],
    "compared": ["faces_compared"],
    "control": ["patches/control"],
    "explained": ["faces_explained"],
    "faces": ["faces_occluded", "faces_perturbed"],
    "first": ["first_faces"],
    "margin": ["patches/margin_pixels"],
    "parts": ["patches/parts"],
    "random": ["random_orders"],
    "rate": ["learning_rate"],
    "removed": ["removed_share"],
    "scale": ["rating_scale"],
    "shift": ["shift_pixels"],
    "softness": ["patches/softness_pixels"],
    "states": ["codes/state"],
    "test": ["test_share"],
    "unit": ["divide_pixels_by"],
}


def is_whole(_, value):
    """2.0 is an integer to JSON Schema, but not to `range`."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(_, value):
    """NaN lies within all bounds of a schema, and a whole number can be more than a float can hold."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


Validator = validators.extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": is_whole, "number": is_number}),
)


def first_fault(data, schema):
    """Return what is wrong with data.

    Parameters
    ----------
    data : dict
    schema : dict
        JSON Schema 2020-12. Alternatives (``oneOf``) differ by a key that is a ``const`` in each, or each just requires
        one key. ``title`` says what a value should be, if type and bounds do not.

    Returns
    -------
    InputError or None
        A key that does not exist comes first (if misspelt, it is also missing under its name), then the first fault.
        If that is a missing key, all that are missing are named.
    """
    errors = [leaf for error in Validator(schema).iter_errors(data) for leaf in leaves(error)]
    # jsonschema itself goes through keys in no order.
    errors.sort(key=lambda error: (error.validator != "additionalProperties", position(error.absolute_path, data)))
    if not errors:
        return None
    absent = missing(errors) if errors[0].validator == "required" else {}
    return all_missing(absent) if len(absent) > 1 else message(errors[0])


def missing(errors):
    """Return the keys that are missing, each with its meaning; none if one of them may be misspelt.

    Returns
    -------
    dict of {tuple: str}
    """
    found = {}
    for error in errors:
        if error.validator == "required":
            known = error.schema.get("properties", {})
            for key in error.validator_value:
                if key not in error.instance:
                    if nearest(key, error.instance.keys() - known, 0.75):
                        return {}
                    meaning = known.get(key, {}).get("description") or error.schema["description"]
                    found[*error.absolute_path, key] = meaning.rstrip(".")
    return found


def all_missing(found):
    """Return the fault that several keys are missing; see `missing`."""
    listed = [f"{'/'.join(map(str, path))} ({meaning})" for path, meaning in found.items()]
    return InputError(f"{len(found)} keys are missing", "the configuration", f"add {'; '.join(listed)}")


def position(path, data):
    """Return the position of a key in data, to report the first fault first."""
    positions = []
    for key in path:
        positions.append(list(data).index(key) if isinstance(data, dict) else key)
        data = data[key]
    return positions


def leaves(error):
    """Yield the errors of the alternative that is meant: more helpful than that none fits."""
    if error.validator != "oneOf" or not error.context or only_require(error.validator_value):
        yield error
        return
    alternatives = [list(errors) for _, errors in groupby(error.context, key=lambda error: error.schema_path[0])]
    others = [error for errors in alternatives for error in errors if error.validator == "const"]
    meant = [errors for errors in alternatives if not any(error in others for error in errors)]
    if len(meant) == 1:
        for inner in meant[0]:
            yield from leaves(inner)
    elif not meant:
        # The key that distinguishes the alternatives has an unknown value: choose one.
        unknown = others[0]
        unknown.validator, unknown.schema = "enum", {"enum": [other.validator_value for other in others]}
        yield unknown


def only_require(alternatives):
    return all(set(alternative) == {"required"} for alternative in alternatives)


def message(error):
    """Return an error of jsonschema as an InputError: what is wrong, where, and how to fix it."""
    path, value, schema = list(error.absolute_path), error.instance, error.schema
    match error.validator:
        case "additionalProperties":
            known = schema["properties"]
            unknown = [key for key in value if key not in known]
            for key in unknown:
                for new in RENAMED.get(key, ()):
                    if new.partition("/")[0] in known:
                        return InputError("no such key", config_key(*path, key), f"it is now called {new}")
            key = next((key for key in unknown if nearest(key, known)), unknown[0])
            return InputError("no such key", config_key(*path, key), choose(key, known))
        case "required":
            key = next(key for key in error.validator_value if key not in value)
            if near := nearest(key, value.keys() - schema.get("properties", {}), 0.75):
                return InputError("no such key", config_key(*path, near), f"did you mean {key}?")
            meaning = schema.get("properties", {}).get(key, {}).get("description") or schema["description"]
            return InputError("is missing", config_key(*path, key), f"add it ({meaning.rstrip('.')})")
        case "dependentRequired":
            keys = error.validator_value
            key = next(needed for given in keys for needed in keys[given] if given in value and needed not in value)
            return InputError("is missing", config_key(*path, key), f"add it, or leave {', '.join(keys)} out")
        case "oneOf" | "anyOf":
            keys = " or ".join(alternative["required"][0] for alternative in error.validator_value)
            return InputError(f"it needs {keys}{', not both' * (error.validator == 'oneOf')}", config_key(*path))
        case "uniqueItems":
            twice = next(item for number, item in enumerate(value) if item in value[:number])
            return InputError(f"{quoted(twice)} is there twice", config_key(*path), "leave one of them out")
        case "enum":
            return InputError(
                f"it is {quoted(value)}", config_key(*path), choose(value, [one for one in schema["enum"] if one])
            )
    if "propertyNames" in error.absolute_schema_path:
        return InputError("this cannot be its name", config_key(*path, value), f"give {described(schema)}")
    return InputError(f"it is {quoted(value)}", config_key(*path), f"give {described(schema)}{hint(value, schema)}")


def config_key(*path):
    """Return the name of a key for messages."""
    # A name that cannot be printed, with a line break for example, is written as Python writes it.
    keys = [str(key) if str(key).isprintable() else repr(key) for key in path]
    return f"config key {'/'.join(keys)}" if keys else "the configuration"


def choose(word, choices):
    """Return the fix for a word that is none of the choices: the nearest of them, or all."""
    if near := nearest(word, choices):
        return f"did you mean {near}?"
    return f"choose one of {', '.join(map(str, choices))}" if choices else "there is none"


def nearest(word, choices, cutoff=0.6):
    """Return the choice that the word seems to mean, or None."""
    known = {str(choice).lower(): choice for choice in choices}
    return next((known[found] for found in get_close_matches(str(word).lower(), known, 1, cutoff)), None)


def quoted(value):
    """Return a value for messages, as YAML writes it, and cut if it is long."""
    if isinstance(value, dict):
        return "a table" if value else "an empty table"
    words = {"None": "null", "True": "true", "False": "false"}
    text = words.get(repr(value), repr(value))
    return text if len(text) <= 60 else f"{text[:57]}…"


def described(schema):
    """Return what a schema allows, in words."""
    if "title" in schema:
        return schema["title"]
    first, *others = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    bounds = ", ".join(text.format(schema[key]) for key, text in BOUNDS.items() if key in schema)
    words = [f"{KINDS[first]} {bounds}".rstrip(), *(KINDS[kind] for kind in others)]
    return " or ".join(words)


def hint(value, schema):
    """Return why a value that looks right is not: YAML, or the command line, made it text."""
    if schema.get("type") == "boolean" and value in ("true", "false"):
        return COMMAND_LINE
    if schema.get("type") not in ("integer", "number") or not isinstance(value, str):
        return ""
    try:
        float(value)
    except ValueError:
        return ""
    return POWERS if "e" in value.lower() else COMMAND_LINE
