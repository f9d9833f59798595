"""What heatmaps add up to is said as it was measured, by rule and by what was lost."""

import logging

import pandas as pd
import pytest
from job_files import Files

from tabulate_conservation import main

LOSSES = ("bias", "epsilon", "empty_side", "surplus", "renormalised")
FACES = {"a": 0.5, "b": 0.8, "c": 0.25}


@pytest.fixture
def say(tmp_path, capsys):
    """A function that tabulates two networks which lose these shares of what is explained, half in either layer.

    It returns the caption, and what the terminal shows.
    """

    def run(baseline=0.0, **lost):
        paths = {"scores": [], "ledgers": []}
        for number in (0, 1):
            # The second network loses twice as much as the first.
            shares = {cause: lost.get(cause, 0.0) * (1 + number) for cause in LOSSES}
            outputs = pd.Series(FACES)
            explained = outputs - baseline
            scores = pd.DataFrame({"face_id": outputs.index, "output": outputs, "baseline": baseline})
            scores["relevance"] = explained * (1 - sum(shares.values()))
            layers = [
                pd.DataFrame({cause: share / 2 * explained.abs() for cause, share in shares.items()}).assign(
                    face_id=outputs.index, layer=layer, kind="Linear", relevance_out=0.0, relevance_in=0.0
                )
                for layer in ("fc1", "fc2")
            ]
            for name, table in (("scores", scores.assign(conservation_error=0.0)), ("ledgers", pd.concat(layers))):
                paths[name].append(tmp_path / f"{name}{number}.csv")
                table.to_csv(paths[name][-1], index=False)
        output = Files(table=tmp_path / "conservation.csv", caption=tmp_path / "conservation.rst")
        main(Files(paths), [{"base": "age"}, {"base": "gender"}], output, logging.getLogger("test"))
        return output.caption.read_text(encoding="utf-8").strip(), capsys.readouterr().err.strip()

    return run


def test_relevance_that_is_conserved_adds_up_to_what_is_explained(say):
    assert say() == ("Here ΣR = f(x), within 1 % in the median face of every network.", "")
    assert say(0.1) == ("Here ΣR = f(x) − mean f(x′), within 1 % in the median face of every network.", "")
    assert say(bias=0.004)[0].startswith("Here ΣR = f(x), within 1 %")


def test_relevance_that_biases_absorb_is_named(say):
    said, warning = say(bias=0.2, epsilon=0.001)
    assert said == (
        "Here ΣR is not f(x) but 60 % to 80 % of it, in the median face of each network. The rest went to biases "
        "(up to 40 %)."
    )
    assert warning == ""


@pytest.mark.parametrize(("lost", "networks", "most"), [(0.015, 1, 3), (-0.03, 2, 6)])
def test_an_empty_side_names_what_can_be_done(say, lost, networks, most):
    said, warning = say(empty_side=lost)
    assert f"the empty side of αβ (up to {most} %)" in said
    assert warning in said
    assert warning.startswith(f"In {networks} of 2 networks, units without negative or positive")
    for named in (f"up to {most} %", "renormalise: true", "references", "f(x) − mean f(x′)"):
        assert named in warning


def test_a_little_on_an_empty_side_is_no_reason_for_advice(say):
    assert say(empty_side=0.009)[1] == ""
