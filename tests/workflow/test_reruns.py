"""Which jobs a change to a finished experiment reruns, and which it does not."""

import subprocess

import pytest

from .conftest import OMI, Workflow, planned

TRAINING = {"train_base", "finetune"}
EXPLAINING = {
    "explain",
    "explain_ageing",
    "explain_base",
    "explain_pairs",
    "explain_occluded",
    "occlude",
    "evaluate_heatmaps",
    "intervene",
}


@pytest.fixture
def edit(workflow):
    """Apply a function to the texts of files, and restore them after the test."""
    before = {}

    def apply(pattern, change):
        for path in workflow.folder.glob(f"workflow_scripts/{pattern}"):
            before[path] = path.read_bytes()
            path.write_bytes(change(before[path]))

    yield apply
    for path, content in before.items():
        path.write_bytes(content)


def test_all_code_is_kept_before_any_target_is_requested(tmp_path):
    """Snakemake lists the folder once; depending on the order of targets, it would report later copies as missing."""
    workflow = Workflow(tmp_path)

    def kept():
        return sorted(path for path in (tmp_path / "results" / ".code").rglob("*") if path.is_file())

    workflow.run("--list-rules")
    before = kept()
    assert before
    sets = [f"{experiment}/faces/{name}" for experiment in ("tiny", "omi", "paper") for name in ("rated", "pairs")]
    workflow.run("--dry-run", *(f"results/{folder}/{table}.csv" for folder in sets for table in ("faces", "raters")))
    assert kept() == before


def test_a_finished_experiment_runs_nothing(workflow, results):
    assert planned(workflow) == {}


def test_touched_files_run_nothing(workflow, results, edit):
    edit("**/*.py", lambda content: content)
    for path in (workflow.folder / "rules").iterdir():
        path.touch()
    assert planned(workflow) == {}


def test_edited_comments_and_docstrings_run_nothing(workflow, results, edit):
    edit("**/*.py", lambda content: content.replace(b'"""\n', b' Indeed."""\n', 1) + b"\n# A remark.\n")
    assert planned(workflow) == {}


def test_another_branch_and_back_run_nothing(workflow, results):
    """All code files get other content and another time, then their original content again."""

    def git(*arguments):
        identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@localhost"]
        subprocess.run(["git", *identity, *arguments], cwd=workflow.folder, check=True, capture_output=True)

    git("init", "--initial-branch", "one")
    git("add", "workflow_scripts")
    git("commit", "--message", "One")
    git("checkout", "-b", "two")
    for path in workflow.folder.glob("workflow_scripts/**/*.py"):
        path.write_bytes(path.read_bytes() + b"\nEDITED = True\n")
    git("commit", "--all", "--message", "Two")
    assert planned(workflow).keys() >= TRAINING | EXPLAINING
    git("checkout", "one")
    assert planned(workflow) == {}


@pytest.mark.parametrize(
    ("edited", "runs", "stays"),
    [
        (
            "facelrp/lrp/rules.py",
            EXPLAINING | {"tabulate_conservation", "write_findings"},
            TRAINING | {"prepare_faces"},
        ),
        ("facelrp/training/loop.py", TRAINING | EXPLAINING, {"prepare_faces", "split_faces"}),
        (
            "finetune.py",
            {"finetune", "tabulate_networks", *EXPLAINING} - {"explain_base", "explain_ageing"},
            {"train_base", "explain_base", "explain_ageing"},
        ),
        (
            "facelrp/heatmaps/perturbation.py",
            {"evaluate_heatmaps", "tabulate_evaluation"},
            {"explain", "occlude", *TRAINING},
        ),
        (
            "facelrp/heatmaps/interventions.py",
            {"intervene", "tabulate_interventions"},
            {"redraw_faces", "explain", "occlude", "evaluate_heatmaps", *TRAINING},
        ),
        (
            "facelrp/faces/swaps.py",
            {"swap_parts", "tabulate_swaps", "write_findings"},
            {"explain_pairs", "tabulate_pairs", "occlude", *TRAINING},
        ),
        ("facelrp/heatmaps/relevant_parts.py", {"draw_figure5", "draw_figure6"}, {"draw_figure2", *EXPLAINING}),
        ("facelrp/report/style.py", {"draw_figure1", "draw_contact_sheet", "draw_pairs"}, TRAINING | EXPLAINING),
        ("facelrp/faces/occlusion.py", {"occlude", "explain_occluded", "draw_figure7"}, {"explain", *TRAINING}),
        (
            "facelrp/statistics/metrics.py",
            {"fit_ridge", "tabulate_networks"},
            {"extract_features", *TRAINING, *EXPLAINING},
        ),
        ("facelrp/findings/claims.py", {"write_findings"}, {"tabulate_pairs", "tabulate_occlusion"}),
        ("facelrp/datasets/omi.py", set(), {"prepare_faces"}),
        ("facelrp/generator/look.py", {"prepare_faces", "redraw_faces"}, set()),
        ("facelrp/lrp/ledger.py", {"explain", "occlude"}, TRAINING | {"prepare_faces"}),
        ("facelrp/networks/levi_hassner.py", TRAINING | EXPLAINING, {"prepare_faces", "split_faces"}),
        ("facelrp/report/page_data.py", {"write_faces_page"}, {"draw_contact_sheet", *EXPLAINING}),
        ("facelrp/report/faces_page/page.js", {"write_faces_page"}, {"draw_contact_sheet", *EXPLAINING}),
        ("facelrp/report/html_tables.py", {"write_pages", "record_environment"}, {"tabulate_pairs", *EXPLAINING}),
    ],
)
def test_an_edit_reruns_only_dependent_jobs(workflow, results, edit, edited, runs, stays):
    edit(edited, lambda content: content + b"\nEDITED = True\n")
    rules = planned(workflow).keys()
    assert runs <= rules
    assert not stays & rules


@pytest.mark.parametrize(
    ("setting", "runs", "stays"),
    [
        ("heatmaps: {rule: alpha_beta_1_0}", EXPLAINING, TRAINING),
        (
            "occlusion: {patches: {margin_pixels: 3}}",
            {"occlude", "tabulate_occlusion", "draw_figure7"},
            {"explain", *TRAINING},
        ),
        (
            "evaluation: {blur_pixels: 9}",
            {"evaluate_heatmaps", "tabulate_evaluation"},
            {"explain", "occlude", *TRAINING},
        ),
        (
            "evaluation: {faces_intervened: 5}",
            {"redraw_faces", "intervene", "tabulate_interventions"},
            {"explain", "occlude", "evaluate_heatmaps", *TRAINING},
        ),
        (
            "heatmaps: {references: 5}",
            {"choose_references", "intervene", "evaluate_heatmaps"},
            {"redraw_faces", "explain", "occlude", *TRAINING},
        ),
        ("figures: {attractiveness: happy}", {"draw_figure6"}, {"draw_contact_sheet"} | TRAINING | EXPLAINING),
        ("finetuning: {full: tiny_base}", {"finetune", "explain", "occlude"}, {"train_base", "explain_base"}),
    ],
)
def test_a_setting_reruns_only_dependent_jobs(workflow, results, tmp_path, setting, runs, stays):
    override = tmp_path / "override.yaml"
    override.write_text(f"experiments: {{tiny: {{{setting}}}}}\n")
    rules = planned(workflow, override).keys()
    assert runs <= rules
    assert not stays & rules


#: The same settings as in tiny.yaml, written in another way.
SAME = {
    "defaults written out": """
experiments:
  tiny:
    split: {test_share: 0.5, seed: 1}
    bases: {age: {seed: 1}}
    heatmaps: {lrn: identity}
    occlusion: {patches: {control: forehead}, faces_occluded: null}
    evaluation: {seed: 1}
    figures: {mode: full}
""",
    "a recipe and a rule by other names": """
recipes: {other: {momentum: 0.9, batch_size: 12, epochs: 2, learning_rate: 0.001, optimiser: sgd}}
lrp_rules: {other: {bias: false, beta: -1, alpha: 2, name: alpha_beta}}
experiments: {tiny: {finetuning: {full: other}, heatmaps: {rule: other}}}
""",
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_the_same_settings_written_differently_rerun_nothing(workflow, results, tmp_path, text):
    override = tmp_path / "override.yaml"
    override.write_text(text)
    assert planned(workflow, override) == {}


def test_removing_an_attribute_keeps_networks_and_heatmaps(workflow, results, tmp_path):
    override = tmp_path / "override.yaml"
    override.write_text("experiments: {tiny: {attributes: [happy], figures: {attractiveness: happy}}}\n")
    rules = planned(workflow, override).keys()
    assert {"tabulate_networks", "occlude"} <= rules
    assert not {"prepare_faces", "split_faces", "fit_ridge", "explain", *TRAINING} & rules


def test_an_additional_attribute_trains_only_its_networks(workflow, omi_results, tmp_path):
    override = tmp_path / "override.yaml"
    override.write_text("experiments: {tinyomi: {attributes: [attractive, happy, dominant]}}\n")
    jobs = planned(workflow, override, settings=OMI)
    assert jobs["finetune"] == jobs["explain"] == 4
    assert jobs["fit_ridge"] == 2
    assert not {"prepare_faces", "split_faces", "train_base", "extract_features", "explain_base"} & jobs.keys()
