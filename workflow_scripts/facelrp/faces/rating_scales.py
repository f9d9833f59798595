"""The scale of ratings: people's own, in which files and figures are written, and [0, 1] in the networks."""

from dataclasses import dataclass
from math import ceil, isnan, log10


@dataclass(frozen=True)
class RatingScale:
    """A scale on which people rate, such as 1–9 or 0–100. Its units are called *points*.

    Attributes
    ----------
    lowest, highest : float
        The lowest and the highest possible rating.
    """

    lowest: float
    highest: float

    def __str__(self):
        return f"{self.lowest:g}–{self.highest:g}".replace("-", "−")

    @property
    def width(self):
        """The points between the two ends."""
        return self.highest - self.lowest

    @property
    def middle(self):
        """Faces rated above it count as happy."""
        return (self.lowest + self.highest) / 2

    @property
    def decimals(self):
        """Decimals of a rating in a figure, which show a thirtieth of the scale: 1 on 1–9, 0 on 0–100."""
        return max(0, ceil(-log10(self.width / 30)))

    def to_unit(self, points):
        """Convert ratings to [0, 1] (Arbabzadah et al. 2016, sec. 3.1)."""
        return (points - self.lowest) / self.width

    def to_points(self, unit):
        """Convert ratings, such as a network's output, from [0, 1] to points."""
        return self.lowest + self.width * unit

    def from_paper(self, points):
        """Convert a difference in points of the paper's scale: 0.25 of 1–9 are 3.125 of 0–100."""
        return points * self.width / PAPER.width

    def text(self, points, more_decimals=0):
        """Return a rating as text: 6.3 on 1–9; a dash if there is none."""
        if isnan(points):
            return "–"
        return f"{points:.{self.decimals + more_decimals}f}".replace("-", "−")

    def change_text(self, points):
        """Return a difference of ratings as text, with its sign and one more decimal: +0.25 on 1–9."""
        return f"{points:+.{self.decimals + 1}f}".replace("-", "−")


#: The scale of the paper's raters, on which the smallest effects that matter are set.
PAPER = RatingScale(1, 9)
