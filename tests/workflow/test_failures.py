"""After a failed job, or with missing files, the same command is not idle, and ends in the results of its settings."""

import copy
import re
import shutil

import pytest
import yaml
from snakemake.utils import update_config

from .conftest import SMALL, Workflow, planned
from .digests import digests

#: For every rule a file that it makes, and that others are made from or the default target asks for.
FILES = {
    "choose_references": "faces/references.csv",
    "collect_raters": "faces/rated/raters.csv",
    "collect_ratings": "faces/rated/faces.csv",
    "compare_networks": "tables/comparisons.csv",
    "draw_contact_sheet": "figures/contact_sheets/happy.pdf",
    "draw_evaluation": "figures/evaluation.png",
    **{f"draw_figure{number}": f"figures/figure{number}.png" for number in range(1, 8)},
    "draw_randomised": "figures/randomised.png",
    "draw_rules": "figures/rules.png",
    "draw_truth": "figures/truth.png",
    "draw_pairs": "figures/pairs.pdf",
    "draw_predictions": "figures/predictions.png",
    "draw_regions": "figures/regions/pairs.png",
    "evaluate_heatmaps": "evaluation/age/full/sanity.csv",
    "explain": "heatmaps/age/full/happy/ledger.csv",
    "explain_ageing": "heatmaps/ageing/scores.csv",
    "explain_base": "heatmaps/age/base/relevance.npy",
    "explain_by_rules": "heatmaps/rules/relevance.npy",
    "explain_occluded": "occlusion/age/full/shown.npy",
    "explain_pairs": "pairs/age/dense/shares.csv",
    "explain_permuted": "permuted/age/shares.csv",
    "explain_random_base": "heatmaps/age/base/random_shapes.csv",
    "explain_randomised": "heatmaps/randomised/layers.csv",
    "extract_features": "bases/age/features.npy",
    "finetune": "networks/age/full/happy/weights.safetensors",
    "finetune_permuted": "permuted/age/weights.safetensors",
    "fit_ridge": "bases/age/ridge/happy.csv",
    "intervene": "evaluation/age/full/interventions.csv",
    "measure_ageing": "heatmaps/ageing/parts.csv",
    "measure_base_heatmaps": "heatmaps/age/base/shapes.csv",
    "measure_heatmaps": "heatmaps/age/full/shapes.csv",
    "occlude": "occlusion/age/dense/relevance.csv",
    "prepare_faces": "faces/base/images.npy",
    "recommend_base": "tables/recommendation.csv",
    "record_environment": "environment.json",
    "redraw_faces": "faces/rated/redrawn.npy",
    "split_faces": "faces/split.csv",
    "swap_parts": "pairs/age/dense/swaps.csv",
    "tabulate_agreement": "evaluation/agreement.csv",
    "tabulate_aptitude": "tables/aptitude.csv",
    "tabulate_bases": "tables/base_models.csv",
    "tabulate_conservation": "evaluation/conservation.csv",
    "tabulate_convergence": "tables/convergence.csv",
    "tabulate_cross_prediction": "tables/cross_prediction.csv",
    "tabulate_evaluation": "evaluation/sanity.csv",
    "tabulate_interventions": "evaluation/uses.csv",
    "tabulate_networks": "tables/table1.csv",
    "tabulate_occlusion": "tables/occlusion.csv",
    "tabulate_pairs": "tables/pairs.csv",
    "tabulate_permuted": "evaluation/permuted_heatmaps.csv",
    "tabulate_specificity": "tables/specificity.csv",
    "tabulate_swaps": "tables/swap_effects.csv",
    "trace_relevance": "heatmaps/flow/layers.npz",
    "train_base": "bases/age/weights.safetensors",
    "write_faces_page": "faces.html",
    "write_article": "article.html",
    "write_findings": "tables/findings.rst",
    "write_pages": "tables/table1.html",
    "write_pages_of_drawn_faces": "evaluation/uses.html",
    "write_pages_of_pairs": "tables/pairs.html",
}
#: Rules that run another one's script.
SCRIPTS = {
    "explain_ageing": "explain",
    "explain_base": "explain",
    "measure_ageing": "measure_heatmaps",
    "measure_base_heatmaps": "measure_heatmaps",
    "write_pages_of_drawn_faces": "write_pages",
    "write_pages_of_pairs": "write_pages",
}
#: Settings that rules read: changed before their job fails. Others are made to run by force.
CHANGED = {
    "choose_references": "heatmaps: {references: 5}",
    "collect_raters": "faces: {rated: {seed: 9}}",
    "draw_contact_sheet": "figures: {publishable_only: true}",
    "draw_figure6": "figures: {attractiveness: happy}",
    "evaluate_heatmaps": "evaluation: {blur_pixels: 4}",
    "explain": "heatmaps: {rule: alpha_beta_1_0}",
    "explain_ageing": "heatmaps: {rule: epsilon}",
    "explain_base": "heatmaps: {rule: epsilon}",
    "explain_occluded": "occlusion: {patches: {margin_pixels: 3}}",
    "explain_pairs": "heatmaps: {rule: alpha_beta_1_0}",
    "explain_permuted": "evaluation: {random_orders: 2}",
    "explain_random_base": "evaluation: {random_networks: 3}",
    "finetune": "finetuning: {seed: 2}",
    "finetune_permuted": "finetuning: {permuted: 3}",
    "occlude": "occlusion: {patches: {control: right_cheek}}",
    "prepare_faces": "faces: {pairs: {seed: 9}}",
    "redraw_faces": "evaluation: {faces_intervened: 5}",
    "split_faces": "split: {seed: 2}",
    "tabulate_networks": "paper_mae: {age: {dense: {happy: 0.5}}}",
    "trace_relevance": "figures: {expression: attractive}",
    "train_base": "bases: {age: {seed: 2}}",
}


@pytest.fixture(scope="module")
def workflow(module_folder, small_results):
    """A copy of the finished experiment."""
    workflow = Workflow(module_folder, SMALL)
    for name in ("results", ".snakemake"):
        shutil.copytree(small_results.parents[1] / name, workflow.folder / name, dirs_exist_ok=True)
    return workflow


def test_every_rule_has_its_file(workflow, small_results):
    output = workflow.run("--dry-run", "--forceall")
    ran = set(re.findall(r"^(\w+) +\d+$", output.rpartition("Job stats:")[2], re.MULTILINE)) - {"all", "total"}
    assert ran == set(FILES)
    assert all((small_results / path).exists() for path in FILES.values())


#: Python runs this before the script of a job. Code, settings and inputs of the job stay as they are.
KILLER = """
import os
import sys

if sys.orig_argv[-1].endswith({scripts}):
    os._exit(1)
"""


def generations(workflow):
    """The rules, in sets none of which has a rule that needs files of another one in it."""
    graph = workflow.run("--rulegraph", "dot", "--quiet", "all")
    names = dict(re.findall(r'^\s*(\d+)\[label = "(\w+)"', graph, re.MULTILINE))
    needs = {rule: set() for rule in names.values()}
    for made, user in re.findall(r"^\s*(\d+) -> (\d+)", graph, re.MULTILINE):
        needs[names[user]].add(names[made])
    del needs["all"]
    while needs:
        ready = {rule for rule, needed in needs.items() if not needed & needs.keys()}
        yield sorted(ready)
        needs = {rule: needed for rule, needed in needs.items() if rule not in ready}


def fail(workflow, rules, folder):
    """Let the jobs of these rules fail in a copy of the experiment: what Snakemake says, and what it plans next."""
    shutil.copytree(workflow.folder, folder, symlinks=True)
    changed = copy.copy(workflow)
    changed.folder = folder
    settings = {}
    for rule in rules:
        update_config(settings, yaml.safe_load(CHANGED.get(rule, "{}")))
    (folder / "changed.yaml").write_text(yaml.safe_dump({"experiments": {"small": settings}}), encoding="utf-8")
    changed.configfiles = [*SMALL, "changed.yaml"]
    scripts = tuple(f".{SCRIPTS.get(rule, rule)}.py" for rule in rules)
    (folder / "sitecustomize.py").write_text(KILLER.format(scripts=scripts), encoding="utf-8")
    forced = [rule for rule in rules if rule not in CHANGED]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        done = changed.attempt("--keep-going", "--until", *rules, *(["--forcerun", *forced] if forced else []))
    assert done.returncode != 0
    plan = planned(changed)
    shutil.rmtree(folder)
    return done.stdout, plan


@pytest.fixture(scope="module")
def after_failure(workflow, tmp_path_factory):
    """For every rule what Snakemake said as its jobs failed, and what it planned then.

    Their consumers' files exist, made from older files of the rule, which Snakemake has deleted. Rules of one
    generation fail in one run: none is planned because another one is.
    """
    folder = tmp_path_factory.mktemp("failed")
    ends = {}
    for number, rules in enumerate(generations(workflow)):
        ends |= dict.fromkeys(rules, fail(workflow, rules, folder / str(number)))
    return ends


@pytest.mark.parametrize("rule", FILES)
def test_the_run_after_a_failure_is_not_idle(after_failure, rule):
    said, plan = after_failure[rule]
    assert f"Error in rule {rule}:" in said
    assert plan[rule] >= 1


#: A rule that each target needs, and one that it does not.
TARGETS = {
    "table1": ("finetune", "explain"),
    "figures": ("draw_figure7", "write_findings"),
    "report": ("write_findings", "write_pages"),
}


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_is_what_its_name_says(workflow, target):
    needed, other = TARGETS[target]
    plan = planned(workflow, settings=[target, "--forceall"])
    assert plan.keys() >= {needed, target}
    assert other not in plan


def test_a_target_asks_for_missing_files_that_it_is_made_from(workflow):
    path = workflow.folder / "results/small" / FILES["extract_features"]
    kept = path.rename(path.with_name("kept"))
    assert planned(workflow, settings=["table1"])["extract_features"] == 1
    kept.rename(path)
    assert planned(workflow, settings=["table1"]) == {}


def test_photographs_need_a_folder(workflow):
    done = workflow.attempt("--dry-run", "photos")
    assert done.returncode != 0
    assert "config key photos: no folder is named — snakemake --cores all --config photos=…" in done.stdout


def test_a_run_after_failures_ends_in_the_same_bytes(workflow, small_results):
    """All files that were deleted are made again, and nothing else is needed."""
    for path in list(FILES.values())[::3]:
        (workflow.folder / "results" / "small" / path).unlink()
    workflow.run()
    assert digests(workflow.folder / "results" / "small") == digests(small_results)
    assert planned(workflow) == {}
