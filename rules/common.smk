"""Shared by all stages: the checked configuration, paths and wildcards, and code as inputs."""

import os
import shutil
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from snakemake.common.configfile import load_configfile
from snakemake.io import apply_wildcards

# Not workflow.basedir: in a module, that is the folder of the other workflow.
ROOT = Path(str(workflow.current_basedir)).parent
SCRIPTS = ROOT / "workflow_scripts"
if not SCRIPTS.is_dir():
    raise WorkflowError(f"{ROOT} is no folder: clone the repository, and name its Snakefile by path")
# Before installed packages: another copy of this workflow may be one of them.
sys.path.insert(0, str(SCRIPTS))
from facelrp.datasets.registry import load as load_faces
from facelrp.errors import InputError
from facelrp.faces.rating_scales import PAPER
from facelrp.sources import licensed
from facelrp.sources.folders import files_below
from facelrp_workflow.choices import DATASETS
from facelrp_workflow.closing_message import TARGETS, closing_message
from facelrp_workflow.code_inputs import CodeInputs
from facelrp_workflow.config_checks import checked, needs_detector
from facelrp_workflow.config_defaults import shown_attribute
from facelrp_workflow import replicates
from facelrp_workflow.environment import changes, surroundings
from facelrp_workflow.modules import put_first
from facelrp_workflow.overlooked import overlooked
from facelrp_workflow.own_faces import READING, OwnFaces
from facelrp_workflow.own_files import OwnFiles
from facelrp_workflow.progress import watch

put_first(SCRIPTS)


class ConfigurationError(WorkflowError):
    """A fault in the user's configuration: shown as its message alone, without our lines of code."""

    __traceback__ = property(lambda self: None, lambda self, traceback: None)


@contextmanager
def configured():
    """Show faults of what the configuration names as faults in it."""
    try:
        yield
    except InputError as fault:
        raise ConfigurationError(str(fault)) from None


# On the command line, Snakemake reads True as a truth value, but true and null (as in YAML) as text.
WORDS = {"true": True, "false": False, "null": None}
config.update({key: WORDS[value] for key, value in config.items() if isinstance(value, str) and value in WORDS})
with configured():
    config.update(checked(config, load_configfile(ROOT / "rules" / "schemas" / "config.schema.yaml")))


def results_of(experiments):
    """The folder of an experiment's results, as a pattern: one of the experiments that a regular expression admits.

    The constraint is part of the pattern, because Snakemake constrains a rule's wildcards before it expands <results>.
    """
    return f"results/{{experiment,{experiments}}}"


# Where each experiment's files are: rules write <results>/…, <logs>/… and <benchmarks>/….
pathvars:
    results=results_of("|".join(map(re.escape, config["experiments"]))),
    logs="<results>/logs",
    benchmarks="<results>/benchmarks",


PATHVARS = workflow.pathvars
PREFIX = workflow.modifier.path_modifier


wildcard_constraints:
    set="rated|pairs|base",
    archive="|".join(map(re.escape, config["archives"])),
    # With a seed if it is not the first one, see facelrp_workflow.replicates.
    base="[A-Za-z0-9]+(-[0-9]+)?",
    mode="(dense|full)(-[0-9]+)?",
    attribute="[A-Za-z0-9_]+",
    shard="[0-9]+",


def filled(pattern, wildcards, **values):
    """Return the path of a pattern: path variables and wildcards filled in, ``values`` before the job's own."""
    return apply_wildcards(PATHVARS.apply(pattern), dict(wildcards.items()) | values)


CODE = CodeInputs(SCRIPTS, Path("results/.code"))


def code(script, *modules):
    """Return all code that a script runs, as inputs; a module's prefix does not apply to them."""
    return [local(path) for path in CODE(script, *modules)]


def ours(path):
    """A file of this repository as an input: where the folder itself stands makes no difference."""
    return local(os.path.relpath(path))


def page_files(*names):
    """An input function: files of the page that come with this workflow, and that results hold copies of."""
    folder = SCRIPTS / "facelrp" / "report" / "faces_page"
    return lambda wildcards: [ours(folder / name) for name in names]


# What results of networks depend on beside their settings and inputs, as params.
COMPUTING = {"threads": config["compute"]["threads"]}
TRAINING = COMPUTING | {"precision": config["compute"]["precision"]}

# Where networks run. It is a resource, as cores are, because another host may have no GPU, and "auto" means either:
# `environment.json` records it. Here each job takes one of the profile's places on the GPU. On a cluster (Snakemake then
# counts its nodes) a job gets a GPU only if the configuration insists on one; with "auto" it uses what its node has,
# whatever the submitting host has.
DEVICE = config["compute"]["device"]
ON_CLUSTER = workflow.resource_settings.nodes is not None
GPUS = int(DEVICE == "cuda" or (DEVICE == "auto" and not ON_CLUSTER and shutil.which("nvidia-smi") is not None))
