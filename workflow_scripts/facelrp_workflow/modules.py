"""Our modules read as text: where each is, its syntax tree, and the constants it declares.

Snakemake starts often, and importing torch takes seconds; so the configuration's choices and the code inputs are read
from the source.
"""

import ast
import os
from functools import cache
from pathlib import Path

#: The folder of the scripts and of our packages.
SCRIPTS = Path(__file__).parents[1]


def put_first(scripts):
    """Let jobs import the modules of this folder, also where another copy of them is installed.

    Snakemake itself puts a script's folder last.
    """
    paths = [os.path.realpath(scripts), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(filter(None, paths)))


def find(name, scripts=SCRIPTS):
    """Return the file of a module such as ``facelrp.faces.parts``, or None if it is not one of ours.

    Parameters
    ----------
    name : str
    scripts : Path
        The folder in which names start.
    """
    stem = scripts.joinpath(*name.split("."))
    return next((path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()), None)


def parse(path):
    """Return the syntax tree of a module's file."""
    return ast.parse(path.read_text(encoding="utf-8"), path)


@cache
def declared(module, name):
    """Return a constant of one of our modules that is made of literals alone.

    Parameters
    ----------
    module, name : str

    Raises
    ------
    AttributeError
        If the module has no such constant.
    """
    path = find(module)
    for node in parse(path).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    raise AttributeError(f"{path} declares no {name}")
