"""Sets of faces: a module for each, all behind the same small interface, see `facelrp.datasets.registry`."""
