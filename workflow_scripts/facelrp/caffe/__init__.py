"""Networks and mean images as Caffe wrote them, and the Levi-Hassner network made from them."""

from facelrp.caffe.conversion import Mean, levi_hassner_from_caffe
from facelrp.caffe.files import PINNED, Published, check_published, read_caffemodel, read_mean

__all__ = [
    "PINNED",
    "Mean",
    "Published",
    "check_published",
    "levi_hassner_from_caffe",
    "read_caffemodel",
    "read_mean",
]
