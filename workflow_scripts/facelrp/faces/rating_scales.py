"""The two scales of a rating: the paper's 1–9, in files and figures, and [0, 1], which networks learn."""

LOW, HIGH = 1.0, 9.0
#: Above it a face is rated rather happy than not.
MIDDLE = (LOW + HIGH) / 2


def to_unit(points):
    """Put ratings of the 1–9 scale on [0, 1] (Arbabzadah et al. 2016, sec. 3.1)."""
    return (points - LOW) / (HIGH - LOW)


def to_points(unit):
    """Put what a network answers, on [0, 1] if it is a rating, on the 1–9 scale."""
    return LOW + (HIGH - LOW) * unit
