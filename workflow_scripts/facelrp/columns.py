"""What is known of the faces of a set before anything of it is read: numeric columns, by the dataset's name."""

from facelrp.generator.truth import ATTRIBUTES

#: Of `facelrp.datasets.omi`: age and gender are rated there, too.
OMI = """
    trustworthy attractive dominant smart age gender weight typical happy familiar outgoing memorable well_groomed
    long_haired smug dorky skin_color hair_color alert cute privileged liberal asian middle_eastern hispanic islander
    native black white looks_like_you gay electable godly outdoors
""".split()  # noqa: SIM905 — the list would have 34 lines

#: What a base model can learn; all but age and gender can be predicted.
COLUMNS = {"synthetic": ("age", "gender", *ATTRIBUTES), "omi": OMI}
