"""Follow CONTRIBUTING.md to add a dataset, an architecture, an LRP rule, a figure and a table, and run them."""

import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from .conftest import ROOT, Workflow

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
CAPTIONS = dict(re.findall(r"caption, `(rules/report/\w+/\w+\.rst)`:\n\n```text\n(.*?)```", TEXT, re.DOTALL))
#: The files that rules are appended to.
STAGES = {"draw_means": "rules/figures.smk", "tabulate_sums": "rules/heatmaps.smk"}
#: Each registry, its start, and the line to insert there.
LINES = [
    ("workflow_scripts/facelrp/datasets/registry.py", "DATASETS = (\n", '    "squares",\n'),
    (
        "workflow_scripts/facelrp/networks/architectures.py",
        "ARCHITECTURES = {\n",
        '    "small": "facelrp.networks.small:small",\n',
    ),
    ("workflow_scripts/facelrp/lrp/composites.py", "RULES = {\n", '    "absolute": "facelrp.lrp.absolute:Absolute",\n'),
    ("rules/report.smk", "FIGURES = {\n", '    "means": Figure("Heatmaps", "Figure: mean heatmaps"),\n'),
    ("rules/report.smk", "TABLES = {\n", '    "sums": Table("tables", "Heatmaps", "Table: sums of relevance"),\n'),
    ("tests/lrp/test_lrp_rules.py", "\nRULES = [\n", "    (Absolute(), absolute),\n"),
]
#: All of them at once; 8 faces, one base model, one attribute.
CONFIGURATION = """
experiment: added
compute: {device: cpu, precision: float32, threads: 1}
recipes: {short: {optimiser: sgd, learning_rate: 1.0e-3, epochs: 1, batch_size: 4}}
lrp_rules: {own: {name: absolute, bias: false}}
experiments:
  added:
    faces: {rated: {dataset: squares, count: 8}}
    attributes: [bright]
    bases: {grey: {source: train, architecture: small, target: age, classes: 2, recipe: short}}
    finetuning: {dense: short, full: short}
    heatmaps: {rule: own}
    figures: {base: grey, expression: bright, attractiveness: bright}
"""


@pytest.fixture(scope="module")
def workflow(module_folder):
    """A copy of the checkout with one of each added, as CONTRIBUTING.md describes."""
    workflow = Workflow(module_folder, ["added.yaml"])
    (workflow.folder / "added.yaml").write_text(CONFIGURATION, encoding="utf-8")
    added = {block.split("\n")[0].removeprefix("# "): block for block in BLOCKS if block.startswith("# ")}
    assert len(added) == 5
    assert len(CAPTIONS) == 2
    for path, block in (added | CAPTIONS).items():
        assert not (workflow.folder / path).exists()
        (workflow.folder / path).write_text(block, encoding="utf-8")
    for path, start, line in LINES:
        assert f"```text\n{line}```" in TEXT
        text = (workflow.folder / path).read_text(encoding="utf-8")
        assert text.count(start) == 1
        (workflow.folder / path).write_text(text.replace(start, start + line), encoding="utf-8")
    for rule, path in STAGES.items():
        with open(workflow.folder / path, "a", encoding="utf-8") as file:
            file.write("\n\n" + next(block for block in BLOCKS if block.startswith(f"rule {rule}:")))
    return workflow


def test_additions_are_found_and_run(workflow):
    workflow.run("results/added/figures/means.png", "results/added/tables/sums.csv")
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
    sums = pd.read_csv(results / "tables/sums.csv")
    assert sums["mode"].tolist() == ["dense", "full"]
    assert sums["relevance"].iloc[1] == pytest.approx(scores["output"].mean(), rel=1e-3)


def test_a_table_of_the_registry_gets_its_page(workflow):
    """Without a further rule: the report's pages, and all that the default target asks for."""
    planned = workflow.run("--dry-run", "--printshellcmds")
    assert "results/added/tables/sums.html" in planned


def test_a_change_of_an_addition_reruns_it(workflow):
    """Modules that are named instead of imported are inputs, too."""
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


def test_general_tests_cover_the_additions(workflow):
    """Modules take the options they declare, and the rule follows its formula."""
    path = workflow.folder / "tests/lrp/test_lrp_rules.py"
    oracle = next(block for block in BLOCKS if block.startswith("def absolute("))
    text = path.read_text(encoding="utf-8").replace("\nRULES = [\n", f"\n{oracle}\n\nRULES = [\n")
    text = text.replace(
        "from facelrp.lrp import", "from facelrp.lrp.absolute import Absolute\nfrom facelrp.lrp import", 1
    )
    path.write_text(text, encoding="utf-8")
    for tests, names, least in (
        ("tests/lrp/test_lrp_rules.py", "Absolute", 40),
        ("tests/facelrp_workflow/test_config_schema.py", "take or library", 3),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", tests, "-k", names],
            cwd=workflow.folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-3000:]
        assert int(re.search(r"(\d+) passed", done.stdout)[1]) >= least
