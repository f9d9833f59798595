"""What an experiment makes, for the targets that can be asked for by name."""


def figures_of(experiment):
    """The files of all figures that an experiment has."""
    settings = config["experiments"][experiment]
    stems = [name for name, described in FIGURES.items() if described.needed(settings)]
    return expand(
        [f"results/{experiment}/figures/{stem}.{suffix}" for stem in stems for suffix in ("png", "pdf")],
        attribute=settings["attributes"],
        set=settings["faces"],
    )


def pages_of(experiment):
    """The article, the page of faces and the findings."""
    return [f"results/{experiment}/{name}" for name in ("article.html", "faces.html", "findings.md")]


def photos_of(experiment):
    """What the user's own photographs become."""
    return [f"results/{experiment}/photos/{name}" for name in ("scores.csv", "faces.html")]


def products(experiment):
    """What the default target asks for: pages, tables, figures and the heatmaps of the whole test set."""
    settings = config["experiments"][experiment]
    wanted = ["environment.json", "faces/{set}/faces.csv", "heatmaps/{base}/{mode}/{attribute}/relevance.npy"]
    files = [
        *tables_of(experiment, ".csv").values(),
        *tables_of(experiment, ".html").values(),
        *pages_of(experiment),
        *figures_of(experiment),
        *expand(
            [f"results/{experiment}/{path}" for path in wanted],
            base=settings["bases"],
            mode=modes_of(settings),
            attribute=settings["attributes"],
            set=settings["faces"],
        ),
        *(photos_of(experiment) if config["photos"] else []),
    ]
    return list(dict.fromkeys(files))


def missing_intermediates(files):
    """What files of an experiment are made from, if it is missing and would be overlooked.

    To be called when all rules are known. Jobs, which read the rules again, do not need it.
    """
    if not workflow.is_main_process:
        return []
    # The prefix of a module is part of all paths here, and must not be added again.
    wanted = [str(PREFIX.modify(path, property="input")) for path in files]
    return [local(path) for path in overlooked(wanted, workflow.rules)]


def made(files_of):
    """An input function: some files of the experiment, and what is missing of that which they are made from."""

    def files(wildcards):
        wanted = files_of(config["experiment"])
        return wanted + missing_intermediates(wanted)

    return files


def table1_of(experiment):
    """Table 1 as a file. Its page comes with those of all tables."""
    return [tables_of(experiment, ".csv")["table1"]]
