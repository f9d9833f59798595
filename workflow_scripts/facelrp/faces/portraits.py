"""Prepare photographs of faces: find the face, frame it, and divide it into parts."""

from dataclasses import dataclass, field

import numpy as np

from facelrp.errors import InputError
from facelrp.faces.brows import arch_of_mesh
from facelrp.faces.detector import FaceDetector
from facelrp.faces.framing import anchors, framed, moved, oval, similarity
from facelrp.faces.imaging import SIZE, fit_points, read_image, read_square
from facelrp.faces.mesh import FACE, LEFT_PUPIL, LEFT_SIDE, NOSE_TIP, RIGHT_PUPIL, RIGHT_SIDE
from facelrp.faces.mesh_parts import mesh_outlines
from facelrp.faces.parts import LABEL
from facelrp.faces.templates import fit_label_map, label_map

#: Narrower faces, in pixels of the photograph, are not used.
LEAST_WIDTH = 60
#: What is remarked: a share of the face's points outside the photograph, an index of turning away, degrees of tilt.
CUT_OFF, TURNED, TILTED = 0.05, 0.5, 30
#: What is known of a face that is found, see `facts_of`.
FACTS = ("faces", "score", "presence", "width", "roll", "yaw", "quarter_turns", "brow_arch", "remarks")


class NoFaceError(InputError):
    """A photograph without a face that can be used."""


@dataclass(frozen=True)
class Portrait:
    """A face that is framed and divided into parts.

    Attributes
    ----------
    image : ndarray of uint8, shape (227, 227, 3)
    parts : ndarray of uint8, shape (227, 227)
        Label map, see `facelrp.faces.parts`.
    anchors : ndarray of float, shape (3, 2), or None
        Pupils and mouth in the square, see `facelrp.faces.framing.anchors`; None without a detector.
    transform : ndarray of float, shape (2, 3), or None
        From pixels of the photograph to those of the square, if eyes and mouth frame it.
    facts : dict
        See `facts_of`; without a detector empty, but for ``brow_arch`` of a drawn face.
    """

    image: np.ndarray
    parts: np.ndarray
    anchors: np.ndarray | None = None
    transform: np.ndarray | None = None
    facts: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Portraits:
    """How the photographs of a set are prepared.

    Attributes
    ----------
    detector : FaceDetector, optional
        Without one, ``fit`` and ``box`` frame the photograph, and its parts are given outlines.
    frame : ndarray of float, shape (3, 2), optional
        Where `facelrp.faces.framing.anchors` are to be in the square. Without it, ``fit`` and ``box`` frame the
        photograph.
    regions : {"detected", "given"}
        Whether parts follow the points that the detector finds, or given outlines.
    background : {"keep", "oval"}
        Whether everything outside an oval around the face becomes white.
    fit, box
        See `facelrp.faces.imaging.placement`.
    """

    detector: FaceDetector | None = None
    frame: np.ndarray | None = None
    regions: str = "detected"
    background: str = "keep"
    fit: str = "squash"
    box: tuple | None = None

    def __call__(self, path, outlines=None):
        """Prepare the largest face of a photograph.

        Parameters
        ----------
        path : path
            An image file, see `facelrp.faces.imaging.read_image`.
        outlines : callable, optional
            ``outlines(shape)`` returns the outlines of the parts in pixels of a photograph of this height and width.
            Needed where no detector divides the face.

        Returns
        -------
        Portrait

        Raises
        ------
        NoFaceError
            If the detector finds no face, or only one that is too small.
        InputError
            If the file is not an image.
        """
        if self.detector is None:
            image, shape = read_square(path, self.fit, self.box)
            return Portrait(image, fit_label_map(outlines(shape), shape, self.fit, self.box))
        photograph = read_image(path)
        # Where nothing is found at first, the face may be small or lie on its side.
        found = self.detector(photograph) or self.detector(photograph, turned=True, small=True)
        if not found:
            raise NoFaceError("no face is found", path, "give a photograph of one face, or leave it out")
        return self.portrait(photograph, path, found[0], len(found), outlines)

    def portrait(self, photograph, path, found, count=1, outlines=None):
        """Prepare one face of a photograph that is read; see `__call__`.

        Parameters
        ----------
        photograph : ndarray of uint8, shape (H, W, 3)
        path : path
            Its file.
        found : facelrp.faces.detector.Detection
        count : int
            How many faces the photograph shows.
        """
        shape, facts = photograph.shape[:2], facts_of(found, photograph.shape, count)
        if facts["width"] < LEAST_WIDTH:
            what = f"the face is {facts['width']:.0f} pixels wide, less than {LEAST_WIDTH}"
            raise NoFaceError(what, path, "give a larger photograph of the face")
        parts = mesh_outlines(found.points) if self.regions == "detected" else outlines(shape)
        if self.frame is None:
            transform, image = None, read_square(path, self.fit, self.box)[0]
            labels = fit_label_map(parts, shape, self.fit, self.box)
            points = fit_points(found.points, shape, self.fit, self.box)
        else:
            transform = similarity(anchors(found.points), self.frame)
            image, points = framed(photograph, transform), moved(found.points, transform)
            labels = label_map((part, moved(outline, transform)) for part, outline in parts)
            labels[beyond(shape, transform)] = LABEL["background"]
        if self.background == "oval":
            share = oval(points)
            labels[share < 0.5] = LABEL["background"]
            image = np.rint(255 + (image.astype(np.float32) - 255) * share[..., None]).astype(np.uint8)
        return Portrait(image, labels, anchors(points), transform, facts)


#: Photographs in a box, divided by given outlines.
WITHOUT_DETECTOR = Portraits()


def beyond(shape, transform):
    """Return which pixels of the square show nothing of a photograph of this height and width: bool (227, 227)."""
    back = np.linalg.inv(np.vstack([transform, [0, 0, 1]]))[:2]
    middles = np.stack(np.meshgrid(*[np.arange(SIZE) + 0.5] * 2), axis=-1)
    places = moved(middles, back)
    return ((places < 0) | (places > shape[1::-1])).any(axis=-1)


def facts_of(found, shape, count):
    """Return what is known of a face in a photograph.

    Parameters
    ----------
    found : facelrp.faces.detector.Detection
    shape : tuple of int
        Height and width of the photograph.
    count : int
        How many faces it shows.

    Returns
    -------
    dict
        ``faces`` (how many), ``score`` and ``presence`` (0–1), ``width`` (of the face, in pixels), ``roll`` (degrees,
        clockwise), ``yaw`` (0 for a face seen from the front, towards 1 for one from the side), ``quarter_turns`` (of
        the whole photograph), ``brow_arch`` (see `facelrp.faces.brows.arch`), and ``remarks``, text that may be empty.
    """
    points = found.points
    across = points[LEFT_PUPIL] - points[RIGHT_PUPIL]
    right, left = (np.hypot(*(points[NOSE_TIP] - points[side])) for side in (RIGHT_SIDE, LEFT_SIDE))
    width = np.hypot(*(points[LEFT_SIDE] - points[RIGHT_SIDE]))
    roll = float(np.degrees(np.arctan2(across[1], across[0])))
    yaw = float(abs(right - left) / max(width, 1e-9))
    outside = ((points[FACE] < 0) | (points[FACE] > np.array(shape[1::-1]))).any(axis=1).mean()
    remarks = [
        (count > 1, f"{count} faces"),
        (outside > CUT_OFF, f"cut off: {outside:.0%} of the face is outside"),
        (yaw > TURNED, "turned away"),
        (found.turns == 0 and abs(roll) > TILTED, f"tilted by {abs(roll):.0f}°"),
        (found.turns != 0, f"turned by {abs(roll):.0f}°: the photograph is not upright"),
    ]
    return {
        "faces": count,
        "score": found.score,
        "presence": found.presence,
        "width": float(width),
        "roll": roll,
        "yaw": yaw,
        "quarter_turns": found.turns,
        "brow_arch": arch_of_mesh(points),
        "remarks": "; ".join(text for applies, text in remarks if applies),
    }
