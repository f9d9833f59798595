"""CITATION.cff, LICENSE and pyproject.toml agree, and list what to cite."""

import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
#: What the format takes, of the keys that are used: https://github.com/citation-file-format, schema 1.2.0.
SOFTWARE = {"cff-version", "message", "title", "abstract", "type", "version", "license", "authors", "keywords"}
REFERENCE = {"type", "notes", "title", "authors", "year", "collection-title", "journal", "volume", "issue", "start"}
REFERENCE |= {"doi", "url", "keywords"}
TYPES = {"article", "conference-paper", "data"}


def test_versions_licences_and_authors_agree():
    assert CITATION["cff-version"] == "1.2.0"
    assert str(CITATION["version"]) == PROJECT["version"]
    assert CITATION["license"] == PROJECT["license"] == "MIT"
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert licence.startswith("MIT License\n")
    assert CITATION["authors"] == [{"name": "The facelrp authors"}]
    assert f"Copyright (c) 2026 {CITATION['authors'][0]['name']}\n" in licence
    assert CITATION.keys() == SOFTWARE | {"references"}


@pytest.mark.parametrize("reference", CITATION["references"], ids=lambda reference: reference["title"][:30])
def test_every_reference_can_be_cited(reference):
    assert reference.keys() >= {"type", "title", "authors", "year"}
    assert reference.keys() <= REFERENCE
    assert reference["type"] in TYPES
    assert all(author.keys() == {"family-names", "given-names"} for author in reference["authors"])
    assert 1998 <= reference["year"] <= 2022


def test_the_paper_the_detector_and_all_sets_of_faces_are_cited():
    first = {reference["authors"][0]["family-names"] for reference in CITATION["references"]}
    assert first == {
        "Arbabzadah",
        "Bach",
        "Levi",
        "Bainbridge",
        "Lundqvist",
        "Peterson",
        "DeBruine",
        "Bazarevsky",
        "Kartynnik",
    }
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(name in readme for name in first)
