"""Which jobs an edit of the user's own data reruns: those that depend on what was edited.

`tests/facelrp_workflow/test_own_faces.py` says for each kind of edit what it concerns: nothing, the ratings of one
attribute, or the faces. Here the files of the finished experiment are empty: only a dry run looks at them.
"""

import os
import time

import pytest

from .conftest import Workflow, planned

TABLE = [f"{number}.png,{20 + 5 * number},{1 + number / 2},{7 - number / 2}" for number in range(12)]
#: Jobs that a rating of joy concerns, beside those that compare or tabulate all attributes.
OF_JOY = {
    "collect_own_ratings": 1,
    "collect_ratings": 1,
    "collect_raters": 1,
    "finetune": 2,
    "fit_ridge": 1,
    "explain": 2,
    "draw_contact_sheet": 1,
}
#: Jobs that no rating concerns.
OF_FACES = {
    "prepare_faces",
    "split_faces",
    "train_base",
    "extract_features",
    "explain_base",
    "explain_ageing",
    "explain_random_base",
    "measure_base_heatmaps",
    "measure_ageing",
    "draw_regions",
    "draw_figure5",
    "tabulate_bases",
}


def write_table(folder, rows):
    (folder / "ratings.csv").write_text("\n".join(["Photo,Age,Joy,Calm", *rows, ""]))


@pytest.fixture(scope="module")
def workflow(module_folder):
    """The experiment, with an empty file in place of each result."""
    workflow = Workflow(module_folder, ["tests/workflow/own.yaml"])
    faces = workflow.folder / "my_faces"
    faces.mkdir()
    for row in TABLE:
        (faces / row.partition(",")[0]).write_text(row)
    write_table(faces, TABLE)
    for line in workflow.run("--summary").splitlines():
        path = workflow.folder / line.partition("\t")[0]
        if line.startswith("results/own/"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    return workflow


@pytest.fixture(autouse=True)
def finished(workflow):
    """All results are made from what the user's data are now: none is older than another one, or than an input."""
    now = time.time_ns()
    for path in workflow.folder.glob("results/own/**/*"):
        os.utime(path, ns=(now, now))


def test_what_is_not_used_reruns_nothing(workflow):
    faces = workflow.folder / "my_faces"
    for name in ("Thumbs.db", "~$ratings.csv", "spare.png"):
        (faces / name).write_text("new")
    # Sorted by another column, with one more, and saved from Excel.
    rows = [
        "Photo,Notes,Calm,Joy,Age",
        *(",".join([row.split(",")[0], "x", *row.split(",")[:0:-1]]) for row in TABLE[::-1]),
    ]
    (faces / "ratings.csv").write_text("\r\n".join(rows), encoding="utf-8-sig")
    assert planned(workflow) == {}


def test_a_rating_reruns_what_depends_on_its_attribute(workflow):
    write_table(workflow.folder / "my_faces", [TABLE[0].replace(",1.0,", ",,"), *TABLE[1:]])
    plan = planned(workflow)
    assert plan.items() >= OF_JOY.items()
    assert not plan.keys() & OF_FACES


def test_another_picture_reruns_what_depends_on_faces(workflow):
    (workflow.folder / "my_faces" / "0.png").write_text("new")
    plan = planned(workflow)
    assert plan.keys() >= OF_FACES
    assert (plan["finetune"], plan["explain"]) == (4, 4)
