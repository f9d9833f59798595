"""The detector on real photographs, against points that people placed, and on what is no face."""

import zipfile

import numpy as np
import pytest
from landmark_model import MODEL, hand_placed, london, needs_model, photograph
from scipy import ndimage

from facelrp.errors import InputError
from facelrp.faces.detector import FaceDetector
from facelrp.faces.mesh import LEFT_PUPIL, RIGHT_PUPIL

pytestmark = needs_model
#: Pairs of our points and hand-placed ones: pupils, corners of the mouth and the eyes, chin.
PAIRS = {468: 0, 473: 1, 61: 87, 291: 93, 33: 18, 133: 22, 362: 23, 263: 27, 152: 129}


@pytest.fixture(scope="module")
def detector():
    return FaceDetector(MODEL)


@pytest.fixture(scope="module")
def image():
    opened, names = london()
    return photograph(opened, f"{names[4]}.jpg")


@pytest.fixture(scope="module")
def points(detector, image):
    (found,) = detector(image)
    return found.points


def apart(points):
    return np.hypot(*(points[LEFT_PUPIL] - points[RIGHT_PUPIL]))


def error(points, others):
    """Mean distance, in distances between the eyes."""
    return np.hypot(*(points - others).T).mean() / apart(others)


def test_points_are_where_people_placed_them(detector):
    opened, names = london()
    errors = []
    for name in names[::4]:
        (found,) = detector(photograph(opened, f"{name}.jpg"))
        placed = hand_placed(opened, name)
        between = np.hypot(*(placed[1] - placed[0]))
        errors.append([np.hypot(*(found.points[own] - placed[other])) / between for own, other in PAIRS.items()])
        assert found.turns == 0
        assert min(found.score, found.presence) > 0.8
    mean = dict(zip(PAIRS, np.mean(errors, axis=0), strict=True))
    assert max(mean[468], mean[473]) < 0.02
    assert max(mean[61], mean[291]) < 0.025
    assert max(mean.values()) < 0.04


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_photograph_that_is_not_upright_is_turned(detector, image, points, quarters):
    turned = np.ascontiguousarray(np.rot90(image, quarters))
    (found,) = detector(turned, turned=True)
    assert found.turns == 4 - quarters
    x, y = points.T
    height, width = image.shape[:2]
    expected = {1: (y, width - x), 2: (width - x, height - y), 3: (height - y, x)}[quarters]
    np.testing.assert_allclose(found.points, np.column_stack(expected), atol=1e-6)


@pytest.mark.parametrize("degrees", [-40, -15, 20, 45])
def test_a_tilted_head_has_its_points(detector, image, points, degrees):
    tilted = ndimage.rotate(image, degrees, reshape=False, order=1, mode="nearest")
    found = detector(np.ascontiguousarray(tilted), turned=True)[0]
    angle, centre = np.radians(-degrees), np.array(image.shape[1::-1]) / 2
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert error(found.points, (points - centre) @ turn.T + centre) < 0.03


@pytest.mark.parametrize("factor", [0.5, 0.25, 0.12])
def test_the_size_of_a_photograph_hardly_matters(detector, image, points, factor):
    small = ndimage.zoom(ndimage.gaussian_filter(image, (0.4 / factor, 0.4 / factor, 0)), (factor, factor, 1), order=1)
    ratio = np.array(small.shape[1::-1]) / image.shape[1::-1]
    (found,) = detector(small)
    assert error(found.points, points * ratio) < 0.03


def test_small_faces_are_found_in_parts_of_a_photograph(detector, image, points):
    """A face a twentieth of the photograph wide, off its centre."""
    step = 6
    wall = np.full((2400, 3000, 3), 200, np.uint8)
    reduced = ndimage.uniform_filter(image, (step, step, 1))[step // 2 :: step, step // 2 :: step]
    wall[1500 : 1500 + len(reduced), 300 : 300 + reduced.shape[1]] = reduced
    assert detector(wall) == []
    (found,) = detector(wall, small=True)
    assert error(found.points, points / step + [300, 1500]) < 0.04


def test_all_faces_of_a_photograph_are_found_the_largest_first(detector):
    opened, names = london()
    images = [photograph(opened, f"{name}.jpg")[150:1200, 200:1150] for name in names[:3]]
    both = np.concatenate([images[0], images[1], np.pad(images[2][::2, ::2], ((0, 525), (0, 0), (0, 0)))], axis=1)
    found = detector(np.ascontiguousarray(both), small=True)
    assert len(found) == 3
    widths = [np.ptp(one.points[:, 0]) for one in found]
    assert widths == sorted(widths, reverse=True)
    assert found[2].points[:, 0].min() > 1900


def test_the_same_bytes_every_time(detector, image):
    first, again = (detector(image, turned=True, small=True)[0] for _ in range(2))
    assert first.points.tobytes() == again.points.tobytes()
    assert FaceDetector(MODEL)(image)[0].points.tobytes() == first.points.tobytes()


def patterns(count=30):
    """Images without a face: noise, waves, checks, discs, gradients and blocks, of many scales and tints."""
    rng = np.random.default_rng(5)
    rows, columns = np.mgrid[:400, :500]
    for scale in range(3, 3 + count):
        noise, centres = rng.normal(size=(400, 500)), rng.uniform(0, 400, (12, 2))
        kinds = (
            ndimage.gaussian_filter(noise, scale / 2),
            np.sin(columns / scale + rows / (2 + scale)),
            (columns // scale + rows // scale) % 2,
            sum(np.hypot(rows - y, columns - x) < 4 + scale for y, x in centres),
            rows + noise * scale,
            (rng.random((40, 50)) > 0.5).repeat(10, 0).repeat(10, 1),
        )
        image = kinds[scale % 6].astype(float)
        scaled = 255 * (image - image.min()) / np.ptp(image)
        yield (scaled[..., None] * rng.uniform(0.4, 1, 3)).astype(np.uint8)


def test_patterns_are_no_faces(detector):
    assert [detector(image, turned=True, small=True) for image in patterns()] == [[]] * 30


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (900, 3), (50, 50)])
def test_images_of_any_shape_are_searched(detector, shape):
    assert detector(np.full((*shape, 3), 128, np.uint8), turned=True, small=True) == []


def test_other_files_are_refused(tmp_path):
    whole = MODEL.read_bytes()
    with zipfile.ZipFile(tmp_path / "other.task", "w") as opened:
        opened.writestr("face_detector.tflite", b"nothing")
    (tmp_path / "cut.task").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.task").write_text("a text")
    for name in ("other", "cut", "text", "none"):
        with pytest.raises(
            InputError, match=rf"{name}\.task: not the model of face landmarks .*fetch it again"
        ) as fault:
            FaceDetector(tmp_path / f"{name}.task")
        assert "\n" not in str(fault.value)
