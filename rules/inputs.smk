"""Which files and settings a rule takes, as functions of its wildcards."""

REQUIRED = object()


def of_experiment(path, default=REQUIRED):
    """A slice of the experiment's configuration: the rule depends on just this.

    So does Snakemake's `lookup`, which walks through all of the configuration for every job.
    """

    def value(wildcards):
        table = config["experiments"][wildcards.experiment]
        *tables, key = path.format(**dict(wildcards.items())).split("/")
        for name in tables:
            table = table[name]
        return table[key] if default is REQUIRED else table.get(key, default)

    return value


def if_few_are_occluded(wildcards):
    """What tells which face figure 7 shows, where not all are occluded: it is one of them. Else it does not matter."""
    settings = config["experiments"][wildcards.experiment]
    if "faces" not in settings["occlusion"]:
        return None
    figures = settings["figures"]
    return {"attribute": figures["expression"], "publishable_only": figures["publishable_only"]}


def base_names(wildcards):
    return list(config["experiments"][wildcards.experiment]["bases"])


def attribute_names(wildcards):
    return list(config["experiments"][wildcards.experiment]["attributes"])


def networks(wildcards):
    """All networks of the experiment: what the wildcards base, mode and attribute can be."""
    return [
        {"base": base, "mode": mode, "attribute": attribute}
        for base in base_names(wildcards)
        for mode in ("dense", "full")
        for attribute in attribute_names(wildcards)
    ]


def of_networks(pattern):
    """An input function: the pattern's path for each of the networks, in their order."""

    def paths(wildcards):
        return [pattern.format(experiment=wildcards.experiment, **network) for network in networks(wildcards)]

    return paths


def modes(wildcards):
    """The base models in both modes: what the wildcards base and mode can be."""
    return [{"base": base, "mode": mode} for base in base_names(wildcards) for mode in ("dense", "full")]


def of_modes(pattern):
    """An input function: the pattern's path for each base model and mode, in their order."""

    def paths(wildcards):
        return [pattern.format(experiment=wildcards.experiment, **mode) for mode in modes(wildcards)]

    return paths


def of_attributes(pattern):
    """An input function: the pattern's path for each attribute; other wildcards are filled in."""

    def paths(wildcards):
        return [
            pattern.format(**dict(wildcards.items()) | {"attribute": attribute})
            for attribute in attribute_names(wildcards)
        ]

    return paths


def of_bases(pattern):
    """An input function: the pattern's path for each base model; other wildcards are filled in."""

    def paths(wildcards):
        return [pattern.format(**dict(wildcards.items()) | {"base": base}) for base in base_names(wildcards)]

    return paths


def of_all(pattern):
    """An input function: the pattern's path, below the experiment's folder, for all networks (or base models, …)."""
    of_each = of_networks(f"results/{{experiment}}/{pattern}")

    def paths(wildcards):
        # Of a pattern that names no mode, say, both modes have the same.
        return list(dict.fromkeys(of_each(wildcards)))

    return paths


EVALUATIONS = ("conservation", "perturbation", "localisation", "sanity", "agreement")


def tables(experiment):
    """The tables that findings can be drawn from, by their names in facelrp.report.claims."""
    names = ["table1", "comparisons", "convergence", "base_models", "occlusion"]
    names += ["aptitude", "aptitude_correlation", "recommendation"]
    names += ["pairs", "pair_scores"] if "pairs" in config["experiments"][experiment]["faces"] else []
    paths = {name: f"tables/{name}.csv" for name in names} | {name: f"evaluation/{name}.csv" for name in EVALUATIONS}
    return {name: f"results/{experiment}/{path}" for name, path in paths.items()}


def of_findings(wildcards):
    """The tables of the experiment, each under its own name."""
    return tables(wildcards.experiment)


def products(experiment):
    """What the default target asks for: findings, tables, figures and the heatmaps of the whole test set."""
    settings = config["experiments"][experiment]
    names = ["evaluation", *(f"figure{number}" for number in (1, 2, 3, 6, 7)), *DRAWN]
    names += ["figure4", "pairs"] if "pairs" in settings["faces"] else []
    names += ["figure5"] if any(base.get("target") == "age" for base in settings["bases"].values()) else []
    names += [f"contact_sheets/{attribute}" for attribute in settings["attributes"]]
    paths = [
        "findings.md",
        *expand("figures/{name}.{suffix}", name=names, suffix=["png", "pdf"]),
        *expand(
            "heatmaps/{base}/{mode}/{attribute}/relevance.npy",
            base=settings["bases"],
            mode=["dense", "full"],
            attribute=settings["attributes"],
        ),
        *(["photos/scores.csv"] if config["photos"] else []),
    ]
    return [
        *tables(experiment).values(),
        *expand(list(of_pages(["findings", *tables(experiment)], ".html").values()), experiment=experiment),
        *(f"results/{experiment}/{path}" for path in paths),
    ]


def of_photo_networks(pattern):
    """An input function: the pattern's path for each attribute's network of the base model and mode that figures show."""

    def paths(wildcards):
        shown = {"experiment": wildcards.experiment} | shown_mode(wildcards)
        return [pattern.format(**shown, attribute=attribute) for attribute in attribute_names(wildcards)]

    return paths


def age_base(wildcards):
    """The first base model that sees age."""
    bases = config["experiments"][wildcards.experiment]["bases"]
    return next(base for base, settings in bases.items() if settings.get("target") == "age")


def of_age_base(pattern):
    """An input function: the pattern's path for the base model that sees age."""

    def path(wildcards):
        return pattern.format(experiment=wildcards.experiment, base=age_base(wildcards))

    return path


def figure_setting(wildcards, key):
    return config["experiments"][wildcards.experiment]["figures"][key]


def shown_mode(wildcards):
    """The base model and the mode that the experiment's figures show."""
    return {key: figure_setting(wildcards, key) for key in ("base", "mode")}


def of_shown_mode(pattern):
    """An input function: the pattern's path for the base model and mode that figures show; others are filled in."""

    def path(wildcards):
        return pattern.format(**dict(wildcards.items()) | shown_mode(wildcards))

    return path


def shown_network(wildcards, attribute="expression"):
    """The network that the experiment's figures show, for its expression or for attractiveness."""
    return shown_mode(wildcards) | {"attribute": figure_setting(wildcards, attribute)}


def shown_attractiveness(wildcards):
    return shown_network(wildcards, "attractiveness")


def shown_bases(wildcards):
    """What figures that compare base models show of each: the network of this mode and attribute."""
    return shown_network(wildcards) | {"base": "all"}


def of_shown_network(pattern, attribute):
    """An input function: the pattern's path for the network that the experiment's figures show."""

    def path(wildcards):
        return pattern.format(experiment=wildcards.experiment, **shown_network(wildcards, attribute))

    return path


def of_expression(pattern):
    """An input function: the pattern's path for the expression that figures show; other wildcards are filled in."""

    def path(wildcards):
        return pattern.format(**dict(wildcards.items()) | {"attribute": figure_setting(wildcards, "expression")})

    return path


def of_expression_networks(pattern):
    """An input function: the pattern's path for the expression's network of every base model."""

    def paths(wildcards):
        shown = {"experiment": wildcards.experiment} | shown_network(wildcards)
        return [pattern.format(**shown | {"base": base}) for base in base_names(wildcards)]

    return paths


def figure(number, what, category, network=None):
    """The outputs of a figure of the paper: a picture for the report, and the same as vectors."""
    return picture(f"figure{number}", f"Figure {number}: {what}", category, network)


def picture(name, label, category, network=None, caption=None):
    """The outputs of a figure by its file's name; `network` tells, of wildcards, what the figure is confined to."""
    stem = f"results/{{experiment}}/figures/{name}"
    return {
        "png": report(
            f"{stem}.png",
            category=section(category),
            labels=lambda wildcards: {FIGURE: label} | (network(wildcards) if network else {}),
            caption=f"report/{caption or name}.rst",
        ),
        "pdf": f"{stem}.pdf",
    }


SHARDS = config["shards"]


def part(folder, name):
    """A result of one shard: temporary, in a folder of its own, unless there is but one shard."""
    return temp(f"{folder}/shards/{{shard}}/{name}") if SHARDS > 1 else f"{folder}/{name}"


def by_shard(stem, suffix):
    """A log or benchmark of one shard."""
    return f"{stem}/{{shard}}{suffix}" if SHARDS > 1 else f"{stem}{suffix}"


def shard(wildcards):
    """Which of how many shards a job works on."""
    return [int(wildcards.shard), SHARDS] if "shard" in wildcards.keys() else [0, 1]


def parts(folder, name):
    """An input function: the results of all shards, in their order."""

    def paths(wildcards):
        return [f"{folder}/shards/{number}/{name}".format(**dict(wildcards.items())) for number in range(SHARDS)]

    return paths
