"""The message at the end of a run."""

import pytest

from facelrp_workflow.closing_message import closing_message

HEAD = "base mode attribute mae mae_low mae_high mae_baseline pearson_r pearson_r_low pearson_r_high ridge_r paper_mae"
TABLE = f"""{HEAD.replace(" ", ",")},ceiling
age,dense,happy,7.315348,6.5,8.1199,12.242685,0.7813394,-0.1,0.9,-0.05,,0.98
gender,full,"kind, warm",5.0,,,11.0,,,,0.6,,
"""


SCALE = [1, 9]


@pytest.fixture
def results(tmp_path):
    for place in ("tables", "figures"):
        (tmp_path / place).mkdir()
    (tmp_path / "tables" / "table1.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path


def test_table_1_is_aligned_without_empty_columns(results):
    lines = closing_message(results, SCALE).splitlines()
    assert lines[2:5] == [
        "base    mode   attribute                 mae  mae_baseline           pearson_r  ridge_r  ceiling",
        "age     dense  happy       7.32 [6.50, 8.12]         12.24  0.78 [-0.10, 0.90]    -0.05     0.98",
        "gender  full   kind, warm               5.00         11.00                         0.60",
    ]


def test_points_are_those_of_the_experiment(results):
    assert "in points of the 0–100 scale, with 95 % intervals" in closing_message(results, [0, 100])


def test_missing_results_are_left_out(results):
    message = closing_message(results, SCALE)
    assert f"figures  {results}/figures" in message
    assert "heatmaps" not in message
    (results / "tables" / "table1.csv").unlink()
    assert "mean absolute error" not in closing_message(results, SCALE)
    (results / "article.html").touch()
    assert f"article  {results}/article.html\n" in closing_message(results, SCALE)


def test_only_what_was_asked_for_is_mentioned(results):
    (results / "article.html").touch()
    table = closing_message(results, SCALE, ["table1"])
    assert table.endswith(f"\n\nTable 1  {results}/tables/table1.csv")
    assert "article" not in table
    assert closing_message(results, SCALE, ["figures"]) == f"\nfigures  {results}/figures"
    assert "mean absolute error" not in closing_message(results, SCALE, ["report"])


def test_networks_no_better_than_the_mean_are_marked(results):
    path = results / "tables" / "table1.csv"
    heading, first, second, *_ = TABLE.splitlines()
    answers = zip((heading, first, second), ("better_than_mean", "no", "yes"), strict=True)
    path.write_text("".join(f"{line},{answer}\n" for line, answer in answers), encoding="utf-8")
    lines = closing_message(results, SCALE).splitlines()
    assert lines[2:5] == [
        "base    mode   attribute                 mae  mae_baseline           pearson_r  ridge_r  ceiling",
        "age     dense  happy       7.32 [6.50, 8.12]         12.24  0.78 [-0.10, 0.90]    -0.05     0.98  *",
        "gender  full   kind, warm               5.00         11.00                         0.60",
    ]
    assert lines[5].startswith("* predicts no better than the mean rating")
    assert len(lines[5]) <= 120
    path.write_text(path.read_text(encoding="utf-8").replace(",no", ",yes"), encoding="utf-8")
    assert "*" not in closing_message(results, SCALE)
