"""The documentation as a site: `make docs`, from the files that are read on their own, too."""

import json
import sys
import tomllib
from pathlib import Path

import yaml
from myst_parser.parsers.sphinx_ import MystParser

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT / "workflow_scripts")]
from configuration import reference  # noqa: E402

from facelrp_workflow.choices import with_choices  # noqa: E402

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "facelrp"
release = version = PROJECT["version"]
copyright = "the authors of facelrp"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
# The repository itself: links between its files lead to the same places here and there.
root_doc = "README"
include_patterns = ["*.md", "docs/*.md", "docs/*.ipynb", "results/README.md"]
# Folders that need not be searched.
exclude_patterns = [".*", "archives", "results/[!R]*", "rules", "tests", "workflow_scripts"]
source_suffix = {".md": "markdown", ".ipynb": "notebook"}
html_theme = "furo"
html_title = f"facelrp {release}"
html_copy_source = False
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_google_docstring = False
# Code blocks without a language are commands.
highlight_language = "console"

#: The table of contents: (heading, pages).
CONTENTS = {
    "Use": [
        "docs/installing",
        "docs/experiments",
        "docs/own-faces",
        "docs/running",
        "docs/configuration",
        "results/README",
        "docs/troubleshooting",
    ],
    "Understand": ["docs/method", "docs/reading-heatmaps", "docs/base-models", "docs/performance"],
    "Library": ["docs/lrp", "docs/tutorial", "docs/api"],
    "Project": ["CONTRIBUTING", "SECURITY", "CHANGELOG", "CODE_OF_CONDUCT"],
}


class Notebook(MystParser):
    """A notebook without outputs, as text and code."""

    supported = ("notebook",)

    def parse(self, inputstring, document):
        cells = json.loads(inputstring)["cells"]
        texts = ["".join(cell["source"]) for cell in cells]
        code = [cell["cell_type"] == "code" for cell in cells]
        blocks = [f"```python\n{text}\n```" if runs else text for text, runs in zip(texts, code, strict=True)]
        super().parse("\n\n".join(blocks), document)


def complete(app, name, source):
    """Give the first page its table of contents, and the page of the configuration all keys of the schema."""
    if name == root_doc:
        trees = [
            f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(pages) + "\n```"
            for caption, pages in CONTENTS.items()
        ]
        source[0] += "\n\n" + "\n\n".join(trees)
    if name == "docs/configuration":
        schema, config = (
            yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
            for path in ("rules/schemas/config.schema.yaml", "config.yaml")
        )
        source[0] += "\n" + reference(with_choices(schema), config)


def setup(app):
    app.add_source_parser(Notebook)
    app.connect("source-read", complete)
