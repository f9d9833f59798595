"""Read untrusted image files as arrays, crop them, and bring them to the networks' input size."""

import io
import logging
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from facelrp.errors import InputError
from facelrp.faces.colours import to_rgb
from facelrp.faces.metadata import divide, image_kind

log = logging.getLogger(__name__)

#: Side of the square images in pixels: the input of the Levi-Hassner network.
SIZE = 227
#: Other formats are refused: some of Pillow's readers start other programs (EPS).
FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "GIF", "WEBP", "AVIF")
MOST_PIXELS = 50_000_000
#: Five for each pixel. Larger files are not read.
MOST_BYTES = 250_000_000
FITS = ("pad", "squash")
#: What brings an image upright, by EXIF's orientation: where the camera's top and left are.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
#: Values of EXIF's orientation that swap width and height: the camera was held sideways.
SIDEWAYS = (5, 6, 7, 8)
#: Faster methods first shrink an image to no less than this many times the square's side; LANCZOS does the rest.
LEAST_RATIO = 2.0


def read_image(path, most_pixels=MOST_PIXELS):
    """Read an image file as upright 8-bit RGB.

    Greyscale, palette, CMYK and 16-bit images are converted. Colours are converted to sRGB, if the file says that they
    are others. Transparent pixels become white. An animation gives its first frame. Of the metadata only orientation
    and colours count; damaged ones are ignored, and logged.

    Parameters
    ----------
    path : path or binary file
        JPEG, PNG, BMP, TIFF, GIF, WebP or AVIF, whatever its suffix.
    most_pixels : int
        Larger images are refused before they are decoded.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)

    Raises
    ------
    InputError
        If the file is missing, truncated, too large, or not an image.
    """
    with _opened(path, most_pixels) as (image, metadata):
        rgb = _upright(image, metadata)
    del image  # and what its decoder holds, before the pixels are copied
    return np.asarray(rgb)


def read_square(path, fit="squash", box=None, size=SIZE, most_pixels=MOST_PIXELS):
    """Read an image file and bring it to a square: like `fit_image` of `read_image`, in a third of the time.

    A JPEG is decoded at a half, a quarter or an eighth of its size if that leaves twice the square's pixels for
    resampling. For faces of 1024 pixels this changes grey levels by 0.25 on average.

    Parameters
    ----------
    path, most_pixels
        See `read_image`, also for the errors raised.
    fit, box, size
        See `placement`.

    Returns
    -------
    square : ndarray of uint8, shape (size, size, 3)
    shape : tuple of int
        Height and width of the whole upright image, which `fit_points` needs.
    """
    with _opened(path, most_pixels) as (image, metadata):
        step = _decode_smaller(image, metadata, fit, box, size)
        image = _upright(image, metadata)
    shape = (step * image.height, step * image.width)
    return _to_square(image, *placement(shape, fit, box, size), size, step), shape


@contextmanager
def _opened(path, most_pixels):
    """Yield an image that is not decoded yet, and its metadata; raise every fault of the file as an `InputError`."""
    data = _read(path)
    kind = image_kind(data)
    try:
        with warnings.catch_warnings():
            # Pillow warns of large images by its own limit; ours is checked below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture, metadata = divide(data)
            with Image.open(io.BytesIO(picture), formats=FORMATS) as image:
                del data, picture
                if image.width * image.height > most_pixels:
                    raise Image.DecompressionBombError
                metadata.check_pixels()
                # From formats whose metadata Pillow need not understand. AVIF has its turn from Pillow, never from XMP.
                metadata.exif = metadata.exif or image.info.get("exif")
                metadata.profile = metadata.profile or image.info.get("icc_profile")
                if image.format != "AVIF":
                    metadata.xmp = metadata.xmp or image.info.get("xmp")
                yield image, metadata
    except InputError as fault:
        if fault.where is not None:
            raise
        raise InputError(fault.what, path, fault.fix) from fault
    except Image.DecompressionBombError as fault:
        raise InputError(f"more than {most_pixels:,} pixels", path, "scale the image down") from fault
    except Image.UnidentifiedImageError as fault:
        raise _unidentified(path, kind) from fault
    except Exception as fault:
        # Pillow's readers raise errors of many types for damaged files; all of them mean the same.
        raise InputError(f"damaged or truncated ({fault})", path, "restore the image from its source") from fault
    for fault in metadata.faults:
        log.warning("%s: %s", path, fault)


def _read(path):
    """Return the bytes of a file, or of an open file."""
    if hasattr(path, "read"):
        path.seek(0)
        return path.read()
    path = Path(path)
    try:
        if not path.exists():
            raise InputError("the image is missing", path, "restore it")
        if not path.is_file():
            raise InputError("not a file", path, "remove it")
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"a file of more than {MOST_BYTES:,} bytes", path, "scale the image down")
        return path.read_bytes()
    except OSError as fault:
        raise InputError(
            f"the file cannot be read ({fault.strerror})", path, "restore it, or its permissions"
        ) from fault


def _unidentified(path, kind):
    if kind == "HEIC":
        return InputError("a HEIC image, which cannot be read", path, "export or convert it to JPEG or PNG")
    if kind is None:
        return InputError("not an image", path, f"give one of {', '.join(FORMATS)}")
    what = f"damaged or truncated, or an unusual kind of {kind}"
    return InputError(what, path, "restore the image from its source, or save it as an ordinary JPEG or PNG")


def _decode_smaller(image, metadata, fit, box, size):
    """Have a JPEG decoded at a fraction of its size if that leaves enough pixels; return the divisor of its sides."""
    if image.format != "JPEG":
        return 1
    sideways = metadata.orientation in SIDEWAYS
    box, _, extent = placement(image.size if sideways else image.size[::-1], fit, box, size)
    spare = ((box[2:] - box[:2]) / extent).min() / LEAST_RATIO
    # The divisor leaves no remainder, so that positions in the image are divided exactly as its sides are.
    steps = [step for step in (2, 4, 8) if step <= spare and image.width % step == image.height % step == 0]
    whole, step = image.width, max(steps, default=1)
    image.draft(None, (whole // step, image.height // step))
    return whole // image.width


def _upright(image, metadata):
    """Decode an image, and return it as RGB, turned as its camera was held."""
    image.load()
    image.fp = None  # frees the file's bytes
    rgb = to_rgb(image, metadata)
    turn = TURNS.get(metadata.orientation)
    return rgb if turn is None else rgb.transpose(turn)


def _to_square(image, box, corner, extent, size, step=1):
    """Resample a box of an image, whose sides may be divided by ``step``, and paste it into a white square."""
    box = tuple(box / step)
    resized = image.resize(tuple(extent), Image.Resampling.LANCZOS, box, reducing_gap=LEAST_RATIO)
    if tuple(extent) == (size, size):
        return np.asarray(resized)
    square = Image.new("RGB", (size, size), "white")
    square.paste(resized, tuple(corner))
    return np.asarray(square)


def placement(shape, fit="squash", box=None, size=SIZE):
    """Return how an image's pixels come to lie in the square.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the image.
    fit : {"pad", "squash"}
        Keep the proportions and add a white frame, or stretch to the square.
    box : sequence of float, optional
        Left, top, right and bottom of the crop: fractions of width and height if none exceeds 1, otherwise pixels. By
        default the whole image.
    size : int
        Side of the square.

    Returns
    -------
    box : ndarray, shape (4,)
        In pixels of the image.
    corner : ndarray of int, shape (2,)
        x, y of the box's upper left corner in the square.
    extent : ndarray of int, shape (2,)
        Width and height of the box in the square.

    Raises
    ------
    InputError
        If the box reaches beyond the image, or the fit is unknown.
    """
    if fit not in FITS:
        raise InputError(f"no way to fit is called {fit!r}", "fit", f"choose from: {', '.join(FITS)}")
    height, width = shape[:2]
    box = box_in_pixels(box, width, height)
    sides = box[2:] - box[:2]
    if fit == "squash":
        extent = np.array([size, size])
    else:
        extent = np.maximum(np.round(size * sides / sides.max()), 1).astype(int)
    return box, (size - extent) // 2, extent


def box_in_pixels(box, width, height):
    """Return a box, see `placement`, in pixels of an image of this width and height: ndarray of float (4,)."""
    if box is None:
        return np.array([0.0, 0.0, width, height])
    fix = "give left, top, right, bottom in pixels, or in fractions of width and height"
    try:
        box = np.asarray(box, dtype=float)
    except (TypeError, ValueError) as fault:
        raise InputError(f"{box!r} is not four numbers", "crop_box", fix) from fault
    if box.shape != (4,) or not np.isfinite(box).all():
        raise InputError(f"{box.tolist()} is not four numbers", "crop_box", fix)
    if box.max() <= 1:
        box = box * [width, height, width, height]
    if (box[:2] < 0).any() or (box[2:] > [width, height]).any() or (box[2:] - box[:2] < 1).any():
        raise InputError(f"{box.tolist()} does not lie in an image of {width}×{height} pixels", "crop_box", fix)
    return box


def fit_image(image, fit="squash", box=None, size=SIZE):
    """Crop an image and bring it to a square; see `placement` for the parameters.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)

    Returns
    -------
    ndarray of uint8, shape (size, size, 3)
    """
    return _to_square(Image.fromarray(image), *placement(image.shape, fit, box, size), size)


def fit_points(points, shape, fit="squash", box=None, size=SIZE):
    """Return the positions of an image's points in the square that `fit_image` makes of it.

    Parameters
    ----------
    points : array_like of float, shape (N, 2)
        x, y in pixels of the image; (0, 0) is the upper left corner of the upper left pixel.

    Returns
    -------
    ndarray of float, shape (N, 2)
    """
    box, corner, extent = placement(shape, fit, box, size)
    return (np.asarray(points, dtype=float) - box[:2]) * extent / (box[2:] - box[:2]) + corner
