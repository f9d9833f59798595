"""Which faces the page of faces may hold: it is passed on more easily than results are, so the default is careful.

Apart from `facelrp_workflow.selection`, which trainings depend on, too.
"""

import numpy as np


def may_be_on_page(faces, shown):
    """Return which faces of a table the page of faces may hold: bool (N,).

    Parameters
    ----------
    faces : DataFrame
        With a column ``publishable`` if the set says which faces may be published.
    shown : {"publishable", "all"}
        The setting ``figures/faces_page``.
    """
    if shown == "all" or "publishable" not in faces:
        return np.ones(len(faces), dtype=bool)
    return faces["publishable"].to_numpy(dtype=bool)
