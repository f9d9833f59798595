"""What every stage shares: the checked configuration, the shape of wildcards, code as inputs."""

import ast
import shutil
import sys
from pathlib import Path

from snakemake.utils import validate

# On the command line Snakemake takes True for a truth value, but true, as YAML has it, for a word.
config["allow_missing"] = {"true": True, "false": False}.get(config["allow_missing"], config["allow_missing"])
validate(config, "schemas/config.schema.yaml")
if config["experiment"] not in config["experiments"]:
    raise WorkflowError(
        f"config key experiment: no experiment is called {config['experiment']!r}"
        f" — choose one of {', '.join(config['experiments'])}"
    )

for name, experiment in config["experiments"].items():
    named = [(f"faces/{key}", faces.get("archive")) for key, faces in experiment["faces"].items()]
    named += [
        (f"bases/{base}", settings.get(key))
        for base, settings in experiment["bases"].items()
        for key in ("model", "mean", "weights")
    ]
    for place, archive in named:
        if archive is not None and archive not in config["archives"]:
            raise WorkflowError(
                f"config key experiments/{name}/{place}: no archive is called {archive!r}"
                f" — choose one of {', '.join(config['archives'])}"
            )


wildcard_constraints:
    experiment="|".join(map(re.escape, config["experiments"])),
    set="rated|pairs|base",
    archive="|".join(map(re.escape, config["archives"])),
    base="[A-Za-z0-9]+",
    mode="dense|full",
    attribute="[A-Za-z0-9_]+",


# Jobs that run networks wait for each other where they share a GPU, and run side by side on a CPU.
GPUS = int(config["compute"]["device"] != "cpu" and shutil.which("nvidia-smi") is not None)

SCRIPTS = Path(workflow.basedir) / "workflow_scripts"
sys.path.append(str(SCRIPTS))
from facelrp import licensed

#: Files of a folder of photographs that are taken for such.
PHOTOGRAPHS = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".gif", ".webp")


def code(script, *modules):
    """The script and the modules it imports, directly or not, as paths: inputs that Snakemake compares by content.

    For a `script:` Snakemake itself looks at the entry file alone. ``modules`` names what is imported by name at run
    time (a dataset, say) and cannot be seen in the script.
    """
    found = {}
    waiting = [script, *modules]
    while waiting:
        name = waiting.pop()
        path = module_path(name)
        if path is None and name in (script, *modules):
            raise WorkflowError(f"workflow_scripts has no module {name}")
        if path is None or name in found:
            continue
        found[name] = path
        waiting.extend(imported_modules(name, path))
    return sorted(str(path.relative_to(workflow.basedir)) for path in found.values())


def module_path(name):
    """The file of a module below workflow_scripts, or None if it is not ours."""
    stem = SCRIPTS.joinpath(*name.split("."))
    return next((path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()), None)


def imported_modules(name, path):
    """All names a module's import statements could mean, its own packages included."""
    parts = name.split(".")
    package = parts if path.name == "__init__.py" else parts[:-1]
    yield from (".".join(parts[:depth]) for depth in range(1, len(parts)))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*above, *(node.module or "").split(".")]).strip(".")
            yield from (origin, *(f"{origin}.{alias.name}" for alias in node.names))
