"""What the article of an experiment shows, and from which files: functions of its wildcards."""

from snakemake.iocontainers import Wildcards

REPORT = ROOT / "rules" / "report"
TEMPLATES = SCRIPTS / "facelrp" / "report" / "article" / "templates"


def illustrations(wildcards):
    """The figures of an experiment: for each its path, and what the article says of it."""
    settings = settings_of(wildcards)
    found = []
    for name, described in FIGURES.items():
        if not described.needed(settings):
            continue
        series = {"{attribute}": attributes(wildcards), "{set}": [{"set": name} for name in settings["faces"]]}
        for chosen in next((over for key, over in series.items() if key in name), [{}]):
            own = Wildcards(fromdict=dict(wildcards.items()) | chosen)
            found.append(
                {
                    "path": filled(f"<results>/figures/{name}.png", own),
                    "name": name.format(**chosen),
                    "section": described.section,
                    "title": described.title,
                    "shown": expression(wildcards) | described.network(own),
                    "series": bool(chosen),
                }
            )
    return found


def tables_in_article(wildcards):
    """The tables of an experiment, by name."""
    return {name: table for name, table in TABLES.items() if table.needed(settings_of(wildcards))}


def captions_in_article(wildcards):
    """The captions of these figures and tables, the same as in the report."""
    figures = dict.fromkeys(figure["name"].partition("/")[0] for figure in illustrations(wildcards))
    stems = [*(f"figures/{name}" for name in figures), *(f"tables/{name}" for name in tables_in_article(wildcards))]
    return [ours(REPORT / f"{stem}.rst") for stem in stems]


def settings_in_article(wildcards):
    """An experiment's settings, recipes and LRP rules written out: their names make no difference."""
    settings = settings_of(wildcards)
    recipes, rules = config["recipes"], config["lrp_rules"]
    bases = {
        name: base | ({"recipe": recipes[base["recipe"]]} if "recipe" in base else {})
        for name, base in settings["bases"].items()
    }
    modes = {mode: recipes[settings["finetuning"][mode]] for mode in modes_of(settings)}
    evaluated = {
        key: {name: rules[name] for name in settings["evaluation"][key]} for key in ("rules", "rules_intervened")
    }
    return settings | {
        "bases": bases,
        "finetuning": settings["finetuning"] | modes,
        "heatmaps": settings["heatmaps"] | {"rule": rules[settings["heatmaps"]["rule"]]},
        "evaluation": settings["evaluation"] | evaluated,
    }


def cited_in_article(wildcards):
    """What an experiment uses that is to be cited: its datasets, and the detector that finds faces on photographs."""
    sets = settings_of(wildcards)["faces"].values()
    names = dict.fromkeys(faces["dataset"] for faces in sets)
    return [*names, *(["face_landmarker"] if any(map(needs_detector, sets)) else [])]
