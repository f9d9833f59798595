"""What ``facelrp init`` understood, as a short table for the terminal."""

from facelrp.datasets.codes import UNKNOWN
from facelrp.datasets.table_files import same_files
from facelrp.sources.archives import listing

#: Fewer faces than this are hardly enough to learn from.
FEW = 40


def report(request, seen, command):
    """Return what was understood, and the next command, as text."""
    rows = [(column, content, text) for column, content, text in described(seen)]
    widths = [max(len(row[number]) for row in rows) for number in range(2)]
    table = [f"  {row[0]:{widths[0]}}  {row[1]:{widths[1]}}  {row[2]}".rstrip() for row in rows]
    lines = [
        f"{request.folder}: {len(seen.images)} photographs; {seen.where}: {len(seen.table)} rows",
        "",
        *table,
        "",
        f"Scale {seen.scale}: {seen.scale.why}.",
        *remarks(request, seen),
        "",
        f"Written: {request.output}, like the experiment {request.like}. Next:",
        "",
        f"    {command}",
    ]
    return "\n".join(lines)


def described(seen):
    """Yield each column with what it holds: (column, content, text)."""
    columns, table = seen.understood.columns, seen.table
    yield "column", "is", ""
    for content, column in columns.items():
        yield column, content, summary(content, table[column], seen)
    for name, column in seen.ratings.items():
        values = seen.understood.ratings[column]
        blank = f", {values.isna().sum()} blank" if values.isna().any() else ""
        yield column, "rating", f"{name}: {values.min():g} to {values.max():g}, mean {values.mean():.3g}{blank}"
    for column, reason in seen.understood.left_out.items():
        yield column, "left out", reason


def summary(content, cells, seen):
    """Return what a column that is no rating holds, in a few words."""
    different = [cell for cell in cells.unique() if cell not in UNKNOWN]
    blank = cells.isin(UNKNOWN).sum()
    text = f"{len(different)} different"
    if content == "file":
        text = f"{len(different) - len(seen.missing)} of {len(different)} found"
    elif content == "rater":
        each = cells.groupby(seen.table[seen.understood.columns["file"]]).nunique()
        text = f"{len(different)} raters, {range_of(each.min(), each.max())} of each face"
    elif content == "identity":
        text = f"{len(different)} people"
    elif content == "age":
        values = cells[~cells.isin(UNKNOWN)].astype(float)
        text = f"{range_of(values.min(), values.max())} years"
    elif content in ("gender", "state"):
        codes = seen.understood.codes.get(content, {})
        text = listing(
            [f"{cell or 'blank'} = {codes[cell] or 'unknown'}" if cell in codes else cell for cell in different]
        )
    return f"{text}, {blank} blank" if blank else text


def range_of(low, high):
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def remarks(request, seen):
    """Yield what the user should know before the run, each in a line."""
    named = set(seen.table[seen.understood.columns["file"]].str.replace("\\", "/").str.casefold())
    without = [name for name in seen.images if not named & {name.casefold(), name.rpartition(".")[0].casefold()}]
    if seen.missing:
        few = f"{len(seen.missing)} files of the table are missing: {listing(seen.missing, 5)}"
        yield f"{few}. Put them there, or add to the command: --config allow_missing=true"
    if without:
        yield f"{len(without)} photographs have no row and are not used: {listing(without, 5)}."
    for one, other in same_files(request.folder, seen.images):
        yield f"{one} and {other} are the same photograph: leave one of them out, or give both the same identity."
    used = seen.table[seen.understood.columns["file"]].nunique() - len(seen.missing)
    if used < FEW:
        yield f"{used} faces are few: half of them are left to learn from, and intervals will be wide."
