"""The tutorial runs from its first cell to its last, is right about what it says, and holds no outputs."""

from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
import torch

from facelrp.report.style import RELEVANCE_COLOURS

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs" / "tutorial.ipynb"
SHARED = ROOT.parent / "shared" / "data"
ARCHIVES = (
    "face-api/face_recognition_model.bin",
    "face-api/face_recognition_model-weights_manifest.json",
    "face_landmarker.task",
    "omi-*.zip",
    "webmorphR.stim-*.zip",
)


@pytest.fixture(scope="module")
def notebook():
    return nbformat.read(NOTEBOOK, as_version=nbformat.NO_CONVERT)


@pytest.fixture(scope="module")
def ran(notebook, tmp_path_factory):
    """What the cells leave behind, {name: value}, and under ``figures`` of it their figures."""
    found = {pattern: next(iter(SHARED.glob(pattern)), None) for pattern in ARCHIVES}
    if missing := [pattern for pattern, path in found.items() if path is None]:
        pytest.skip(f"archives are missing ({', '.join(missing)} in shared/data beside the checkout)")
    folder = tmp_path_factory.mktemp("archives")
    for path in found.values():
        (folder / path.name).symlink_to(path)
    names, before = {}, set(plt.get_fignums())
    with pytest.MonkeyPatch.context() as patch, plt.rc_context(), pd.option_context("display.float_format", None):
        patch.chdir(NOTEBOOK.parent)
        patch.setenv("FACELRP_ARCHIVES", str(folder))
        for number, cell in enumerate(cell for cell in notebook.cells if cell.cell_type == "code"):
            exec(compile(cell.source, f"code cell {number + 1}", "exec"), names)
        drawn = [plt.figure(number) for number in plt.get_fignums() if number not in before]
        for figure in drawn:
            figure.canvas.draw()
    yield names | {"figures": drawn}
    names["unpacked"].cleanup()
    for figure in drawn:
        plt.close(figure)


def test_the_notebook_is_valid_and_holds_no_outputs(notebook):
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) > 10
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert not any(cell.get("attachments") for cell in notebook.cells)
    assert NOTEBOOK.stat().st_size < 50_000


@pytest.mark.slow
def test_the_correlation_is_that_of_faces_held_out(ran):
    """Ridge regression once more, as least squares with a row of penalties for each feature."""
    test, x, ratings = ran["test"], ran["x"], ran["ratings"]
    assert test.sum() == (~test).sum() == 502
    deviations, mean = x[~test] - x[~test].mean(0), ratings[~test].mean()
    penalty = np.sqrt(ran["penalty"] * np.square(deviations).sum(1).mean())
    rows = np.vstack([deviations, penalty * np.eye(256)])
    weight, *_ = np.linalg.lstsq(rows, np.append(ratings[~test] - mean, np.zeros(256)))
    expected = mean + (x[test] - x[~test].mean(0)) @ weight
    np.testing.assert_allclose(ran["predicted"], expected, atol=1e-6)
    np.testing.assert_allclose(ran["predict"](ran["images"][test]), expected, atol=1e-3)
    assert ran["r"] == pytest.approx(np.corrcoef(ratings[test], expected)[0, 1], abs=1e-9)
    assert ran["interval"][0] < ran["r"] < ran["interval"][1]
    assert ran["interval"][0] > 0.75


@pytest.mark.slow
def test_the_ledger_balances_and_biases_have_what_is_missing(ran):
    for name, way in ran["ways"].items():
        output, relevance, lost = way.output.double(), way.relevance.double().sum((1, 2, 3)), Counter()
        for entry in way.ledger:
            for cause, values in entry.losses.items():
                lost[cause] += values
        torch.testing.assert_close(relevance + lost["bias"], output, rtol=1e-5, atol=0)
        assert all(abs(values).max() < 1e-3 for cause, values in lost.items() if cause != "bias")
        if "bias=False" in name:
            torch.testing.assert_close(relevance, output, rtol=1e-5, atol=0)
        else:
            assert (relevance < 0.5 * output).all()
    assert ran["rules"]["largest gap"].max() < 1e-5


@pytest.mark.slow
def test_red_and_blue_are_as_the_text_says(ran):
    some = {name: one.heatmap.sum((1, 2)) for name, one in ran["some"].items()}
    assert (ran["rules"].loc[["αβ 2, −1", "αβ 1, 0", "γ", "residual"], "positive share"] > 0.75).all()
    assert some["residual"][0] > 0  # the face rated lowest
    assert some["references"][0] < 0
    sizes = ran["rules"]["median Σ|R|/|f|"]
    assert sizes["ε"] > 2
    assert (sizes.drop(["ε", "references"]) < 0.6).all()


@pytest.mark.slow
def test_smiles_and_swapped_mouths_have_the_effects_of_the_text(ran):
    assert (ran["difference"] > 0).mean() > 0.95
    effects = dict(zip(ran["names"], ran["effects"].T, strict=True))
    means = {part: effect.mean() for part, effect in effects.items()}
    assert max(means, key=means.get) == "mouth"
    standard_error = effects["control"].std(ddof=1) / np.sqrt(len(effects["control"]))
    assert abs(means["control"]) < 2.5 * standard_error
    # A swapped photograph is the smiling one elsewhere, and the neutral one in the middle of the part.
    swapped, mouth = ran["with_part"](0, ran["names"].index("mouth")), ran["swapped"][0, ran["names"].index("mouth")]
    for rows, share in ((ran["smiling"], 0), (ran["neutral"], 1)):
        assert (mouth == share).any()
        np.testing.assert_array_equal(swapped[mouth == share], ran["photographs"][rows[0]][mouth == share])


@pytest.mark.slow
def test_the_yardsticks_are_what_they_are_said_to_be(ran):
    effects, maps = ran["effects"][:, :8], ran["judged"]["integrated gradients"]
    signs, large = ran["agreement"]["sign_agreement"], np.abs(effects) > 1.25
    positive = (effects > 0)[large].mean()
    assert 0.65 < positive < 0.75
    assert signs["the same everywhere"] == pytest.approx(positive)
    above = ran["agreement"]["above_one_sign"].astype(float)
    np.testing.assert_allclose(above, signs.astype(float) - positive, atol=1e-9)
    # Integrated gradients add up to the difference of the predictions.
    np.testing.assert_allclose(maps.sum((1, 2)), ran["difference"], atol=2)
    relevance = np.stack([(ran["swapped"][:, part] * maps).sum((1, 2)) for part in range(8)], axis=1)
    expected = np.mean([np.corrcoef(*pair)[0, 1] for pair in zip(effects, relevance, strict=True)])
    assert ran["agreement"]["r_within_faces"]["integrated gradients"] == pytest.approx(expected)


@pytest.mark.slow
def test_the_rules_agree_with_interventions_as_the_text_says(ran):
    rules = ran["agreement"].loc[list(ran["explainers"])].astype(float)
    floor, above = (ran["agreement"].loc[name] for name in ("the same everywhere", "integrated gradients"))
    assert 0 < rules["above_one_sign"]["residual"] < 0.1
    assert rules["above_one_sign_high"]["ε"] < 0
    unseen = rules.drop(["residual", "ε"])
    assert ((unseen["above_one_sign_low"] < 0) & (unseen["above_one_sign_high"] > 0)).all()
    assert (rules["r_within_faces_low"] > 0).all()
    assert floor["r_within_faces_high"] < 0
    assert (rules["r_within_faces_high"] < above["r_within_faces_low"]).all()


@pytest.mark.slow
def test_figures_are_drawn_with_scales_centred_at_zero(ran):
    assert len(ran["figures"]) == 5
    images = [image for figure in ran["figures"] for axes in figure.axes for image in axes.images]
    scaled = [image for image in images if image.cmap.name == RELEVANCE_COLOURS]
    assert len(scaled) == 3 + 3 * len(ran["explainers"])
    assert all(image.norm.vmin == -image.norm.vmax < 0 for image in scaled)
    assert len({image.norm.vmax for image in scaled[:3]}) == 1
