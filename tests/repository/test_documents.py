"""Links of the documents lead somewhere, and the configuration fits on a screen."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "results/README.md"])
#: Text in brackets, then the address; pictures are links, too.
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def anchors(document):
    """The anchors of a document's headings, as GitHub names them."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document):
    for link in LINK.findall(document.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        if path.startswith("https://"):
            continue
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_documents_are_found():
    names = {document.name for document in DOCUMENTS}
    assert {"README.md", "CONTRIBUTING.md", "troubleshooting.md", "method.md"} <= names


def test_the_configuration_is_in_block_style_and_fits_on_a_screen():
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 120
    # Only lists and the rows of the paper's table are in flow style.
    flow = [line for line in text.splitlines() if re.match(r"^[^#]*: \{", line)]
    assert all(re.match(r" +(dense|full): \{attractive: ", line) for line in flow)
    assert not re.search(r": [&*]\w", text)
