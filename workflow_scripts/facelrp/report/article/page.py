"""The article as one page: templates filled with this experiment's tables, figures and settings."""

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from facelrp.findings.outcomes import CONTRADICTED, INCONCLUSIVE, NEGLIGIBLE, OUTCOMES, SUPPORTED, UNTESTED
from facelrp.findings.pages import LEGEND
from facelrp.report.article.captions import caption_as_html, rst_as_html
from facelrp.report.article.claims import by_verdict, counted, placed
from facelrp.report.article.tables import WORDS, as_shown
from facelrp.report.article.views import VIEWS

TEMPLATES = Path(__file__).parent / "templates"

#: Verdicts differ in sign and word, not in colour alone.
SYMBOLS = {SUPPORTED: "✓", CONTRADICTED: "✗", NEGLIGIBLE: "≈", INCONCLUSIVE: "?", UNTESTED: "–"}
SPELLED = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
METHODS = "Methods"
#: For numbers that no data determine, such as agreement about effects if there are none.
UNKNOWN = "an unknown amount"


def number(value):
    """Return a number with two decimals, as text."""
    return f"{value:.2f}".replace("-", "−") if value == value else UNKNOWN


def percent(value):
    """Return a share as a percentage, as text."""
    return f"{100 * value:.0f} %" if value == value else UNKNOWN


def share(row, name):
    """Return a share of a table's row with its interval, as text."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    interval = f" [{100 * low:.0f}, {100 * high:.0f}]" if low == low and high == high else ""
    return percent(row[name]) + interval


def measure(row, name):
    """Return a number of a table's row with its interval, as text."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return number(row[name]) + (f" [{number(low)}, {number(high)}]" if low == low and high == high else "")


def p_value(value):
    """Return a p-value with its sign of equality, as text."""
    return f"= {value:.3f}" if value >= 0.001 else "< 0.001"


def listed(names):
    """Return names as text: "happy, sad and calm"."""
    *first, last = map(str, names)
    return f"{', '.join(first)} and {last}" if first else last


def spaced(text):
    """Return text whose names of parts have blanks for underscores."""
    return re.sub(r"(?<=\w)_(?=\w)", " ", str(text))


def sentence(text):
    """Return text that ends like a sentence."""
    return text if text.endswith(("?", ".")) else f"{text}."


def capital(text):
    """Return text that begins like a sentence."""
    return text[:1].upper() + text[1:]


FILTERS = {
    "capital": capital,
    "sentence": sentence,
    "number": number,
    "percent": percent,
    "share": share,
    "measure": measure,
    "p_value": p_value,
    "listed": listed,
    "spaced": spaced,
    "plain": lambda value: f"{value:g}".replace("-", "−"),
    "spelled": lambda count: SPELLED[count] if count < len(SPELLED) else str(count),
}


def as_article(sections, figures, tables, captions, **facts):
    """Return an article as HTML.

    Parameters
    ----------
    sections : list of str
        In their order. The first is followed by the methods; those without claims, figures and tables are left out.
    figures : list of dict
        ``name``, ``section``, ``title``, ``shown`` (see `caption_as_html`), ``src``, ``width``, ``height``, and whether
        it is one of a ``series``, which stands in an appendix.
    tables : dict of {str: dict}
        By name: ``table`` (a DataFrame), ``section``, ``title``, and ``path`` from the page, without suffix.
    captions : dict of {str: str}
        Files of captions by kind and name, such as "figures/figure1".
    **facts
        What the templates name, see `facelrp.report.article.facts`.

    Returns
    -------
    str
    """
    titles = {one["title"]: one["section"] for one in (*figures, *tables.values())}
    findings = placed(tables["findings"]["table"].to_dict("records"), titles)
    figures = [illustrated(one, captions, facts["drawn"], facts["scale"]) for one in figures]
    shown = [shown_table(name, one, facts["network"]) for name, one in tables.items() if name in VIEWS]
    shown = [one for one in shown if one["rows"]]
    parts = arranged(sections, findings, [one for one in figures if not one["series"]], shown)
    ending = {"references": "References", "all-tables": "All tables", "environment": "Versions and configuration"}
    groups = by_verdict(findings)
    template = environment().get_template("article.html")
    return template.render(
        facts,
        sections=parts,
        contents=[*parts, *({"id": key, "title": title} for key, title in ending.items())],
        ids={part["title"]: part["id"] for part in parts},
        more_figures=[one for one in figures if one["series"]],
        all_tables=[described(name, one, captions, facts["scale"]) for name, one in tables.items()],
        findings=findings,
        theirs=sum(one["section"] != "ours" for one in findings),
        groups=groups,
        counted=counted(findings, sections),
        outcomes=[outcome for outcome in OUTCOMES if outcome in groups],
        symbols=SYMBOLS,
        legend=rst_as_html(LEGEND),
    )


@cache
def environment():
    """Return the templates: text that is not marked as HTML is escaped, and a name that is missing is an error."""
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        lstrip_blocks=True,
    )
    found.filters |= FILTERS
    return found


def identifier(text):
    """Return text as an HTML identifier."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def arranged(sections, findings, figures, tables):
    """Return the sections with what stands in each, numbered, the methods after the first."""
    parts = []
    for title in sections:
        own = {
            "claims": [one for one in findings if one["place"] == title],
            "figures": [one for one in figures if one["section"] == title],
            "tables": [one for one in tables if one["section"] == title],
        }
        if title == sections[0]:
            parts += [own | {"title": title}, {"title": METHODS}]
        elif any(own.values()):
            parts.append(own | {"title": title})
    return [part | {"number": count, "id": identifier(part["title"])} for count, part in enumerate(parts, 1)]


def heading(title):
    """Return a title of the registry as a heading: "Table: scores" becomes "Scores", "Table 1: errors" stays."""
    kind, _, words = title.partition(": ")
    return capital(words) if words and kind in ("Table", "Figure") else title


def illustrated(figure, captions, redrawn, scale):
    """Return a figure with its caption as HTML, which begins with the figure's title if it has no other beginning."""
    text = caption_as_html(captions[f"figures/{figure['name'].partition('/')[0]}"], figure["shown"], redrawn, scale)
    if not text.startswith("<p><strong>"):
        text = text.replace("<p>", f"<p><strong>{sentence(heading(figure['title']))}</strong> ", 1)
    return figure | {"caption": text, "id": identifier(figure["name"])}


def shown_table(name, table, network):
    """Return what the article shows of a table, see `facelrp.report.article.views`."""
    view = VIEWS[name]
    shown = as_shown(table["table"], view, network)
    brackets = any("[" in cell for row in shown["rows"] for cell in row)
    return shown | {
        "name": name,
        "section": table["section"],
        "path": table["path"],
        "title": heading(table["title"]),
        "brackets": brackets,
        "of_network": {key: WORDS.get(key, {}).get(network[key], network[key]) for key in view.network},
        "note": view.note,
    }


def described(name, table, captions, scale):
    """Return a table's entry in the list of all: title, size, caption and path."""
    return {
        "title": heading(table["title"]),
        "path": table["path"],
        "size": table["table"].shape,
        "caption": caption_as_html(captions[f"tables/{name}"], scale=scale),
    }
