"""How a network sees an image: its middle, at the network's own size.

All images, and all heatmaps, have the same size, so that parts of the face are where they are for every base model. A
network that takes another size begins with a `View`, which is a part of what is explained: relevance goes back to the
pixels of the whole image.
"""

import torch.nn.functional as F
from torch import nn

from facelrp.errors import InputError

#: Side of the images of all sets of faces, in pixels.
SIDE = 227


class View(nn.Module):
    """Cut out the middle of images, and bring it to a size by antialiased bilinear interpolation.

    Parameters
    ----------
    size : int
        Side of the result, in pixels.
    crop : float
        Side of what is cut out, as a share of the image's side, in (0, 1].

    Raises
    ------
    InputError
        If nothing would be left, or images would be enlarged more than twice.
    """

    def __init__(self, size, crop=1.0):
        super().__init__()
        self.size, self.crop = size, crop
        self.margin = round(SIDE * (1 - crop) / 2)
        if SIDE - 2 * self.margin < size / 2:
            what = f"{SIDE - 2 * self.margin} pixels would be enlarged to {size}"
            raise InputError(what, "a base model's crop", f"images have {SIDE} pixels: give a larger crop")

    def forward(self, images):
        """Return the middle of images: (N, 3, 227, 227) to (N, 3, size, size)."""
        inside = slice(self.margin, SIDE - self.margin)
        middle = images[:, :, inside, inside]
        if SIDE - 2 * self.margin == self.size:
            return middle
        return F.interpolate(middle, (self.size, self.size), mode="bilinear", antialias=True)

    def extra_repr(self):
        return f"size={self.size}, crop={self.crop}"
