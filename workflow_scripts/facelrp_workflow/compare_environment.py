"""Whether finished results have the present versions, and how to get theirs: ``facelrp environment RESULTS``.

It reads what ``environment.json`` records: Python, the system, the processor, and the packages that this software
depends on itself, not those that they bring along. The device is recorded, too, but it is a setting: not compared.
"""

import re
from pathlib import Path

from facelrp.errors import InputError
from facelrp_workflow.environment import ABSENT, present, recorded

#: Components that are no packages.
MACHINE = ("python", "platform", "processor", "device")
#: A package and its version. Whatever else a record from elsewhere holds, pip might obey.
NAME, VERSION = re.compile(r"\w[\w.-]*", re.ASCII), re.compile(rf"[\w.!]+(\+[\w.]+)?|{ABSENT}", re.ASCII)


def add_to(commands):
    """Add the command to the parser of the command line."""
    words = commands.add_parser(
        "environment",
        help="compare versions with those of finished results",
        description="Compare Python, processor and packages with those of finished results. "
        "The exit status is 1 if they differ.",
    )
    words.add_argument("results", type=Path, metavar="RESULTS", help="results of an experiment, as results/demo")
    words.add_argument(
        "--requirements", action="store_true", help="print the packages of the results for pip, and compare nothing"
    )
    words.set_defaults(run=run)


def run(given):
    """Print the differences, or the requirements; return the exit status."""
    record, others = last_record(given.results)
    if given.requirements:
        print("\n".join(requirements(record, others)))
        return 0
    different = differences(record)
    print("\n".join(different or [f"The same as in {given.results}: {', '.join(compared(record))}"]))
    if others:
        print(remark(others))
    return 1 if different else 0


def last_record(folder):
    """Return the last environment of an experiment, {component: version}, and the number of others.

    Raises
    ------
    InputError
        If there is none, or its file is damaged.
    """
    path = folder / "environment.json"
    if not folder.is_dir():
        raise InputError("no such folder", folder, "name the results of an experiment, such as results/demo")
    if not path.is_file():
        raise InputError("it is missing", path, "name the results of an experiment that has finished")
    *others, last = recorded(path) or [{}]
    if not last or not all(map(readable, last, last.values())):
        raise InputError("damaged", path, "restore it from a copy: a new run records only its own environment")
    return last, len(others)


def readable(name, version):
    """Whether a component can have been recorded so."""
    if not isinstance(version, str) or not version.isprintable():
        return False
    return name in MACHINE or bool(NAME.fullmatch(name) and VERSION.fullmatch(version))


def remark(others):
    """Return the sentence on earlier environments."""
    return (
        f"Earlier runs had {others} other environment{'s' if others > 1 else ''}: parts of the results may be theirs."
    )


def compared(record):
    return [name for name in record if name != "device"]


def differences(record):
    """Return a line for each component that is different here."""
    here = present(compared(record))
    return [f"{name}: results {record[name]}, here {here[name]}" for name in here if here[name] != record[name]]


def requirements(record, others):
    """Return the lines of a file for ``pip install --requirement``: the packages of the results."""
    packages = {name: version for name, version in record.items() if name not in MACHINE and version != ABSENT}
    builds = sorted({version.partition("+")[2] for version in packages.values() if "+" in version})
    return [
        "# " + ", ".join(f"{name} {record[name]}" for name in MACHINE if name in record),
        *([f"# {remark(others)}"] if others else []),
        "# What these packages depend on is not recorded; pip chooses it.",
        # Builds of torch for CPUs alone, or for one version of CUDA, are not on the package index.
        *(f"--extra-index-url https://download.pytorch.org/whl/{build}" for build in builds),
        *(f"{name}=={version}" for name, version in packages.items()),
    ]
