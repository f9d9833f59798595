"""The picture of one face."""

from types import SimpleNamespace

import pandas as pd
import pytest
from page_of_faces import NETWORKS, write_experiment
from PIL import Image

from draw_face import main, row_of
from facelrp.errors import InputError
from facelrp.report.style import DPI, PAGE


def test_a_face_is_drawn_with_all_heatmaps(tmp_path):
    files = write_experiment(tmp_path, 4)
    output = SimpleNamespace(png=tmp_path / "one.png", pdf=tmp_path / "one.pdf")
    main(files, "f0003", NETWORKS, "publishable", 0, (1, 9), output)
    with Image.open(output.png) as picture:
        assert picture.width == pytest.approx(DPI * PAGE, abs=1)
    assert output.pdf.read_bytes().startswith(b"%PDF")


def test_faces_that_cannot_be_drawn_are_refused_in_a_line():
    faces = pd.DataFrame({"face_id": ["a", "b"], "publishable": [True, False]})
    assert row_of(faces, "a", "publishable") == 0
    assert row_of(faces, "b", "all") == 1
    with pytest.raises(InputError, match="no face c"):
        row_of(faces, "c", "all")
    with pytest.raises(InputError, match=r"figures/faces_page.*all"):
        row_of(faces, "b", "publishable")
