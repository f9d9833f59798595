"""Photographs become portraits: framed, divided, cut out, and judged. A stand-in says where the face is."""

import dataclasses

import numpy as np
import pytest
from found_faces import Finder, face
from PIL import Image

from facelrp.errors import InputError
from facelrp.faces.brows import arch_of_mesh
from facelrp.faces.framing import anchors, ffhq_frame
from facelrp.faces.imaging import read_square
from facelrp.faces.mesh import mean_mesh
from facelrp.faces.parts import LABEL, mask
from facelrp.faces.portraits import FACTS, WITHOUT_DETECTOR, NoFaceError, Portraits

WIDE = 0.555  # of the mean face, as a share of an FFHQ-aligned image


@pytest.fixture
def path(tmp_path):
    """A photograph of 600×500 pixels whose colours say where a pixel is."""
    rows, columns = np.mgrid[:500, :600]
    image = np.stack([columns * 255 / 600, rows * 255 / 500, np.full((500, 600), 77)], axis=-1).astype(np.uint8)
    Image.fromarray(image).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def prepared(path, finder, **options):
    return Portraits(finder, **{"frame": ffhq_frame()} | options)(path)


@pytest.mark.parametrize("degrees", [0, 30, 90, 180])
def test_eyes_and_mouth_stand_where_they_are_to_be(path, degrees):
    points = face(250, 180, 120, degrees)
    portrait = prepared(path, Finder(points))
    np.testing.assert_allclose(portrait.anchors, ffhq_frame(), atol=1e-6)
    for (x, y), (column, row) in zip(anchors(points), portrait.anchors, strict=True):
        colour = portrait.image[int(row), int(column)]
        np.testing.assert_allclose(colour, [x * 255 / 600, y * 255 / 500, 77], atol=3)
        assert (portrait.parts[int(row), int(column)] != LABEL["background"]).all()
    eye = np.argwhere(mask(portrait.parts, "right_eye_opening")).mean(axis=0)[::-1]
    np.testing.assert_allclose(eye, ffhq_frame()[0], atol=3)


def test_beyond_the_photograph_is_white_and_background(path):
    portrait = prepared(path, Finder(face(400, -150, 50)))
    white = (portrait.image == 255).all(axis=-1)
    assert white.mean() > 0.2
    assert (portrait.parts[white] == LABEL["background"]).all()


def test_a_box_keeps_the_pixels_of_the_template(path):
    box = (100, 50, 500, 450)
    portrait = prepared(path, Finder(face(400, 100, 50)), frame=None, box=box, fit="squash")
    np.testing.assert_array_equal(portrait.image, read_square(path, "squash", box)[0])
    np.testing.assert_allclose(portrait.anchors, ffhq_frame(), atol=0.01)
    assert portrait.transform is None


def test_an_oval_hides_everything_else(path):
    whole, cut = (prepared(path, Finder(face(300, 150, 100)), background=name) for name in ("keep", "oval"))
    hidden = (cut.image == 255).all(axis=-1)
    assert 0.3 < hidden.mean() < 0.8
    assert (cut.parts[hidden] == LABEL["background"]).all()
    assert (mask(cut.parts, "inner") == mask(whole.parts, "inner")).all()
    inside = mask(whole.parts, "nose")
    assert (cut.image[inside] == whole.image[inside]).all()


def test_given_outlines_move_with_the_face(path):
    square = [(300, 200), (400, 200), (400, 300), (300, 300)]
    portraits = Portraits(Finder(face(250, 180, 120)), ffhq_frame(), regions="given")
    portrait = portraits(path, lambda shape: [("nose", square)] if shape == (500, 600) else None)
    shown = mask(portrait.parts, "nose")
    scale = 227 / 250
    assert shown.sum() == pytest.approx((100 * scale) ** 2, rel=0.03)
    np.testing.assert_allclose(
        np.argwhere(shown).mean(axis=0)[::-1] + 0.5, (np.array([350, 250]) - (180, 120)) * scale, atol=1
    )
    assert not mask(portrait.parts, "mouth").any()


@pytest.mark.parametrize(
    ("finder", "remarks"),
    [
        (Finder(face()), ""),
        (Finder(face(), face(200)), "2 faces"),
        (Finder(face(400, -150)), "cut off: 18% of the face is outside"),
        (Finder(face(300, 150, 100, 40)), "tilted by 40°"),
        (Finder(face(300, 150, 100, 90), turns=1), "turned by 90°: the photograph is not upright"),
    ],
)
def test_what_is_remarkable_is_remarked(path, finder, remarks):
    facts = prepared(path, finder).facts
    assert tuple(facts) == FACTS
    assert facts["remarks"] == remarks


def test_facts_are_measured(path):
    facts = prepared(path, Finder(face(300, 150, 100, -20))).facts
    assert facts["width"] == pytest.approx(300 * WIDE, rel=0.02)
    assert facts["roll"] == pytest.approx(-20)
    assert facts["yaw"] < 0.01
    assert facts["brow_arch"] == pytest.approx(arch_of_mesh(mean_mesh()))
    narrow = face(300, 150, 100)
    narrow[454] = narrow[4] + (narrow[454] - narrow[4]) * 0.2
    assert prepared(path, Finder(narrow)).facts["remarks"] == "turned away"


def test_no_face_and_a_small_one_are_refused(path):
    for finder, what in (
        (Finder(), "no face is found"),
        (Finder(face(100)), "the face is 5. pixels wide, less than 60"),
    ):
        with pytest.raises(NoFaceError, match=f"{path.name}: {what}"):
            prepared(path, finder)


def test_without_a_detector_outlines_and_a_box_are_enough(path):
    portraits = dataclasses.replace(WITHOUT_DETECTOR, fit="pad")
    portrait = portraits(path, lambda shape: [("nose", [(0, 0), (600, 0), (600, 500), (0, 500)])])
    np.testing.assert_array_equal(portrait.image, read_square(path, "pad")[0])
    assert (portrait.parts == LABEL["nose"]).sum() == 227 * 189
    assert portrait.anchors is None
    assert portrait.facts == {}


def test_what_is_no_image_is_refused(tmp_path):
    (tmp_path / "text.jpg").write_text("a text")
    with pytest.raises(InputError, match=r"text\.jpg: not an image"):
        prepared(tmp_path / "text.jpg", Finder(face()))
