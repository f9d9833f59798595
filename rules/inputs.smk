"""Which files and settings a rule takes, as functions of its wildcards.

`each` and `one` make input functions from a pattern and a *selector*, which says what a wildcard can be: a list of
``{wildcard: value}`` for `each`, a single one for `one`. The job's own wildcards fill the rest of the pattern.
"""


def each(pattern, over):
    """An input function: the pattern's path for each item of a selector, in its order."""
    return lambda wildcards: [filled(pattern, wildcards, **chosen) for chosen in over(wildcards)]


def one(pattern, of):
    """An input function: the pattern's path for what a selector chooses."""
    return lambda wildcards: filled(pattern, wildcards, **of(wildcards))


# Selectors of several items.


def itself(wildcards):
    """What the job's own wildcards say, and nothing else."""
    return [{}]


def bases(wildcards):
    return [{"base": base} for base in base_names(wildcards)]


def attributes(wildcards):
    return [{"attribute": attribute} for attribute in attribute_names(wildcards)]


def base_modes(wildcards):
    """Each base model in each mode."""
    return [base | {"mode": mode} for base in bases(wildcards) for mode in modes_of(settings_of(wildcards))]


def ridges(wildcards):
    """Ridge regression of each attribute on the features of each base model."""
    return [base | attribute for attribute in attributes(wildcards) for base in bases(wildcards)]


def networks(wildcards):
    """All fine-tuned networks of the experiment."""
    return [base_mode | attribute for base_mode in base_modes(wildcards) for attribute in attributes(wildcards)]


def replicated_bases(wildcards):
    """Each base model, trained with each of its seeds: its place (``base``), its plain name (``kind``) and the seed."""
    return [
        {"base": name, "kind": base, "base_seed": replicates.seed_of(name, described)}
        for base, described in settings_of(wildcards)["bases"].items()
        for name in replicates.names(base, described)
    ]


def replicated_networks(wildcards):
    """All networks, fine-tuned with each seed from base models trained with each seed."""
    finetuning = settings_of(wildcards)["finetuning"]
    return [
        base | {"mode": name, "plain_mode": mode, "seed": replicates.seed_of(name, finetuning)} | attribute
        for base in replicated_bases(wildcards)
        for mode in modes_of(settings_of(wildcards))
        for name in replicates.names(mode, finetuning)
        for attribute in attributes(wildcards)
    ]


def curves(wildcards):
    """What each of these networks is, without its seeds."""
    keys = ("kind", "plain_mode", "attribute")
    return [{key: network[key] for key in keys} for network in replicated_networks(wildcards)]


def replicated_ridges(wildcards):
    """Ridge regression of each attribute on the features of each base model, trained with each of its seeds."""
    return [base | attribute for base in replicated_bases(wildcards) for attribute in attributes(wildcards)]


def figure_networks(wildcards):
    """The network of each attribute, for the base model and mode that figures show."""
    return [figure_base_mode(wildcards) | attribute for attribute in attributes(wildcards)]


def of_expression(wildcards):
    """The attribute of figures on expressions, and no other."""
    return [expression(wildcards)]


def of_attractiveness(wildcards):
    """The attribute of the figure on attractiveness, and no other."""
    return [{"attribute": settings_of(wildcards)["figures"]["attractiveness"]}]


def expression_networks(wildcards):
    """The expression's network of each base model, in the mode that figures show."""
    return [expression_network(wildcards) | base for base in bases(wildcards)]


def networks_of_expression(wildcards):
    """The expression's network of each base model in each mode."""
    return [base_mode | expression(wildcards) for base_mode in base_modes(wildcards)]


# Selectors of one.


def figure_base_mode(wildcards):
    """The base model and the mode that figures show."""
    figures = settings_of(wildcards)["figures"]
    return {"base": figures["base"], "mode": figures["mode"]}


def expression(wildcards):
    """The attribute of figures on expressions."""
    return {"attribute": attribute_of_figures(wildcards)}


def expression_network(wildcards):
    """The network of figures on expressions."""
    return figure_base_mode(wildcards) | expression(wildcards)


def attractiveness_network(wildcards):
    """The network of the figure on attractiveness."""
    return figure_base_mode(wildcards) | {"attribute": settings_of(wildcards)["figures"]["attractiveness"]}


def age_base(wildcards):
    """The first base model that predicts age."""
    described = settings_of(wildcards)["bases"].items()
    return {"base": next(base for base, settings in described if settings.get("target") == "age")}


# Slices of the configuration, for params: a rule depends on its slice alone.

REQUIRED = object()


def modes_of(settings):
    """The modes in which an experiment fine-tunes: dense layers alone, and all layers if it has a recipe for that."""
    return [mode for mode in ("dense", "full") if mode in settings["finetuning"]]


def settings_of(wildcards):
    return config["experiments"][wildcards.experiment]


def setting(path, default=REQUIRED):
    """A params function: the experiment's setting at a path such as "faces/{set}/dataset".

    Snakemake's `lookup` does the same, but walks through the whole configuration for every job.
    """

    def value(wildcards):
        table = settings_of(wildcards)
        *tables, key = filled(path, wildcards).split("/")
        for name in tables:
            table = table[name]
        return table[key] if default is REQUIRED else table.get(key, default)

    return value


def base_names(wildcards):
    return list(settings_of(wildcards)["bases"])


def attribute_names(wildcards):
    return list(settings_of(wildcards)["attributes"])


def scale_of(settings):
    """The scale of an experiment's ratings, [lowest, highest]: ``rating_scale`` of its rated faces, or the paper's."""
    return settings["faces"]["rated"].get("rating_scale", [PAPER.lowest, PAPER.highest])


def rating_scale(wildcards):
    return scale_of(settings_of(wildcards))


def attribute_of_figures(wildcards):
    """The attribute that figures show, if they show only one."""
    settings = settings_of(wildcards)
    return shown_attribute(settings["attributes"], settings["figures"]["expression"])


def recipe(path):
    """A params function: the recipe that the setting at a path names."""
    return lambda wildcards: config["recipes"][setting(path)(wildcards)]


def recipe_of_network(wildcards):
    """The recipe by which a network is fine-tuned."""
    return config["recipes"][settings_of(wildcards)["finetuning"][replicates.plain(wildcards.mode)]]


def seed_of_network(wildcards):
    """The seed of a network's fine-tuning."""
    return replicates.seed_of(wildcards.mode, settings_of(wildcards)["finetuning"])


def equal_recipes(wildcards):
    """Whether all modes are fine-tuned by the same recipe, whatever its name."""
    dense, *others = (recipe(f"finetuning/{mode}")(wildcards) for mode in modes_of(settings_of(wildcards)))
    return all(other == dense for other in others)


def base_settings(wildcards):
    """The settings of a base model, its recipe written out, with the seed that its name says."""
    described = settings_of(wildcards)["bases"][replicates.plain(wildcards.base)]
    settings = {key: value for key, value in described.items() if key not in ("more_seeds", "head")}
    if "seed" in settings:
        settings["seed"] = replicates.seed_of(wildcards.base, described)
    return settings | ({"recipe": config["recipes"][settings["recipe"]]} if "recipe" in settings else {})


def head_of_base(wildcards):
    """What fine-tuning puts on the features of a base model."""
    return settings_of(wildcards)["bases"][replicates.plain(wildcards.base)].get("head", "linear")


def heatmap_settings(wildcards):
    """How predictions are explained, the LRP rule written out; the choice of references is a job of its own."""
    settings = settings_of(wildcards)["heatmaps"]
    return {"rule": config["lrp_rules"][settings["rule"]], "lrn": settings["lrn"]}


def compared_by(*rules):
    """An input function: the faces to compare with, by the name ``references``, if one of these LRP rules needs them.

    A rule is given as the path of a setting with its name, or with a list of names.
    """

    def references(wildcards):
        chosen = [setting(path)(wildcards) for path in rules]
        names = [name for names in chosen for name in ([names] if isinstance(names, str) else names)]
        needed = any(config["lrp_rules"][name]["name"] == "references" for name in names)
        return {"references": filled("<results>/faces/references.npy", wildcards)} if needed else {}

    return references


def ratings(over):
    """An input function: how the rated faces are rated on the attributes of a selector.

    A file of their own each, if they are from the user's own table, so that a new rating reruns what depends on it;
    otherwise the table of all.
    """

    def files(wildcards):
        own = "folder" in settings_of(wildcards)["faces"]["rated"]
        name = "ratings/{attribute}.csv" if own else "faces.csv"
        return list(dict.fromkeys(each(f"<results>/faces/rated/{name}", over)(wildcards)))

    return files


def known_skill(shown):
    """An input function: what tells whether the networks of a selector predict, see `facelrp_workflow.skill_remark`.

    It is not Table 1, for which all networks must be there: a figure of one can do without the others.
    """

    def files(wildcards):
        chosen = shown(wildcards)
        pattern = "<results>/networks/{base}/{mode}/{attribute}/predictions.csv"
        networks_shown = chosen if isinstance(chosen, list) else [chosen]
        return {
            "predictions": [filled(pattern, wildcards, **network) for network in networks_shown],
            "known_ratings": ratings(lambda wildcards: networks_shown)(wildcards),
            "rated_split": filled("<results>/faces/split.csv", wildcards),
        }

    return files


def table_of_target(name):
    """An input function: the table of a set of faces that holds the target of a base model."""

    def table(wildcards):
        target = settings_of(wildcards)["bases"][replicates.plain(wildcards.base)].get("target", "age")
        file = "people.csv" if target in ("age", "gender") else "faces.csv"
        return filled("<results>/faces/{set}/{file}", wildcards, set=name, file=file)

    return table


def pairs_if_any(wildcards):
    """The pairs of expressions, if the experiment has any."""
    if "pairs" not in settings_of(wildcards)["faces"]:
        return {}
    files = {"pairs": "people.csv", "pair_images": "images.npy", "pair_parts": "parts.npy"}
    return {name: filled(f"<results>/faces/pairs/{file}", wildcards) for name, file in files.items()}


def replicates_if_any(wildcards):
    """The table of networks over seeds, if there are several."""
    return [filled("<results>/tables/replicates.csv", wildcards)] if has_replicates(settings_of(wildcards)) else []


def permutation_numbers(wildcards):
    """The seed of fine-tuning, and how many networks learn permuted ratings; in one table, as `occlusion_numbers`."""
    return {key: settings_of(wildcards)["finetuning"][key] for key in ("seed", "permuted")}


def occlusion_numbers(wildcards):
    """How many faces are occluded, and how many explained.

    In one table: Snakemake compares the values of params without their names, and would not see two numbers swapped.
    """
    return {key: value for key, value in settings_of(wildcards)["occlusion"].items() if key != "patches"}


def evaluation_settings(wildcards):
    """How heatmaps are evaluated, the LRP rules written out; interventions are evaluated by themselves."""
    described = settings_of(wildcards)["evaluation"]
    settings = {key: value for key, value in described.items() if key not in ("faces_intervened", "rules_intervened")}
    return settings | {"rules": {name: config["lrp_rules"][name] for name in settings["rules"]}}


def randomisation(wildcards):
    """What makes weights random, and how heatmaps are compared."""
    return {key: settings_of(wildcards)["evaluation"][key] for key in ("seed", "cell_pixels")}


def intervened_rules(wildcards):
    """The LRP rules that interventions judge beside the heatmaps' own, written out, by name."""
    settings = settings_of(wildcards)
    own = config["lrp_rules"][settings["heatmaps"]["rule"]]
    named = {name: config["lrp_rules"][name] for name in settings["evaluation"]["rules_intervened"]}
    return {name: rule for name, rule in named.items() if rule != own}


def perturbation_settings(wildcards):
    """How regions are removed from faces, and from how many."""
    keys = ("faces_perturbed", "cell_pixels", "removed_share", "steps", "blur_pixels", "random_orders", "seed")
    return {key: settings_of(wildcards)["evaluation"][key] for key in keys}


def random_base_settings(wildcards):
    """How many faces base models with random weights are explained for, how many of these, and their first seed."""
    return {key: settings_of(wildcards)["evaluation"][key] for key in ("faces_compared", "random_networks", "seed")}


def shown_rules(wildcards):
    """The LRP rules that a figure shows side by side, written out, by name: the heatmaps' own is the last."""
    # As everywhere it is called heatmaps: which of its names an experiment uses makes no difference.
    return intervened_rules(wildcards) | {"heatmaps": config["lrp_rules"][settings_of(wildcards)["heatmaps"]["rule"]]}


def effects_if_any(*names):
    """An input function: what is known of the effects of parts, for the network that figures on expressions show."""
    files = {
        "redrawn_faces": "<results>/faces/rated/redrawn.csv",
        "interventions": "<results>/evaluation/{base}/{mode}/interventions.csv",
    }

    def known(wildcards):
        if not can_redraw(settings_of(wildcards)):
            return {}
        return {name: filled(files[name], wildcards, **figure_base_mode(wildcards)) for name in names}

    return known


def figure_face(wildcards):
    """Settings that select the face of Figure 7, which must be occluded; None where all faces are."""
    settings = settings_of(wildcards)
    if settings["occlusion"]["faces_occluded"] is None:
        return None
    return expression(wildcards) | {"publishable_only": settings["figures"]["publishable_only"]}
