"""Compare the same people in two states: one difference per person, from tables of faces."""

from facelrp.errors import InputError

#: The paper's claims are about this state; differences are this state minus another.
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
        If no face has the state ``happy``, or no face has another.
    """
    others = sorted(set(faces["state"]) - {HAPPY})
    if not others or HAPPY not in set(faces["state"]):
        found = ", ".join(sorted(set(faces["state"]))) or "none"
        raise InputError(f"pairs need the state {HAPPY} and another (found: {found})", "pairs", "choose other states")
    return [HAPPY, *others]


def by_person(faces, values, state):
    """Return the mean of values over each person's faces in one state.

    Several sessions of a person are averaged: counting them separately would inflate significance.

    Parameters
    ----------
    faces : DataFrame
        N rows, with the columns ``identity`` and ``state``.
    values : DataFrame
        N rows, any columns.
    state : str

    Returns
    -------
    DataFrame
        One row for each identity, sorted.
    """
    in_state = (faces["state"] == state).to_numpy()
    return values[in_state].groupby(faces["identity"].to_numpy()[in_state], sort=True).mean()


def in_both_states(faces, values, other):
    """Return the values in the happy state and in ``other``, a row for each person with both; see `by_person`."""
    happy, others = (by_person(faces, values, state) for state in (HAPPY, other))
    both = (happy - others).dropna(how="all").index
    return happy.loc[both], others.loc[both]


def differences(faces, values, other):
    """Return happy minus ``other``, a row for each person with both; see `by_person`."""
    happy, others = in_both_states(faces, values, other)
    return happy - others
