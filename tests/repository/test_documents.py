"""Links of the documents lead somewhere, and the configuration fits on a screen."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/*.ipynb"), ROOT / "results/README.md"]
)
#: Text in brackets, then the address; pictures are links, too.
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def text_of(document):
    """The text of a document; that of a notebook without its code."""
    if document.suffix != ".ipynb":
        return document.read_text(encoding="utf-8")
    cells = nbformat.read(document, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def anchors(document):
    """The anchors of a document's headings, as GitHub names them."""
    headings = re.findall(r"^#+ (.*)$", text_of(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document):
    for link in LINK.findall(text_of(document)):
        path, _, anchor = link.partition("#")
        if path.startswith("https://"):
            continue
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_documents_are_found():
    names = {document.name for document in DOCUMENTS}
    assert {"README.md", "CONTRIBUTING.md", "troubleshooting.md", "method.md", "tutorial.ipynb"} <= names


def test_the_configuration_is_in_block_style_and_fits_on_a_screen():
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 120
    # Only lists and the rows of the paper's table are in flow style.
    flow = [line for line in text.splitlines() if re.match(r"^[^#]*: \{", line)]
    assert all(re.match(r" +(dense|full): \{attractive: ", line) for line in flow)
    assert not re.search(r": [&*]\w", text)
