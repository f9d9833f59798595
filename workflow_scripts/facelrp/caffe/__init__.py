"""Networks and mean images as Caffe wrote them, and the Levi-Hassner network made from them."""

from facelrp.caffe.conversion import CLASSES, Mean, levi_hassner_from_caffe
from facelrp.caffe.files import read_caffemodel, read_mean

__all__ = [
    "CLASSES",
    "Mean",
    "levi_hassner_from_caffe",
    "read_caffemodel",
    "read_mean",
]
