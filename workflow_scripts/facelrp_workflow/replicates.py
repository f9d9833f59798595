"""Replicates: base models and networks that are trained again with other seeds, and their names in paths.

What is trained with the first seed has the plain name, ``age``, so that an experiment with one seed has simple paths;
the same with seed 2 is called ``age-2``. Names of base models and modes have no hyphen of their own.
"""


def names(name, settings):
    """Return the names of all replicates, the first seed's first.

    Parameters
    ----------
    name : str
        A base model or a mode.
    settings : dict
        The settings with its seeds: ``seed``, and ``more_seeds`` if there are any.

    Returns
    -------
    list of str
    """
    return [name, *(f"{name}-{seed}" for seed in settings.get("more_seeds", ()))]


def plain(name):
    """Return what a replicate is called without its seed: age for age-2."""
    return name.partition("-")[0]


def seed_of(name, settings):
    """Return the seed of a replicate by its name; the settings are those of `names`. None if it has no seed."""
    _, hyphen, seed = name.partition("-")
    return int(seed) if hyphen else settings.get("seed")
