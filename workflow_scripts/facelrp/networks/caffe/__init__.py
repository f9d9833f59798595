"""Networks and mean images as Caffe wrote them, and the Levi-Hassner network made from them."""
