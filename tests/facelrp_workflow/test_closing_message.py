"""The message at the end of a run."""

import pytest

from facelrp_workflow.closing_message import closing_message

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


def test_table_1_is_aligned_without_empty_columns(results):
    lines = closing_message(results).splitlines()
    assert lines[3:6] == [
        "base    mode   attribute    mae  mae_baseline  pearson_r  ridge_r  ceiling",
        "age     dense  happy       0.73          1.22       0.78    -0.05     0.98",
        "gender  full   kind, warm  0.50          1.10                0.60",
    ]


def test_missing_results_are_left_out(results):
    message = closing_message(results)
    assert f"figures     {results}/figures" in message
    assert "findings" not in message
    (results / "tables" / "table1.csv").unlink()
    assert "mean absolute error" not in closing_message(results)
    (results / "article.html").touch()
    assert f"article     {results}/article.html\n" in closing_message(results)
