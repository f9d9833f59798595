"""The meaning of coded cells in a user's own table: sexes, states, and ages in classes.

A code that can mean two things is never guessed: 1 is male in one table and female in another.
"""

from facelrp.errors import InputError
from facelrp.sources.csv_tables import NUMBER, as_numbers, cell_at, numbers, quoted

STATES = ("neutral", "happy", "sad")
WORDS = {"female": 0.0, "woman": 0.0, "male": 100.0, "man": 100.0}
LETTERS = {"f": 0.0, "m": 100.0}
#: Cells of an unknown age or sex.
UNKNOWN = ("", "NA", "NaN", "nan")
OLDEST = 120
#: Ages that are all whole and none above this are more probably the numbers of age classes.
HIGHEST_CLASS = 9
#: Contents whose cells can be codes, and what these can mean; "" is unknown.
MEANINGS = {"state": (*STATES, ""), "gender": ("female", "male", ""), "age": (f"years from 0 to {OLDEST}", "")}


def check_codes(codes, columns):
    """Refuse codes of a column that is not read, with an unknown meaning, or with two.

    Parameters
    ----------
    codes : mapping of {str: mapping of {str: str or float}}
        Content → {code in the table: its meaning}, see `facelrp.datasets.folder.load`.
    columns : mapping of {str: str}

    Raises
    ------
    InputError
        Naming the option.
    """
    for content, meanings in codes.items():
        if content not in MEANINGS:
            raise InputError(f"{content} cannot have codes", "codes", f"give codes of {', '.join(MEANINGS)}")
        if content not in columns:
            raise InputError(
                f"codes of {content}, which has no column", "codes", f"name it in columns: {{{content}: …}}"
            )
        seen = {}
        for code, meaning in meanings.items():
            if not isinstance(code, str):
                raise InputError(f"{code!r} is not text", f"codes: {content}", f'write it as "{code}"')
            if not (is_age(meaning) if content == "age" else meaning in MEANINGS[content]):
                fix = f'give {", ".join(MEANINGS[content][:-1])}, or "" for unknown'
                raise InputError(f"no {content} is called {meaning!r}", f"codes: {content}", fix)
            if seen.setdefault(as_code(code), meaning) != meaning:
                raise InputError(f"{code!r} means two things", f"codes: {content}", "leave one of them out")


def is_age(meaning):
    """Return whether a code can mean this: a number of years, or an unknown age."""
    is_number = isinstance(meaning, int | float) and not isinstance(meaning, bool)
    return meaning == "" or (is_number and 0 <= meaning <= OLDEST)


def as_code(text):
    """Return a cell or a code as they are compared: numbers by value, words without capitals."""
    return float(text) if NUMBER.fullmatch(text.strip()) else text.strip().casefold()


def decode(cells, codes):
    """Return cells with the meaning, as text, in place of each code."""
    meanings = {as_code(code): str(meaning) for code, meaning in codes.items()}
    # Each different cell once: there are few.
    return cells.map({cell: meanings.get(as_code(cell), cell) for cell in cells.unique()}).astype(str)


def read_states(table, column, path, codes):
    """Return a column of states under the names in `STATES`, or empty."""
    found = decode(table[column], codes or {}).str.lower()
    wrong = ~found.isin(MEANINGS["state"])
    if wrong.any():
        row = wrong.idxmax()
        cell = table[column][row]
        fix = f"write one of {', '.join(STATES)}, or say what it means: {written('state', {cell: 'neutral'})}"
        raise InputError(f"{quoted(cell)} is not a state", cell_at(table, row, column, path), fix)
    return found


def read_sexes(table, column, path, codes):
    """Return a column of sexes as numbers from 0 (female) to 100 (male); NaN where unknown.

    With codes, only they and whole words count: where "h" is coded as male, "m" may be "mujer". Numbers between the
    code of female and that of male are grades between the two.
    """
    codes = codes or {}
    cells = decode(table[column], codes)
    values = cells.str.casefold().map(WORDS if codes else WORDS | LETTERS).astype(float)
    unclear = values.isna() & ~cells.isin(UNKNOWN)
    female, male = (
        [as_code(code) for code, meaning in codes.items() if meaning == sex and NUMBER.fullmatch(code.strip())]
        for sex in ("female", "male")
    )
    if len(female) == len(male) == 1:
        grades = 100 * (as_numbers(cells[unclear]) - female[0]) / (male[0] - female[0])
        values[unclear] = grades.where(grades.between(0, 100))
        unclear &= values.isna()
    if unclear.any():
        row = unclear.idxmax()
        what, fix = sex_fault(table[column][row], as_numbers(cells[unclear]), codes)
        raise InputError(what, cell_at(table, row, column, path), fix)
    return values


def sex_fault(cell, found, codes):
    """Return what is unclear about a cell, and the fix; ``found`` are the numbers among all cells like it."""
    if codes:
        fix = f"correct it, or say what it means: {written('gender', codes | {cell: ''})} if it is unknown"
        return f"{quoted(cell)} is none of the codes {', '.join(codes)}", fix
    if not NUMBER.fullmatch(cell):
        fix = f"write female or male, or say what it means: {written('gender', {cell: 'female'})}"
        return f"{quoted(cell)} is neither female nor male", fix
    found = set(found.dropna())
    others = [f"{number:g}" for number in sorted(found - {0, 1, 2})]
    if found <= {0, 1} and 0 in found:
        example, rest = {"0": "female", "1": "male"}, " (or the reverse)"
    elif found & {1, 2} and 0 not in found and len(others) <= 2 and all(number.is_integer() for number in found):
        example = {"1": "male", "2": "female"} | dict.fromkeys(others, "")
        rest = ' (or the reverse; "" is unknown)'
    else:
        example = {"0": "female", "1" if max(found) <= 1 else "100": "male"}
        rest = " (the ends of your scale; numbers between them are grades)"
    fix = f"write in the configuration what the numbers mean, as in {written('gender', example)}{rest}"
    return f"{quoted(cell)} may mean either sex", fix


def read_ages(table, column, path, codes):
    """Return a column of ages in years; NaN where unknown."""
    cells = decode(table[column], codes or {})
    ages = numbers(cells.to_frame(column), column, (0, OLDEST), path, blank=UNKNOWN)
    small = ages[(cells == table[column]) & ages.notna()]
    if codes != {} and not small.empty and (small % 1 == 0).all() and small.max() <= HIGHEST_CLASS:
        row = small.index[0]
        example = written(
            "age", (codes or {}) | {f"{number:g}": 20 + 10 * int(number) for number in sorted(set(small))}
        )
        what = f"{quoted(table[column][row])} may be years or the number of a class, as no age is above {small.max():g}"
        fix = f"write in the configuration what the numbers mean, as in {example}, or for years {written('age', {})}"
        raise InputError(what, cell_at(table, row, column, path), fix)
    return ages


def written(content, codes):
    """Return codes as they are written in a configuration."""
    pairs = (f'"{code}": {meaning if meaning != "" else chr(34) * 2}' for code, meaning in codes.items())
    return f"codes: {{{content}: {{{', '.join(pairs)}}}}}"
