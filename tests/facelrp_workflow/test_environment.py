"""The versions that results depend on: recorded, and compared with those of the next run."""

import json
import logging
import platform
import re
import shutil
import subprocess
from importlib.metadata import version

import pytest

from facelrp_workflow.environment import changes, environment, recorded, surroundings
from record_environment import main


@pytest.fixture
def record(tmp_path, caplog):
    """A function: record an environment as the workflow does, and return what is on file, and the page's rows."""

    def run(one):
        output, page = tmp_path / "environment.json", tmp_path / "environment.html"
        output.unlink(missing_ok=True)  # as Snakemake does
        main(one, "Versions", output, page, logging.getLogger("test"))
        rows = page.read_text().partition("<tbody>")[2].partition("</tbody>")[0].split("</tr>")[:-1]
        return json.loads(output.read_text()), [re.findall("<td[^>]*>([^<]*)", row) for row in rows]

    return run


def test_the_environment_names_what_results_depend_on():
    present = environment()
    assert present["torch"] == version("torch")
    assert present["numpy"] == version("numpy")
    assert {"python", "platform", "snakemake", "pillow", "safetensors", "scipy"} <= present.keys()


def test_environments_are_listed_with_the_present_one_last(record):
    one, two = {"torch": "1.1", "numpy": "2.2"}, {"torch": "2.1", "numpy": "2.2"}
    assert record(one) == ([one], [["torch", "1.1", ""], ["numpy", "2.2", ""]])
    assert record(two) == ([one, two], [["torch", "2.1", "1.1"], ["numpy", "2.2", ""]])
    assert record(one) == ([two, one], [["torch", "1.1", "2.1"], ["numpy", "2.2", ""]])


def test_the_surroundings_are_the_environment_the_processor_and_the_device():
    found = surroundings("cuda")
    assert found.items() > environment().items()
    assert found["device"] == "cuda"
    if shutil.which("lscpu"):
        stated = subprocess.run(["lscpu"], capture_output=True, text=True, check=True, env={"LC_ALL": "C"}).stdout
        names = re.findall(r"^Model name: +(.+)$", stated, re.MULTILINE)
        assert found["processor"] in (names or [platform.machine()])


def test_a_change_is_named(tmp_path):
    path, present = tmp_path / "environment.json", surroundings("cpu")
    assert changes(path, present) is None
    path.write_text(json.dumps([present]))
    assert changes(path, present) is None
    path.write_text(json.dumps([present, present | {"torch": "1.0", "device": "cuda"}]))
    assert changes(path, present) == f"device cuda → cpu, torch 1.0 → {version('torch')}"
    path.write_text(json.dumps([environment()]))  # of an older version, without processor and device
    assert changes(path, present) is None


@pytest.mark.parametrize("content", ["[", "", "{}", "3", "[3]", "null"])
def test_a_damaged_record_is_none(tmp_path, content):
    path = tmp_path / "environment.json"
    path.write_text(content)
    assert recorded(path) == []
    assert changes(path, surroundings("cpu")) is None
