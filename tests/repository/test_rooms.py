"""The rooms of the house: imports are as CONTRIBUTING says, downward only, and packages are empty."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "workflow_scripts"
MODULES = sorted(SCRIPTS.rglob("*.py"))
#: {room: rooms it imports}, as CONTRIBUTING's table says, top floor first.
TABLE = {
    room: set(re.findall(r"`(\w+)`", imports))
    for room, imports in re.findall(
        r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE
    )
}
#: Modules beside the rooms, which all rooms may use.
SHARED = {"errors", "memory_maps"}


def imports(path):
    """Yield the name and the level of each import statement of a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module or ''}.{alias.name}", node.level) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, 0) for alias in node.names)


def room_of(name):
    parts = name.split(".")
    return parts[1] if parts[0] == "facelrp" and len(parts) > 1 else None


def test_the_table_has_every_room():
    assert set(TABLE) == {path.parent.name for path in SCRIPTS.glob("facelrp/*/__init__.py")}


@pytest.mark.parametrize("room", TABLE)
def test_rooms_import_what_the_table_says(room):
    found = {room_of(name) for path in SCRIPTS.glob(f"facelrp/{room}/**/*.py") for name, _ in imports(path)}
    assert found - {None, room} - SHARED == TABLE[room]
    assert not any(
        name.startswith("facelrp_workflow")
        for path in SCRIPTS.glob(f"facelrp/{room}/**/*.py")
        for name, _ in imports(path)
    )


def test_there_is_no_circle():
    waiting = dict(TABLE)
    while waiting:
        ground = {room for room, below in waiting.items() if not below & waiting.keys()}
        assert ground, f"{', '.join(waiting)} import each other"
        waiting = {room: below for room, below in waiting.items() if room not in ground}


def test_nothing_below_the_scripts_knows_snakemake():
    for path in SCRIPTS.glob("facelrp/**/*.py"):
        assert not any(name.split(".")[0] == "snakemake" for name, _ in imports(path)), path


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SCRIPTS).as_posix())
def test_modules_are_of_one_form(path):
    assert all(level == 0 for _, level in imports(path)), "imports are absolute"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "a module says what it is for"
    if path.name == "__init__.py" and path.parent.name != "lrp":
        assert len(tree.body) == 1, "a package holds a docstring only"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 330, "a module of this length has two subjects"
