"""Which attributes are ratings of happiness, by their names in English and German."""

NAMES = (
    *("happy", "happiness", "joy", "joyful", "smiling", "smile"),
    *("gluecklich", "glueck", "freude", "froehlich", "froehlichkeit"),
)


def is_happiness(attribute):
    """Return whether an attribute, by its name, is how happy a face looks."""
    return attribute.lower() in NAMES
