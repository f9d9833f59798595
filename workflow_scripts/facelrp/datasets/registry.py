"""Load a dataset by its name in a configuration.

A dataset is a module with a function ``load(source, **options) -> FaceSet`` and a constant ``OPTIONS``: its options in
a configuration (see `facelrp_workflow.choices`). ``source`` is the folder of the extracted archive if there is an
option ``archive``, the user's folder if there is an option ``folder``, otherwise the folder of all archives. To add a
dataset, write its module and add its name to `DATASETS`.
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
