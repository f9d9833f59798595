"""The same people in two states: from tables of faces to one difference per person."""

from facelrp.errors import InputError

#: The state that the paper's claims are about; differences are this state's minus another's.
HAPPY = "happy"


def states_of(faces):
    """Return the states of a set of pairs, the happy one first.

    Parameters
    ----------
    faces : DataFrame
        With the column ``state``.

    Returns
    -------
    list of str

    Raises
    ------
    InputError
        If nobody is happy, or in no other state.
    """
    others = sorted(set(faces["state"]) - {HAPPY})
    if not others or HAPPY not in set(faces["state"]):
        found = ", ".join(sorted(set(faces["state"]))) or "none"
        raise InputError(f"pairs need the state {HAPPY} and another (found: {found})", "pairs", "choose other states")
    return [HAPPY, *others]


def by_person(faces, values, state):
    """Return the mean of values over each person's faces in one state.

    Who was photographed in several sessions counts once: the sessions are averaged, since a test that took them for
    different people would find differences too easily.

    Parameters
    ----------
    faces : DataFrame
        With the columns ``identity`` and ``state``, N lines.
    values : DataFrame
        N lines, any columns.
    state : str

    Returns
    -------
    DataFrame
        One line for each identity, sorted.
    """
    there = (faces["state"] == state).to_numpy()
    return values[there].groupby(faces["identity"].to_numpy()[there], sort=True).mean()


def in_both_states(faces, values, other):
    """Return the values of the happy state and of ``other``, a line each for who is there in both; see `by_person`."""
    happy, others = (by_person(faces, values, state) for state in (HAPPY, other))
    both = (happy - others).dropna(how="all").index
    return happy.loc[both], others.loc[both]


def differences(faces, values, other):
    """Return happy minus ``other``, one line for each person who is there in both states; see `by_person`."""
    happy, others = in_both_states(faces, values, other)
    return happy - others
