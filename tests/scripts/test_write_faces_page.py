"""The data of the page of faces are those of the tables and heatmaps."""

import base64
import io

import numpy as np
import pandas as pd
import pytest
from page_of_faces import NETWORKS, PATCHES, SIDE, label_map, read_data, write_experiment, write_page
from PIL import Image

from facelrp.faces.occlusion import occlude
from facelrp.faces.parts import LABEL

COUNT = 8


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_experiment(tmp_path_factory.mktemp("experiment"), COUNT)


@pytest.fixture(scope="module")
def page(files, tmp_path_factory):
    return write_page(files, tmp_path_factory.mktemp("page"))


def pixels(uri):
    with Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))) as image:
        return np.asarray(image)


def test_the_index_has_every_test_face(files, page):
    index, table = read_data(page, "index"), pd.read_csv(files.faces)[1::2]
    assert index["faces"] == table["face_id"].tolist()
    assert index["age"] == table["age"].tolist()
    assert index["gender"] == table["gender"].tolist()
    assert (index["networks"], index["first"], index["attributes"]) == (NETWORKS, 2, ["happy", "warm"])
    assert (index["rated"], index["left_out"], index["kind"]) == (True, 0, "test faces")
    assert index["single"] == (page.parent / "figures/faces").as_posix()


def test_numbers_are_those_of_the_tables(files, page):
    table = pd.read_csv(files.faces)[1::2].reset_index()
    scores = [pd.read_csv(path) for path in files.scores]
    for number, network in enumerate(NETWORKS):
        column, output = read_data(page, f"networks/{number}"), scores[number]["output"]
        np.testing.assert_allclose(column["prediction"], 1 + 8 * output, atol=0.00501)
        np.testing.assert_allclose(column["rating"], table[network["attribute"]], atol=0.00501)
    for row in range(COUNT):
        face = read_data(page, f"faces/{row}")
        np.testing.assert_allclose(face["predictions"], [1 + 8 * one["output"][row] for one in scores], atol=5e-5)
        np.testing.assert_allclose(face["sums"], [8 * one["relevance"][row] for one in scores], atol=1e-4)
        np.testing.assert_allclose(face["explained"], face["sums"], atol=2e-4)
        np.testing.assert_allclose(face["ratings"], [table[one["attribute"]][row] for one in NETWORKS], atol=5e-5)


def test_heatmaps_are_on_one_scale_within_half_a_step(files, page):
    heatmaps = [8 * np.load(path).astype(float) for path in files.relevance]
    for row in range(COUNT):
        face = read_data(page, f"faces/{row}")
        own = np.stack([maps[row] for maps in heatmaps])
        assert face["end"] == pytest.approx(np.quantile(np.abs(own), 0.995))
        shown = (np.stack([pixels(uri) for uri in face["heatmaps"]]).astype(float) - 128) / 127 * face["end"]
        assert np.abs(shown - own.clip(-face["end"], face["end"])).max() <= 0.5001 * face["end"] / 127


def test_mean_heatmaps_can_be_taken_away(files, page):
    means = read_data(page, "means")
    for number, path in enumerate(files.relevance):
        mean = 8 * np.load(path).astype(float).mean(0)
        shown = (pixels(means["heatmaps"][number]).astype(float) - 128) / 127 * means["ends"][number]
        assert np.abs(shown - mean).max() <= 0.5001 * means["ends"][number] / 127
        assert means["sums"][number] == pytest.approx(mean.sum(), abs=1e-3)


def test_relevance_is_summed_over_parts(files, page):
    names, labels = read_data(page, "index")["parts"], label_map()
    groups = {
        "eyes": ["right_eye", "left_eye"],
        "cheeks": ["right_cheek"],
        "mouth": ["mouth"],
        "forehead": ["forehead"],
    }
    face = read_data(page, "faces/2")
    assert {part for part in LABEL if (labels == LABEL[part]).any()} - {"background"} == set(face["outlines"])
    for number, path in enumerate(files.relevance):
        heatmaps = 8 * np.load(path).astype(float)
        for part, members in groups.items():
            mask, place = np.isin(labels, [LABEL[name] for name in members]), names.index(part)
            assert face["relevance"][number][place] == pytest.approx(heatmaps[2][mask].sum(), abs=1e-3)
            assert face["mean_relevance"][number][place] == pytest.approx(heatmaps.mean(0)[mask].sum(), abs=1e-3)
        assert sum(face["relevance"][number]) == pytest.approx(face["sums"][number], abs=1e-2)
        assert face["relevance"][number][names.index("hair")] == 0


def test_occlusions_show_what_they_do(files, page):
    images, index = np.load(files.images)[1::2], read_data(page, "index")
    assert index["occluded"] == ["mouth", "eyes", "control"]
    face = read_data(page, "faces/1")
    for number, network in enumerate(NETWORKS):
        table = pd.read_csv(files.occlusion[network["mode"] == "full"])
        own = table[(table["face_id"] == index["faces"][1]) & (table["attribute"] == network["attribute"])]
        own = own.set_index("occluded")["prediction"]
        np.testing.assert_allclose(face["effects"][number], own[index["occluded"]] - own["none"], atol=5e-5)
    painted, _ = occlude(images[1], label_map(), **PATCHES)
    for one, patch in zip(painted, face["patches"], strict=True):
        rows, columns = np.nonzero((one != images[1]).any(2))
        assert (patch["x"], patch["y"]) == (columns.min(), rows.min())
        assert (patch["width"], patch["height"]) == (np.ptp(columns) + 1, np.ptp(rows) + 1)
        assert pixels(patch["picture"]).shape == (patch["height"], patch["width"], 3)
    assert "effects" not in read_data(page, "faces/3")  # it was not occluded


def test_the_page_is_the_same_in_every_run(files, page, tmp_path):
    (tmp_path / "faces_page/faces").mkdir(parents=True)
    (tmp_path / "faces_page/faces/99.js").write_text("left from another experiment")
    again = write_page(files, tmp_path)
    made, expected = (
        {path.relative_to(one.parent).as_posix(): path.read_bytes() for path in one.parent.rglob("*") if path.is_file()}
        for one in (again, page)
    )
    # The command that it names has the folder of the results in it.
    made["faces_page/index.js"] = made["faces_page/index.js"].replace(bytes(tmp_path), bytes(page.parent))
    assert made == expected


@pytest.mark.parametrize("shown", ["publishable", "all"])
def test_faces_that_may_not_be_published_stay_away_unless_told_so(tmp_path, shown):
    files = write_experiment(tmp_path, COUNT, publishable=True)
    table = pd.read_csv(files.faces)[1::2]
    kept = table["face_id"][table["publishable"] | (shown == "all")].tolist()
    assert len(kept) == (COUNT if shown == "all" else 5)
    page = write_page(files, tmp_path, shown=shown)
    index = read_data(page, "index")
    assert index["faces"] == kept
    assert index["left_out"] == COUNT - len(kept)
    for folder, suffix in (("faces", "js"), ("thumbnails", "webp")):
        assert len(list((page.parent / "faces_page" / folder).glob(f"*.{suffix}"))) == len(kept)
    scores = pd.read_csv(files.scores[0]).set_index("face_id")["output"]
    np.testing.assert_allclose(read_data(page, "networks/0")["prediction"], 1 + 8 * scores[kept], atol=0.00501)
    assert read_data(page, f"faces/{len(kept) - 1}")["predictions"][0] == pytest.approx(
        1 + 8 * scores[kept[-1]], abs=1e-4
    )


def test_photographs_have_neither_ratings_nor_parts(files, tmp_path):
    table = pd.read_csv(files.faces)[1::2]
    pd.DataFrame({"face_id": table["face_id"], "photo": table["face_id"]}).to_csv(tmp_path / "photos.csv", index=False)
    np.save(tmp_path / "images.npy", np.load(files.images)[1::2])
    left_out = ("parts", "split", "occlusion", "references")
    photos = type(files)({name: path for name, path in files.items() if name not in left_out})
    photos |= {"faces": tmp_path / "photos.csv", "images": tmp_path / "images.npy"}
    photos |= {"test_set": files.relevance[::-1]}
    page = write_page(type(files)(photos), tmp_path, rule={"name": "alpha_beta"}, patches=None, shown="all")
    index = read_data(page, "index")
    assert (index["rated"], index["age"], index["gender"], index["single"]) == (False, None, None, None)
    assert index["kind"] == "faces on photographs"
    assert read_data(page, "networks/1")["rating"] == [None] * COUNT
    face = read_data(page, "faces/0")
    assert face["ratings"] == [None] * len(NETWORKS)
    assert read_data(page, "means")["sums"] == pytest.approx(
        [8 * np.load(path).astype(float).mean(0).sum() for path in files.relevance[::-1]], abs=1e-3
    )
    assert not face.keys() & {"outlines", "relevance", "effects", "patches"}
    assert pixels(face["picture"]).shape == (SIDE, SIDE, 3)
