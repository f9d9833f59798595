"""Shared by all stages: the checked configuration, paths and wildcards, and code as inputs."""

import shutil
import sys
from pathlib import Path

from snakemake.common.configfile import load_configfile

# Not workflow.basedir: in a module, that is the folder of the other workflow.
ROOT = Path(str(workflow.current_basedir)).parent
SCRIPTS = ROOT / "workflow_scripts"
if not SCRIPTS.is_dir():
    raise WorkflowError(f"{ROOT} is no folder: clone the repository, and name its Snakefile by path")
sys.path.append(str(SCRIPTS))
from facelrp.errors import InputError
from facelrp.sources import licensed
from facelrp_workflow.closing_message import closing_message
from facelrp_workflow.code_inputs import CodeInputs
from facelrp_workflow.config_checks import checked


class ConfigurationError(WorkflowError):
    """A fault in the user's configuration: shown as its message alone, without our lines of code."""

    __traceback__ = property(lambda self: None, lambda self, traceback: None)


# On the command line, Snakemake reads True as a truth value, but true and null (as in YAML) as text.
WORDS = {"true": True, "false": False, "null": None}
config.update({key: WORDS[value] for key, value in config.items() if isinstance(value, str) and value in WORDS})
try:
    config.update(checked(config, load_configfile(ROOT / "rules" / "schemas" / "config.schema.yaml")))
except InputError as fault:
    raise ConfigurationError(str(fault)) from None


# Where each experiment's files are: rules write <results>/…, <logs>/… and <benchmarks>/….
pathvars:
    results="results/{experiment}",
    logs="results/{experiment}/logs",
    benchmarks="results/{experiment}/benchmarks",


PATHVARS = workflow.pathvars


def filled(pattern, wildcards, **values):
    """Return the path of a pattern: path variables and wildcards filled in, ``values`` before the job's own."""
    return PATHVARS.apply(pattern).format(**dict(wildcards.items()) | values)


CODE = CodeInputs(SCRIPTS, Path("results/.code"))


def code(script, *modules):
    """Return all code that a script runs, as inputs; a module's prefix does not apply to them."""
    return [local(path) for path in CODE(script, *modules)]


# Jobs that run networks take one of the profile's places on the GPU. On a cluster each gets a GPU of its own, which the
# submitting host need not have.
DEVICE = config["compute"]["device"]
GPUS = int(DEVICE == "cuda" or (DEVICE == "auto" and shutil.which("nvidia-smi") is not None))
