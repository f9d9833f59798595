"""What the documents tell a reader to type can be typed: commands, settings and Python."""

import contextlib
import re
import shlex
from pathlib import Path

import pytest
import torch
import yaml
from snakemake.cli import get_argument_parser
from snakemake.utils import update_config
from torch import nn

from facelrp_workflow.commands import parser
from facelrp_workflow.config_checks import checked

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "results/README.md"])
#: Lines of indented code, and code within a sentence, that begin with one of our programs.
COMMAND = re.compile(
    r"(?:^ {4}|`)((?:(?:snakemake|make|facelrp|pytest|python -m pytest) |python tests/)[^`\n]*)", re.MULTILINE
)
TARGETS = set(re.findall(r"^([\w-]+):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
RULES = {
    name for path in ROOT.glob("rules/*.smk") for name in re.findall(r"^(?:use )?rule (\w+)", path.read_text(), re.M)
}


def blocks(language):
    """All blocks of a language, each a parameter with its document and number."""
    pattern = re.compile(rf"^ *```{language}\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
    return [
        pytest.param(text, id=f"{document.name}-{number}")
        for document in DOCUMENTS
        for number, text in enumerate(pattern.findall(document.read_text(encoding="utf-8")))
    ]


def words_of(command):
    """The words of a command, without a comment and without what its output becomes."""
    return shlex.split(command.replace("…", "x").partition(" >")[0], comments=True)


def commands():
    """All commands of the documents, each a parameter: its words."""
    return [
        pytest.param(words_of(found), id=f"{document.name}: {found.strip()}")
        for document in DOCUMENTS
        for found in COMMAND.findall(document.read_text(encoding="utf-8"))
    ]


def configuration():
    return yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


def schema():
    return yaml.safe_load((ROOT / "rules/schemas/config.schema.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("words", commands())
def test_commands_are_understood(words):
    program, *arguments = words
    if program == "make":
        assert {word for word in arguments if "=" not in word} <= TARGETS
    elif program == "facelrp":
        # In a sentence, a command may stand without its arguments: then its help is asked for.
        with contextlib.nullcontext() if arguments[1:] else pytest.raises(SystemExit, match="0"):
            parser().parse_args(arguments if arguments[1:] else [*arguments, "--help"])
    elif program == "snakemake":
        given = get_argument_parser().parse_args(arguments)
        assert {entry.partition("=")[0] for entry in given.config or []} <= schema()["properties"].keys()
        assert all(target in RULES or target.startswith("results/") for target in given.targets)
    else:
        assert all((ROOT / word.partition("#")[0]).exists() for word in arguments if word.startswith("tests/"))


@pytest.mark.parametrize("text", blocks("yaml"))
def test_settings_are_accepted(text):
    given, config = yaml.safe_load(text) or {}, configuration()
    if "bases" in given:
        config["experiments"]["omi"]["bases"] = given.pop("bases")
    update_config(config, given)
    checked(config, schema())


def test_python_of_the_library_runs():
    torch.manual_seed(1)
    network = nn.Sequential(nn.Conv2d(3, 4, 5), nn.ReLU(), nn.AvgPool2d(4), nn.Flatten(), nn.Linear(36, 1))
    names = {"network": network, "images": torch.rand(2, 3, 16, 16), "training_images": torch.rand(5, 3, 16, 16)}
    maps, compared = [text.values[0] for text in blocks("python") if text.id.startswith("lrp.md")][:2]
    exec(maps, names)
    assert names["explanation"].heatmap.shape == (2, 16, 16)
    exec(compared, names)
    explanation = names["explanation"]
    expected = network(names["images"])[:, 0] - network(names["training_images"]).mean()
    torch.testing.assert_close(explanation.relevance.sum((1, 2, 3)).double(), expected.double(), rtol=1e-4, atol=1e-5)
