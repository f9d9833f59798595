"""Pin all that the environments of rules install: ``make envs``.

Each names the packages that its scripts import, and below them those that they depend on in turn. Versions, and the
systems that need a package, are those of the lock; what depends on what is read from the installed packages. So this
runs on Linux, where torch has the most dependencies, in the environment that ``make`` installs.
"""

import re
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).parent
#: The version of Python in the environments.
PYTHON = {"python_version": "3.11", "python_full_version": "3.11.0"}
ABOVE, BELOW = "  - pip:\n", "      # They depend on:\n"


def locked():
    """Return the entries of the lock for Python 3.11 on this system, by package."""
    text = (HERE.parent / "requirements.txt").read_text(encoding="utf-8")
    entries = map(Requirement, re.findall(r"^[\w.-]+==.*?(?= \\$)", text, re.MULTILINE))
    return {one.name: one for one in entries if one.marker is None or one.marker.evaluate(PYTHON)}


def below(names):
    """Return the packages that others depend on, directly or not, and those themselves."""
    waiting, known = [(name, "") for name in names], set()
    while waiting:
        known.add(asked := waiting.pop())
        name, extra = asked
        for one in map(Requirement, requires(name) or ()):
            if one.marker is None or one.marker.evaluate(PYTHON | {"extra": extra}):
                needed = canonicalize_name(one.name)
                waiting += {(needed, wanted) for wanted in ("", *one.extras)} - known
    return {name for name, _ in known}


def pinned(text, lock):
    """Return an environment's text with the versions of the lock, and all dependencies."""
    start, _, listed = text.partition(ABOVE)
    named = re.findall(r"- ([\w.-]+)", listed.partition(BELOW)[0])
    lines = [[line(lock[name]) for name in sorted(names)] for names in (named, below(named) - set(named))]
    return start + ABOVE + BELOW.join(map("".join, lines))


def line(entry):
    # The version of Python is fixed, but a package may be for one system only.
    systems = f"; {entry.marker}" if "platform" in str(entry.marker) else ""
    return f"      - {entry.name}{entry.specifier}{systems}\n"


if __name__ == "__main__":
    for path in HERE.glob("*.yaml"):
        path.write_text(pinned(path.read_text(encoding="utf-8"), locked()), encoding="utf-8")
