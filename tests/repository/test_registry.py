"""The registry of tables and figures: each has its caption, its script, and its line in the documents."""

import re
from pathlib import Path

import pytest
import yaml

from facelrp_workflow.choices import DATASETS
from facelrp_workflow.config_checks import checked

ROOT = Path(__file__).parents[2]
RULES = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "rules").glob("*.smk")}
#: The registry and its selectors are plain Python; only when they are called do they need Snakemake.
REGISTRY = {}
exec(RULES["inputs"] + RULES["report"], REGISTRY)
TABLES, FIGURES = REGISTRY["TABLES"], REGISTRY["FIGURES"]
CAPTIONS = {
    "tables": list(TABLES),
    "figures": [name.partition("/")[0] for name in FIGURES],
}


@pytest.mark.parametrize("kind", CAPTIONS)
def test_every_caption_belongs_to_a_result_and_every_result_has_one(kind):
    captions = {path.stem for path in (ROOT / "rules/report" / kind).glob("*.rst")}
    assert captions == set(CAPTIONS[kind])


def test_sections_exist_and_titles_are_distinct():
    results = [*TABLES.values(), *FIGURES.values()]
    assert {result.section for result in results} == set(REGISTRY["SECTIONS"])
    assert len({result.title for result in results}) == len(results)


@pytest.mark.parametrize("name", TABLES)
def test_results_are_explained_in_the_readme_of_results(name):
    text = (ROOT / "results/README.md").read_text(encoding="utf-8")
    assert f"`{name}`" in text or f"`{name}.csv`" in text or f"`tables/{name}.csv`" in text


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_written_by_a_rule(name):
    path = f'"<results>/{TABLES[name].folder}/{name}.csv"'
    assert sum(text.count(path) for text in RULES.values()) >= 1


def test_tables_get_their_pages_whatever_they_need():
    needed = {table.needed.__name__ for table in TABLES.values()}
    assert set(re.findall(r"table_pages\((\w+)\)", RULES["pages"])) == needed


def test_experiments_have_the_tables_that_they_can_have():
    REGISTRY["DATASETS"] = DATASETS
    described = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["experiments"]
    found = {
        name: {table for table in TABLES if TABLES[table].needed(settings)} for name, settings in described.items()
    }
    seeds = {"replicates", "base_replicates", "base_similarity", "predictors"}
    drawn = {"interventions", "uses", "recovery"}
    pairs = {name for name, table in TABLES.items() if table.needed.__name__ == "has_pairs"}
    missing = {name: set(TABLES) - tables for name, tables in found.items()}
    assert missing == {
        "demo": seeds,
        "bases": pairs,
        "omi": seeds | drawn,
        "open": seeds | drawn,
        "modern": seeds | drawn,
        "omi_bases": pairs | drawn,
        "paper": seeds | drawn,
    }
    alone = described["omi"] | {"faces": {"rated": described["omi"]["faces"]["rated"]}}
    assert not TABLES["pairs"].needed(alone)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_by_a_rule(name):
    assert sum(text.count(f'**figure("{name}")') for text in RULES.values()) == 1


def blocks():
    """Every rule: {name: (the rule it is made from or None, its text)}."""
    text = "\n".join(RULES.values())
    found = re.findall(
        r"^ *(?:use rule (\w+) as (\w+) with|rule (\w+)):\n((?:(?! *(?:use )?rule ).*\n)*)", text, re.MULTILINE
    )
    return {copy or name: (origin or None, body) for origin, copy, name, body in found}


def test_copies_of_rules_run_where_their_originals_do():
    """Snakemake forgets `localrule` in `use rule … with`."""
    rules = blocks()
    copies = {name: origin for name, (origin, _) in rules.items() if origin}
    assert len(copies) >= 5
    for name, origin in copies.items():
        assert ("localrule: True" in rules[name][1]) == ("localrule: True" in rules[origin][1]), name


def test_no_two_parameters_of_a_rule_can_be_swapped():
    """Snakemake compares the values of params without their names: two numbers must stand in one table."""
    folder = ROOT / "rules/schemas/config.schema.yaml"
    read = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (ROOT / "config.yaml", folder)]
    settings = checked(*read)["experiments"]["demo"]
    for name, (_, body) in blocks().items():
        numbers = []
        for path in re.findall(r'setting\("([^"{]+)"\)', body):
            value = settings
            for key in path.split("/"):
                value = value[key]
            numbers += [path] if isinstance(value, int | float) and not isinstance(value, bool) else []
        assert len(numbers) <= 1, name


def test_every_rule_logs_and_is_measured():
    for name, (_, body) in blocks().items():
        if f"rule {name}:" in RULES["targets"]:
            continue  # nothing runs
        assert "log:" in body, name
        assert f"/{name}" in re.search(r"log:\n(.*)\n", body)[1], name
        assert "benchmark:" in body, name
        assert "message:" in body, name
