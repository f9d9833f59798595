"""What every stage shares: the checked configuration, the shape of wildcards, code as inputs."""

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
    shard="[0-9]+",


# Jobs that run networks wait for each other where they share a GPU, and run side by side on a CPU. Where jobs are sent
# to a cluster this host need not have the GPU that they ask for.
DEVICE = config["compute"]["device"]
GPUS = int(DEVICE == "cuda" or (DEVICE == "auto" and shutil.which("nvidia-smi") is not None))


# On a cluster, where each job starts Snakemake twice more and waits for a node, these run on the host that was asked:
# tables and figures take seconds, and nodes often cannot reach the internet.
localrules:
    fetch_archive,
    import_caffe,
    import_torchvision,
    split_faces,
    fit_ridge,
    tabulate_bases,
    tabulate_networks,
    tabulate_convergence,
    tabulate_conservation,
    compare_networks,
    draw_figure1,
    draw_figure2,
    draw_figure3,
    draw_figure4,
    draw_figure5,
    draw_figure6,
    draw_figure7,
    draw_evaluation,
    draw_pairs,
    draw_photos,
    write_findings,


SCRIPTS = Path(workflow.basedir) / "workflow_scripts"
sys.path.append(str(SCRIPTS))
from facelrp import licensed
from facelrp_code import CodeInputs

#: code("explain") is all code that explain.py runs, as inputs.
code = CodeInputs(SCRIPTS, Path("results/.code"))

#: Files of a folder of photographs that are taken for such.
PHOTOGRAPHS = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".gif", ".webp")
