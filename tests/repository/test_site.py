"""The documentation is built as a site, without warnings, and lists every key of the configuration."""

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the finished site."""
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "-c", "docs/site", ".", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def keys_of(schema):
    """The names of all keys in a schema, however deep, but those of the parts of a point."""
    if isinstance(schema, list):
        return set().union(*map(keys_of, schema))
    if not isinstance(schema, dict):
        return set()
    own = schema.get("properties", {})
    return {key for key in own if key not in ("right_eye", "left_eye", "mouth")} | keys_of(list(schema.values()))


def test_every_key_of_the_configuration_is_listed(site):
    page = (site / "docs/configuration.html").read_text(encoding="utf-8")
    listed = {path.rpartition("/")[2] for path in re.findall(r'<span class="pre">([\w/]+)</span>', page)}
    schema = yaml.safe_load((ROOT / "rules/schemas/config.schema.yaml").read_text(encoding="utf-8"))
    assert len(keys_of(schema)) > 90
    assert keys_of(schema) - {"source", "name"} <= listed
    assert "name: references" in html.unescape(re.sub("<[^>]+>", "", page))


def test_every_page_can_be_reached_from_the_first(site):
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")} - {"genindex.html", "search.html"}
    links = set(re.findall(r'href="([\w/.-]+\.html)', (site / "README.html").read_text(encoding="utf-8")))
    assert len(pages) > 15
    assert pages - {"README.html", "py-modindex.html"} <= links


def test_rules_of_the_library_are_explained(site):
    page = (site / "docs/api.html").read_text(encoding="utf-8")
    rules = ("AlphaBeta", "Epsilon", "Gamma", "Box", "WSquare", "Flat", "Composite")
    assert all(f'id="facelrp.lrp.{name}"' in page for name in rules)
    assert "conservation_error" in page
