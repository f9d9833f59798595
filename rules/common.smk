"""What every stage shares: the checked configuration, the shape of wildcards, code as inputs."""

import shutil
import sys
from pathlib import Path

from snakemake.common.configfile import load_configfile
from snakemake.utils import validate

# Not workflow.basedir: where this is a module of another workflow, that is the other's.
ROOT = Path(str(workflow.current_basedir)).parent
SCRIPTS = ROOT / "workflow_scripts"
if not SCRIPTS.is_dir():
    raise WorkflowError(f"{ROOT} is no folder: clone the repository, and name its Snakefile by path")
sys.path.append(str(SCRIPTS))
from facelrp.sources import licensed
from facelrp.errors import InputError
from facelrp_workflow.code_inputs import CodeInputs
from facelrp_workflow.config_checks import refuse_faults
from facelrp_workflow.closing_message import ending


class ConfigurationError(WorkflowError):
    """A fault of the user's: the message is all that is shown, not the lines of ours that noticed it."""

    __traceback__ = property(lambda self: None, lambda self, traceback: None)


CODE = CodeInputs(SCRIPTS, Path("results/.code"))


def code(script, *modules):
    """All code that a script runs, as inputs; they stay where they are, whatever prefix a module's results have."""
    return [local(path) for path in CODE(script, *modules)]


# On the command line Snakemake takes True for a truth value, but true and null, as YAML has them, for words.
WORDS = {"true": True, "false": False, "null": None}
config.update({key: WORDS[value] for key, value in config.items() if isinstance(value, str) and value in WORDS})
SCHEMA = ROOT / "rules" / "schemas" / "config.schema.yaml"
try:
    refuse_faults(config, load_configfile(SCHEMA))
except InputError as fault:
    raise ConfigurationError(str(fault)) from None
# What is not given is filled in from the schema.
validate(config, str(SCHEMA))


wildcard_constraints:
    experiment="|".join(map(re.escape, config["experiments"])),
    set="rated|pairs|base",
    archive="|".join(map(re.escape, config["archives"])),
    base="[A-Za-z0-9]+",
    mode="dense|full",
    attribute="[A-Za-z0-9_]+",
    shard="[0-9]+",


# Jobs that run networks take a place on the GPU, of which the profile has some; a cluster gives each a GPU of its own,
# which the host that sends them there need not have.
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
    draw_contact_sheet,
    draw_evaluation,
    draw_pairs,
    draw_photos,
    write_findings,
    write_pages,
    write_pages_of_pairs,
