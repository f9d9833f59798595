"""Which datasets there are, by the names they have in a configuration.

A dataset is a module with one function ``load(source, **options) -> FaceSet``, and with ``OPTIONS`` that say what a
configuration may give it (see `facelrp_workflow.choices`). ``source`` is the folder of the extracted archive if there
is an option ``archive``, the user's own if there is an option ``folder``, else that of all archives. To add one: write
the module, name it in `DATASETS`.
"""

from importlib import import_module

DATASETS = (
    "synthetic",
    "omi",
    "london",
    "us10k",
    "kdef",
    "folder",
)


def load(name, source, **options):
    """Load the dataset of that name; see the module ``facelrp.datasets.<name>`` for its options."""
    return import_module(f"facelrp.datasets.{name}").load(source, **options)
