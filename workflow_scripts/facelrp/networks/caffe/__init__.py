"""Read networks and mean images in Caffe's format, and convert the Levi-Hassner network."""
