"""Faces as arrays: images read and framed, their parts, their ratings, and the split into two sets."""
