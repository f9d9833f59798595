"""Further seeds for a finished experiment: only what belongs to them runs, and nothing that was there changes."""

import shutil

import pandas as pd
import pytest

from .conftest import SMALL, Workflow, planned
from .digests import digests

MORE = "experiments: {small: {bases: {age: {more_seeds: [5]}}, finetuning: {more_seeds: [3]}}}"
#: Results of all networks of an experiment, which change as networks are added.
COUNTED = {
    *("findings.md", "tables/findings.csv", "tables/findings.rst", "tables/findings.html"),
    "article.html",
    *("tables/table1.csv", "tables/table1.html", "figures/figure3.png", "figures/figure3.pdf"),
}


@pytest.fixture(scope="module")
def workflow(module_folder, small_results):
    """The finished experiment, with further seeds in its configuration."""
    workflow = Workflow(module_folder, SMALL)
    for name in ("results", ".snakemake"):
        shutil.copytree(small_results.parents[1] / name, workflow.folder / name, dirs_exist_ok=True)
    (workflow.folder / "more.yaml").write_text(MORE)
    workflow.configfiles = [*SMALL, "more.yaml"]
    return workflow


@pytest.fixture(scope="module")
def plan(workflow):
    return planned(workflow)


@pytest.fixture(scope="module")
def results(workflow, plan):
    workflow.run()
    return workflow.folder / "results" / "small"


def test_only_new_seeds_are_planned(plan):
    # 2 seeds of the base model × 2 of fine-tuning × 2 modes × 2 attributes, of which those of the first seeds exist.
    expected = {"train_base": 1, "extract_features": 1, "explain_base": 1, "measure_base_heatmaps": 1, "finetune": 12}
    expected |= {"fit_ridge": 2, "measure_transferability": 2, "tabulate_replicates": 1, "tabulate_predictors": 1}
    assert expected.items() <= plan.items()
    unaffected = {"explain", "explain_pairs", "occlude", "evaluate_heatmaps", "finetune_permuted", "prepare_faces"}
    assert not unaffected & plan.keys()


def test_results_of_the_first_seed_keep_their_bytes(results, small_results):
    before, after = digests(small_results), digests(results)
    changed = {name for name, digest in before.items() if after[name] != digest}
    assert changed <= COUNTED
    assert {"tables/table1.csv", "figures/figure3.png"} <= changed


def test_seeds_differ(results):
    networks = pd.read_csv(results / "tables" / "replicates.csv")
    assert len(networks) == 16
    assert networks.groupby(["mode", "attribute"])["mae"].nunique().eq(4).all()
    plain = pd.read_csv(results / "tables" / "table1.csv").set_index(["base", "mode", "attribute"])
    first = networks[(networks["base_seed"] == 1) & (networks["seed"] == 1)].set_index(["base", "mode", "attribute"])
    pd.testing.assert_series_equal(first["mae"], plain["mae"], check_index=True)
    assert (plain["networks"] == 4).all()
    assert (plain["mae_sd"] > 0).all()


def test_tables_and_figure_over_seeds(results):
    table = pd.read_csv(results / "tables" / "base_replicates.csv")
    assert (table["base_seeds"] == 2).all()
    assert table.set_index("measure").loc["log_me", "sd_finetuning"].eq(0).all()
    assert table.set_index("measure").loc["mae", "sd"].gt(0).all()
    assert len(pd.read_csv(results / "tables" / "predictors.csv")) > 0
    assert (results / "figures" / "replicates.pdf").stat().st_size > 5_000
    assert "base models of more classes" in (results / "findings.md").read_text(encoding="utf-8").lower()


def test_nothing_is_left_to_do(workflow, results):
    assert planned(workflow) == {}
