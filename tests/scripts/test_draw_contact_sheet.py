"""Selection of the faces that a contact sheet shows."""

import logging

import numpy as np
import pandas as pd
import pytest
from job_files import Files
from PIL import Image

from draw_contact_sheet import in_words, main
from facelrp.report.style import PAGE
from facelrp_workflow.selection import evenly_ranked


def test_few_faces_are_all_shown_in_the_order_of_their_scores():
    assert evenly_ranked([0.3, 0.1, 0.2], 32).tolist() == [1, 2, 0]
    assert evenly_ranked([0.5], 32).tolist() == [0]


def test_faces_with_equal_scores_keep_their_order():
    assert evenly_ranked([0.5, 0.1, 0.5, 0.1], 32).tolist() == [1, 3, 0, 2]


@pytest.mark.parametrize("faces", [33, 63, 64, 120, 502, 1111])
def test_many_faces_are_shown_at_evenly_spaced_ranks(faces):
    ranks = np.random.default_rng(1).permutation(faces)
    chosen = ranks[evenly_ranked(ranks / faces, 32)]
    assert len(chosen) == 32
    assert (chosen[0], chosen[-1]) == (0, faces - 1)
    steps = np.diff(chosen)
    assert steps.min() >= 1
    assert steps.max() - steps.min() <= 1


def test_the_sheet_says_which_faces_are_shown():
    assert in_words(20, 20, 20) == "all 20 test faces"
    assert in_words(32, 502, 502) == "32 of 502 test faces, at evenly spaced ranks"
    assert in_words(25, 25, 1111) == "all 25 test faces that may be shown"


def test_faces_that_are_not_publishable_are_left_out(tmp_path, caplog):
    names = [f"f{number}" for number in range(6)]
    faces = pd.DataFrame(
        {"face_id": names, "happy": np.arange(1.0, 7), "publishable": [True, True, False, True, True, False]}
    )
    faces.to_csv(tmp_path / "faces.csv", index=False)
    pd.DataFrame({"face_id": names, "split": ["train"] + 5 * ["test"]}).to_csv(tmp_path / "split.csv", index=False)
    pd.DataFrame({"face_id": names[1:], "output": [0.9, 0.1, 0.2, 0.3, 0.0]}).to_csv(
        tmp_path / "scores.csv", index=False
    )
    faces[1:].assign(rating=faces["happy"], prediction=3.5).to_csv(tmp_path / "predictions.csv", index=False)
    generator = np.random.default_rng(1)
    np.save(tmp_path / "images.npy", generator.integers(0, 255, (6, 30, 30, 3), dtype=np.uint8))
    np.save(tmp_path / "parts.npy", np.zeros((6, 30, 30), dtype=np.uint8))
    np.save(tmp_path / "relevance.npy", generator.normal(0, 1e-3, (5, 30, 30)).astype(np.float16))
    files = Files(
        **{name: tmp_path / f"{name}.csv" for name in ("faces", "split", "scores")},
        **{name: tmp_path / f"{name}.npy" for name in ("images", "parts", "relevance")},
        predictions=[tmp_path / "predictions.csv"],
        known_ratings=[tmp_path / "faces.csv"],
        rated_split=tmp_path / "split.csv",
    )
    output = Files(png=tmp_path / "happy.png", pdf=tmp_path / "happy.pdf")
    with caplog.at_level(logging.INFO):
        main(files, "happy", {"base": "age", "mode": "full"}, 0, True, (1, 9), output, logging.getLogger("test"))
    assert "['f3', 'f4', 'f1']" in caplog.text
    with Image.open(output.png) as picture:
        assert picture.width == pytest.approx(130 * PAGE, abs=1)
    assert output.pdf.read_bytes().startswith(b"%PDF")
