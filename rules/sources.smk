"""Where faces, base models and photographs come from."""

import os

#: Files of a folder of photographs that are taken for such.
PHOTOGRAPHS = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".gif", ".webp")


def dataset_options(wildcards):
    """The description of a set of faces, without what tells where it comes from."""
    description = config["experiments"][wildcards.experiment]["faces"][wildcards.set]
    options = {key: value for key, value in description.items() if key not in ("dataset", "archive", "folder")}
    # What is drawn cannot be missing.
    return options if description["dataset"] == "synthetic" else options | {"allow_missing": config["allow_missing"]}


def refuse_wrong_paths(experiment):
    """Stop before any work if the configuration names a file or folder of the user's that is not there."""
    named = {("photos",): config["photos"]}
    for name, faces in config["experiments"][experiment]["faces"].items():
        place = ("experiments", experiment, "faces", name)
        if "folder" in faces:
            named[*place, "folder"] = faces["folder"]
        if "table" in faces:
            named[*place, "table"] = Path(faces.get("folder", ""), faces["table"])
    for place, path in named.items():
        if path is not None and not Path(path).exists():
            raise ConfigurationError(f"config key {'/'.join(place)}: {path} is not there — correct the path")


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


def manifest(wildcards):
    """The manifest of an archive, if it has one: the user's own, or one that came with this workflow."""
    named = config["archives"][wildcards.archive].get("manifest")
    if not named:
        return []
    return local(named if Path(named).exists() else str(ROOT / named))


def archive_of_faces(wildcards):
    """The folder of the archive these faces come from, if they come from one."""
    archive = config["experiments"][wildcards.experiment]["faces"][wildcards.set].get("archive")
    return [f"results/{wildcards.experiment}/archives/{archive}"] if archive else []


def own_files(wildcards):
    """All files of a user's own folder of faces, and its table: whichever changes, the faces are prepared anew."""
    faces = config["experiments"][wildcards.experiment]["faces"][wildcards.set]
    if "folder" not in faces:
        return []
    table = Path(faces["folder"], faces.get("table", ""))
    files = {*files_below(faces["folder"]), *([str(table)] if table.is_file() else [])}
    return [local(path) for path in sorted(files)]


def files_below(folder):
    """The files below a folder, by links to folders, too, but hidden ones."""
    found = []
    for root, folders, files in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(root, name) for name in files if not name.startswith(".")]
    return [str(path) for path in sorted(found) if path.is_file()]


def photos(wildcards):
    """The user's own photographs."""
    if not config["photos"]:
        raise ConfigurationError("config key photos: no folder is named — snakemake --cores all --config photos=…")
    return [local(path) for path in files_below(config["photos"]) if path.lower().endswith(PHOTOGRAPHS)]


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


def code_of_faces(script):
    """An input function: the code of a script that imports the module of a set of faces by name.

    All that can be asked for is kept now: Snakemake lists a folder of inputs once, and would miss what is kept later.
    """
    sets = [faces for settings in config["experiments"].values() for faces in settings["faces"].values()]
    kept = {faces["dataset"]: code(script, f"facelrp.datasets.{faces['dataset']}") for faces in sets}
    return lambda wildcards: kept[config["experiments"][wildcards.experiment]["faces"][wildcards.set]["dataset"]]


def faces_of_base(wildcards):
    """The base models' own faces if the experiment has any, else the training set of the rated faces."""
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


# Before the first job; neither for --lint nor for --report, which need no archives.
onstart:
    refuse_wrong_paths(config["experiment"])
    refuse_absences(config["experiment"])
