"""From a folder of photographs and a table to a configuration: ``facelrp init FOLDER TABLE``.

It shows what it understood, and writes a file only if the workflow would accept it.
"""

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import yaml

from facelrp.datasets.columns import Understood, file_column, rating_name, understand
from facelrp.datasets.contents import KNOWN
from facelrp.datasets.folder import load
from facelrp.datasets.scales import Scale, guess_scale, on_scale
from facelrp.datasets.table_files import OwnFolder, image_names
from facelrp.errors import InputError
from facelrp.sources.archives import listing
from facelrp.sources.own_tables import ZIP, first_bytes, read_own_table, visible_sheets
from facelrp_workflow.config_checks import checked
from facelrp_workflow.init_report import report
from facelrp_workflow.modules import SCRIPTS
from facelrp_workflow.starting_config import config_text, settings_of_faces

ROOT = Path(SCRIPTS).parent
#: The experiment that others are like unless another is named.
LIKE = "open"
#: Fewest faces: two to learn from, and two to test.
FEWEST = 4


@dataclass(frozen=True)
class Request:
    """What the user asks for: the arguments of the command line."""

    folder: Path
    table: Path
    name: str
    output: Path
    like: str
    scale: tuple | None
    sheet: str | None
    force: bool


@dataclass(frozen=True)
class Seen:
    """What there is: the images below the folder, the table, and what its columns hold."""

    images: list
    table: object
    where: str
    sheet: str | None
    understood: Understood
    scale: Scale
    ratings: dict
    missing: list


def add_to(commands):
    """Add the command to the parser of the command line."""
    init = commands.add_parser("init", help="write the configuration for your own faces", description=__doc__)
    init.add_argument("folder", type=Path, metavar="FOLDER", help="folder of photographs, each of one face")
    init.add_argument(
        "table", type=Path, metavar="TABLE", help="Excel file (xlsx) or CSV: a row per face, or per rating"
    )
    init.add_argument("--name", help="name of the experiment (default: that of the folder)")
    init.add_argument("--output", type=Path, metavar="FILE", help="file to write (default: NAME.yaml)")
    init.add_argument(
        "--like", default=LIKE, metavar="EXPERIMENT", help="experiment to take over (default: %(default)s)"
    )
    init.add_argument(
        "--scale", type=float, nargs=2, metavar=("LOW", "HIGH"), help="lowest and highest possible rating"
    )
    init.add_argument("--sheet", help="sheet of an Excel file that has several")
    init.add_argument("--force", action="store_true", help="overwrite the file if there is one")
    init.set_defaults(run=run)


def run(given):
    """Write the configuration, and say what it holds; return the exit status."""
    print(init(request_of(given)))
    return 0


def request_of(given):
    """Return the user's `Request`; raise InputError if the folder, the table or a name cannot be used."""
    if not (ROOT / "Snakefile").is_file():
        raise InputError(
            "it belongs to the workflow, and only the library is installed here",
            "facelrp init",
            "clone the repository, and run it there",
        )
    if not given.folder.is_dir():
        what = "a file: the folder comes first, then the table" if given.folder.is_file() else "no folder"
        raise InputError(what, given.folder, "name the folder of the photographs")
    within = given.folder / given.table
    table = within if within.is_file() and not given.table.is_file() else given.table
    name = given.name or rating_name(given.folder.resolve().name, published())
    if not re.fullmatch("[A-Za-z0-9_]+", name):
        raise InputError(f"{name!r} cannot be its name", "--name", 'give a name of letters, digits and "_"')
    if name in published():
        raise InputError(f"an experiment of config.yaml is called {name}", "--name", "give another name")
    if given.scale and not given.scale[0] < given.scale[1]:
        raise InputError("not a scale", "--scale", "give the lowest, then the highest possible rating")
    output = given.output or Path(f"{name}.yaml")
    if output.exists() and not given.force:
        raise InputError("it exists", output, "name another file with --output, or overwrite it with --force")
    scale = tuple(given.scale) if given.scale else None
    return Request(given.folder, table, name, output, given.like, scale, given.sheet, given.force)


def published():
    """Return the configuration's own experiments, by name."""
    return base_config()["experiments"]


def base_config():
    return read_yaml(ROOT / "config.yaml")


def read_yaml(path):
    """Return what a file of YAML holds, quickly."""
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def init(request):
    """Write the configuration; return what is to be said about it."""
    seen = look(request)
    here = Path.cwd()
    faces = settings_of_faces(request, seen, here)
    text = config_text(request, seen, faces)
    accept(request, faces, yaml.safe_load(text), seen)
    try:
        request.output.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise InputError(
            f"cannot be written ({fault.strerror})", request.output, "name another file: --output"
        ) from fault
    return report(request, seen, next_command(request.output, here))


def look(request):
    """Return what is in the folder and the table: `Seen`."""
    images = image_names(request.folder)
    if not images:
        raise InputError(
            "no photographs in it", request.folder, "put them there as JPEG or PNG; convert others, as HEIC"
        )
    table, where, sheet, faults = read(request, images)
    understood = understand(table, images, where)
    understood.left_out |= {column: str(fault.what) for column, fault in faults.items()}
    candidates = {column: values.to_numpy() for column, values in understood.ratings.items()}
    scale = Scale(*request.scale, "as you say") if request.scale else guess_scale(candidates) if candidates else None
    if scale is None:
        reasons = listing([f"{column}: {reason}" for column, reason in understood.left_out.items()], 5)
        raise InputError(f"no column has ratings ({reasons or 'there is no other'})", where, "add a column of numbers")
    kept, others = on_scale(understood.ratings, scale, where)
    if not kept:
        reasons = listing([f"{column}: {reason}" for column, reason in others.items()], 5)
        raise InputError(f"no ratings on the scale {scale} ({reasons})", where, "give their scale: --scale LOW HIGH")
    understood.left_out |= others
    ratings = {}
    for column in kept:
        ratings[rating_name(column, [*KNOWN, *ratings])] = column
    folder = OwnFolder(request.folder)
    files = [name.replace("\\", "/") for name in table[understood.columns["file"]].unique()]
    missing = [name for name in files if name and folder.find(name) is None]
    return Seen(images, table, where, sheet, understood, scale, ratings, missing)


def read(request, images):
    """Return the table, where it is, its sheet if it must be named, and the faults of columns that are left out.

    If there are several sheets, the one that names images is taken.
    """
    sheets = visible_sheets(request.table) if first_bytes(request.table) == ZIP else []
    if request.sheet is not None or len(sheets) < 2:
        faults = {}
        return *read_own_table(request.table, sheet=request.sheet, faults=faults), request.sheet, faults
    found, reasons = {}, []
    for sheet in sheets:
        faults = {}
        try:
            table, where = read_own_table(request.table, sheet=sheet, faults=faults)
            file_column(table, images, where)
        except InputError as fault:
            reasons.append(str(fault))
            continue
        found[sheet] = table, where, sheet, faults
    if len(found) != 1:
        what = f"{len(found) or 'none'} of its sheets {listing(sheets)} name images of the folder"
        raise InputError(what, request.table, f"name the sheet: --sheet {shlex.quote(next(iter(found), sheets[0]))}")
    return next(iter(found.values()))


def accept(request, faces, text, seen):
    """Raise InputError unless the workflow accepts the configuration, the table and the names of its files."""
    config = base_config()
    config["experiment"] = request.name
    config["experiments"] |= text["experiments"]
    checked(config, read_yaml(ROOT / "rules" / "schemas" / "config.schema.yaml"))
    options = {key: value for key, value in faces.items() if key not in ("dataset", "folder")}
    options |= {"table": request.table.resolve(), "allow_missing": True}
    known = load(request.folder, **options).table
    if len(known) < FEWEST:
        raise InputError(f"{len(known)} faces are too few to learn from", seen.where, f"rate {FEWEST} at least")


def next_command(output, here):
    """Return the command that runs the experiment from this folder."""
    words = ["snakemake", "--cores", "all", "--configfile", str(output)]
    if here.resolve() != ROOT.resolve():
        words[1:1] = ["--snakefile", str(ROOT / "Snakefile"), "--workflow-profile", str(ROOT / "profiles" / "default")]
    return shlex.join(map(os.fspath, words))
