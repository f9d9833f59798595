"""Names of replicates say their seeds."""

from facelrp_workflow.replicates import names, plain, seed_of

SEEDS = {"seed": 7, "more_seeds": [1, 2]}


def test_the_first_seed_has_the_plain_name():
    assert names("age", SEEDS) == ["age", "age-1", "age-2"]
    assert names("age", {"seed": 7}) == ["age"]


def test_names_say_seeds():
    found = {name: (plain(name), seed_of(name, SEEDS)) for name in names("age", SEEDS)}
    assert found == {"age": ("age", 7), "age-1": ("age", 1), "age-2": ("age", 2)}


def test_an_imported_base_model_has_no_seed():
    assert names("age", {"source": "caffe"}) == ["age"]
    assert seed_of("age", {"source": "caffe"}) is None
