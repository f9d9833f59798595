"""The versions that results depend on: recorded, and compared with those of the next run."""

import json
import logging
import re
from importlib.metadata import version

import pytest

from facelrp_workflow.environment import changes, environment
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


def test_a_change_is_named(tmp_path):
    path = tmp_path / "environment.json"
    assert changes(path) is None
    path.write_text(json.dumps([environment()]))
    assert changes(path) is None
    path.write_text(json.dumps([environment(), environment() | {"torch": "1.0"}]))
    assert changes(path) == f"torch 1.0 → {version('torch')}"
    path.write_text("[")
    assert changes(path) is None
