"""What does a neural network see in a face? Arrays in, arrays out: no file of an experiment is known here."""

#: Side of the square images in pixels: the input of the Levi-Hassner network.
SIZE = 227
