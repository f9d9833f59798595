"""A generator of faces: their looks as numbers, their drawing, and simulated ratings."""
