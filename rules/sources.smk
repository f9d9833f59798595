"""Where faces, base models and photographs come from."""


def face_set(wildcards):
    """The description of a set of faces."""
    return settings_of(wildcards)["faces"][wildcards.set]


#: Options of a set of photographs that say how faces are found, framed and divided.
PORTRAITS = ("regions", "frame", "background")


def portraits(wildcards):
    """How a set's faces are found, framed and divided; None for drawn faces."""
    description = face_set(wildcards)
    return {key: description[key] for key in PORTRAITS} if "regions" in description else None


def photo_background(wildcards):
    """What is outside an oval around the face on the user's photographs: the same as on the rated faces."""
    rated = settings_of(wildcards)["faces"]["rated"]
    return "oval" if DATASETS[rated["dataset"]].get("in_ovals") else rated.get("background", "keep")


def model_of_faces(wildcards):
    """The model that finds faces, if anything of a set needs it."""
    needed = needs_detector(face_set(wildcards))
    return [filled("<results>/archives/face_landmarker.task", wildcards)] if needed else []


def frame_of_faces(wildcards):
    """Where eyes and mouth of the rated faces are, if other faces are to stand there, too."""
    wanted = portraits(wildcards)
    if not wanted or wanted["frame"] != "detected" or wildcards.set == "rated":
        return []
    return [filled("<results>/faces/rated/frame.csv", wildcards)]


def dataset_options(wildcards):
    """The options of a set of faces, without where it comes from."""
    description = face_set(wildcards)
    others = ("dataset", "archive", "folder", *PORTRAITS, *READING)
    options = {key: value for key, value in description.items() if key not in others}
    # Drawn faces cannot be missing.
    return options if description["dataset"] == "synthetic" else options | {"allow_missing": config["allow_missing"]}


def reading_options(wildcards, input):
    """The options that say how a user's own table is read.

    A parameter that depends on inputs, which Snakemake does not compare: what is read from the table is an input.
    """
    return {key: value for key, value in face_set(wildcards).items() if key in READING}


def refuse_wrong_paths(experiment):
    """Stop before any work if the configuration names a missing file or folder."""
    named = {("photos",): config["photos"]}
    for name, faces in config["experiments"][experiment]["faces"].items():
        key = ("experiments", experiment, "faces", name)
        if "folder" in faces:
            named[*key, "folder"] = faces["folder"]
        if "table" in faces:
            named[*key, "table"] = Path(faces.get("folder", ""), faces["table"])
    for name, base in config["experiments"][experiment]["bases"].items():
        if "file" in base:
            named["experiments", experiment, "bases", name, "file"] = base["file"]
    for key, path in named.items():
        if path is not None and not Path(path).exists():
            raise ConfigurationError(f"config key {'/'.join(key)}: {path} is missing — correct the path")


def refuse_faulty_tables(experiment):
    """Stop before any work if a user's own table of faces is faulty, or names files that are missing."""
    for faces in config["experiments"][experiment]["faces"].values():
        if faces["dataset"] == "folder":
            options = {key: value for key, value in faces.items() if key not in ("dataset", "folder", *PORTRAITS)}
            with configured():
                load_faces("folder", faces["folder"], **options, allow_missing=config["allow_missing"])


def refuse_absences(experiment):
    """Stop before any work if licensed archives are missing; list all of them at once."""
    faces = config["experiments"][experiment]["faces"]
    wanted = {
        description["dataset"]: name
        for name, description in faces.items()
        if not Path(f"results/{experiment}/faces/{name}/people.csv").exists()
    }
    with configured():
        missing = licensed.absences(wanted, config["archive_dir"])
    if missing:
        raise ConfigurationError(
            f"experiment {experiment}: files are missing that their owners give on request\n"
            + "\n".join(missing)
            + f"\nPut the archives, zipped or not, into the folder {config['archive_dir']}"
            + " (or name another: --config archive_dir=…). Nothing has been run."
        )


def manifest(wildcards):
    """The manifest of an archive, if it has one: the user's own, or one that comes with this workflow."""
    named = config["archives"][wildcards.archive].get("manifest")
    if not named:
        return []
    return local(named if Path(named).exists() else str(ROOT / named))


def archive_of_faces(wildcards):
    """The folder of the extracted archive that holds these faces, if they come from one."""
    archive = face_set(wildcards).get("archive")
    return [filled("<results>/archives/{archive}", wildcards, archive=archive)] if archive else []


def file_if_any(path):
    """The path in a set, which is empty as long as there is no such file."""
    return {path} if os.path.isfile(path) else set()


#: The sets of a user's own files, and how to find these.
OWN_FILES = OwnFiles(
    Path("results/.own"),
    {
        f"{experiment}.{name}{end}": use
        for experiment, settings in config["experiments"].items()
        for name, faces in settings["faces"].items()
        if "folder" in faces
        for end, use in OwnFaces(faces).uses().items()
    }
    | {
        f"{experiment}.bases.{base}": partial(file_if_any, described["file"])
        for experiment, settings in config["experiments"].items()
        for base, described in settings["bases"].items()
        if "file" in described
    }
    | ({"photos": partial(files_below, config["photos"])} if config["photos"] else {}),
    # A job takes them as they were when its run began.
    look=workflow.is_main_process,
)
# Now, where a fault is one line. Other experiments' files are looked at if a target needs them.
with configured():
    for name in OWN_FILES.sets:
        if name.partition(".")[0] in ("photos", config["experiment"]):
            OWN_FILES(name)


def own_files(wildcards, *ratings):
    """What stands for a user's own folder of faces: for all that is used of it but ratings, and for these ratings.

    If it changes, jobs that take it run again.
    """
    name = f"{wildcards.experiment}.{wildcards.set}"
    with configured():
        return [
            local(OWN_FILES(one))
            for one in (name, *(f"{name}.{rating}" for rating in ratings))
            if one in OWN_FILES.sets
        ]


def own_files_with_ratings(wildcards):
    """What stands for a user's own folder of faces, and for all ratings in its table."""
    faces = face_set(wildcards)
    return own_files(wildcards, *(OwnFaces(faces).ratings if "folder" in faces else ()))


def own_files_with_attributes(wildcards):
    """What stands for a user's own folder of faces, and for the ratings of all attributes in its table."""
    return own_files(wildcards, *attribute_names(wildcards))


def own_files_with_rating(wildcards):
    """What stands for a user's own folder of faces, and for the ratings of one attribute in its table."""
    return own_files(wildcards, wildcards.attribute)


def file_of_base(wildcards):
    """What stands for the user's own file of weights: if it changes, the base model is imported again."""
    name = f"{wildcards.experiment}.bases.{wildcards.base}"
    return local(OWN_FILES(name)) if name in OWN_FILES.sets else []


def photos(wildcards):
    """What stands for the user's own photographs."""
    if not config["photos"]:
        raise ConfigurationError("config key photos: no folder is named — snakemake --cores all --config photos=…")
    return local(OWN_FILES("photos"))


def experiments_with(source):
    """A regular expression: the experiments whose base model, named later in the path, comes from this source."""
    choices = []
    for experiment, settings in config["experiments"].items():
        described = [
            (base, description) for base, description in settings["bases"].items() if description["source"] == source
        ]
        names = "|".join(
            re.escape(name) for base, description in described for name in replicates.names(base, description)
        )
        if names:
            choices.append(f"{re.escape(experiment)}(?=/(?:bases|logs/\\w+|benchmarks/\\w+)/(?:{names})[/.])")
    # Without any such base model, nothing matches.
    return "|".join(choices) or "(?!)"


def archives_of_base(wildcards):
    """The descriptions of the files that an imported base model is made from, by their keys in `archives`."""
    base = settings_of(wildcards)["bases"][wildcards.base]
    named = (base.get(key) for key in ("model", "mean", "weights", "manifest"))
    # The mean of a network in a file is given in numbers.
    return {name: config["archives"][name] for name in named if isinstance(name, str)}


def code_of_faces(script):
    """An input function: the code of a script that imports the module of a set of faces by name.

    The code of every dataset is kept now: Snakemake lists a folder of inputs only once, and would miss later files.
    """
    sets = [faces for settings in config["experiments"].values() for faces in settings["faces"].values()]
    kept = {faces["dataset"]: code(script, f"facelrp.datasets.{faces['dataset']}") for faces in sets}
    return lambda wildcards: kept[face_set(wildcards)["dataset"]]


def faces_of_base(wildcards):
    """The base models' own faces if the experiment has any, otherwise the training set of the rated faces."""
    own = "base" in settings_of(wildcards)["faces"]
    name = "base" if own else "rated"
    files = {"images": "<results>/faces/{set}/images.npy"} | ({} if own else {"split": "<results>/faces/split.csv"})
    files = {key: filled(path, wildcards, set=name) for key, path in files.items()}
    return files | {"faces": table_of_target(name)(wildcards)}


def start_of_network(wildcards):
    """What fine-tuning starts from: features computed once per base model (dense), or images (full)."""
    start = {"features": "<results>/bases/{base}/features.npy"}
    if replicates.plain(wildcards.mode) == "full":
        start = {"images": "<results>/faces/rated/images.npy"}
    start["base"] = "<results>/bases/{base}/weights.safetensors"
    return {name: filled(path, wildcards) for name, path in start.items()}


# What onstart would find, --dry-run finds, too.
if workflow.output_settings.dryrun and workflow.is_main_process:
    refuse_wrong_paths(config["experiment"])
    refuse_faulty_tables(config["experiment"])


# Before the first job, but not for --lint or --report, which need no archives.
onstart:
    refuse_wrong_paths(config["experiment"])
    refuse_faulty_tables(config["experiment"])
    refuse_absences(config["experiment"])
    if different := changes(f"results/{config['experiment']}/environment.json", SURROUNDINGS):
        logger.warning(
            f"Results of {config['experiment']} were computed in another environment ({different}). They are kept. Further ones may "
            "differ in their last digits, and networks trained on CPU and GPU differ as if by another seed. --forceall computes "
            "everything again."
        )
