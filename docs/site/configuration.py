"""The reference of the configuration, in Markdown, from its schema."""

#: Definitions of the schema that are sections, in this order, with their headings.
SECTIONS = {
    "experiment": "An experiment",
    "faces": "A set of faces",
    "base": "A base model",
    "recipe": "A recipe of training",
    "rule": "An LRP rule",
    "archive": "An archive",
}
#: Words for JSON Schema's types.
TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "null",
}
BOUNDS = {
    "minimum": "from {}",
    "exclusiveMinimum": "above {}",
    "maximum": "to {}",
    "exclusiveMaximum": "below {}",
}
#: Bounds from here on are not worth a word.
LARGEST = 1_000_000


def reference(schema, config):
    """Return the reference of a configuration: a list of all keys, and sections for what has several forms.

    Parameters
    ----------
    schema : dict
        The complete JSON Schema, with all choices (`facelrp_workflow.choices.with_choices`).
    config : dict
        The configuration that others change, which has the values of keys without a default.

    Returns
    -------
    str
        Markdown, with headings from the second level.
    """
    known = schema["$defs"]
    lines = ["## All keys", "", *_list(_with_values(schema, config), known)]
    for name, heading in SECTIONS.items():
        described = known[name]
        lines += ["", f"({name})=", f"## {heading}", "", described["description"], ""]
        lines += _list(described, known) if "properties" in described else []
        for form in described.get("oneOf", []):
            lines += [f"### {_title(form)}", "", _sentence(form), "", *_list(form, known), ""]
    return "\n".join(lines) + "\n"


def _with_values(described, config):
    """A table's description, with the values that a configuration has for its keys as their defaults."""
    keys = {
        key: _with_values(value, config[key]) if "properties" in value else value | {"default": config[key]}
        for key, value in described["properties"].items()
        if key in config
    }
    return described | {"properties": keys}


def _title(form):
    """What a form is called: the constant that chooses it, and its title."""
    key, value = _chooser(form)
    return f"`{key}: {value['const']}`" + (f" — {form['title']}" if "title" in form else "")


def _chooser(form):
    """The key that chooses a form, and its description, with the constant."""
    return next((key, value) for key, value in form["properties"].items() if "const" in value)


def _sentence(form):
    return form.get("description", _chooser(form)[1].get("description", ""))


def _list(described, known, above=""):
    """Return a line for each of a table's keys, and for those of tables within it."""
    lines = []
    for key, given in described.get("properties", {}).items():
        value = _followed(given, known)
        if "const" in value:
            continue  # the heading says it
        # A table is no default to show: its keys have their own.
        shown = "default" in value and not isinstance(value["default"], dict)
        about = [_kind(given, known)]
        about += [f"default `{_written(value['default'])}`"] if shown else []
        about += ["required"] if key in described.get("required", []) else []
        lines.append(f"- `{above}{key}` ({'; '.join(about)}): {value.get('description', '')}".rstrip(": "))
        if value.get("type") == "object" and _section(given) is None:
            lines += _list(value, known, f"{above}{key}/")
    return lines


def _section(given):
    """The section that a reference leads to, if it has one."""
    name = given.get("$ref", "").rpartition("/")[2]
    return name if name in SECTIONS else None


def _followed(given, known):
    """A description with what it refers to; what it says itself comes first."""
    return (known[given["$ref"].rpartition("/")[2]] if "$ref" in given else {}) | given


def _kind(given, known):
    """What a value can be, in words."""
    if (section := _section(given)) is not None:
        heading = SECTIONS[section]
        return f"[{heading[0].lower()}{heading[1:]}](#{section})"
    value = _followed(given, known)
    if "const" in value:
        return f"`{_written(value['const'])}`"
    if "enum" in value:
        return ", ".join(f"`{_written(choice)}`" for choice in value["enum"])
    if "oneOf" in value:
        forms = [_chooser(form) for form in value["oneOf"]]
        return f"a table with `{forms[0][0]}`: " + ", ".join(f"`{described['const']}`" for _, described in forms)
    if "title" in value:
        return value["title"]
    names = value.get("type", [])
    words = " or ".join(TYPES[name] for name in ([names] if isinstance(names, str) else names))
    bounds = [text.format(value[key]) for key, text in BOUNDS.items() if value.get(key, LARGEST) < LARGEST]
    return " ".join([words, *bounds, *_entries(value, known)])


def _entries(value, known):
    """What a list or a table of names holds, in words."""
    inner = value.get("items", value.get("additionalProperties"))
    if not isinstance(inner, dict):
        return []
    return ["by name, each" if value["type"] == "object" else "whose entries are each", _kind(inner, known)]


def _written(value):
    """A value as YAML has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    return {None: "null", "": '""'}.get(value, str(value))
