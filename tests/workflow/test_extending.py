"""What CONTRIBUTING.md says on adding a dataset, an architecture, an LRP rule and a figure: done, and run."""

import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from .conftest import ROOT, Workflow

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
#: Where each registry begins, and the line that is put there.
LINES = {
    "workflow_scripts/facelrp/datasets/registry.py": ("DATASETS = (\n", '    "squares",\n'),
    "workflow_scripts/facelrp/networks/weights.py": (
        "ARCHITECTURES = {\n",
        '    "small": "facelrp.networks.small:small",\n',
    ),
    "workflow_scripts/facelrp/lrp/composites.py": ("RULES = {\n", '    "absolute": "facelrp.lrp.absolute:Absolute",\n'),
    "rules/drawings.smk": ("DRAWN = (", '    "means",\n'),
    "tests/lrp/test_lrp_rules.py": ("\nRULES = [\n", "    (Absolute(), absolute),\n"),
}
#: All four at once; 8 faces, one base model, one attribute.
CONFIGURATION = """
experiment: added
compute: {device: cpu, precision: float32, threads: 1}
experiments:
  added:
    faces: {rated: {dataset: squares, count: 8}}
    attributes: [bright]
    split: {seed: 1}
    bases:
      grey: {source: train, architecture: small, target: age, classes: 2, seed: 1, recipe: &short {optimiser: sgd, rate: 1.0e-3, epochs: 1, batch: 4}}
    finetuning: {seed: 1, dense: *short, full: *short}
    heatmaps: {rule: {name: absolute, bias: false}, lrn: identity}
    occlusion: {parts: [mouth], margin: 2, softness: 2.0}
    figures: {base: grey, mode: full, expression: bright, attractiveness: bright}
"""  # noqa: E501 — as one writes it


@pytest.fixture(scope="module")
def workflow(tmp_path_factory):
    """A copy of the checkout to which one of each is added as CONTRIBUTING.md says."""
    workflow = Workflow(tmp_path_factory.mktemp("extended"), ["added.yaml"])
    (workflow.folder / "added.yaml").write_text(CONFIGURATION, encoding="utf-8")
    modules = {block.split("\n")[0].removeprefix("# "): block for block in BLOCKS if block.startswith("# ")}
    assert len(modules) == 4
    for path, block in modules.items():
        assert not (workflow.folder / path).exists()
        (workflow.folder / path).write_text(block, encoding="utf-8")
    for path, (start, line) in LINES.items():
        assert f"```text\n{line}```" in TEXT
        text = (workflow.folder / path).read_text(encoding="utf-8")
        assert text.count(start) == 1
        (workflow.folder / path).write_text(text.replace(start, start + line), encoding="utf-8")
    return workflow


def test_what_is_added_is_found_and_runs(workflow):
    workflow.run("results/added/figures/means.png")
    results = workflow.folder / "results" / "added"
    assert len(pd.read_csv(results / "faces/rated/faces.csv")) == 8
    for mode in ("dense", "full"):
        relevance = np.load(results / f"heatmaps/grey/{mode}/bright/relevance.npy").astype(float)
        scores = pd.read_csv(results / f"heatmaps/grey/{mode}/bright/scores.csv")
        assert relevance.shape == (4, 227, 227)
        # The rule conserves, and its relevance has one sign in each face.
        np.testing.assert_allclose(relevance.sum((1, 2)), scores["output"], rtol=0.01)
        assert ((relevance >= 0).all((1, 2)) | (relevance <= 0).all((1, 2))).all()
    assert (results / "figures/means.pdf").read_bytes().startswith(b"%PDF")


def test_a_change_of_what_was_added_runs_it_again(workflow):
    """Modules that are named, not imported, are inputs, too."""
    target = "results/added/figures/means.png"
    assert "Nothing to be done" in workflow.run(target, "--dry-run")
    added = {
        "facelrp/datasets/squares.py": "prepare_faces",
        "facelrp/networks/small.py": "train_base",
        "facelrp/lrp/absolute.py": "explain ",
        "draw_means.py": "draw_means",
    }
    for module, rule in added.items():
        path = workflow.folder / "workflow_scripts" / module
        before = path.read_text(encoding="utf-8")
        path.write_text(before + "\nEDITED = True\n", encoding="utf-8")
        assert re.search(rf"^{rule} *\d", workflow.run(target, "--dry-run"), re.MULTILINE), module
        path.write_text(before, encoding="utf-8")


def test_the_tests_of_all_have_what_is_added(workflow):
    """The options that modules declare are those they take, and the rule is what its formula says."""
    path = workflow.folder / "tests/lrp/test_lrp_rules.py"
    oracle = next(block for block in BLOCKS if block.startswith("def absolute("))
    text = path.read_text(encoding="utf-8").replace("\nRULES = [\n", f"\n{oracle}\n\nRULES = [\n")
    text = text.replace(
        "from facelrp.lrp import", "from facelrp.lrp.absolute import Absolute\nfrom facelrp.lrp import", 1
    )
    path.write_text(text, encoding="utf-8")
    for tests, names, least in (
        ("tests/lrp/test_lrp_rules.py", "Absolute", 40),
        ("tests/facelrp_workflow/test_config_checks.py", "take or library", 3),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", tests, "-k", names],
            cwd=workflow.folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-3000:]
        assert int(re.search(r"(\d+) passed", done.stdout)[1]) >= least
