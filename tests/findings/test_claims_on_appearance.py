"""Claims on age, attractiveness and likeness: supported by measurements that show their effect, and by no others."""

import measurements as made
import numpy as np
import pandas as pd
import pytest
from judging import finding, verdict

from facelrp.findings.outcomes import CONTRADICTED, NEGLIGIBLE, SUPPORTED, UNTESTED

AGEING = {
    "Earlobes": "earlobes",
    "Wrinkles beside": "right_crows_feet",
    "Eye bags": "right_eye_bag",
    "Eyelids are evidence": "right_upper_lid",
    "Grey hair": "hair",
}


@pytest.mark.parametrize("text", AGEING)
def test_a_part_must_be_relevant_in_old_faces(text):
    part = AGEING[text]
    assert verdict(text, **made.ageing(**{part: np.where(made.OLD, 0.2, 0.02)})) == SUPPORTED
    assert verdict(text, **made.ageing(**{part: np.where(made.OLD, 0.0, 0.1)})) == CONTRADICTED
    # Dense in all faces, whatever their age.
    assert verdict(text, **made.ageing(**{part: 0.2})) != SUPPORTED
    tables = made.ageing() | {"rated": made.rated().assign(age=np.nan)}
    assert verdict(text, **tables) == UNTESTED


def test_lids_must_show_age_most():
    text = "Eyelids are the dominant"
    assert verdict(text, **made.ageing(right_upper_lid=0.2)) == SUPPORTED
    assert verdict(text, **made.ageing(right_upper_lid=0.2, hair=0.4)) == CONTRADICTED


@pytest.mark.parametrize(
    ("text", "part"),
    [("The eyes of", "right_eye_opening"), ("The nose of", "nose_tip"), ("The space between", "under_brows")],
)
def test_a_part_must_be_relevant_in_attractive_faces(text, part):
    def found(own, others=0.02):
        table = made.parts(
            lambda network: made.EVEN | {part: own if network["attribute"] == "attractive" else others}, made.networks()
        )
        return verdict(text, rated=made.rated(), parts=table)

    assert found(np.where(made.OLD, 0.3, 0.02)) == SUPPORTED
    assert found(np.where(made.OLD, 0.3, 0.02), others=0.3) != SUPPORTED
    assert found(np.where(made.OLD, 0.0, 0.2)) == CONTRADICTED


@pytest.mark.parametrize(("change", "expected"), [(0.3, SUPPORTED), (0.0, NEGLIGIBLE), (-0.3, CONTRADICTED)])
@pytest.mark.parametrize(
    ("text", "shape"),
    [("Heatmaps of attractive faces are", "symmetry"), ("Heatmaps of attractive faces show", "coherence")],
)
def test_shapes_of_attractive_faces(text, shape, change, expected):
    tables = [
        pd.DataFrame(
            {"face_id": made.FACE_IDS, shape: 0.4 + change * made.OLD + 0.01 * made.noise(made.FACES, number)}
        ).assign(**network)
        for number, network in enumerate(made.networks())
    ]
    assert verdict(text, rated=made.rated(), shapes=pd.concat(tables)) == expected


@pytest.mark.parametrize(
    ("own", "others", "expected"), [(0.3, 0.02, SUPPORTED), (0.3, 0.3, NEGLIGIBLE), (0.0, 0.0, CONTRADICTED)]
)
def test_networks_look_at_the_smile(own, others, expected):
    table = made.parts(
        lambda network: made.EVEN | {"mouth": own if network["attribute"] == "happy" else others}, made.networks()
    )
    assert verdict("The networks of happiness", rated=made.rated(), parts=table) == expected
    other = made.SETTINGS | {"expression": "confident"}
    assert finding("The networks of happiness", other, rated=made.rated(), parts=table)["verdict"] == UNTESTED


def test_effects_are_where_ratings_come_from():
    table = made.interventions(1)
    effects = table["effect"].where(table["part"].isin(["a", "b"]), 0.05 * table["effect"])
    truth = pd.DataFrame({"attribute": "happy", "part": ["a", "b"], "share": 0.5})
    text = "What moves the networks"
    assert verdict(text, interventions=table.assign(effect=effects), truth=truth) == SUPPORTED
    assert verdict(text, interventions=table, truth=truth) == NEGLIGIBLE
    elsewhere = truth.assign(part=["c", "d"])
    assert verdict(text, interventions=table.assign(effect=effects), truth=elsewhere) == CONTRADICTED
    assert verdict(text, interventions=table, truth=truth.assign(attribute="attractive")) == UNTESTED
