"""The paper's experiment on look-alikes of its licensed files, and the user's own faces and photographs.

The experiment is that of config.yaml, except for the number of faces, the recipe, and the digests of the networks,
which are made here.
"""

import hashlib
import re
import shutil

import numpy as np
import pandas as pd
import pytest
import torch
import torchvision
import yaml
from caffemodels import blob, levi_hassner_file, mean_image
from lookalikes import kdef_files, nested, own_files, us10k_files, write_tree, zipped
from PIL import Image

from .conftest import REAL_ARCHIVES, ROOT, Workflow, planned

FACES, PUBLISHABLE, PEOPLE = 24, 12, ("F01", "M01", "M35")
#: The paper's learning rate of 0.001 is for trained networks; random ones of this size diverge with it.
SHORT = {"epochs": 1, "batch_size": 10, "learning_rate": 1e-7}
FEW = {
    "finetuning": {"permuted": 2},
    "occlusion": {"faces_explained": 2, "faces_occluded": 10},
    "evaluation": {"faces_perturbed": 3, "faces_compared": 2, "random_networks": 1, "steps": 2, "random_orders": 1},
}
#: The README's example for the user's own faces.
README_EXAMPLE = re.search(
    r"```yaml\n(experiments:.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
)[1]
PAPER = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["experiments"]["paper"]


#: The model that finds faces, if it is beside this checkout. Without it, parts and frames need no detector.
MODEL = REAL_ARCHIVES / "face_landmarker.task"
HOW = {} if MODEL.is_file() else {"regions": "template", "frame": "box"}


def pin(content):
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def networks():
    """Networks of full size, and their mean image, by key in `archives`."""
    return {
        "age_net": levi_hassner_file(8, seed=1, gain=0.001),
        "gender_net": levi_hassner_file(2, seed=2, gain=0.001),
        "levi_hassner_mean": blob(mean_image()[None]),
    }


def licensed(folder):
    """Write the licensed archives in the forms that users have: separate archives, nested archives, a folder."""
    parts = {}
    for name, content in us10k_files(FACES, publishable=PUBLISHABLE).items():
        parts.setdefault(name.split("/")[0], {})[name] = content
    for name, files in parts.items():
        if name == "annotations":
            write_tree(folder / "unpacked", files)
        else:
            write_tree(folder, {f"{name}.zip": zipped(files)})
    write_tree(folder, {"KDEF_and_AKDEF.zip": nested(kdef_files(PEOPLE))})


@pytest.fixture(scope="module")
def workflow(module_folder):
    """A checkout with licensed archives, networks, a folder of rated faces, and one of photographs."""
    folder = module_folder
    archives, files, content = folder / "archives", {"alexnet": "alexnet.pth"}, networks()
    licensed(archives)
    names = {
        "age_net": "age_net.caffemodel",
        "gender_net": "gender_net.caffemodel",
        "levi_hassner_mean": "mean.binaryproto",
    }
    write_tree(archives, {names[key]: value for key, value in content.items()})
    torch.manual_seed(1)
    torch.save(torchvision.models.alexnet(weights=None).state_dict(), archives / files["alexnet"])
    pins = {key: pin(value) for key, value in content.items()}
    pins["alexnet"] = {"file": files["alexnet"], **pin((archives / files["alexnet"]).read_bytes())}

    write_tree(folder / "mine", own_files(12, scale=(0, 100)))
    write_tree(folder / "my_faces", own_files(12, seed=7))
    write_tree(folder / "my photos", {name: data for name, data in own_files(4, seed=5).items() if "csv" not in name})
    Image.new("RGB", (300, 200), "grey").save(folder / "my photos/wall.png")
    columns = {"file": "Photo", "identity": "who", "state": "mood", "age": "years", "gender": "sex", "joy": "joy"}
    own = {
        "faces": {
            "rated": {
                "dataset": "folder",
                "folder": "mine",
                "table": "ratings.csv",
                "columns": columns,
                "rating_scale": [0, 100],
                "codes": {"state": {"HA": "happy", "SA": "sad"}},
                **HOW,
            }
        },
        "attributes": ["joy"],
        "bases": {"imagenet": {"source": "torchvision", "architecture": "alexnet", "weights": "alexnet"}},
        "finetuning": {"dense": "paper", "permuted": 2},
        "figures": {"base": "imagenet", "mode": "dense", "expression": "joy", "attractiveness": "joy"},
    }
    if MODEL.is_file():
        shutil.copy(MODEL, archives)
    faces = {"rated": {"count": FACES}}
    if HOW:
        faces = {"rated": {"count": FACES, "regions": "landmarks"}, "pairs": HOW}
    settings = {
        "experiment": "paper",
        "archive_dir": "archives",
        "photos": "my photos" if MODEL.is_file() else None,
        "compute": {"device": "cpu", "precision": "float32", "threads": 1},
        "archives": pins,
        "recipes": {"paper": SHORT},
        "experiments": {"paper": {"faces": faces, **FEW}, "own": own, "mine": {"faces": {"rated": HOW}, **FEW}},
    }
    (folder / "mine.yaml").write_text(README_EXAMPLE, encoding="utf-8")
    (folder / "lookalike.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return Workflow(folder, ["mine.yaml", "lookalike.yaml"])


@pytest.fixture(scope="module")
def paper(workflow):
    """The finished experiment; KDEF has only 3 people, all others are missing."""
    workflow.run("--config", "allow_missing=True")
    return workflow.folder / "results" / "paper"


@pytest.fixture(scope="module")
def own(workflow):
    """Figure 1 and Table 1 for the user's own faces, by a network trained on ImageNet."""
    made = ("figures/figure1.png", "tables/base_models.csv", "tables/table1.csv", "faces/rated/faces.csv")
    workflow.run(*(f"results/own/{path}" for path in made), "--config", "experiment=own")
    return workflow.folder / "results" / "own"


@pytest.fixture(scope="module")
def mine(workflow):
    """The README's example."""
    workflow.run("--config", "experiment=mine")
    return workflow.folder / "results" / "mine"


def test_missing_archives_are_one_message_before_any_work(workflow, tmp_path):
    done = workflow.attempt("--config", f"archive_dir={tmp_path}")
    assert done.returncode != 0
    for named in (
        *("psychology-attributes.xlsx", "demographic-others-labels.xlsx", "*_landmarks.txt", "target-filenames.txt"),
        *("[AB][FM]??HAS.JPG", "[AB][FM]??SAS.JPG", "KDEF_and_AKDEF.zip", "10kfaces.zip"),
        *("wilmabainbridge.com", "kdef.se", "no redistribution", str(tmp_path), "archive_dir"),
    ):
        assert named in done.stdout
    assert "rule " not in done.stdout.split("ConfigurationError")[1]
    assert not (workflow.folder / "results/paper").exists()
    for harmless in (["--dry-run", "--quiet"], ["--lint"]):
        workflow.run(*harmless, "--config", f"archive_dir={tmp_path}")


def test_table1_has_the_papers_column(paper):
    table = pd.read_csv(paper / "tables/table1.csv")
    assert len(table) == 16
    expected = [PAPER["paper_mae"][row.base][row.mode][row.attribute] for row in table.itertuples()]
    assert table["paper_mae"].tolist() == expected
    assert table["mae"].between(0, 8).all()


def test_all_pairs_of_attributes_are_compared(paper):
    table = pd.read_csv(paper / "evaluation/agreement.csv")
    pairs = table[table["kind"] == "attribute"]
    assert len(pairs) == 4 * 6
    assert not pairs.duplicated(["base", "mode", "first", "second"]).any()


def test_all_faces_of_the_archives_are_used(paper):
    faces = pd.read_csv(paper / "faces/rated/faces.csv")
    assert len(faces) == FACES
    assert faces["publishable"].sum() == PUBLISHABLE
    assert pd.read_csv(paper / "faces/split.csv")["split"].value_counts().tolist() == [FACES // 2] * 2
    pairs = pd.read_csv(paper / "faces/pairs/faces.csv")
    assert len(pairs) == 4 * len(PEOPLE)
    assert set(pairs["identity"]) == {f"kdef{person}" for person in PEOPLE}


def test_base_models_are_the_imported_ones(paper):
    from facelrp.networks import weights
    from facelrp.networks.caffe.conversion import levi_hassner_from_caffe
    from facelrp.networks.caffe.files import read_caffemodel

    blobs = read_caffemodel(paper.parents[1] / "archives/age_net.caffemodel")
    expected, mean = levi_hassner_from_caffe(blobs, mean_image())
    base = weights.load(paper / "bases/age/weights.safetensors")
    for name, value in expected.state_dict().items():
        torch.testing.assert_close(base.module.state_dict()[name], value, rtol=0, atol=0)
    np.testing.assert_array_equal(base.mean, mean.image)
    tuned = weights.load(paper / "networks/age/dense/happy/weights.safetensors")
    assert (tuned.module.conv1.weight == base.module.conv1.weight).all()
    np.testing.assert_array_equal(tuned.mean, mean.image)


def test_accuracy_counts_faces_of_known_class(paper):
    table = pd.read_csv(paper / "tables/base_models.csv").set_index("base")
    classes = pd.read_csv(paper / "bases/age/classes.csv")
    assert table["classes"].to_dict() == {"age": 8, "gender": 2}
    # An age of 37.5 years, the middle of a label, is between two classes.
    faces = pd.read_csv(paper / "faces/rated/faces.csv")
    assert (classes["true"].isna() == (faces["age"] == 37.5)).all()
    assert table.loc["age", "faces"] == classes[classes["split"] == "test"]["true"].notna().sum()


def test_figures_show_only_publishable_faces(paper):
    faces = pd.read_csv(paper / "faces/rated/faces.csv")
    publishable = set(faces["face_id"][faces["publishable"]])
    logs = ("draw_figure2", "draw_figure6", "draw_figure7", "draw_contact_sheet/happy", "trace_relevance")
    for log in (*logs, "explain_occluded/age/full"):
        lines = [line for line in (paper / f"logs/{log}.log").read_text().splitlines() if "shown" in line]
        shown = {face for face in faces["face_id"] if any(face in line for line in lines)}
        assert shown
        assert shown <= publishable
    page = (paper / "faces_page/index.js").read_text(encoding="utf-8")
    on_page = {face for face in faces["face_id"] if f'"{face}"' in page}
    assert on_page
    assert on_page <= publishable


@pytest.mark.skipif(not MODEL.is_file(), reason="no model of face landmarks beside this checkout")
def test_photographs_are_scored_and_drawn(paper):
    scores = pd.read_csv(paper / "photos/scores.csv").set_index("photo")
    assert list(scores) == ["face_id", *PAPER["attributes"], "unusual", "distance", "width", "roll", "yaw", "remarks"]
    # The fifth shows nobody: a line, but no score.
    assert scores.loc["wall.png", "remarks"] == "no face is found"
    assert scores.loc["wall.png", PAPER["attributes"]].isna().all()
    scores = scores.drop("wall.png")
    assert len(scores) == 4
    assert (scores["face_id"] == scores.index).all()
    assert (scores["unusual"] == np.where(scores["distance"] > 95, "yes", "no")).all()
    assert scores["distance"].between(0, 100).all()
    pictures = {
        path.relative_to(paper / "photos/pictures").as_posix() for path in paper.glob("photos/pictures/**/*.png")
    }
    assert pictures == {f"{photo}.png" for photo in scores.index}
    heatmaps = np.load(paper / "photos/age/full/happy/relevance.npy")
    outputs = pd.read_csv(paper / "photos/age/full/happy/scores.csv")["output"]
    assert heatmaps.shape == (4, 227, 227)
    np.testing.assert_allclose(1 + 8 * outputs, scores["happy"])
    with Image.open(paper / "photos/pictures" / sorted(pictures)[0]) as image:
        assert image.convert("RGB").getcolors(100) is None  # there are more
    assert (paper / "photos/faces.html").is_file()
    assert len(list(paper.glob("photos/faces_page/faces/*.js"))) == 4


def test_archives_may_move_after_they_are_read(workflow, paper):
    planned = workflow.run("--dry-run", "--config", "allow_missing=True", "archive_dir=elsewhere")
    assert "Nothing to be done" in planned


def test_an_additional_attribute_trains_only_its_networks(workflow, paper, tmp_path):
    override = tmp_path / "override.yaml"
    attributes = [*PAPER["attributes"], "memorable"]
    override.write_text(yaml.safe_dump({"experiments": {"paper": {"attributes": attributes}}}))
    jobs = planned(workflow, override, settings=["--config", "allow_missing=True"])
    assert jobs["finetune"] == 4
    assert not {"prepare_faces", "split_faces", "extract_features", "explain_base"} & jobs.keys()


def test_own_faces_with_a_network_of_imagenet(own):
    faces = pd.read_csv(own / "faces/rated/faces.csv")
    assert len(faces) == 12
    given = pd.read_csv(own.parents[1] / "mine/ratings.csv").set_index("Photo")["joy"]
    assert given.max() > 10
    assert dict(zip(faces["face_id"], faces["joy"], strict=True)) == given.rename(lambda photo: photo[:-4]).to_dict()
    table = pd.read_csv(own / "tables/base_models.csv")
    assert (table["classes"].item(), table["faces"].item()) == (1000, 0)
    assert np.isnan(table["accuracy"].item())
    ledger = pd.read_csv(own / "heatmaps/flow/ledger.csv").set_index("layer")
    assert ledger["relevance_in"]["conv1"] == pytest.approx(ledger["relevance_out"]["fc8"], abs=1e-3)


@pytest.mark.parametrize(
    ("experiment", "base", "mode", "folder"),
    [("own", "imagenet", "dense", "mine"), ("mine", "age", "full", "my_faces")],
)
def test_errors_are_in_points_of_the_users_table(request, workflow, experiment, base, mode, folder):
    results = request.getfixturevalue(experiment)
    given = pd.read_csv(workflow.folder / folder / "ratings.csv").set_index("Photo")["joy"]
    predicted = pd.read_csv(results / f"networks/{base}/{mode}/joy/predictions.csv").set_index("face_id")["prediction"]
    errors = [abs(predicted[photo[:-4]] - rating) for photo, rating in given.items() if photo[:-4] in predicted]
    assert len(errors) == 6
    table = pd.read_csv(results / "tables/table1.csv").set_index(["base", "mode"])
    assert table.loc[(base, mode), "mae"] == pytest.approx(sum(errors) / 6)


def test_the_example_of_the_readme_runs(mine):
    assert len(README_EXAMPLE.splitlines()) <= 12
    assert max(map(len, README_EXAMPLE.splitlines())) <= 120
    assert len(pd.read_csv(mine / "faces/rated/faces.csv")) == 12
    assert pd.read_csv(mine / "tables/table1.csv")[["base", "mode", "attribute"]].to_numpy().tolist() == [
        ["age", "dense", "joy"],
        ["age", "full", "joy"],
    ]
    assert np.load(mine / "heatmaps/age/full/joy/relevance.npy").shape == (6, 227, 227)
    assert "Points are those of the 1–7 scale" in (mine / "findings.md").read_text(encoding="utf-8")


def test_changes_of_own_files_are_noticed_and_touching_them_is_not(workflow, own):
    table = workflow.folder / "mine/ratings.csv"
    target = ("results/own/faces/split.csv", "--dry-run", "--config", "experiment=own")
    for path in (workflow.folder / "mine").rglob("*.*"):
        path.touch()
    assert "Nothing to be done" in workflow.run(*target)
    before = table.read_text()
    table.write_text("\n".join(before.splitlines()[:-1]))
    assert "prepare_faces" in workflow.run(*target)
    table.write_text(before)
    photo, other, *_ = (workflow.folder / "mine/photos").iterdir()
    shutil.copy(photo, photo.with_name("new.jpg"))
    assert "Nothing to be done" in workflow.run(*target)
    elsewhere = workflow.folder / "elsewhere"
    photo.parent.rename(elsewhere)
    photo.parent.symlink_to(elsewhere)
    assert "Nothing to be done" in workflow.run(*target)
    shutil.copy(other, photo)
    assert "prepare_faces" in workflow.run(*target)
