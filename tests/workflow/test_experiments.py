"""Each experiment of config.yaml can be copied into a separate file."""

import os
import re

import pytest
import yaml

from .conftest import ROOT, Workflow, planned

TEXT = (ROOT / "config.yaml").read_text(encoding="utf-8")
#: How many networks each experiment fine-tunes.
NETWORKS = dict.fromkeys(("demo", "omi", "open", "paper"), 16) | {
    "bases": 3 * 7 * 2 * 4,
    "modern": 24,
    "omi_bases": 4 * 5 * 4,
}
EXPERIMENTS = list(yaml.safe_load(TEXT)["experiments"])


def sections(text, indent):
    """Split YAML text at the keys of an indentation: {key: its lines}."""
    parts = re.split(rf"^(?={' ' * indent}\w+:)", text, flags=re.MULTILINE)
    return {part.strip().partition(":")[0]: part for part in parts if re.match(rf"{' ' * indent}\w+:", part)}


def cut_out(experiment):
    """The text of a configuration with one experiment, and only those entries of other tables that it names."""
    top = sections(TEXT, 0)
    own = sections(top["experiments"].partition("\n")[2], 2)[experiment]
    top["experiments"] = "experiments:\n" + own
    top["experiment"] = f"experiment: {experiment}\n"
    for table, pattern in {
        "archives": r"(?:archive|model|mean|weights|manifest): ",
        "recipes": r"(?:recipe|dense|full): ",
    }.items():
        named = set(re.findall(rf"^ +{pattern}(\w+)$", own, re.MULTILINE))
        # Photographs need the model that finds faces, which no experiment names.
        drawn = "dataset: synthetic" in own
        named |= {"face_landmarker"} if table == "archives" and not drawn else set()
        entries = sections(top[table].partition("\n")[2], 2)
        top[table] = f"{table}: {'' if named else '{}'}\n" + "".join(entries[name] for name in entries if name in named)
    return "".join(top.values())


@pytest.fixture(scope="module")
def workflow(tmp_path_factory):
    return Workflow(tmp_path_factory.mktemp("cut"), ["config.yaml"])


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_a_copied_experiment_runs_by_itself(workflow, experiment):
    text = cut_out(experiment)
    config = yaml.safe_load(text)
    assert list(config["experiments"]) == [experiment]
    assert config["experiments"][experiment] == yaml.safe_load(TEXT)["experiments"][experiment]
    assert len(config["recipes"]) < len(yaml.safe_load(TEXT)["recipes"])
    (workflow.folder / "config.yaml").write_text(text, encoding="utf-8")
    output = workflow.run("--dry-run")
    assert re.search(rf"^finetune +{NETWORKS[experiment]}$", output, re.MULTILINE)


def test_an_experiment_like_another_shows_what_it_has(workflow, tmp_path):
    """Faces and base models of the demo, another attribute: no Figure 6, which needs to know what is attractive."""
    (workflow.folder / "config.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "calm.yaml").write_text(
        "experiment: calm\nexperiments: {calm: {like: demo, attributes: [confident]}}", encoding="utf-8"
    )
    jobs = planned(workflow, tmp_path / "calm.yaml")
    assert jobs["finetune"] == 4
    assert "draw_figure4" in jobs
    assert "draw_figure6" not in jobs


@pytest.mark.parametrize(
    ("where", "device", "gpus"),
    [
        (["--cores", "2"], "auto", 1),
        (["--cores", "2"], "cpu", 0),
        # In a dry run, a number of jobs stands for a cluster: the submitting host's GPU says nothing of its nodes.
        (["--jobs", "2"], "auto", 0),
        (["--jobs", "2"], "cuda", 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_gpu_is_requested_where_there_is_one(tmp_path, monkeypatch, where, device, gpus):
    tool = tmp_path / "bin" / "nvidia-smi"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\n", encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    workflow = Workflow(tmp_path, where=where)
    with (tmp_path / "Snakefile").open("a", encoding="utf-8") as snakefile:
        snakefile.write('\nprint("gpus:", rules.finetune.rule.resources["gpu"].value)\n')
    output = workflow.run("--dry-run", "results/tiny/faces/split.csv", "--config", f"compute={{device: {device}}}")
    assert f"gpus: {gpus}\n" in output
