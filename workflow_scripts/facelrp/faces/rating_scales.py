"""The two scales of a rating: the paper's 1–9 in files and figures, and [0, 1] in the networks."""

LOW, HIGH = 1.0, 9.0
#: Faces rated above the middle count as happy.
MIDDLE = (LOW + HIGH) / 2


def to_unit(points):
    """Convert ratings from the 1–9 scale to [0, 1] (Arbabzadah et al. 2016, sec. 3.1)."""
    return (points - LOW) / (HIGH - LOW)


def to_points(unit):
    """Convert ratings, such as a network's output, from [0, 1] to the 1–9 scale."""
    return LOW + (HIGH - LOW) * unit
