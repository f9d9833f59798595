"""Which files and settings a rule takes, as functions of its wildcards."""


def of_experiment(dpath, **kwargs):
    """A slice of the experiment's configuration: the rule depends on just this."""
    return lookup(within=config, dpath=f"experiments/{{experiment}}/{dpath}", **kwargs)


def dataset_options(wildcards):
    """The description of a set of faces, without what tells where it comes from."""
    description = config["experiments"][wildcards.experiment]["faces"][wildcards.set]
    options = {key: value for key, value in description.items() if key not in ("dataset", "archive", "folder")}
    if description["dataset"] == "us10k":
        options["attributes"] = attribute_names(wildcards)
    # What is drawn cannot be missing.
    return options if description["dataset"] == "synthetic" else options | {"allow_missing": config["allow_missing"]}


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


EVALUATIONS = ("conservation", "perturbation", "localisation", "sanity", "agreement")


def tables(experiment):
    """The tables that findings can be drawn from, by their names in facelrp.claims."""
    names = ["table1", "comparisons", "convergence", "base_models", "occlusion"]
    names += ["aptitude", "aptitude_correlation", "recommendation"]
    names += ["pairs", "pair_scores"] if "pairs" in config["experiments"][experiment]["faces"] else []
    paths = {name: f"tables/{name}.csv" for name in names} | {name: f"evaluation/{name}.csv" for name in EVALUATIONS}
    return {name: f"results/{experiment}/{path}" for name, path in paths.items()}


def of_findings(wildcards):
    """The tables of the experiment, each under its own name."""
    return tables(wildcards.experiment)


def products(experiment):
    """What the default target asks for: findings, tables, figures and the heatmaps of the whole test half."""
    settings = config["experiments"][experiment]
    names = ["evaluation", *(f"figure{number}" for number in (1, 2, 3, 6, 7))]
    names += ["figure4", "pairs"] if "pairs" in settings["faces"] else []
    names += ["figure5"] if any(base.get("target") == "age" for base in settings["bases"].values()) else []
    paths = [
        "findings.md",
        *(f"figures/{name}.{suffix}" for name in names for suffix in ("png", "pdf")),
        *expand(
            "heatmaps/{base}/{mode}/{attribute}/relevance.npy",
            base=settings["bases"],
            mode=["dense", "full"],
            attribute=settings["attributes"],
        ),
        *(["photos/scores.csv"] if config["photos"] else []),
    ]
    return [*tables(experiment).values(), *(f"results/{experiment}/{path}" for path in paths)]


def refuse_absences(experiment):
    """Stop before any work if archives are not at hand that can only be asked for; tell all of them at once."""
    faces = config["experiments"][experiment]["faces"]
    wanted = {
        description["dataset"]: name
        for name, description in faces.items()
        if not Path(f"results/{experiment}/faces/{name}/faces.csv").exists()
    }
    missing = licensed.absences(wanted, config["archive_dir"])
    if missing:
        raise ConfigurationError(
            f"experiment {experiment}: files are missing that their owners give on request\n"
            + "\n".join(missing)
            + f"\nPut the archives, zipped or not, into the folder {config['archive_dir']}"
            + " (or name another: --config archive_dir=…). Nothing has been run."
        )


def refuse_wrong_paths(experiment):
    """Stop before any work if the configuration names a file or folder of the user's that is not there."""
    named = {("photos",): config["photos"]}
    for name, faces in config["experiments"][experiment]["faces"].items():
        if faces["dataset"] == "folder":
            place = ("experiments", experiment, "faces", name)
            named |= {(*place, "folder"): faces["folder"], (*place, "table"): Path(faces["folder"], faces["table"])}
    for place, path in named.items():
        if path is not None and not Path(path).exists():
            raise ConfigurationError(f"config key {'/'.join(place)}: {path} is not there — correct the path")


def archive_of_faces(wildcards):
    """The folder of the archive these faces come from, if they come from one."""
    archive = config["experiments"][wildcards.experiment]["faces"][wildcards.set].get("archive")
    return [f"results/{wildcards.experiment}/archives/{archive}"] if archive else []


def own_files(wildcards):
    """All files of a user's own folder of faces, and its table: whichever changes, the faces are prepared anew."""
    faces = config["experiments"][wildcards.experiment]["faces"][wildcards.set]
    if faces["dataset"] != "folder":
        return []
    table = Path(faces["folder"], faces["table"])
    return sorted({*files_below(faces["folder"]), *([str(table)] if table.is_file() else [])})


def files_below(folder):
    """The files below a folder but hidden ones."""
    return [
        str(path)
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def photos(wildcards):
    """The user's own photographs."""
    if not config["photos"]:
        raise ConfigurationError("config key photos: no folder is named — snakemake --cores all --config photos=…")
    return [path for path in files_below(config["photos"]) if path.lower().endswith(PHOTOGRAPHS)]


def of_photo_networks(pattern):
    """An input function: the pattern's path for each attribute's network of the base model and mode that figures show."""

    def paths(wildcards):
        return [
            pattern.format(
                experiment=wildcards.experiment,
                base=figure_setting(wildcards, "base"),
                mode=figure_setting(wildcards, "mode"),
                attribute=attribute,
            )
            for attribute in attribute_names(wildcards)
        ]

    return paths


def experiments_with(source):
    """The regular expression of an experiment whose base model that follows in the path comes from this source."""
    choices = []
    for experiment, settings in config["experiments"].items():
        bases = [re.escape(base) for base, description in settings["bases"].items() if description["source"] == source]
        if bases:
            choices.append(f"{re.escape(experiment)}(?=/bases/(?:{'|'.join(bases)})/)")
    # No name at all fits where no base model comes from this source.
    return "|".join(choices) or "(?!)"


def archives_of_base(wildcards):
    """The descriptions of the files an imported base model is made from, by their keys in `archives`."""
    base = config["experiments"][wildcards.experiment]["bases"][wildcards.base]
    return {base[key]: config["archives"][base[key]] for key in ("model", "mean", "weights") if key in base}


def code_of_faces(wildcards):
    return code("prepare_faces", module_of_faces(wildcards))


def code_of_raters(wildcards):
    return code("collect_raters", module_of_faces(wildcards))


def module_of_faces(wildcards):
    """The module that reads or draws a set of faces: it is imported by name."""
    return f"facelrp.datasets.{config['experiments'][wildcards.experiment]['faces'][wildcards.set]['dataset']}"


def faces_of_base(wildcards):
    """The base models' own faces if the experiment has any, else the training half of the rated faces."""
    folder = f"results/{wildcards.experiment}/faces"
    if "base" in config["experiments"][wildcards.experiment]["faces"]:
        return {"images": f"{folder}/base/images.npy", "faces": f"{folder}/base/faces.csv"}
    return {
        "images": f"{folder}/rated/images.npy",
        "faces": f"{folder}/rated/faces.csv",
        "split": f"{folder}/split.csv",
    }


def start_of_network(wildcards):
    """A dense network is trained on features computed once per base model, a full one on images."""
    folder = f"results/{wildcards.experiment}"
    source = {"features": f"{folder}/bases/{wildcards.base}/features.npy"}
    if wildcards.mode == "full":
        source = {"images": f"{folder}/faces/rated/images.npy"}
    return source | {"base": f"{folder}/bases/{wildcards.base}/weights.safetensors"}


def age_base(wildcards):
    """The first base model that sees age."""
    bases = config["experiments"][wildcards.experiment]["bases"]
    return next(base for base, settings in bases.items() if settings.get("target") == "age")


def of_age_base(pattern):
    """An input function: the pattern's path for the base model that sees age."""

    def path(wildcards):
        return pattern.format(experiment=wildcards.experiment, base=age_base(wildcards))

    return path


def shown_network(wildcards):
    """The network that the experiment's figures show, for its expression."""
    settings = config["experiments"][wildcards.experiment]["figures"]
    return {"base": settings["base"], "mode": settings["mode"], "attribute": settings["expression"]}


def figure_setting(wildcards, key):
    return config["experiments"][wildcards.experiment]["figures"][key]


def of_shown_network(pattern, attribute):
    """An input function: the pattern's path for the network that the experiment's figures show."""

    def path(wildcards):
        return pattern.format(
            experiment=wildcards.experiment,
            base=figure_setting(wildcards, "base"),
            mode=figure_setting(wildcards, "mode"),
            attribute=figure_setting(wildcards, attribute),
        )

    return path


def of_expression(pattern):
    """An input function: the pattern's path for the expression that figures show; other wildcards are filled in."""

    def path(wildcards):
        return pattern.format(**dict(wildcards.items()) | {"attribute": figure_setting(wildcards, "expression")})

    return path


def of_expression_networks(pattern):
    """An input function: the pattern's path for the expression's network of every base model."""

    def paths(wildcards):
        return [
            pattern.format(
                experiment=wildcards.experiment,
                base=base,
                mode=figure_setting(wildcards, "mode"),
                attribute=figure_setting(wildcards, "expression"),
            )
            for base in base_names(wildcards)
        ]

    return paths


def figure(number, category):
    """The outputs of a figure: a picture for the report, and the same as vectors."""
    return picture(f"figure{number}", f"Figure {number}", category)


def picture(name, label, category):
    """The outputs of a figure by its file's name, see `figure`."""
    stem = f"results/{{experiment}}/figures/{name}"
    return {
        "png": report(
            f"{stem}.png",
            category=category,
            labels={"figure": label},
            caption=f"report/{name}.rst",
        ),
        "pdf": f"{stem}.pdf",
    }


# Before the first job; neither for --lint nor for --report, which need no archives.
onstart:
    refuse_wrong_paths(config["experiment"])
    refuse_absences(config["experiment"])
