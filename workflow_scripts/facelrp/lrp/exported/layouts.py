"""Where the images of a value are. Networks move them to other axes, and join them with windows or heads.

Layers for relevance see values as (N, …), images first. torch's own attention computes with (T, N, C) and (N·H, T, C),
and Swin with (N·windows, T, C); of these, relevance sees (N, T, C), (N, H, T, C) and (N, windows, T, C). To change the
shape of a value is then to change the shape of each image, because the order of its values stays the same.
"""

from dataclasses import dataclass
from math import prod

import torch


@dataclass(frozen=True)
class Layout:
    """The axis of images of a value in the network, which may join them with others: outer·N·inner.

    Attributes
    ----------
    axis : int
        The axis.
    outer, inner : int
        How many others are joined with them: ``inner`` follow one another for each image, and all of it is repeated
        ``outer`` times.
    """

    axis: int = 0
    outer: int = 1
    inner: int = 1

    @property
    def joined(self):
        """The sizes of the others on the axis of images, without ones."""
        return tuple(size for size in (self.outer, self.inner) if size > 1)

    def place(self, axis):
        """Return the axis of (N, …) that an axis of the network's value is; 0 is that of images.

        Parameters
        ----------
        axis : int
            Not negative.
        """
        if axis == self.axis:
            return 0
        return axis + 1 if axis < self.axis else axis + len(self.joined)

    def images_first(self, sizes):
        """Return the shape for one image, from the sizes of the network's value; that on the axis of images is ignored.

        Parameters
        ----------
        sizes : sequence of int
        """
        return (*sizes[: self.axis], *self.joined, *sizes[self.axis + 1 :])

    def order(self, axes):
        """Return the axes of (N, …) in their new order after a permutation of the network's value.

        Parameters
        ----------
        axes : sequence of int
            The axes of the network's value in their new order.
        """
        images = [self.axis + 1 + i for i in range(len(self.joined))]
        return [0] + [place for axis in axes for place in (images if axis == self.axis else [self.place(axis)])]


#: Images on the first axis, and nothing else.
FIRST = Layout()


def axis_of_images(value, images):
    """Return the axis of images of a traced value, and how many times their number is its size; None if there is none.

    Parameters
    ----------
    value : torch.Tensor
        Its sizes are symbols.
    images : torch.SymInt
        The number of images.
    """
    symbolic = [axis for axis, size in enumerate(value.shape) if not isinstance(size, int)]
    if len(symbolic) != 1:
        return None
    times = value.shape[symbolic[0]].node.expr / images.node.expr
    return (symbolic[0], int(times)) if times.is_Integer else None


def reshaped(layout, before, after, axis, times):
    """Return the layout of a value in another shape, or None if its images do not stay apart.

    Parameters
    ----------
    layout : Layout
        That of the value before.
    before, after : sequence of int
        The sizes before and after; those on the axis of images are ignored.
    axis, times : int
        See ``axis_of_images``; of the value after.
    """
    inner, rest = divmod(layout.inner * prod(before[layout.axis + 1 :]), prod(after[axis + 1 :]))
    return None if rest or times % inner else Layout(axis, times // inner, inner)


def permutation(function, options, rank):
    """Return the new order of axes by a function such as ``transpose``.

    Parameters
    ----------
    function : callable
    options : dict of str to object
        Its arguments beside the value.
    rank : int
        The number of axes.
    """
    sizes = range(2, rank + 2)  # no two are alike
    after = function(torch.empty(*sizes, device="meta"), **options).shape
    return [size - 2 for size in after]
