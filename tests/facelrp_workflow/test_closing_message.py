"""What a finished run tells on the terminal."""

import pytest

from facelrp_workflow.closing_message import ending

TABLE = """base,mode,attribute,mae,mae_baseline,pearson_r,ridge_r,paper_mae,reliability,ceiling,raters
age,dense,happy,0.7315348,1.2242685,0.7813394,-0.05,,0.97,0.98,15.0
gender,full,"kind, warm",0.5,1.1,,0.6,,,,
"""


@pytest.fixture
def results(tmp_path):
    for place in ("tables", "figures"):
        (tmp_path / place).mkdir()
    (tmp_path / "tables" / "table1.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path


def test_table_1_stands_in_columns_without_those_that_are_empty(results):
    lines = ending(results).splitlines()
    assert lines[3:6] == [
        "base    mode   attribute    mae  mae_baseline  pearson_r  ridge_r  ceiling",
        "age     dense  happy       0.73          1.22       0.78    -0.05     0.98",
        "gender  full   kind, warm  0.50          1.10                0.60",
    ]


def test_only_what_is_there_is_told(results):
    told = ending(results)
    assert f"figures     {results}/figures" in told
    assert "findings" not in told
    (results / "tables" / "table1.csv").unlink()
    assert "mean absolute error" not in ending(results)
    assert f"snakemake --report {results}/report.html" in ending(results)
