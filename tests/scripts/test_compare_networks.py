"""Errors compared face by face, with those of ridge regression, too."""

import logging

import numpy as np
import pandas as pd
import pytest
from job_files import Files

from compare_networks import main
from facelrp.statistics.summary import ALL

#: Absolute errors on three test faces, all predictions being too high.
NETWORKS = {
    ("age", "dense", "happy"): [0.3, 0.4, 0.5],
    ("age", "full", "happy"): [0.1, 0.2, 0.3],
    ("age", "dense", "kind"): [1.0, 1.0, 1.0],
    ("age", "full", "kind"): [0.5, 0.5, 0.8],
}
RIDGE = {"happy": [0.2, 0.2, 0.2], "kind": [2.0, 2.0, 2.0]}


@pytest.fixture(params=[True, False])
def compared(request, tmp_path):
    """The table, and whether recipes are equal."""
    networks = [dict(zip(("base", "mode", "attribute"), name, strict=True)) for name in NETWORKS]
    predictions, ridge = [], []
    for number, (name, errors) in enumerate(NETWORKS.items()):
        predictions.append(tmp_path / f"network{number}.csv")
        table = pd.DataFrame({"face_id": list("abc"), "rating": [4.0, 5.0, 6.0]})
        table.assign(prediction=table["rating"] + errors).to_csv(predictions[-1], index=False)
        ridge.append(tmp_path / f"ridge{number}.csv")
        # In another order, and with training faces that take no part.
        test = table.assign(split="test", prediction=table["rating"] - RIDGE[name[2]])[::-1]
        train = pd.DataFrame({"face_id": ["d"], "rating": 5.0, "split": "train", "prediction": 9.0})
        pd.concat([train, test]).to_csv(ridge[-1], index=False)
    path = tmp_path / "comparisons.csv"
    main(Files(predictions=predictions, ridge=ridge), networks, request.param, path, logging.getLogger("test"))
    return pd.read_csv(path), request.param


def test_networks_are_compared_with_the_ridge_regression_of_their_base_model(compared):
    table, _ = compared
    rows = table[table["factor"] == "ridge"].set_index(["attribute", "first", "second"])
    assert rows["difference"].to_dict() == pytest.approx(
        {
            ("happy", "age ridge", "age dense"): 0.2,
            ("happy", "age ridge", "age full"): 0.0,
            ("kind", "age ridge", "age dense"): -1.0,
            ("kind", "age ridge", "age full"): -1.4,
            (ALL, "ridge", "dense"): -0.4,
            (ALL, "ridge", "full"): -0.7,
        },
        abs=1e-9,
    )
    assert (rows["faces"] == 3).all()
    # Face by face: 0.1, 0.2, 0.3 are all above zero, so 2 of the 8 patterns of signs are as far from it.
    assert rows["p"]["happy", "age ridge", "age dense"] == 2 / 8
    assert (table["q"] >= table["p"]).all()


def test_modes_and_base_models_are_compared_as_before(compared):
    table, _ = compared
    rows = table[table["factor"] == "mode"].set_index("attribute")["difference"]
    assert rows.to_dict() == pytest.approx({"happy": -0.2, "kind": -0.4, ALL: -0.3})
    assert not (table["factor"] == "base").any()


def test_the_table_says_whether_recipes_are_equal(compared):
    table, equal = compared
    modes = table[table["factor"] == "mode"]
    assert (modes["equal_recipes"] == equal).all()
    assert table["equal_recipes"][table["factor"] == "ridge"].isna().all()
    assert np.count_nonzero(table["equal_recipes"].notna()) == len(modes) == 3
