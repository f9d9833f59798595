"""What results depend on beside inputs and settings: versions of Python and packages, the processor, the device."""

import json
import platform
import re
import subprocess
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
#: What is recorded of a missing package.
ABSENT = "not installed"


@cache
def environment():
    """Return the present environment.

    Returns
    -------
    dict of {str: str}
        ``python``, ``platform`` (system and processor), and the version of each dependency in ``pyproject.toml``,
        Snakemake's too.
    """
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    dependencies = project["dependencies"] + project["optional-dependencies"]["workflow"]
    names = sorted(re.match(r"[\w.-]+", dependency)[0].lower() for dependency in dependencies)
    return present(["python", "platform", *names])


def present(components):
    """Return what components are at present.

    Parameters
    ----------
    components : iterable of str
        ``python``, ``platform``, ``processor``, or packages.

    Returns
    -------
    dict of {str: str}
    """
    machine = {
        "python": platform.python_version,
        "platform": lambda: f"{platform.system()} {platform.machine()}",
        "processor": _processor,
    }
    return {name: machine[name]() if name in machine else _version(name) for name in components}


def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return ABSENT


@cache
def surroundings(device):
    """Return what an experiment's results depend on: the environment, the processor and the device.

    Parameters
    ----------
    device : {"cpu", "cuda", "auto"}
        Where networks run; "auto" if each node of a cluster uses what it has.

    Returns
    -------
    dict of {str: str}
        `environment`, and ``processor``, the model of this host's, and ``device``.
    """
    return environment() | {"processor": _processor(), "device": device}


def _processor():
    """Return the processor's model; its architecture if the system does not tell."""
    if platform.system() == "Darwin":
        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True).stdout.strip() or platform.machine()
    try:
        stated = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        stated = None
    return stated[1].strip() if stated else platform.machine()


def recorded(path):
    """Return what was recorded, the latest last: a list of dict, empty if the file is missing or damaged."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return found if isinstance(found, list) and all(isinstance(one, dict) for one in found) else []


def changes(path, present):
    """Return how the present surroundings differ from the last ones of a file, as text; None if they do not.

    Parameters
    ----------
    path : path-like
        ``environment.json`` of an experiment; it may be missing.
    present : dict of {str: str}
    """
    before = (recorded(path) or [present])[-1]
    different = [key for key in sorted(before.keys() & present.keys()) if before[key] != present[key]]
    return ", ".join(f"{key} {before[key]} → {present[key]}" for key in different) or None
