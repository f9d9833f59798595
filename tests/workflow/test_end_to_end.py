"""From nothing to Table 1 and the figures: all networks, on drawn faces and, if they are available, on real ones."""

import json
from dataclasses import replace
from math import comb

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from facelrp.datasets.synthetic import look_of
from facelrp.faces.parts import REPORTED, mask
from facelrp.findings.claims import CLAIMS
from facelrp.findings.outcomes import OUTCOMES, UNTESTED
from facelrp.generator.draw import draw
from facelrp.networks import weights
from facelrp.networks.batches import predict
from facelrp.statistics.summary import ALL
from facelrp_workflow.selection import evenly_spaced

#: Fine-tuned networks of each experiment: two base models × two modes × two attributes.
NETWORKS = 8


@pytest.fixture(params=["results", "omi_results"])
def experiment(request):
    """Either experiment."""
    return request.getfixturevalue(request.param)


def test_table1_has_a_row_for_every_network(experiment):
    table = pd.read_csv(experiment / "tables/table1.csv")
    assert list(table) == [
        "base",
        "mode",
        "attribute",
        "mae",
        "mae_low",
        "mae_high",
        "mae_baseline",
        "skill",
        "skill_low",
        "skill_high",
        "better_than_mean",
        "pearson_r",
        "pearson_r_low",
        "pearson_r_high",
        "ridge_r",
        "paper_mae",
        "reliability",
        "ceiling",
        "raters",
    ]
    assert len(table) == NETWORKS
    assert not table.duplicated(["base", "mode", "attribute"]).any()
    assert table["mae"].between(0, 8).all()
    assert table["paper_mae"].isna().all()


def test_table1_follows_from_the_predictions(experiment):
    table = pd.read_csv(experiment / "tables/table1.csv")
    ratings = pd.read_csv(experiment / "faces/rated/faces.csv").set_index("face_id")
    splits = pd.read_csv(experiment / "faces/split.csv").set_index("face_id")["split"]
    for row in table.itertuples():
        predictions = pd.read_csv(
            experiment / f"networks/{row.base}/{row.mode}/{row.attribute}/predictions.csv", index_col="face_id"
        )
        assert set(predictions.index) == set(splits.index[splits == "test"])
        np.testing.assert_allclose(predictions["rating"], ratings[row.attribute][predictions.index])
        assert row.mae == pytest.approx(np.abs(predictions["rating"] - predictions["prediction"]).mean())
        training_mean = ratings[row.attribute][splits.index[splits == "train"]].mean()
        assert row.mae_baseline == pytest.approx(np.abs(predictions["rating"] - training_mean).mean())
        assert row.skill == pytest.approx(1 - row.mae / row.mae_baseline)
        assert row.mae_low <= row.mae <= row.mae_high
        assert row.skill_low <= row.skill <= row.skill_high
        assert row.better_than_mean == ("yes" if row.skill_low > 0 else "no")
        ridge = pd.read_csv(experiment / f"bases/{row.base}/ridge/{row.attribute}.csv").set_index("face_id")
        assert ridge["split"].to_dict() == splits.to_dict()
        np.testing.assert_allclose(ridge["rating"], ridge.index.map(ratings[row.attribute]))
        unseen = ridge[ridge["split"] == "test"]
        assert row.ridge_r == pytest.approx(np.corrcoef(unseen["rating"], unseen["prediction"])[0, 1])


def test_the_ceiling_follows_from_the_raters_agreement(experiment):
    table = pd.read_csv(experiment / "tables/table1.csv")
    answers = pd.read_csv(experiment / "faces/rated/raters.csv")
    ratings = pd.read_csv(experiment / "faces/rated/faces.csv").set_index("face_id")
    np.testing.assert_allclose(table["ceiling"], np.sqrt(table["reliability"]))
    # Each attribute has one reliability, from its own ratings.
    assert table.groupby("attribute")["reliability"].nunique().eq(1).all()
    assert table["reliability"].between(0.5, 1).all()
    for attribute, said in answers.groupby("attribute"):
        means = said.groupby("face_id")["rating"].mean()
        assert np.corrcoef(means, ratings[attribute][means.index])[0, 1] > 0.97


def test_comparisons_are_of_errors_on_the_same_faces(experiment):
    table = pd.read_csv(experiment / "tables/comparisons.csv").set_index(["factor", "attribute", "first"]).sort_index()
    maes = pd.read_csv(experiment / "tables/table1.csv").set_index(["base", "mode", "attribute"])["mae"]
    rows = {"base": NETWORKS // 2 + 1, "mode": NETWORKS // 2 + 1, "ridge": NETWORKS + 2}
    assert table.groupby("factor").size().to_dict() == rows
    assert not table.loc["mode", "equal_recipes"].any()
    row = table.loc["mode", "happy", "age dense"]
    assert row["second"] == "age full"
    assert row["difference"] == pytest.approx(maes["age", "full", "happy"] - maes["age", "dense", "happy"])
    assert row["low"] <= row["difference"] <= row["high"]
    assert (table["q"] >= table["p"]).all()
    for factor, first, second in (("mode", "dense", "full"), ("base", "age", "gender")):
        whole = table.loc[factor, ALL, first]
        assert whole["second"] == second
        mean = maes.groupby(factor).mean()
        assert whole["difference"] == pytest.approx(mean[second] - mean[first])


def test_halves_are_equal_and_share_nobody(experiment):
    split = pd.read_csv(experiment / "faces/split.csv")
    identities = pd.read_csv(experiment / "faces/rated/faces.csv")["identity"]
    assert split["split"].value_counts().tolist() == [len(split) // 2] * 2
    assert not set(identities[split["split"] == "train"]) & set(identities[split["split"] == "test"])


def test_dense_networks_keep_the_convolutions_of_their_base_model(experiment):
    from facelrp.networks import weights

    base = weights.load(experiment / "bases/age/weights.safetensors")
    dense = weights.load(experiment / "networks/age/dense/happy/weights.safetensors")
    full = weights.load(experiment / "networks/age/full/happy/weights.safetensors")
    assert (base.module.conv1.weight == dense.module.conv1.weight).all()
    assert (base.module.fc6.weight != dense.module.fc6.weight).any()
    assert (base.module.conv1.weight != full.module.conv1.weight).any()
    assert [full.metadata[key] for key in ("base", "mode", "attribute")] == ["age", "full", "happy"]
    assert full.mean == base.mean


def test_base_models_have_features_of_one_norm(experiment):
    table = pd.read_csv(experiment / "tables/base_models.csv")
    for row in table.itertuples():
        classes = pd.read_csv(experiment / f"bases/{row.base}/classes.csv")
        features = np.load(experiment / f"bases/{row.base}/features.npy")[0]
        np.testing.assert_allclose(classes["squared_norm"], np.square(features.astype(float)).sum(1), rtol=1e-5)
        assert row.squared_norm == pytest.approx(classes["squared_norm"][classes["split"] == "train"].mean())
    # They are rescaled on the faces that they are trained on.
    np.testing.assert_allclose(table["squared_norm"], 300, rtol=0.1)


@pytest.mark.parametrize("network", ["age/dense/attractive", "gender/full/happy"])
def test_heatmaps_cover_the_test_set_and_sum_to_what_is_explained(experiment, network):
    heatmaps = np.load(experiment / f"heatmaps/{network}/relevance.npy")
    scores = pd.read_csv(experiment / f"heatmaps/{network}/scores.csv")
    predictions = pd.read_csv(experiment / f"networks/{network}/predictions.csv")
    assert heatmaps.shape == (len(predictions), 227, 227)
    assert scores["face_id"].tolist() == predictions["face_id"].tolist()
    # The explained output is the prediction, on [0, 1]; the heatmap adds up to it, or to what sets it apart from the
    # references (float16 on file).
    np.testing.assert_allclose(1 + 8 * scores["output"], predictions["prediction"], atol=1e-3)
    np.testing.assert_allclose(heatmaps.astype(float).sum((1, 2)), scores["output"] - scores["baseline"], atol=2e-3)


def test_the_baseline_is_the_mean_prediction_of_the_references(experiment):
    scores = pd.read_csv(experiment / "heatmaps/gender/full/happy/scores.csv")
    if experiment.name == "tiny":
        assert (scores["baseline"] == 0).all()
        return
    references, table = np.load(experiment / "faces/references.npy"), pd.read_csv(experiment / "faces/references.csv")
    faces, split = (pd.read_csv(experiment / f"faces/{name}.csv") for name in ("rated/faces", "split"))
    assert table["face_id"].nunique() == 5
    assert set(split["split"][split["face_id"].isin(table["face_id"])]) == {"train"}
    images = np.load(experiment / "faces/rated/images.npy")
    np.testing.assert_array_equal(references, images[pd.Index(faces["face_id"]).get_indexer(table["face_id"])])
    network = weights.load(experiment / "networks/gender/full/happy/weights.safetensors")
    mean = predict(network.module, network.images(references)).double().mean().item()
    np.testing.assert_allclose(scores["baseline"], mean, rtol=1e-5)


def test_relevance_is_conserved_in_every_network(experiment):
    table = pd.read_csv(experiment / "evaluation/conservation.csv")
    assert len(table) == NETWORKS
    assert (table["median_error"] <= 1e-4).all()
    np.testing.assert_allclose(table["median_relevance_share"], 1, atol=1e-4)
    explained = {"tiny": "f(x)", "tinyomi": "f(x) − mean f(x′)"}[experiment.name]
    said = f"Here ΣR = {explained}, within 1 % in the median face of every network.\n"
    assert (experiment / "evaluation/conservation.rst").read_text(encoding="utf-8") == said


def test_perturbation_compares_all_rules_with_random_orders(experiment):
    table = pd.read_csv(experiment / "evaluation/perturbation.csv")
    assert len(table) == NETWORKS * 5
    rules = {"heatmaps", "epsilon", "references", "gradient_times_input"}
    assert set(table["rule"]) == rules | {"heatmaps_all_faces"}
    assert table["faces"][table["rule"] == "heatmaps_all_faces"].unique().tolist() == [3]
    assert table["faces"][table["rule"].isin(rules)].unique().tolist() == [2]
    assert (table["above_random_low"] <= table["above_random"]).all()
    assert (table["above_random"] <= table["above_random_high"]).all()


def test_areas_are_those_of_the_curves(experiment):
    table = pd.read_csv(experiment / "evaluation/perturbation.csv").set_index(["base", "mode", "attribute", "rule"])
    curves = pd.read_csv(experiment / "evaluation/gender/dense/perturbation.csv")
    predictions = pd.read_csv(experiment / "networks/gender/dense/happy/predictions.csv")
    curves = curves[curves["attribute"] == "happy"]
    predictions = predictions.iloc[evenly_spaced(len(predictions), 3)]
    assert curves["face_id"].unique().tolist() == predictions["face_id"].tolist()
    whole = curves[curves["removed"] == 0].groupby("face_id", sort=False)["prediction"].first()
    np.testing.assert_allclose(whole, predictions["prediction"], atol=1e-3)
    own = curves[curves["rule"] == "heatmaps"].pivot(index="face_id", columns=["order", "removed"], values="prediction")
    area = {order: (own[order][[0]].to_numpy() - own[order]).mean(axis=None) for order in ("most", "least")}
    row = table.loc[("gender", "dense", "happy", "heatmaps_all_faces")]
    assert row["aopc"] == pytest.approx(area["most"])
    assert row["most_minus_least"] == pytest.approx(area["most"] - area["least"])


def test_localisation_uses_the_inner_parts_and_if_known_the_true_ones(experiment):
    table = pd.read_csv(experiment / "evaluation/localisation.csv")
    assert set(table["target"]) == ({"inner", "true"} if experiment.name == "tiny" else {"inner"})
    own = table[table["rule"] == "heatmaps_all_faces"]
    assert len(own) == NETWORKS * table["target"].nunique()
    assert (own["faces"] == len(pd.read_csv(experiment / "heatmaps/age/dense/happy/scores.csv"))).all()
    for column in ("area", "positive_mass", "negative_mass", "absolute_mass", "rank"):
        assert table[column].between(0, 1).all()


def test_mass_on_the_true_parts_follows_from_heatmap_and_label_map(results):
    from facelrp.faces.parts import mask

    faces = pd.read_csv(results / "faces/rated/faces.csv")
    splits = pd.read_csv(results / "faces/split.csv")["split"]
    labels = np.load(results / "faces/rated/parts.npy")[faces.index[splits == "test"]]
    parts = pd.read_csv(results / "faces/rated/truth.csv").groupby("attribute")["part"].get_group("happy")
    assert set(parts) == {"brows", "eyes", "cheeks", "mouth"}
    positive = np.load(results / "heatmaps/age/full/happy/relevance.npy").astype(float).clip(0)
    true = np.logical_or.reduce([mask(labels, part) for part in parts])
    table = pd.read_csv(results / "evaluation/localisation.csv").set_index(
        ["base", "mode", "attribute", "rule", "target"]
    )
    expected = (positive * true).sum((1, 2)) / positive.sum((1, 2))
    row = table.loc[("age", "full", "happy", "heatmaps_all_faces", "true")]
    assert row["positive_mass"] == pytest.approx(expected.mean(), rel=1e-4)
    size = np.abs(np.load(results / "heatmaps/age/full/happy/relevance.npy").astype(float))
    expected = (size * true).sum((1, 2)) / size.sum((1, 2))
    assert row["absolute_mass"] == pytest.approx(expected.mean(), rel=1e-4)
    assert row["area"] == pytest.approx(true.mean())


def test_the_page_of_faces_has_the_numbers_of_the_tables(experiment):
    def read(name):
        text = (experiment / f"faces_page/{name}.js").read_text(encoding="utf-8")
        return json.loads(text.removeprefix(f'receive("{name}", ').removesuffix(")\n"))

    assert (experiment / "faces.html").is_file()
    index, number = read("index"), 5
    assert len(index["networks"]) == NETWORKS
    assert len(list(experiment.glob("faces_page/faces/*.js"))) == len(index["faces"]) > number
    face = read(f"faces/{number}")
    for network, described in enumerate(index["networks"]):
        base, mode, attribute = described.values()
        predictions = pd.read_csv(experiment / f"networks/{base}/{mode}/{attribute}/predictions.csv")
        assert predictions["face_id"].tolist() == index["faces"]
        np.testing.assert_allclose(read(f"networks/{network}")["prediction"], predictions["prediction"], atol=0.006)
        assert face["predictions"][network] == pytest.approx(predictions["prediction"][number], abs=1e-3)
        assert face["ratings"][network] == pytest.approx(predictions["rating"][number], abs=1e-4)
        parts = pd.read_csv(experiment / f"heatmaps/{base}/{mode}/parts.csv")
        own = parts[(parts["face_id"] == index["faces"][number]) & (parts["attribute"] == attribute)]
        mouth = 8 * own[own["part"].isin(REPORTED["coarse"]["mouth"])]["relevance"].sum()
        assert face["relevance"][network][index["parts"].index("mouth")] == pytest.approx(mouth, abs=1e-3)


def test_interventions_are_tabulated_for_drawn_faces_alone(experiment):
    tables = [experiment / "evaluation" / name for name in ("interventions.csv", "uses.csv", "uses.html")]
    drawn = experiment.name == "tiny"
    assert [path.exists() for path in tables] == [drawn] * 3
    assert (experiment / "figures/truth.pdf").exists() == drawn
    if drawn:
        table, uses = map(pd.read_csv, tables[:2])
        assert table["rule"].tolist() == ["heatmaps", "references"] * NETWORKS
        assert set(table["faces"]) == set(uses["faces"]) == {4}
        assert len(uses) == 8 * NETWORKS
        shares = uses.groupby(["base", "mode", "attribute"])[["true_share", "used_share"]].sum()
        np.testing.assert_allclose(shares["used_share"], 1)
        np.testing.assert_allclose(shares["true_share"], 1, atol=0.015)
        recovery = pd.read_csv(experiment / "evaluation/recovery.csv").set_index("attribute")
        assert recovery["networks"].to_dict() == {"attractive": NETWORKS // 2, "happy": NETWORKS // 2, ALL: NETWORKS}


def test_an_effect_is_what_the_network_says_of_the_face_with_the_part_at_its_average(results):
    network = weights.load(results / "networks/age/full/happy/weights.safetensors")
    table = pd.read_csv(results / "evaluation/age/full/interventions.csv")
    predictions = pd.read_csv(results / "networks/age/full/happy/predictions.csv")
    assert table["face_id"].unique().tolist() == predictions["face_id"][evenly_spaced(len(predictions), 4)].tolist()
    row = table[(table["attribute"] == "happy") & (table["part"] == "mouth") & (table["rule"] == "heatmaps")].iloc[-1]
    number = int(row["face_id"].removeprefix("s")) - 1
    look = look_of(1, number)
    images, labels = zip(
        *map(draw, (look, replace(look, lip_fullness=-0.18, mouth_curve=0.0, mouth_open=0.25))), strict=True
    )
    whole, changed = 1 + 8 * predict(network.module, network.images(np.stack(images))).squeeze(1).double().numpy()
    assert row["effect"] == pytest.approx(whole - changed, abs=1e-4)
    heatmap = np.load(results / "heatmaps/age/full/happy/relevance.npy")[predictions["face_id"] == row["face_id"]][0]
    assert row["relevance"] == pytest.approx(8 * heatmap.astype(float)[mask(labels[0], "mouth")].sum())


def test_permuted_ratings_are_those_of_the_training_set_in_another_order(experiment):
    ratings = pd.read_csv(experiment / "faces/rated/faces.csv").set_index("face_id")["happy"]
    split = pd.read_csv(experiment / "faces/split.csv").set_index("face_id")["split"]
    for base in ("age", "gender"):
        learned = pd.read_csv(experiment / f"permuted/{base}/ratings.csv")
        predictions = pd.read_csv(experiment / f"permuted/{base}/predictions.csv")
        assert learned["permuted"].unique().tolist() == [1, 2]
        for _, own in learned.groupby("permuted"):
            assert own["face_id"].tolist() == split.index[split == "train"].tolist()
            np.testing.assert_allclose(np.sort(own["rating"]), np.sort(ratings[own["face_id"]]))
            assert (own["rating"].to_numpy() != ratings[own["face_id"]]).any()
        np.testing.assert_allclose(predictions["rating"], ratings[predictions["face_id"]])
    table = pd.read_csv(experiment / "tables/permuted_networks.csv")
    assert len(table) == 4
    assert (table["faces"] == (split == "test").sum()).all()


def test_networks_of_permuted_ratings_are_explained_like_others(experiment):
    folder = experiment / "permuted/gender"
    relevance, localised = np.load(folder / "relevance.npy"), pd.read_csv(folder / "localisation.csv")
    predictions, curves = (pd.read_csv(folder / f"{name}.csv") for name in ("predictions", "perturbation"))
    test = predictions["face_id"].unique()
    perturbed = test[evenly_spaced(len(test), 3)]
    assert relevance.shape == (2, 3, 227, 227)
    second = localised[(localised["permuted"] == 2) & (localised["target"] == "inner")]
    assert second["face_id"].tolist() == perturbed.tolist()
    faces = pd.read_csv(experiment / "faces/rated/faces.csv")["face_id"].tolist()
    labels = np.load(experiment / "faces/rated/parts.npy", mmap_mode="r")[[faces.index(face) for face in perturbed]]
    positive = relevance[1].astype(float).clip(0)
    mass = (positive * mask(labels, "inner")).sum((1, 2)) / positive.sum((1, 2))
    np.testing.assert_allclose(second["positive_mass"], mass, rtol=1e-4)
    whole = curves[(curves["removed"] == 0) & (curves["permuted"] == 2) & (curves["order"] == "most")]
    own = predictions[predictions["permuted"] == 2].set_index("face_id")["prediction"]
    np.testing.assert_allclose(whole["prediction"], own[whole["face_id"]], atol=1e-3)
    scores, shares = (pd.read_csv(folder / f"{name}.csv") for name in ("scores", "shares"))
    sums = shares.groupby(["permuted", "face_id"])["relevance"].sum()
    explained = scores.assign(explained=scores["output"] - scores["baseline"]).set_index(["permuted", "face_id"])
    assert len(explained) == 2 * len(pd.read_csv(experiment / "faces/pairs/faces.csv"))
    np.testing.assert_allclose(sums, explained["explained"][sums.index], atol=2e-3)


def test_heatmaps_of_permuted_ratings_are_compared_with_all_of_the_expression(experiment):
    table = pd.read_csv(experiment / "evaluation/permuted_heatmaps.csv", keep_default_na=False)
    targets = 2 if experiment.name == "tiny" else 1
    assert len(table) == NETWORKS // 2 * (3 * targets + 5)
    assert set(table["attribute"]) == {"happy"}
    assert set(table["networks"]) == {2}
    assert set(table["faces"].astype(int)) == {3}
    # Networks of the same base model are compared with the same permuted ones.
    assert (table.groupby(["base", "measure", "target"])["value_of_permuted"].nunique() == 1).all()


def test_specificity_takes_off_what_other_networks_show(experiment):
    table = pd.read_csv(experiment / "tables/specificity.csv")
    assert len(table) == NETWORKS // 2 * 2 * 2 * sum(map(len, REPORTED.values()))
    assert table.groupby("comparator")["networks"].unique().map(list).to_dict() == {
        "other attributes": [1],
        "permuted ratings": [2],
    }
    pairs = pd.read_csv(experiment / "tables/pairs.csv").set_index(["base", "mode", "attribute", "level", "part"])
    for row in table[(table["measure"] == "share") & (table["comparator"] == "other attributes")].itertuples():
        own, other = (pairs.loc[(row.base, row.mode, name, row.level, row.part)] for name in ("happy", "attractive"))
        assert row.change == pytest.approx(own["difference"], abs=1e-12)
        assert row.difference == pytest.approx(own["difference"] - other["difference"], abs=1e-12)


def test_swaps_of_whole_photographs_are_the_differences_of_scores(experiment):
    parts, swaps = (pd.read_csv(experiment / f"tables/{name}.csv") for name in ("swap_effects", "swaps"))
    assert len(parts) == 10 * NETWORKS
    assert len(swaps) == NETWORKS
    keys = ["base", "mode", "attribute"]
    scores = pd.read_csv(experiment / "tables/pair_scores.csv").set_index(keys)["difference"]
    for table in (parts[parts["part"] == "all"].assign(difference=lambda table: table["effect"]), swaps):
        found = table.set_index(keys)["difference"].reindex(scores.index)
        np.testing.assert_allclose(found, scores, atol=1e-4)


def test_cross_predictions_are_correlations_of_predictions_with_ratings(experiment):
    table = pd.read_csv(experiment / "tables/cross_prediction.csv")
    assert len(table) == NETWORKS * 2
    ratings = pd.read_csv(experiment / "faces/rated/faces.csv").set_index("face_id")
    table1 = pd.read_csv(experiment / "tables/table1.csv").set_index(["base", "mode", "attribute"])
    for row in table.itertuples():
        if row.attribute == row.rated:
            assert row.pearson_r == pytest.approx(table1.loc[(row.base, row.mode, row.attribute), "pearson_r"])
        path = f"networks/{row.base}/{row.mode}/{row.attribute}/predictions.csv"
        predicted = pd.read_csv(experiment / path, index_col="face_id")["prediction"]
        assert row.pearson_r == pytest.approx(np.corrcoef(predicted, ratings[row.rated][predicted.index])[0, 1])


def test_sanity_covers_mirrored_faces_and_every_randomised_layer(experiment):
    table = pd.read_csv(experiment / "evaluation/sanity.csv", keep_default_na=False)
    for _, group in table.groupby(["base", "mode", "attribute"]):
        assert group["test"].tolist() == ["mirror"] + 6 * ["randomisation"]
        assert group["layer"].tolist() == ["", "fc8", "fc7", "fc6", "conv3", "conv2", "conv1"]
        assert group["seeds"].tolist() == [0, 1, 1, 1, 1, 1, 2]
    assert table["rank_correlation"].between(-1, 1).all()


def test_random_networks_are_set_beside_independent_ones_face_by_face(experiment):
    sanity = pd.read_csv(experiment / "evaluation/sanity.csv")
    checks = pd.read_csv(experiment / "evaluation/gender/full/sanity.csv")
    faces = pd.read_csv(experiment / "evaluation/individuality_faces.csv")
    checks = checks[(checks["attribute"] == "happy") & (checks["layer"] == "conv1")]
    assert checks.groupby("face_id")["seed"].apply(list).tolist() == 2 * [[1, 2]]
    pairs = faces.query("kind == 'base' and mode == 'full' and attribute == 'happy'").set_index("face_id")
    level = pairs["rank_correlation"].loc[checks["face_id"].unique()].mean()
    row = sanity.query("base == 'gender' and mode == 'full' and attribute == 'happy' and layer == 'conv1'").iloc[0]
    assert row["independent"] == pytest.approx(level)
    assert row["difference"] == pytest.approx(checks["rank_correlation"].mean() - level)
    assert row["entropy_rise"] == pytest.approx(checks["entropy_rise"].mean())


def test_every_other_rule_is_compared_with_the_heatmaps_own(experiment):
    table = pd.read_csv(experiment / "evaluation/rules.csv")
    targets = ["inner", "true"] if experiment.name == "tiny" else ["inner"]
    measures = ["aopc", "most_minus_least", *(f"positive_mass_{target}" for target in targets)]
    assert table.groupby(["base", "mode", "attribute", "rule"])["measure"].apply(list).tolist() == 3 * NETWORKS * [
        [*measures, "log10_cancellation", "relevance_share"]
    ]
    assert set(table["faces"]) == {2}
    biases = table.groupby("rule")["biases"].unique().explode().to_dict()
    assert biases == {"epsilon": "absorb", "references": "cancel", "gradient_times_input": "absorb"}
    shares = table[table["measure"] == "relevance_share"].set_index("rule")
    np.testing.assert_allclose(shares["own"], 1, atol=1e-4)
    np.testing.assert_allclose(shares.loc["references", "value"], 1, atol=1e-4)


def test_individuality_covers_every_pair_and_every_network(experiment):
    table = pd.read_csv(experiment / "evaluation/individuality.csv")
    pairs, networks = (table[(table["kind"] == "network") == alone] for alone in (False, True))
    assert len(networks) == NETWORKS
    assert len(pairs) == 4 * comb(NETWORKS // 4, 2) + NETWORKS
    faces = len(pd.read_csv(experiment / "heatmaps/age/dense/happy/scores.csv"))
    assert (table["faces"] == faces).all()
    np.testing.assert_allclose(pairs["chance"], 1 / faces)
    assert networks["template_share"].between(-1, 1).all()


def test_agreement_covers_every_pair_that_differs_in_one_thing(experiment):
    table = pd.read_csv(experiment / "evaluation/agreement.csv", keep_default_na=False)
    assert table["kind"].value_counts().to_dict() == {
        "rule": 6 * NETWORKS,
        "attribute": 4 * comb(NETWORKS // 4, 2),
        "face": NETWORKS,
        "mode": NETWORKS // 2,
        "base": NETWORKS // 2,
    }
    assert not table.duplicated(["kind", "base", "mode", "attribute", "first", "second"]).any()
    assert table["rank_correlation"].between(-1, 1).all()


def test_aptitude_sets_richness_beside_speed(experiment):
    table = pd.read_csv(experiment / "tables/aptitude.csv")
    assert table["mode"].value_counts().to_dict() == {"dense": NETWORKS // 2, "full": NETWORKS // 2, "base": 2}
    assert table["entropy"].between(0, 1).all()
    assert table["effective_pixels"].between(1, 227**2).all()
    networks = table[table["mode"] != "base"].merge(
        pd.read_csv(experiment / "tables/convergence.csv"), on=["base", "mode", "attribute"]
    )
    np.testing.assert_allclose(networks["mean_error_x"], networks["mean_error_y"])


def test_speed_of_learning_follows_from_the_histories(experiment):
    table = pd.read_csv(experiment / "tables/convergence.csv")
    ratings = pd.read_csv(experiment / "faces/rated/faces.csv").merge(pd.read_csv(experiment / "faces/split.csv"))
    ratings = ratings[ratings["split"] == "train"]
    assert len(table) == NETWORKS
    for row in table.itertuples():
        history = pd.read_csv(experiment / f"networks/{row.base}/{row.mode}/{row.attribute}/history.csv")
        assert history["epoch"].tolist() == list(range(len(history)))
        variance = np.var(ratings[row.attribute] / 8)
        assert row.variance == pytest.approx(variance)
        assert row.before == pytest.approx(history["loss"][0] / variance)
        # Networks start near the mean rating.
        assert 0.5 < row.before < 2
        assert row.mean_error == pytest.approx(history["loss"][1:].mean() / variance)
        assert row.lowest <= row.level + 1e-12
    assert (table.groupby(["mode", "attribute"])["level"].nunique() == 1).all()


def test_the_recommendation_follows_from_held_out_training_faces(experiment):
    table = pd.read_csv(experiment / "tables/recommendation.csv")
    attributes = pd.read_csv(experiment / "tables/table1.csv")["attribute"].unique()
    assert len(table) == NETWORKS // 2
    first, second = (table[table["rank"] == rank].set_index("attribute") for rank in (1, 2))
    assert first.index.tolist() == attributes.tolist()
    for row in table.itertuples():
        ridge = pd.read_csv(experiment / f"bases/{row.base}/ridge/{row.attribute}.csv")
        errors = (ridge["prediction"] - ridge["rating"]).abs().groupby(ridge["split"]).mean()
        assert (row.cv_mae, row.test_mae) == pytest.approx((errors["train"], errors["test"]))
    np.testing.assert_allclose(second["difference"], second["cv_mae"] - first["cv_mae"])
    assert (second["difference"] >= 0).all()
    for attribute, row in first.iterrows():
        chosen = second["q"][attribute] < 0.05
        said = f"start from {row['base']}: " if chosen else f"no difference between {row['base']} and "
        assert row["sentence"].startswith(f"For {attribute} {said}")


FIGURES = [*(f"figure{number}" for number in range(1, 8)), "evaluation", "pairs", "predictions"]
FIGURES += ["contact_sheets/happy", "contact_sheets/attractive", "regions/rated", "regions/pairs"]


@pytest.mark.parametrize("name", FIGURES)
def test_figures_show_something(experiment, name):
    with Image.open(experiment / f"figures/{name}.png") as image:
        assert image.width > 600
        assert image.convert("RGB").getcolors(100) is None  # there are more
    assert (experiment / f"figures/{name}.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("name", FIGURES)
def test_no_figure_is_cut_off_at_the_edge(experiment, name):
    """Letters and lines that are cut off leave ink on the outermost pixels."""
    with Image.open(experiment / f"figures/{name}.png") as image:
        pixels = np.asarray(image.convert("L"))
    assert np.concatenate([*pixels[[0, -1]], *pixels.T[[0, -1]]]).min() == 255


def occlusion(experiment, table, base="age", mode="full", attribute="happy"):
    """How occlusion changed one network's scores or relevance."""
    rows = pd.read_csv(experiment / f"occlusion/{base}/{mode}/{table}.csv")
    return rows[rows["attribute"] == attribute]


@pytest.mark.parametrize("mode", ["dense", "full"])
def test_each_network_scores_whole_faces_as_predicted(results, mode):
    for attribute in ("attractive", "happy"):
        scores = occlusion(results, "scores", "gender", mode, attribute)
        predictions = pd.read_csv(results / f"networks/gender/{mode}/{attribute}/predictions.csv")
        whole = scores[scores["occluded"] == "none"]
        np.testing.assert_allclose(whole["prediction"], predictions["prediction"], atol=1e-3)


def test_occluded_faces_are_scored_beside_the_whole_ones(results):
    scores = occlusion(results, "scores")
    predictions = pd.read_csv(results / "networks/age/full/happy/predictions.csv")
    whole = scores[scores["occluded"] == "none"]
    np.testing.assert_allclose(whole["prediction"], predictions["prediction"], atol=1e-3)
    assert set(scores["occluded"]) == {"none", "mouth", "right_eye", "eyes", "control", "mouth_other_fill"}
    assert len(scores) == 6 * len(predictions)


def test_fewer_faces_can_be_occluded(omi_results):
    scores = occlusion(omi_results, "scores")
    predictions = pd.read_csv(omi_results / "networks/age/full/happy/predictions.csv")
    highest = predictions.loc[predictions["rating"].idxmax(), "face_id"]
    assert set(scores["face_id"]) == {*predictions["face_id"][evenly_spaced(len(predictions), 10)], highest}


def test_tables_of_occlusion_follow_from_the_scores(experiment):
    table = pd.read_csv(experiment / "tables/occlusion.csv")
    rows = table.set_index(["base", "mode", "attribute", "part"]).loc["age", "full", "happy"]
    assert len(table) == NETWORKS * len(rows)
    assert len(rows) == len(occlusion(experiment, "scores")["occluded"].unique()) - 1
    row, fills = rows.loc["mouth"], rows.loc["mouth_minus_other_fill"]
    scores = occlusion(experiment, "scores")
    wide = scores.pivot(index="face_id", columns="occluded", values="prediction")
    assert fills["change"] == pytest.approx((wide["mouth"] - wide["mouth_other_fill"]).mean())
    assert np.isnan(fills["share_change"])
    change = (wide["mouth"] - wide["none"]).dropna()
    assert row["change"] == pytest.approx(change.mean())
    assert row["falls"] == pytest.approx((change < 0).mean())
    assert row["falls_low"] <= row["falls"] <= row["falls_high"]
    relevance = occlusion(experiment, "relevance").set_index("face_id")
    mouth = relevance[relevance["occluded"] == "mouth"]
    assert row["explained"] == relevance.index.nunique() >= 2
    assert row["share_change"] == pytest.approx((mouth["share_after"] - mouth["share_before"]).mean())
    ratings = pd.read_csv(experiment / "networks/age/full/happy/predictions.csv", index_col="face_id")["rating"]
    high = change[ratings[change.index] > 5]
    assert row["faces_of_high"] == len(high) >= 2
    assert row["change_of_high"] == pytest.approx(high.mean())
    assert row["rises_of_high"] == pytest.approx((high > 0).mean())
    mouth = mouth[ratings[mouth.index] > 5]
    assert row["explained_of_high"] == len(mouth)
    drop = mouth["relevance_after"] - mouth["relevance_before"]
    assert row["relevance_change_of_high"] == pytest.approx(drop.mean(), nan_ok=True)


def test_relevance_before_occlusion_is_that_of_the_heatmaps(experiment):
    relevance = occlusion(experiment, "relevance").set_index("face_id")
    faces = pd.read_csv(experiment / "faces/rated/faces.csv")["face_id"].tolist()
    shown = pd.read_csv(experiment / "heatmaps/age/full/happy/scores.csv")["face_id"].tolist()
    labels = np.load(experiment / "faces/rated/parts.npy", mmap_mode="r")
    heatmaps = np.load(experiment / "heatmaps/age/full/happy/relevance.npy")
    for face, row in relevance[relevance["occluded"] == "mouth"].iterrows():
        inside = heatmaps[shown.index(face)].astype(float)[mask(labels[faces.index(face)], "mouth")]
        assert row["relevance_before"] == pytest.approx(inside.sum(), abs=1e-4)


def test_relevance_of_pairs_adds_up_to_the_difference_of_scores(experiment):
    parts = pd.read_csv(experiment / "tables/pairs.csv")
    scores = pd.read_csv(experiment / "tables/pair_scores.csv").set_index(["base", "mode", "attribute"])
    assert len(parts) == NETWORKS * sum(map(len, REPORTED.values()))
    assert len(scores) == NETWORKS
    by_network = parts.groupby(["level", "base", "mode", "attribute"])
    np.testing.assert_allclose(by_network["share_happy"].sum(), 1)
    np.testing.assert_allclose(by_network["difference"].sum(), 0, atol=1e-9)
    added = by_network["relevance_difference"].sum()
    for level in REPORTED:
        np.testing.assert_allclose(added[level], scores["difference"][added[level].index], atol=0.02)
    assert (parts["people"] == 4).all()
    assert parts["q"].between(0, 1).all()


def test_findings_judge_every_claim(experiment):
    findings = pd.read_csv(experiment / "tables/findings.csv")
    assert len(findings) == len(CLAIMS)
    assert findings["verdict"].isin(OUTCOMES).all()
    # What these experiments lack is faces and people, not a table; photographs cannot be drawn again.
    untested = findings["finding"][findings["verdict"] == UNTESTED]
    missing = {"not measured: interventions"} if experiment.name == "tinyomi" else set()
    assert set(untested[untested.str.startswith("not measured")]) == missing
    page = (experiment / "findings.md").read_text(encoding="utf-8")
    assert all(finding.replace("|", r"\|") in page for finding in findings["finding"])


def test_every_job_left_a_log_and_a_benchmark(experiment):
    logs = {path.relative_to(experiment / "logs").with_suffix("") for path in experiment.glob("logs/**/*.log")}
    benchmarks = {path.relative_to(experiment / "benchmarks").with_suffix("") for path in experiment.glob("**/*.tsv")}
    assert logs == benchmarks
    assert all("done" in path.read_text().splitlines()[-1] for path in experiment.glob("logs/**/*.log"))


def test_an_unreadable_table_is_one_clear_message_before_any_work(workflow):
    for how in ([], ["--dry-run"]):
        done = workflow.attempt(*how, "--config", "experiment=unreadable")
        assert done.returncode != 0
        last = done.stdout.splitlines()[-1]
        assert last.startswith("docs/../profiles/slurm/partitions.yaml, line 1: no column is called Photo, years")
        assert "Traceback" not in done.stdout
    assert not (workflow.folder / "results/unreadable").exists()
