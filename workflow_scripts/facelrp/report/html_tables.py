"""Tables as pages for a browser: sorted by a click on a column's head, searched, and filtered by words.

A page is one file that needs no other, because the report embeds it; DataTables, for example, would add 0.7 MB to each.
The table is readable without JavaScript, too.
"""

import base64
from html import escape
from string import Template

import pandas as pd

#: A column of words becomes a filter if it has no more than this many different words, none with more characters.
CHOICES, LENGTH = 16, 32

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>$title</title>
<style>
  body { font: 14px/1.45 system-ui, sans-serif; color: #1e293b; margin: 0; padding: 1rem 1.5rem }
  h1 { font-size: 1.25rem; margin: 0 0 .6rem }
  form { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin-bottom: .6rem }
  input, select { font: inherit; padding: .15rem .35rem; border: 1px solid #94a3b8; border-radius: .25rem }
  table { border-collapse: collapse }
  th { position: sticky; top: 0; background: #e2e8f0; text-align: left; vertical-align: bottom; padding: 0 }
  th button { all: unset; cursor: pointer; padding: .3rem .55rem; font-weight: 600; white-space: nowrap }
  th button:focus-visible { outline: 2px solid #059669 }
  th span::after { content: "\\2195"; color: #94a3b8; padding-left: .3rem }
  th[aria-sort=ascending] span::after { content: "\\2191"; color: #059669 }
  th[aria-sort=descending] span::after { content: "\\2193"; color: #059669 }
  th small { display: block; font-weight: normal; color: #475569 }
  td { padding: .22rem .55rem; vertical-align: top; max-width: 26rem; border-bottom: 1px solid #e2e8f0 }
  th.number, td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
  tbody tr:hover { background: #f1f5f9 }
</style>
</head>
<body>
<h1>$title</h1>
<form onsubmit="return false">
<input type="search" placeholder="Search" aria-label="Search">
$filters
<output></output>
<a download="$file" href="data:text/csv;base64,$csv">$file</a>
</form>
<table>
<thead><tr>$heads</tr></thead>
<tbody>
$rows
</tbody>
</table>
<script>
const body = document.querySelector("tbody"), rows = [...body.rows], heads = [...document.querySelectorAll("th")];
const key = (row, column) => row.cells[column].dataset.value ?? row.cells[column].textContent;
const order = new Intl.Collator("en", { numeric: true }).compare;
const compare = (a, b, number) => {
  if (a === "" || b === "") return (a === "") - (b === "");  // what is missing comes last
  return number ? a - b : order(a, b);
};
heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
  const descending = head.ariaSort === "ascending";
  heads.forEach((other) => other.removeAttribute("aria-sort"));
  head.ariaSort = descending ? "descending" : "ascending";
  const number = head.classList.contains("number");
  rows.sort((a, b) => {
    const [first, second] = [key(a, column), key(b, column)];
    const sign = descending && first !== "" && second !== "" ? -1 : 1;
    return sign * compare(first, second, number);
  });
  body.append(...rows);
}));
const form = document.querySelector("form");
const search = form.querySelector("input"), selects = [...form.querySelectorAll("select")];
const filter = () => {
  const words = search.value.toLowerCase().split(/\\s+/);
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word))
      || selects.some((select) => select.value && key(row, select.dataset.column) !== select.value);
  }
  form.querySelector("output").textContent = rows.filter((row) => !row.hidden).length + " of " + rows.length + " rows";
};
for (const event of ["input", "change"]) form.addEventListener(event, filter);
filter();
</script>
</body>
</html>
""")


def as_page(table, title, file):
    """Return a table as a page for a browser.

    Numbers are rounded. A number and the two ends of its interval, if they follow it, form one column. The page also
    contains the unchanged table as a CSV file to save.

    Parameters
    ----------
    table : DataFrame
        Columns without any value are left out. The ends of an interval are two columns after that of its number; their
        names differ only in ``low`` and ``high``.
    title : str
    file : str
        File name of the saved table.

    Returns
    -------
    str
        HTML.
    """
    filled = table.dropna(axis="columns", how="all")
    heads, cells, filters = [], [], []
    for column, ends in columns(list(filled)):
        number = pd.api.types.is_numeric_dtype(filled[column])
        kind = ' class="number"' if number else ""
        note = "<small>[95 % interval]</small>" if ends else ""
        heads.append(f"<th{kind}><button><span>{escape(column)}</span>{note}</button></th>")
        if number:
            cells.append(numbers(filled[column], *(filled[end] for end in ends)))
            continue
        words = filled[column].fillna("").astype(str)
        cells.append([f"<td>{escape(word)}</td>" for word in words])
        repeated = 1 < words.nunique() < len(words)
        if repeated and words.nunique() <= CHOICES and words.str.len().max() <= LENGTH:
            options = "".join(f"<option>{escape(word)}</option>" for word in words.unique() if word)
            filters.append(
                f'<label>{escape(column)} <select data-column="{len(heads) - 1}"><option value="">all</option>'
                f"{options}</select></label>"
            )
    return PAGE.substitute(
        title=escape(title),
        file=escape(file),
        filters="\n".join(filters),
        heads="".join(heads),
        rows="\n".join(f"<tr>{''.join(row)}</tr>" for row in zip(*cells, strict=True)),
        csv=base64.b64encode(table.to_csv(index=False, lineterminator="\n").encode()).decode(),
    )


def columns(names):
    """Yield the names of columns, each with the names of its interval's two ends if they follow."""
    while names:
        name, *names = names
        ends = names[:2]
        if len(ends) == 2 and "low" in ends[0] and ends[1] == ends[0].replace("low", "high"):
            yield name, ends
            names = names[2:]
        else:
            yield name, []


def numbers(values, *ends):
    """Return the cells of a column of numbers, rounded, with the ends of their intervals if they have any."""
    known = values.dropna()
    whole = (known % 1 == 0).all() or known.abs().max() >= 100
    digits = 0 if whole else 3

    def cell(value, *interval):
        if pd.isna(value):
            return '<td class="number" data-value=""></td>'
        texts = [rounded(one, digits) for one in (value, *interval)]
        text = f"{texts[0]} [{', '.join(texts[1:])}]" if interval else texts[0]
        return f'<td class="number" data-value="{value:.6g}">{text}</td>'

    return [cell(*row) for row in zip(values, *ends, strict=True)]


def rounded(value, digits):
    """Return a number as text with this many decimals, or with one significant digit if these were all zero."""
    text = f"{value:,.{digits}f}"
    return f"{value:.0e}" if value and not float(text.replace(",", "")) else text
