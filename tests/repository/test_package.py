"""The library installed from a wheel, without the checkout: it is complete, and works in any folder."""

import ast
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "workflow_scripts"
#: Explain a tiny network, whose output is known; print the output, and what relevance and ledger add up to.
EXPLAIN = """
import torch
from torch import nn
from facelrp.lrp import explain
network = nn.Sequential(nn.Flatten(), nn.Linear(4, 2), nn.ReLU(), nn.Linear(2, 1)).double()
network[1].weight.data[:] = torch.tensor([[1, 2, 0, -1], [0, 1, 1, 3]])
network[1].bias.data[:] = torch.tensor([1, -1])
network[3].weight.data[:] = torch.tensor([[2, -1]])
network[3].bias.data[:] = torch.tensor([0.5])
found = explain(network, torch.tensor([[[[1.0, 2.0], [3.0, 1.0]]]], dtype=torch.float64))
lost = sum(sum(entry.losses.values()) for entry in found.ledger)
print(found.output.item(), (found.relevance.sum() + lost).item())
"""
#: Import every module of the packages in a folder; print where the first is, and which of other packages are loaded.
IMPORT = """
import sys, facelrp
from importlib import import_module
from pathlib import Path
where = Path(facelrp.__file__).parents[1]
for package in ("facelrp", "facelrp_workflow"):
    for path in (where / package).rglob("*.py"):
        if path.name not in ("__main__.py", "__init__.py"):
            import_module(".".join(path.relative_to(where).with_suffix("").parts))
print(where, "snakemake" in sys.modules)
"""


def tracked(folder):
    """The files below a folder that Git tracks, or would, from the root of the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", folder]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of the files that Git tracks, built by the environment's own setuptools."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in [*tracked("workflow_scripts"), "pyproject.toml", "README.md", "LICENSE"]:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, source / name)
    pip("wheel", "--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", built, source)
    (path,) = built.iterdir()
    return path


def pip(*words):
    subprocess.run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words], check=True)


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A function: run a program of an environment that has the wheel and, beside it, this one's other packages."""
    folder, empty = tmp_path_factory.mktemp("environment"), tmp_path_factory.mktemp("empty")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    pip("--python", folder / "bin/python", "install", "--no-deps", "--no-index", wheel)
    (packages,) = folder.glob("lib/python3*/site-packages")
    # A line of a .pth file is a folder whose own .pth files are not read: the editable installation is not seen.
    others = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}
    (packages / "others.pth").write_text("".join(f"{path}\n" for path in sorted(others)), encoding="utf-8")
    known = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def run(program, *words):
        command = [folder / "bin" / program, *words]
        return subprocess.run(command, cwd=empty, env=known, capture_output=True, text=True)

    run.folder = folder
    return run


def test_the_wheel_has_all_files_of_the_packages_and_no_others(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    expected = {name.removeprefix("workflow_scripts/") for name in tracked("workflow_scripts/facelrp*")}
    assert {"facelrp/report/faces_page/page.js", "facelrp/datasets/manifests/omi.sha256"} <= expected
    assert names == expected


def test_the_library_explains_a_network(installed):
    done = installed("python", "-c", EXPLAIN)
    assert done.returncode == 0, done.stderr
    # 2·max(0, 1 + 2·2 − 1 + 1) − max(0, 2 + 3 + 3 − 1) + 0.5
    assert [float(number) for number in done.stdout.split()] == pytest.approx([3.5, 3.5], abs=1e-12)


def test_every_module_can_be_imported_without_snakemake(installed):
    done = installed("python", "-c", IMPORT)
    assert done.returncode == 0, done.stderr
    where, snakemake = done.stdout.split()
    assert Path(where).is_relative_to(installed.folder)
    assert snakemake == "False"


def test_the_command_says_what_belongs_to_the_workflow(installed):
    done = installed("facelrp", "--help")
    assert (done.returncode, done.stdout.split()[:2]) == (0, ["usage:", "facelrp"])
    done = installed("facelrp", "init", ".", "ratings.csv")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "only the library is installed here — clone the repository" in done.stderr


def others(folder):
    """The packages from elsewhere that modules below a folder import, as the package index calls them."""
    tree = [node for path in folder.rglob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    names = {alias.name for node in tree if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in tree if isinstance(node, ast.ImportFrom)}
    tops = {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"facelrp", "facelrp_workflow"}
    found = packages_distributions()
    return {canonicalize_name(found[name][0]) for name in tops}


def test_the_library_depends_on_what_its_packages_import():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    dependencies = {Requirement(dependency).name for dependency in project["dependencies"]}
    assert dependencies == others(SCRIPTS / "facelrp") | others(SCRIPTS / "facelrp_workflow")


def test_lrp_itself_needs_two_packages():
    assert others(SCRIPTS / "facelrp/lrp") == {"pandas", "torch"}
