"""Plain modern English: the worst of the old words are gone from code and documents."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("workflow_scripts", "rules", "docs", "profiles", "tests")
FILES = [
    ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "config.yaml", "Snakefile", "Makefile")
]
FILES += [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
SUFFIXES = {".md", ".py", ".smk", ".yaml", ".rst", ".ipynb", ""}
FILES = [path for path in FILES if path.is_file() and path.suffix in SUFFIXES and "__pycache__" not in path.parts]
#: Patterns, each with a plain word to use instead. The brackets keep this file from matching itself.
OLD = {
    r"a[n]ew": "again",
    r"tol[d]": "reported",
    r"shal[l]": "will",
    r"before[h]and": "first",
    r"(?:is|are) not ther[e]": "is missing",
    r"ther[e](?:of|in|by|upon)": "of it",
    r"whe[r]e(?:in|upon|fore)": "in which",
    r"so to spea[k]": "",
    r"as one like[s]": "freely",
    r"to the tes[t]\b(?! (?:set|half|command|runner))": "evaluated",
    # A comment, a docstring or a paragraph that begins with "Of …".
    r"(?m)^\s*(?:#:? |\"\"\"|[-*] |\d\. )?O[f] (?!course)[a-z]": "for",
}


@pytest.mark.parametrize("word", OLD)
def test_old_words_are_gone(word):
    pattern = re.compile(word if word.startswith("(?m)") else rf"(?i)\b{word}\b")
    found = []
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        found += [
            f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, hit.start()) + 1}" for hit in pattern.finditer(text)
        ]
    assert found == [], f"say {OLD[word]!r}"


def test_code_and_documents_are_read():
    assert len(FILES) > 200
    assert {"README.md", "config.yaml", "claims.py", "report.smk", "method.md"} <= {path.name for path in FILES}
