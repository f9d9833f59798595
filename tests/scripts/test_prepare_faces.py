"""A set of faces: faces that are not found, and where eyes and mouth are."""

import io
import logging

import numpy as np
import pandas as pd
import pytest

from facelrp.datasets.face_set import FaceSet
from facelrp.errors import InputError
from facelrp.faces.parts import LABEL
from facelrp.faces.portraits import NoFaceError, Portrait
from facelrp_workflow.frames import frame_of, read_frame
from prepare_faces import prepare, whole_people, write_arrays

LOG = logging.getLogger("test")


def portrait(row, anchors=None):
    """A portrait of one grey."""
    parts = np.full((227, 227), row, np.uint8)
    return Portrait(np.full((227, 227, 3), 10 * row, np.uint8), parts, anchors, None, {"remarks": ""})


def photographed(lost, states=("", "", "", "")):
    """Four photographs; on some of them no face is found."""

    def find(row):
        if row in lost:
            raise NoFaceError("no face is found", f"{row}.jpg", "leave it out")
        return portrait(row, np.full((3, 2), float(row)))

    identities = list("aabb") if any(states) else list("abcd")
    return FaceSet(pd.DataFrame({"face_id": list("wxyz"), "identity": identities, "state": states}), find)


def test_faces_that_are_not_found_stop_the_job_and_are_named(caplog):
    with pytest.raises(InputError, match=r"1\.jpg: no face is found \(and on 1 more, see the log\) — .*allow_missing"):
        prepare(photographed({1, 3}), (io.BytesIO(), io.BytesIO()), False, LOG)
    assert "3.jpg: no face is found" in caplog.text
    with pytest.raises(InputError, match=r"0\.jpg: no face is found"):
        prepare(photographed({0, 1, 2, 3}), (io.BytesIO(), io.BytesIO()), True, LOG)


def test_faces_that_are_not_found_are_left_out_and_listed(tmp_path):
    with open(tmp_path / "images", "w+b") as images, open(tmp_path / "parts", "w+b") as parts:
        kept, facts, anchors = prepare(photographed({1}), (images, parts), True, LOG)
        assert kept.tolist() == [True, False, True, True]
        assert [one["remarks"] for one in facts] == ["", "no face is found", "", ""]
        assert [one[0, 0] for one in anchors] == [0, 2, 3]
        # The second and the third of those that are found.
        write_arrays((images, parts), np.array([1, 2]), 3, tmp_path / "images.npy", tmp_path / "parts.npy")
    assert np.load(tmp_path / "images.npy")[:, 5, 5, 0].tolist() == [20, 30]
    assert np.load(tmp_path / "parts.npy")[:, 5, 5].tolist() == [2, 3]


def test_people_in_pairs_are_left_out_as_a_whole():
    states = ("happy", "sad", "happy", "sad")
    kept = np.array([True, False, True, True])
    assert whole_people(photographed(set(), states).table, kept).tolist() == [False, False, True, True]
    assert whole_people(photographed(set()).table, kept).tolist() == kept.tolist()


def test_the_frame_is_where_eyes_and_mouth_are_on_average(tmp_path):
    anchors = [np.array([[80.0, 100], [140, 100], [110, 160]]), np.array([[84.0, 104], [144, 104], [114, 164]])]
    frame = frame_of([*anchors, np.full((3, 2), np.nan)])
    assert frame["point"].tolist() == ["right_eye", "left_eye", "mouth"]
    assert (frame["sd_x"] == 2).all()
    frame.to_csv(tmp_path / "frame.csv", index=False)
    np.testing.assert_array_equal(read_frame(tmp_path / "frame.csv"), anchors[0] + 2)


def test_a_frame_without_eyes_is_refused(tmp_path):
    for anchors in ([], [np.full((3, 2), np.nan)]):
        frame_of(anchors).to_csv(tmp_path / "frame.csv", index=False)
        with pytest.raises(InputError, match=r"frame\.csv: the rated faces have neither eyes nor mouth"):
            read_frame(tmp_path / "frame.csv")


def test_without_a_detector_the_label_map_says_where_eyes_and_mouth_are():
    parts = np.zeros((227, 227), np.uint8)
    for part, (row, column) in {"right_eye": (90, 60), "left_eye_opening": (95, 160), "upper_lip": (170, 110)}.items():
        parts[row - 5 : row + 5, column - 10 : column + 10] = LABEL[part]
    parts[80:120, 140:180][parts[80:120, 140:180] == 0] = LABEL["left_eye"]
    faces = FaceSet(photographed(set()).table[:1], lambda row: Portrait(np.zeros((227, 227, 3), np.uint8), parts))
    _, _, (anchors,) = prepare(faces, (io.BytesIO(), io.BytesIO()), False, LOG)
    assert anchors.tolist() == [[60, 90], [160, 95], [110, 170]]
