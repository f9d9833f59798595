"""Faults in what an experiment says of its base models and of training, see `facelrp_workflow.config_checks`."""

#: The modes of fine-tuning.
MODES = ("dense", "full")


def files(experiment, config):
    """A program says itself which network it is; weights do not."""
    for base, settings in experiment["bases"].items():
        if settings["source"] != "file":
            continue
        named = settings.get("file") or config["archives"].get(settings["weights"], {}).get("file", "")
        is_program = named.endswith(".pt2")
        for key in ("architecture", "size") if is_program else ("output",):
            if key in settings:
                what = f"{named} says it itself" if is_program else "weights have no other output than their last layer"
                yield ("bases", base, key), what, "leave it out"
        if not is_program and "architecture" not in settings:
            what = f"nothing says which network the weights in {named} are of"
            yield ("bases", base, "architecture"), what, "name it, or give a program of torch.export, .pt2"


def seeds(experiment, config):
    """A further seed must be another one."""
    trained = {("bases", base): settings for base, settings in experiment["bases"].items()}
    for path, settings in (trained | {("finetuning",): experiment["finetuning"]}).items():
        if settings.get("seed") in settings.get("more_seeds", ()):
            what = f"{settings['seed']} is the first seed"
            yield (*path, "more_seeds"), what, "leave it out: it is trained anyway"


def recipes(experiment, config):
    """Batches must be large enough for batch normalisation, and features cannot be shifted."""
    dense = experiment["finetuning"]["dense"]
    trained = [experiment["finetuning"][mode] for mode in MODES if mode in experiment["finetuning"]]
    trained += [settings["recipe"] for settings in experiment["bases"].values() if "recipe" in settings]
    for name in trained:
        recipe = config["recipes"].get(name, {})
        if recipe.get("batch_norm") and recipe["batch_size"] < 3:
            what = f"batch_norm has no statistics over batches of {recipe['batch_size']}"
            yield ("recipes", name, "batch_size"), what, "take batches of 3 faces or more, or leave batch_norm out"
    if config["recipes"].get(dense, {}).get("shift_pixels"):
        what = "dense layers are trained on features, which cannot be shifted"
        yield ("recipes", dense, "shift_pixels"), what, "leave it out, or give dense another recipe"
