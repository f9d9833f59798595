"""The sections of the report, and what is listed in each, as functions that rules use."""

from facelrp.report.table_titles import TITLES

#: In the paper's order: its section 2, 3.2 (networks, base models), 3.3, 3.4, 3.5 and 3.6 (heatmaps), 3.7; the first and
#: the last are not the paper's. With the tables that each has as a page; their titles are in facelrp.report.table_titles.
SECTIONS = {
    "Findings": ["findings"],
    "Relevance": ["conservation"],
    "Networks": ["table1", "comparisons"],
    "Base models": ["base_models", "aptitude", "recommendation"],
    "Convergence": ["convergence", "aptitude_correlation"],
    "Expressions": ["pairs", "pair_scores"],
    "Heatmaps": [],
    "Occlusion": ["occlusion"],
    "Evaluation": ["perturbation", "localisation", "sanity", "agreement"],
}
SECTION_OF_TABLE = {table: name for name, tables in SECTIONS.items() for table in tables}

#: The label by which results are listed; base, mode and attribute stand beside it where a result is confined to one.
FIGURE = "figure or table"

#: Tables that there are only where there are pairs of expressions.
OF_PAIRS = SECTIONS["Expressions"]
OF_ALL = [name for name in SECTION_OF_TABLE if name not in OF_PAIRS]


def section(name):
    """A section's name in the report, which sorts them: with its number."""
    return f"{1 + list(SECTIONS).index(name)} {name}"


def of_pages(names, suffix):
    """The tables of pages, or the pages themselves, each under its own name."""
    folders = {name: "evaluation" if name in EVALUATIONS else "tables" for name in names}
    return {name: f"results/{{experiment}}/{folders[name]}/{name}{suffix}" for name in names}


def pages(names):
    """The pages of tables, each for its section of the report."""
    return {
        name: report(
            path,
            category=section(SECTION_OF_TABLE[name]),
            labels={FIGURE: TITLES[name]},
            caption=f"report/{name}.rst",
        )
        for name, path in of_pages(names, ".html").items()
    }
