"""The versions that results depend on: Python, the processor's kind, and the packages that the project names."""

import json
import platform
import re
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


@cache
def environment():
    """Return the present environment.

    Returns
    -------
    dict of {str: str}
        ``python``, ``platform`` (system and processor), and the version of each dependency in ``pyproject.toml``.
    """
    dependencies = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["dependencies"]
    names = sorted(re.match(r"[\w.-]+", dependency)[0].lower() for dependency in dependencies)
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        **{name: _version(name) for name in names},
    }


def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def changes(path):
    """Return how the present environment differs from the last one of a file, as text; None if it does not.

    Parameters
    ----------
    path : path-like
        ``environment.json`` of an experiment; it may be missing.
    """
    try:
        recorded = json.loads(Path(path).read_text(encoding="utf-8"))[-1]
    except (OSError, ValueError, LookupError):
        return None
    present = environment()
    different = [key for key in sorted(recorded | present) if recorded.get(key) != present.get(key)]
    return ", ".join(f"{key} {recorded.get(key)} → {present.get(key)}" for key in different) or None
