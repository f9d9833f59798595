"""Sets of faces: one module for each, all with the same interface, see `facelrp.datasets.registry`."""
