"""The real program on faulty configurations: one line, no traceback, and nothing is run."""

import copy

import pytest

from .conftest import Workflow

DEMO = "config key experiments/demo/"
UNKNOWN = "no rating is called 'hapy' — did you mean happy?"
#: The user's file, the command line, and the message.
FAULTS = {
    "a misspelt key on the command line": (
        "photos: null",
        ["expriment=omi"],
        "config key expriment: no such key — did you mean experiment?",
    ),
    "a misspelt key in a file": (
        "recipes: {drawn_full: {epoch: 3}}",
        ["experiment=demo"],
        "config key recipes/drawn_full/epoch: no such key — did you mean epochs?",
    ),
    "a table that is empty": (
        "experiments:\n  demo:\n    occlusion:\n",
        ["allow_missing=true"],
        f"{DEMO}occlusion: it is null — give a table",
    ),
    "a rating that nobody gave": (
        "experiments: {demo: {attributes: [attractive, hapy]}}",
        ["photos=null"],
        f"{DEMO}attributes/1: {UNKNOWN}",
    ),
}


@pytest.fixture(scope="module")
def workflow(tmp_path_factory):
    return Workflow(tmp_path_factory.mktemp("faults"), ["faults.yaml"])


def attempt(workflow, text, *arguments):
    """The output of Snakemake, which fails and does not change the results."""
    (workflow.folder / "faults.yaml").write_text(text, encoding="utf-8")
    done = workflow.attempt(*arguments)
    assert done.returncode != 0
    assert "Traceback" not in done.stdout
    assert [path.name for path in (workflow.folder / "results").glob("[!.]*")] == ["README.md"]
    return done.stdout.splitlines()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_line_and_nothing_runs(workflow, fault):
    text, settings, expected = FAULTS[fault]
    *before, kind, message = attempt(workflow, text, "--dry-run", "--config", *settings)
    assert (kind, message) == ("ConfigurationError:", expected)
    # The two lines before: which profile is used, and that the file extends config.yaml.
    assert len(before) == 2


def test_snakemake_reports_invalid_yaml(workflow):
    assert "Config file is not valid JSON or YAML." in attempt(workflow, "experiments: {demo: [", "--dry-run")[-1]


def test_a_missing_folder_stops_before_the_first_job(workflow):
    *before, kind, message = attempt(workflow, "experiment: omi", "--config", "photos=nowhere")
    assert (kind, message) == ("ConfigurationError:", "config key photos: nowhere is missing — correct the path")
    assert not any("Job 0" in line or "Select jobs" in line for line in before)


def test_a_dry_run_finds_what_a_users_own_table_lacks(workflow):
    """Here a column; and whatever else a run would find before its first job."""
    (workflow.folder / "mine").mkdir()
    (workflow.folder / "mine" / "r.csv").write_text("Foto;Freude\na.jpg;3,5\n")
    faces = (
        "{rated: {dataset: folder, folder: mine, table: r.csv, columns: {file: Foto, joy: joy}, rating_scale: [1, 7]}}"
    )
    text = f"experiments: {{mine: {{like: open, faces: {faces}, attributes: [joy]}}}}"
    expected = "mine/r.csv, line 1: no column is called joy (found: Foto, Freude) — rename it"
    assert attempt(workflow, text, "--dry-run", "--config", "experiment=mine")[-1] == expected


@pytest.mark.parametrize(
    "target",
    [
        "results/nobody/logs/finetune/age/full/happy.log",
        "results/demo/logs/finetune/age/half/happy.log",
        "results/demo/logs/import_caffe/age.log",
        "results/demo/benchmarks/import_torchvision/age.tsv",
        "results/demo/bases/nobody/weights.safetensors",
    ],
)
def test_targets_of_no_job_are_refused(workflow, target):
    """Among them those of a rule that makes a base model from another source."""
    assert any("MissingRuleException" in line for line in attempt(workflow, "experiment: demo", "--dry-run", target))


def test_code_of_another_copy_that_is_installed_is_not_used(workflow, tmp_path):
    """By the Snakefile, and by the script of a job."""
    (tmp_path / "facelrp").mkdir()
    (tmp_path / "facelrp/__init__.py").write_text("raise ImportError('the other copy')")
    (workflow.folder / "faults.yaml").write_text("experiment: demo", encoding="utf-8")
    beside = copy.copy(workflow)
    beside.environment = workflow.environment | {"PYTHONPATH": str(tmp_path)}
    beside.run("results/demo/environment.json")
