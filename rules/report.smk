"""The registry of tables and figures, and the sections of the report that show them."""

from typing import NamedTuple

#: In the paper's order: its sections 2, 3.2 (networks, base models), 3.3, 3.4, 3.5 and 3.6 (heatmaps), 3.7. The first and
#: the last are ours. Nine at most: the report sorts their numbers as text.
SECTIONS = [
    "Findings",
    "Relevance",
    "Networks",
    "Base models",
    "Convergence",
    "Expressions",
    "Heatmaps",
    "Occlusion",
    "Evaluation",
]


# What tables and figures can need of an experiment's settings.


def always(settings):
    return True


def has_pairs(settings):
    return "pairs" in settings["faces"]


def has_age_base(settings):
    return any(base.get("target") == "age" for base in settings["bases"].values())


def has_replicates(settings):
    """Whether anything is trained with several seeds."""
    return any(trained.get("more_seeds") for trained in [*settings["bases"].values(), settings["finetuning"]])


def has_attractiveness(settings):
    return settings["figures"]["attractiveness"] is not None


def can_redraw(settings):
    return DATASETS[settings["faces"]["rated"]["dataset"]].get("redrawn", False)


class Table(NamedTuple):
    """A table: the folder of its CSV and HTML files, its place in the report, and what an experiment needs for it."""

    folder: str
    section: str
    title: str
    needed: object = always

    def path(self, name, suffix):
        return f"<results>/{self.folder}/{name}{suffix}"


#: To add a table: a line here, the rule and script that write it, its caption in report/tables, and what it holds in
#: results/README.md.
TABLES = {
    "findings": Table("tables", "Findings", "Claims of the paper, and what became of them"),
    "recovery": Table("evaluation", "Findings", "Table: how far the known truth is recovered", can_redraw),
    "conservation": Table("evaluation", "Relevance", "Table: is relevance conserved?"),
    "table1": Table("tables", "Networks", "Table 1: mean absolute errors"),
    "comparisons": Table("tables", "Networks", "Table: comparisons of errors"),
    "cross_prediction": Table("tables", "Networks", "Table: predictions of every attribute"),
    "permuted_networks": Table("tables", "Networks", "Table: networks trained on permuted ratings"),
    "base_models": Table("tables", "Base models", "Table: accuracy of the base models"),
    "aptitude": Table("tables", "Base models", "Table: richness of heatmaps, speed of learning"),
    "recommendation": Table("tables", "Base models", "Table: which base model to start from"),
    "replicates": Table("tables", "Base models", "Table: networks over seeds", has_replicates),
    "base_replicates": Table("tables", "Base models", "Table: base models over seeds", has_replicates),
    "base_similarity": Table("tables", "Base models", "Table: how similar features are", has_replicates),
    "predictors": Table("tables", "Base models", "Table: what foretells errors and speed", has_replicates),
    "convergence": Table("tables", "Convergence", "Table: speed of learning"),
    "aptitude_correlation": Table("tables", "Convergence", "Table: does richness foretell speed?"),
    "pairs": Table("tables", "Expressions", "Table: relevance of each part", has_pairs),
    "pair_scores": Table("tables", "Expressions", "Table: scores", has_pairs),
    "specificity": Table("tables", "Expressions", "Table: relevance beyond that of other networks", has_pairs),
    "swaps": Table("tables", "Expressions", "Table: relevance and swaps of parts", has_pairs),
    "swap_effects": Table("tables", "Expressions", "Table: what swapping each part does", has_pairs),
    "occlusion": Table("tables", "Occlusion", "Table: what occluding each part does"),
    "perturbation": Table("evaluation", "Evaluation", "Table: relevant regions taken away"),
    "localisation": Table("evaluation", "Evaluation", "Table: on what relevance lies"),
    "rules": Table("evaluation", "Evaluation", "Table: other rules beside that of the heatmaps"),
    "sanity": Table("evaluation", "Evaluation", "Table: mirrored faces, random weights"),
    "agreement": Table("evaluation", "Evaluation", "Table: how alike heatmaps are"),
    "individuality": Table("evaluation", "Evaluation", "Table: what heatmaps show of a single face"),
    "permuted_heatmaps": Table("evaluation", "Evaluation", "Table: heatmaps of permuted ratings"),
    "interventions": Table("evaluation", "Evaluation", "Table: relevance and effects of parts", can_redraw),
    "uses": Table("evaluation", "Evaluation", "Table: parts that networks use", can_redraw),
}


def all_bases(wildcards):
    """The label of figures that compare base models: the expression's networks."""
    return expression_network(wildcards) | {"base": "all"}


def attribute_shown(wildcards):
    """The label of a figure of one attribute."""
    return figure_base_mode(wildcards) | {"attribute": wildcards.attribute}


def set_shown(wildcards):
    """The label of a figure of one set of faces."""
    return {"set": wildcards.set}


class Figure(NamedTuple):
    """A figure: its place in the report, the network it shows (a selector), and what an experiment needs for it."""

    section: str
    title: str
    network: object = lambda wildcards: {}
    needed: object = always


#: To add a figure: a line here, its rule in figures.smk, its script, and its caption in report/figures. Names may hold
#: the wildcards ``{attribute}`` and ``{set}``.
FIGURES = {
    "truth": Figure("Findings", "Figure: what ratings, networks and heatmaps depend on", needed=can_redraw),
    "figure1": Figure("Relevance", "Figure 1: the relevance of one face, layer by layer", expression_network),
    "figure2": Figure("Base models", "Figure 2: one face under each base model"),
    "replicates": Figure("Base models", "Figure: base models and seeds", needed=has_replicates),
    "figure3": Figure("Convergence", "Figure 3: learning curves"),
    "figure4": Figure("Expressions", "Figure 4: two people in two expressions", expression_network, has_pairs),
    "figure5": Figure("Heatmaps", "Figure 5: the faces that look oldest", age_base, has_age_base),
    "figure6": Figure("Heatmaps", "Figure 6: the most attractive faces", attractiveness_network, has_attractiveness),
    "figure7": Figure("Occlusion", "Figure 7: occlusions", all_bases),
    "pairs": Figure("Expressions", "Figure: mean difference of relevance", all_bases, has_pairs),
    "predictions": Figure("Networks", "Figure: predictions and ratings"),
    "evaluation": Figure("Evaluation", "Figure: relevant regions taken away", expression_network),
    "rules": Figure("Evaluation", "Figure: heatmaps by rule", expression_network),
    "randomised": Figure("Evaluation", "Figure: heatmaps as weights become random", expression_network),
    "regions/{set}": Figure("Evaluation", "Figure: faces and their parts", set_shown),
    "contact_sheets/{attribute}": Figure("Heatmaps", "Figure: contact sheet", attribute_shown),
}

#: The label by which the report lists results; base, mode, attribute and set are further ones where a result has them.
LABEL = "figure or table"


def numbered(section):
    """A section's name as the report shows it: the number keeps the order."""
    return f"{1 + SECTIONS.index(section)} {section}"


def figure(name):
    """The outputs of a figure: a PNG for the report, and the same as PDF."""
    stem, described = f"<results>/figures/{name}", FIGURES[name]
    return {
        "png": report(
            f"{stem}.png",
            category=numbered(described.section),
            labels=lambda wildcards: {LABEL: described.title} | described.network(wildcards),
            caption=f"report/figures/{name.partition('/')[0]}.rst",
        ),
        "pdf": f"{stem}.pdf",
    }


def tables(suffix, needed):
    """The files of the tables that need the same, such as `has_pairs`, by name."""
    return {name: table.path(name, suffix) for name, table in TABLES.items() if table.needed is needed}


def titles(needed):
    """The titles of tables, by name; see `tables`."""
    return {name: table.title for name, table in TABLES.items() if table.needed is needed}


def table_pages(needed):
    """The pages of tables, by name, for the report; see `tables`."""
    return {
        name: report(
            path,
            category=numbered(TABLES[name].section),
            labels={LABEL: TABLES[name].title},
            caption=f"report/tables/{name}.rst",
        )
        for name, path in tables(".html", needed).items()
    }


def tables_of(experiment, suffix):
    """All tables that an experiment has, by name."""
    settings = config["experiments"][experiment]
    paths = {name: table.path(name, suffix) for name, table in TABLES.items() if table.needed(settings)}
    return {name: apply_wildcards(PATHVARS.apply(path), {"experiment": experiment}) for name, path in paths.items()}
