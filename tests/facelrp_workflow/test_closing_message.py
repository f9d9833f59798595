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
    assert f"snakemake --report {results}/report.html" in closing_message(results)


def test_networks_no_better_than_the_mean_are_marked(results):
    path = results / "tables" / "table1.csv"
    heading, first, second, *_ = TABLE.splitlines()
    answers = zip((heading, first, second), ("better_than_mean", "no", "yes"), strict=True)
    path.write_text("".join(f"{line},{answer}\n" for line, answer in answers), encoding="utf-8")
    lines = closing_message(results).splitlines()
    assert lines[3:6] == [
        "base    mode   attribute    mae  mae_baseline  pearson_r  ridge_r  ceiling",
        "age     dense  happy       0.73          1.22       0.78    -0.05     0.98  *",
        "gender  full   kind, warm  0.50          1.10                0.60",
    ]
    assert lines[6].startswith("* predicts no better than the mean rating")
    assert max(map(len, lines[6:8])) <= 120
    path.write_text(path.read_text(encoding="utf-8").replace(",no", ",yes"), encoding="utf-8")
    assert "*" not in closing_message(results)
