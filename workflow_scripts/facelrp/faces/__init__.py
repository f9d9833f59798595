"""Faces as arrays: reading and framing images, parts of the face, rating scales, and the split into two sets."""
