"""facelrp environment: the versions of finished results beside those that are here."""

import json
import platform
from importlib.metadata import version

import pytest
from packaging.requirements import Requirement

from facelrp_workflow.commands import main
from facelrp_workflow.environment import surroundings

#: Another computer, with a build of torch for CPUs alone.
OTHER = {
    "python": "3.12.1",
    "platform": "Linux aarch64",
    "numpy": "2.0.1",
    "opencv-python-headless": "4.10.0.84",
    "tqdm": "not installed",
    "torch": "2.13.0+cpu",
    "processor": "Neoverse-N1",
    "device": "cpu",
}


@pytest.fixture
def results(tmp_path):
    """A function: write the record of an experiment, and return its folder."""

    def write(content):
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / "environment.json").write_text(text, encoding="utf-8")
        return str(tmp_path)

    return write


def test_the_present_environment_is_the_same_on_another_device(results, capsys):
    folder = results([surroundings("cuda")])
    assert main(["environment", folder]) == 0
    start, _, names = capsys.readouterr().out.strip().partition(": ")
    assert start == f"The same as in {folder}"
    assert {"python", "platform", "processor", "torch", "snakemake"} < set(names.split(", "))
    assert "device" not in names


def test_each_difference_is_a_line(results, capsys):
    here = surroundings("cpu")
    assert main(["environment", results([here | {"torch": "1.0", "python": "3.9.1"}])]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"python: results 3.9.1, here {platform.python_version()}",
        f"torch: results 1.0, here {version('torch')}",
    ]


def test_packages_that_are_on_one_side_only_differ(results, capsys):
    record = {"python": platform.python_version(), "no-such-package": "1.0", "numpy": "not installed"}
    assert main(["environment", results([record])]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "no-such-package: results 1.0, here not installed",
        f"numpy: results not installed, here {version('numpy')}",
    ]


def test_the_last_environment_counts_and_earlier_ones_are_mentioned(results, capsys):
    folder = results([OTHER, surroundings("cpu")])
    assert main(["environment", folder]) == 0
    assert capsys.readouterr().out.endswith(
        "\nEarlier runs had 1 other environment: parts of the results may be theirs.\n"
    )
    assert main(["environment", "--requirements", folder]) == 0
    said = capsys.readouterr().out
    assert "# Earlier runs had 1 other environment: parts" in said
    assert f"\ntorch=={version('torch')}\n" in said


def test_requirements_pin_the_packages_of_the_results(results, capsys):
    assert main(["environment", results([OTHER]), "--requirements"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "# python 3.12.1, platform Linux aarch64, processor Neoverse-N1, device cpu"
    assert "--extra-index-url https://download.pytorch.org/whl/cpu" in lines
    pins = [Requirement(line) for line in lines if not line.startswith(("#", "-"))]
    assert {pin.name: str(pin.specifier) for pin in pins} == {
        "numpy": "==2.0.1",
        "opencv-python-headless": "==4.10.0.84",
        "torch": "==2.13.0+cpu",
    }


@pytest.mark.parametrize(
    "content",
    [
        "[",
        "{}",
        [],
        [3],
        [{}],
        [{"numpy": 2}],
        [{"numpy": "2.0\n--index-url https://example.org"}],
        [{"numpy": "2.0 @ https://example.org"}],
        [{"--editable": "1.0", "numpy": "2.0"}],
        [{"python": "3.11\n--pre"}],
    ],
)
@pytest.mark.parametrize("option", [[], ["--requirements"]])
def test_a_damaged_record_is_one_line(results, capsys, content, option):
    assert main(["environment", results(content), *option]) == 1
    said, complained = capsys.readouterr()
    assert said == ""
    assert complained.startswith("Error: ")
    assert "environment.json: damaged — restore it from a copy" in complained
    assert complained.count("\n") == 1


def test_a_wrong_folder_is_one_line(tmp_path, capsys):
    assert main(["environment", str(tmp_path / "demo")]) == 1
    assert capsys.readouterr().err == (
        f"Error: {tmp_path}/demo: no such folder — name the results of an experiment, such as results/demo\n"
    )
    assert main(["environment", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"Error: {tmp_path}/environment.json: it is missing — name the results of an experiment that has finished\n"
    )
