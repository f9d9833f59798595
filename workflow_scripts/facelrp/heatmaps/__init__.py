"""Heatmaps of many faces, and the measures by which they are evaluated."""
