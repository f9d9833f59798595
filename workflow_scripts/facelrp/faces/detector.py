"""Find faces in photographs, and 478 points on each: Google's Face Landmarker, run by OpenCV.

The model's file (Apache-2.0) is a zip of two networks: BlazeFace's short-range detector (Bazarevsky et al. 2019), which
finds faces as boxes with six keypoints, and Face Mesh V2, which finds points in a square around one face.
"""

import zipfile
from dataclasses import dataclass

import cv2
import numpy as np

from facelrp.errors import InputError
from facelrp.faces.framing import between_centres, moved
from facelrp.faces.mesh import FACE, LEFT_EYE_CORNER, POINTS, RIGHT_EYE_CORNER

#: The members of the model's file, and the sides in pixels of the squares that they take.
DETECTOR, DETECTOR_SIDE = "face_detector.tflite", 128
MESH, MESH_SIDE = "face_landmarks_detector.tflite", 256
#: Side of each grid of anchors, and anchors in each of its cells.
GRIDS = ((16, 2), (8, 6))
#: Boxes that overlap by more (intersection over union) are one face.
SAME_FACE = 0.3
#: Boxes below are not averaged with better ones of the same face.
LEAST_CANDIDATE = 0.5
#: Least score of a face, and of a small one: coins and wheels look like faces.
LEAST_SCORE, LEAST_SCORE_OF_TILE = 0.6, 0.8
#: Least probability of the second network that its square holds a face.
LEAST_PRESENCE = 0.5
#: Side of the square around a face, in units of its box or of its points' extent.
SQUARE = 1.5
#: Sides of the overlapping tiles in which small faces are looked for, in units of the photograph's shorter side.
TILES = (1 / 2, 1 / 4)


@dataclass(frozen=True)
class Detection:
    """A face that was found.

    Attributes
    ----------
    points : ndarray of float, shape (478, 2)
        x, y in pixels of the photograph, see `facelrp.faces.mesh`; (0, 0) is the upper left corner of the upper left
        pixel.
    score : float
        The detector's, 0–1.
    presence : float
        Probability that the points are those of a face, by the network that finds them.
    turns : int
        Quarter turns, counterclockwise, after which the face was found: 0 if the photograph is upright.
    """

    points: np.ndarray
    score: float
    presence: float
    turns: int


class FaceDetector:
    """Finds faces and their points. It uses one thread, and gives the same bytes every time.

    Parameters
    ----------
    path : path
        ``face_landmarker.task``.

    Raises
    ------
    InputError
        If the file is not that model.
    """

    def __init__(self, path):
        cv2.setNumThreads(1)
        try:
            with zipfile.ZipFile(path) as members:
                self.detector, self.mesh = (
                    cv2.dnn.readNetFromTFLite(np.frombuffer(members.read(name), np.uint8)) for name in (DETECTOR, MESH)
                )
        except (OSError, KeyError, zipfile.BadZipFile, cv2.error) as fault:
            what = f"not the model of face landmarks ({' '.join(str(fault).split())})"
            raise InputError(what, path, "fetch it again") from fault
        self.anchors = np.concatenate([_centres(side).repeat(each, axis=0) for side, each in GRIDS])

    def __call__(self, image, turned=False, small=False):
        """Find the faces of a photograph.

        Parameters
        ----------
        image : ndarray of uint8, shape (H, W, 3)
            RGB.
        turned : bool
            Also look for faces on the side or upside down. Upright, an upside-down face may be found, but wrongly: all
            four quarter turns are tried, and the one with the best score counts for the whole photograph.
        small : bool
            Also look for faces in overlapping tiles. Without them, faces below about 15 % of the photograph's side are
            missed.

        Returns
        -------
        list of Detection
            The largest first; empty if there is none.
        """
        found = {
            turns: self._boxes(np.ascontiguousarray(np.rot90(image, turns)), small)
            for turns in range(4 if turned else 1)
        }
        turns = max(found, key=lambda turns: max((box.score for box in found[turns]), default=0.0))
        upright = np.ascontiguousarray(np.rot90(image, turns))
        detections = []
        for box in found[turns]:
            points, presence = self._points(upright, *box.square())
            # Once more, in the square around the points: they are twice as accurate, and do not depend on the box.
            points, presence = self._points(upright, *_square_around(points))
            if presence >= LEAST_PRESENCE:
                detections.append(Detection(_turned_back(points, turns, image.shape), box.score, presence, turns))
        return sorted(detections, key=lambda one: -np.ptp(one.points, axis=0).prod())

    def _boxes(self, image, small):
        """Return the boxes of the faces of an upright photograph, the best first."""
        height, width = image.shape[:2]
        boxes = [box for box in self._boxes_in(image, (0, 0, max(height, width))) if box.score >= LEAST_SCORE]
        for share in TILES if small else ():
            side = max(round(share * min(height, width)), DETECTOR_SIDE)
            for top in _starts(height, side):
                for left in _starts(width, side):
                    own = self._boxes_in(image[top : top + side, left : left + side], (left, top, side))
                    boxes += [box for box in own if box.score >= LEAST_SCORE_OF_TILE and box.is_whole(side, left, top)]
        return _distinct(boxes)

    def _boxes_in(self, image, place):
        """Return the boxes of an image that lies at ``place`` (left, top and side of the square) in the photograph."""
        left, top, side = place
        height, width = image.shape[:2]
        scale = DETECTOR_SIDE / side
        size = max(round(width * scale), 1), max(round(height * scale), 1)
        corner = (DETECTOR_SIDE - size[0]) // 2, (DETECTOR_SIDE - size[1]) // 2
        square = np.zeros((DETECTOR_SIDE, DETECTOR_SIDE, 3), np.uint8)
        square[corner[1] : corner[1] + size[1], corner[0] : corner[0] + size[0]] = cv2.resize(
            image, size, interpolation=cv2.INTER_AREA
        )
        self.detector.setInput(_as_input(square) * 2 - 1)
        scores, raw = self.detector.forward(("classificators", "regressors"))
        scores = 1 / (1 + np.exp(-np.clip(scores[0, :, 0].astype(float), -80, 80)))
        kept = np.flatnonzero(scores >= LEAST_CANDIDATE)
        values = raw[0, kept].astype(float).reshape(-1, 8, 2) / DETECTOR_SIDE
        values[:, [0, *range(2, 8)]] += self.anchors[kept, None]
        # To pixels of the photograph: positions are moved, the box's width and height are only scaled.
        ratio = np.array([width / size[0], height / size[1]])
        values = values * DETECTOR_SIDE
        values[:, [0, *range(2, 8)]] -= corner
        values = values * ratio
        values[:, [0, *range(2, 8)]] += (left, top)
        return _merged(values, scores[kept])

    def _points(self, image, centre, side, angle):
        """Return the points in a turned square of a photograph, and the probability that it holds a face."""
        crop, to_photograph = _cut(image, centre, side, angle)
        self.mesh.setInput(_as_input(crop))
        logit, points = self.mesh.forward(("Identity_1", "Identity"))
        points = points.reshape(POINTS, 3)[:, :2].astype(float)
        return moved(points, to_photograph), float(1 / (1 + np.exp(-float(logit.ravel()[0]))))


@dataclass(frozen=True)
class _Box:
    """A box: ``values`` (8, 2) holds its centre, its size, and keypoints, of which the first two are the eyes."""

    values: np.ndarray
    score: float

    def square(self):
        (x, y), size, right, left = self.values[:4]
        return np.array([x, y]), SQUARE * size.max(), np.arctan2(*(left - right)[::-1])

    def corners(self):
        return self.values[0] - self.values[1] / 2, self.values[0] + self.values[1] / 2

    def is_whole(self, side, left, top):
        low, high = self.corners()
        return bool((low >= (left, top)).all() and (high <= (left + side, top + side)).all())


def _centres(side):
    """Return the centres of a grid's cells, row by row, as fractions: ndarray of float, shape (side², 2)."""
    steps = (np.arange(side) + 0.5) / side
    return np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)


def _starts(length, side):
    """Return where tiles begin that overlap by half at least and reach both ends."""
    if length <= side:
        return [0]
    return np.linspace(0, length - side, int(np.ceil(2 * (length - side) / side)) + 1).round().astype(int).tolist()


def _as_input(image):
    return image.transpose(2, 0, 1)[None].astype(np.float32) / 255


def _overlap(box, boxes):
    """Return the intersection over union of a box with each of some: ndarray of float."""
    (low, high), others = box.corners(), [one.corners() for one in boxes]
    lows, highs = np.array([one[0] for one in others]), np.array([one[1] for one in others])
    shared = np.clip(np.minimum(high, highs) - np.maximum(low, lows), 0, None).prod(axis=1)
    return shared / ((high - low).prod() + (highs - lows).prod(axis=1) - shared)


def _merged(values, scores):
    """Return one box for each face: the mean of all that overlap with its best one, weighted by their scores."""
    boxes = [_Box(*one) for one in zip(values, map(float, scores), strict=True)]
    boxes.sort(key=lambda box: -box.score)
    merged = []
    while boxes:
        same = _overlap(boxes[0], boxes) > SAME_FACE
        same[0] = True
        own = [box for box, is_same in zip(boxes, same, strict=True) if is_same]
        mean = np.average([box.values for box in own], axis=0, weights=[box.score for box in own])
        merged.append(_Box(mean, own[0].score))
        boxes = [box for box, is_same in zip(boxes, same, strict=True) if not is_same]
    return merged


def _distinct(boxes):
    """Return the boxes without those that overlap with a better one."""
    kept = []
    for box in sorted(boxes, key=lambda box: -box.score):
        if not kept or _overlap(box, kept).max() <= SAME_FACE:
            kept.append(box)
    return kept


def _square_around(points):
    """Return centre, side and angle of the square around a face's points, turned so that its eyes are level."""
    across = points[LEFT_EYE_CORNER] - points[RIGHT_EYE_CORNER]
    angle = np.arctan2(across[1], across[0])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    own = points[FACE] @ turn.T
    low, high = own.min(axis=0), own.max(axis=0)
    return (low + high) / 2 @ turn, SQUARE * (high - low).max(), angle


def _cut(image, centre, side, angle):
    """Cut a turned square out of an image; return it, and the affine map (2, 3) from its pixels to the image's."""
    scale = side / MESH_SIDE
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * scale
    to_image = np.column_stack([turn, centre - turn @ np.full(2, MESH_SIDE / 2)])
    # Large faces are reduced first: linear interpolation alone would skip pixels.
    step = max(int(scale), 1)
    reach = side * (abs(np.cos(angle)) + abs(np.sin(angle))) / 2
    low = np.clip(np.floor(centre - reach).astype(int), 0, np.array(image.shape[1::-1]) - 1)
    high = np.clip(np.ceil(centre + reach).astype(int), low + 1, image.shape[1::-1])
    high = np.maximum(low + (high - low) // step * step, low + 1)
    piece = image[low[1] : high[1], low[0] : high[0]]
    if step > 1 and min(piece.shape[:2]) >= step:
        piece = cv2.resize(piece, (piece.shape[1] // step, piece.shape[0] // step), interpolation=cv2.INTER_AREA)
    else:
        step = 1
    to_piece = np.column_stack([turn, to_image[:, 2] - low]) / step
    options = {"flags": cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, "borderMode": cv2.BORDER_REPLICATE}
    return cv2.warpAffine(piece, between_centres(to_piece), (MESH_SIDE, MESH_SIDE), **options), to_image


def _turned_back(points, turns, shape):
    """Return points of an image turned by quarters in the image of this shape as it was."""
    height, width = shape[:2]
    x, y = points.T
    return np.column_stack([(x, y), (width - y, x), (width - x, height - y), (y, height - x)][turns])
