"""The lock and the environments of rules: the same versions, and everything that scripts import."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from facelrp_workflow.code_inputs import CodeInputs

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "workflow_scripts"
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
#: Packages whose modules have another name.
PACKAGES = {"PIL": "pillow", "cv2": "opencv-python-headless", "yaml": "pyyaml"}


def pins(text):
    """Versions by package that an environment of conda takes from the Python package index."""
    (listed,) = [entry["pip"] for entry in yaml.safe_load(text)["dependencies"] if isinstance(entry, dict)]
    return {pin.name: str(pin.specifier).removeprefix("==") for pin in map(Requirement, listed)}


def named(environment):
    """The text of an environment without the packages that others bring along."""
    return environment.read_text(encoding="utf-8").partition("      # They depend on:\n")[0]


def locked(python):
    """Versions by package that the lock has for this version of Python."""
    entries = re.findall(r"^[\w.-]+==.*?(?= \\$)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    wanted = [Requirement(entry) for entry in entries]
    return {
        one.name: str(one.specifier).removeprefix("==")
        for one in wanted
        if one.marker is None or one.marker.evaluate({"python_version": python, "python_full_version": f"{python}.0"})
    }


def scripts_and_environments():
    """Every script with the environment its rule names."""
    pattern = r'code=code\("(\w+)"[^)]*\)(?:(?!\nrule |\nuse rule ).)*?conda:\s+"\.\./(envs/\w+\.yaml)"'
    text = "\n".join(path.read_text() for path in sorted((ROOT / "rules").glob("*.smk")))
    drawn = {(path.stem, "envs/plot.yaml") for path in SCRIPTS.glob("draw_*.py")}
    return sorted(set(re.findall(pattern, text, re.DOTALL)) | drawn)


def imported(script):
    """Packages from elsewhere that a script imports, directly or not."""
    names = set()
    for path in CodeInputs(SCRIPTS, SCRIPTS).modules(script).values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names.add(node.module)
    tops = {name.split(".")[0] for name in names}
    ours = {path.stem for path in SCRIPTS.iterdir()}
    return {PACKAGES.get(name, name) for name in tops - ours - set(sys.stdlib_module_names)}


def test_every_requirement_is_locked_with_digests():
    text = (ROOT / "requirements.txt").read_text()
    requirements = [entry for entry in re.split(r"\n(?=\S)", text) if not entry.startswith("#")]
    assert len(requirements) > 50
    assert all("==" in entry and "--hash=sha256:" in entry for entry in requirements)


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: path.stem)
def test_environments_have_the_versions_of_the_lock(environment):
    own, lock = pins(environment.read_text(encoding="utf-8")), locked("3.11")
    assert own == {name: lock[name] for name in own}


@pytest.mark.skipif(sys.platform != "linux", reason="torch has other dependencies here")
def test_environments_are_those_that_make_envs_writes(tmp_path):
    (tmp_path / "envs").mkdir()
    shutil.copy2(ROOT / "requirements.txt", tmp_path)
    shutil.copy2(ROOT / "envs/pin.py", tmp_path / "envs")
    for path in ENVIRONMENTS:
        (tmp_path / "envs" / path.name).write_text(re.sub("==.*", "==1.0", named(path)), encoding="utf-8")
    subprocess.run([sys.executable, tmp_path / "envs/pin.py"], check=True)
    for path in ENVIRONMENTS:
        assert (tmp_path / "envs" / path.name).read_bytes() == path.read_bytes(), "run make envs"


def test_environments_name_what_their_packages_depend_on():
    plot = pins((ROOT / "envs/plot.yaml").read_text(encoding="utf-8"))
    assert {"contourpy", "kiwisolver", "markupsafe", "python-dateutil"} <= plot.keys()  # of matplotlib, jinja2, pandas
    torch = (ROOT / "envs/torch.yaml").read_text(encoding="utf-8")
    assert {"nvidia-cublas", "sympy", "mpmath", "filelock"} <= pins(torch).keys()  # of torch, and of what it needs
    assert re.search(r'- nvidia-cublas==[\d.]+; sys_platform == "linux"\n', torch)


@pytest.mark.parametrize(("script", "environment"), scripts_and_environments())
def test_environments_have_what_their_scripts_import(script, environment):
    assert imported(script) <= pins(named(ROOT / environment)).keys()


def test_every_rule_with_a_script_has_an_environment():
    text = "\n".join(path.read_text() for path in sorted((ROOT / "rules").glob("*.smk")))
    used = set(re.findall(r'code\("(\w+)"', text))
    assert used - {script for script, _ in scripts_and_environments()} <= {"prepare_faces", "collect_raters"}
