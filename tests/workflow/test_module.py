"""The workflow as a module of another workflow, which runs in another folder."""

import re
import subprocess
import sys

import pytest

from .conftest import ROOT

OUTER = """
configfile: "{root}/config.yaml"
configfile: "{root}/tests/workflow/tiny.yaml"
configfile: "own.yaml"


module facelrp:
    snakefile:
        "{root}/Snakefile"
    config:
        config
    {prefix}


use rule * from facelrp as facelrp_*


rule all:
    default_target: True
    input:
        rules.facelrp_all.input,
        "faces.txt",


rule count:
    input:
        "{folder}results/tiny/faces/split.csv",
    output:
        "faces.txt",
    shell:
        "wc -l < {{input}} > {{output}}"
"""
#: The user's own faces and photographs, beside the outer workflow.
OWN = """
experiments:
  mine:
    faces:
      rated:
        {dataset: folder, folder: my_faces, table: ratings.csv, rating_scale: [1, 7], columns: {file: Photo, joy: joy}}
    attributes: [joy]
    bases: {age: {source: caffe, target: age, model: age_net, mean: levi_hassner_mean}}
    finetuning: {dense: paper, full: paper}
    figures: {base: age, expression: joy, attractiveness: joy}
"""


class Outer:
    """Another workflow in a separate folder; our results are below ``prefix`` there."""

    def __init__(self, folder, prefix):
        self.folder, self.prefix = folder, prefix
        text = OUTER.format(root=ROOT, folder=prefix, prefix=f'prefix:\n        "{prefix}"' if prefix else "")
        (folder / "Snakefile").write_text(text, encoding="utf-8")
        (folder / "own.yaml").write_text(OWN, encoding="utf-8")
        for name in ("my_photos/one.png", "my_faces/one.png", "my_faces/ratings.csv"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text("Photo,joy\none.png,2\n" if name.endswith(".csv") else "")

    def run(self, *targets):
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", "--cores", "2", *targets],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-3000:]
        return done.stdout


@pytest.fixture(params=["", "faces/"], ids=["without a prefix", "with a prefix"])
def outer(tmp_path, request):
    return Outer(tmp_path, request.param)


def test_all_results_can_be_requested(outer):
    said = outer.run("--dry-run")
    jobs = dict(re.findall(r"^facelrp_(\w+) +(\d+)$", said.rpartition("Job stats:")[2], re.MULTILINE))
    assert jobs["finetune"] == jobs["explain"] == "8"
    assert {"draw_figure1", "draw_predictions", "write_findings"} <= jobs.keys()
    # All our results are below the prefix; the user's files stay where they are.
    assert f"{outer.prefix}results/tiny/findings.md" in said
    assert set(re.findall(r"\S*results/tiny/", said)) == {f"{outer.prefix}results/tiny/"}


def test_own_faces_and_archives_stay_where_they_are(outer):
    own = ("--config", "experiment=mine", "photos=my_photos")
    assert "facelrp_prepare_faces" in outer.run("--dry-run", f"{outer.prefix}results/mine/photos/scores.csv", *own)
    outer.run("--dry-run", f"{outer.prefix}results/omi/archives/omi")


def test_it_runs_once(outer):
    outer.run("faces.txt")
    assert (outer.folder / "faces.txt").read_text().split() == ["25"]
    assert (outer.folder / f"{outer.prefix}results/tiny/faces/rated/images.npy").is_file()
    assert "Nothing to be done" in outer.run("faces.txt", "--dry-run")


def test_it_runs_in_another_folder(tmp_path):
    """Without a module: by the path of our Snakefile, with results and own files in the other folder."""
    (tmp_path / "own.yaml").write_text("experiments: {demo: {attributes: [happy], figures: {attractiveness: happy}}}")
    own = ["--directory", tmp_path, "--configfile", tmp_path / "own.yaml"]
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", *own, "--dry-run"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"^finetune +4$", done.stdout, re.MULTILINE)
    assert (tmp_path / "results/.code/finetune.py").is_file()
