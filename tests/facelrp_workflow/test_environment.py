"""The versions that results depend on: recorded, and compared with those of the next run."""

import json
from importlib.metadata import version

import pytest

from facelrp_workflow.environment import changes, environment
from record_environment import main


@pytest.fixture
def record(tmp_path, caplog):
    """A function: record an environment as the workflow does, and return what is on file."""

    def run(one):
        output = tmp_path / "environment.json"
        output.unlink(missing_ok=True)  # as Snakemake does
        main(one, output, __import__("logging").getLogger("test"))
        return json.loads(output.read_text())

    return run


def test_the_environment_names_what_results_depend_on():
    present = environment()
    assert present["torch"] == version("torch")
    assert present["numpy"] == version("numpy")
    assert {"python", "platform", "snakemake", "pillow", "safetensors", "scipy"} <= present.keys()


def test_environments_are_listed_with_the_present_one_last(record):
    assert record({"torch": "1"}) == [{"torch": "1"}]
    assert record({"torch": "2"}) == [{"torch": "1"}, {"torch": "2"}]
    assert record({"torch": "1"}) == [{"torch": "2"}, {"torch": "1"}]


def test_a_change_is_named(tmp_path):
    path = tmp_path / "environment.json"
    assert changes(path) is None
    path.write_text(json.dumps([environment()]))
    assert changes(path) is None
    path.write_text(json.dumps([environment(), environment() | {"torch": "1.0"}]))
    assert changes(path) == f"torch 1.0 → {version('torch')}"
    path.write_text("[")
    assert changes(path) is None
