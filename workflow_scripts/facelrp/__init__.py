"""What does a neural network see in a face? Arrays in, arrays out: no file of an experiment is known here."""
