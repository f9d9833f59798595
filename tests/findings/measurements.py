"""Measurements of an experiment whose effects are known: tables in the form of the workflow's files."""

from itertools import product

import numpy as np
import pandas as pd

from facelrp.faces.parts import NAMES
from facelrp.faces.swaps import PARTS

BASES, MODES = ("age", "gender"), ("dense", "full")
ATTRIBUTES = ("attractive", "happy", "confident")
PEOPLE, FACES = 12, 30
#: Faces s00, s01, …: ratings and ages rise with the number.
FACE_IDS = [f"s{number:02}" for number in range(FACES)]
SETTINGS = {
    "shown": "happy",
    "expression": "happy",
    "attractiveness": "attractive",
    "base": "age",
    "mode": "full",
    "equal_recipes": True,
    "kinds": {"age": {"target": "age", "classes": 8}, "gender": {"target": "gender", "classes": None}},
}


def noise(size, seed):
    """Return numbers of mean 0 and spread 1 that no two tables share."""
    values = np.random.default_rng(seed).normal(size=size)
    return (values - values.mean()) / values.std()


def rated():
    """Return the test faces."""
    rank = np.arange(FACES) / (FACES - 1)
    ratings = dict.fromkeys(ATTRIBUTES, 1 + 8 * rank)
    return pd.DataFrame(
        {"face_id": FACE_IDS, "age": 20 + 60 * rank, "gender": 100.0 * (np.arange(FACES) % 2), **ratings}
    )


def predictions(errors):
    """Return predictions whose absolute error is {(base, mode): error}, in points, give or take a twentieth of it."""
    faces, tables = rated(), []
    for number, ((base, mode), error) in enumerate(errors.items()):
        for attribute in ATTRIBUTES:
            off = error * (1 + 0.05 * noise(FACES, number)) * np.where(np.arange(FACES) % 2, 1, -1)
            table = {"face_id": FACE_IDS, "rating": faces[attribute], "prediction": faces[attribute] + off}
            tables.append(pd.DataFrame(table).assign(base=base, mode=mode, attribute=attribute))
    return pd.concat(tables, ignore_index=True)


def pair_faces():
    """Return the photographs of pairs: people in the states happy and sad, half of them women."""
    people = [f"p{number:02}" for number in range(PEOPLE)]
    table = pd.DataFrame(list(product(people, ("happy", "sad"))), columns=["identity", "state"])
    sex = table["identity"].map({name: 100.0 * (number % 2) for number, name in enumerate(people)})
    return table.assign(face_id=table["identity"] + "-" + table["state"], gender=sex)


def pair_scores(change):
    """Return scores on [0, 1] of pairs, the happy face's higher by ``change`` points."""
    faces, tables = pair_faces(), []
    for number, (base, mode, attribute) in enumerate(product(BASES, MODES, ATTRIBUTES)):
        points = 5 + change * (faces["state"] == "happy") + 0.05 * noise(len(faces), number)
        tables.append(
            pd.DataFrame({"face_id": faces["face_id"], "output": (points - 1) / 8}).assign(
                base=base, mode=mode, attribute=attribute
            )
        )
    return pd.concat(tables, ignore_index=True)


def pair_swaps(agreement=1.0, mouth=2.0, control=0.0, whole=2.5, states=("sad",)):
    """Return effects of swapping parts, in points: of the mouth, the control and all are known, the others are random.

    Relevance is ``agreement`` times the effect, plus noise.
    """
    people, tables = pair_faces()["identity"].unique(), []
    rng = np.random.default_rng(0)
    known = {"mouth": mouth, "control": control, "all": whole}
    for network, state, part in product(networks(), states, (*PARTS, *list(known)[1:])):
        effect = known.get(part, 0.0) + rng.normal(0, 0.05 if part in known else 1, size=len(people))
        relevance = agreement * effect + rng.normal(0, 1, size=len(people))
        table = pd.DataFrame({"identity": people, "effect": effect, "relevance": relevance})
        tables.append(table.assign(part=part, against=state, **network))
    return pd.concat(tables, ignore_index=True)


def relevance_rows(face_ids, shares, seed):
    """Return relevance by face and part: {part: one share, or one for each face}, the rest on the background."""
    wide = pd.DataFrame(0.0, index=face_ids, columns=list(NAMES))
    for number, (part, share) in enumerate(shares.items()):
        wide[part] = np.clip(np.asarray(share) + 0.002 * noise(len(face_ids), [seed, number]), 0, 1)
    wide["background"] = 1 - wide.drop(columns="background").sum(axis=1)
    table = wide.rename_axis(index="face_id", columns="part").stack().reset_index(name="positive")
    return table.assign(relevance=table["positive"], negative=0.0)


def pair_shares(happy, sad, others=None, women=None):
    """Return shares of relevance of pairs.

    ``happy`` and ``sad`` are {part: share} of the expression's networks; ``others`` is the same pair for all other
    attributes' networks, by default alike in both states. ``women`` adds to the happy mouth's share of women.
    """
    faces, tables = pair_faces(), []
    smiling = (faces["state"] == "happy").to_numpy()
    for number, (base, mode, attribute) in enumerate(product(BASES, MODES, ATTRIBUTES)):
        first, second = (happy, sad) if attribute == "happy" else others or (sad, sad)
        shares = {part: np.where(smiling, first.get(part, 0), second.get(part, 0)) for part in first | second}
        if women and attribute == "happy":
            shares["mouth"] = shares["mouth"] + women * (smiling & (faces["gender"] == 0))
        rows = relevance_rows(faces["face_id"], shares, number)
        tables.append(rows.assign(base=base, mode=mode, attribute=attribute))
    return pd.concat(tables, ignore_index=True)


def permuted_pair_shares(happy, sad):
    """Return the same for five networks per base model that were trained on permuted ratings."""
    faces, tables = pair_faces(), []
    smiling = (faces["state"] == "happy").to_numpy()
    for number, (base, permuted) in enumerate(product(BASES, range(1, 6))):
        shares = {part: np.where(smiling, happy.get(part, 0), sad.get(part, 0)) for part in happy | sad}
        rows = relevance_rows(faces["face_id"], shares, 100 + number)
        tables.append(rows.assign(base=base, permuted=permuted))
    return pd.concat(tables, ignore_index=True)


def parts(shares, networks):
    """Return the relevance of test faces by part, each part 1 % of the face's pixels.

    ``shares`` is a function of a network's dict: {part: share}; ``networks`` is a list of such dicts.
    """
    tables = []
    for number, network in enumerate(networks):
        rows = relevance_rows(FACE_IDS, shares(network), 200 + number)
        pixels = np.where(rows["part"] == "background", 60, 100 // len(NAMES))
        tables.append(rows.assign(pixels=pixels, **network))
    return pd.concat(tables, ignore_index=True)


def networks(**fixed):
    """Return the experiment's networks as dicts."""
    found = [dict(zip(("base", "mode", "attribute"), one, strict=True)) for one in product(BASES, MODES, ATTRIBUTES)]
    return [one for one in found if all(one[key] == value for key, value in fixed.items())]


def detection(**columns):
    """Return what is known of the brows of test faces: they are rounder, the older a face is."""
    return pd.DataFrame({"face_id": FACE_IDS, "kept": True, "brow_arch": np.linspace(0.02, 0.12, FACES)} | columns)


def contours(shares, **columns):
    """Return how much relevance lies along the contour: {base model: its share}."""
    tables = [
        pd.DataFrame({"face_id": FACE_IDS, "contour_share": share + 0.01 * noise(FACES, number)}).assign(base=base)
        for number, (base, share) in enumerate(shares.items())
    ]
    return pd.concat(tables, ignore_index=True).assign(**columns)


def random_contours(age, gender, seeds=(0.0, 0.0, 0.0)):
    """Return the same with random weights, for every third face; each seed adds to the shares."""
    tables = [contours({"age": age + more, "gender": gender + more}, seed=seed) for seed, more in enumerate(seeds)]
    table = pd.concat(tables, ignore_index=True)
    return table[table["face_id"].isin(FACE_IDS[::3])]


def occlusion_scores(changes):
    """Return predictions of the expression's networks with parts covered: {part: change in points}."""
    tables = []
    for number, network in enumerate(networks(attribute="happy")):
        for which, (part, change) in enumerate({"none": 0.0, **changes}.items()):
            values = 6 + change + 0.02 * noise(FACES, [number, which])
            tables.append(pd.DataFrame({"face_id": FACE_IDS, "occluded": part, "prediction": values}).assign(**network))
    return pd.concat(tables, ignore_index=True)


def occlusion_relevance(share, mouth):
    """Return shares of relevance with parts covered.

    ``share`` is {part: change of its own share}, ``mouth`` {part: change of the mouth's share when it is covered}.
    """
    tables = []
    for number, network in enumerate(networks(attribute="happy")):
        for which, part in enumerate(share):
            small = 0.002 * noise(FACES, [number, which])
            columns = {"share_after": 0.3 + share[part] + small, "mouth_after": 0.3 + mouth[part] + small}
            table = pd.DataFrame({"face_id": FACE_IDS, "share_before": 0.3, "mouth_before": 0.3, **columns})
            tables.append(table.assign(occluded=part, **network))
    return pd.concat(tables, ignore_index=True)


def errors(age=(0.5, 0.5), gender=(0.5, 0.5)):
    pairs = zip(BASES, (age, gender), strict=True)
    return predictions({(base, mode): one for base, both in pairs for mode, one in zip(MODES, both, strict=True)})


SAD = dict.fromkeys(("mouth", "inner_mouth", "nose", "nostrils", "right_brow", "right_cheek", "right_dimple"), 0.08)


def pairs(happy, others=None, permuted=None, **options):
    return {
        "pair_faces": pair_faces(),
        "pair_shares": pair_shares(happy, SAD, others, **options),
        "permuted_pair_shares": permuted_pair_shares(*(permuted or (SAD, SAD))),
    }


OLD = np.arange(FACES) >= 20


EVEN = dict.fromkeys(("hair", "right_upper_lid", "right_lower_lid", "right_eye_bag", "right_crows_feet"), 0.02)
EVEN |= dict.fromkeys(("earlobes", "right_nasolabial_fold", "right_eye_opening", "nose_bridge", "nose_tip"), 0.02)
EVEN |= dict.fromkeys(("under_brows", "mouth", "jaw", "neck", "forehead", "right_cheek", "left_cheek"), 0.02)


def ageing(**changed):
    table = parts(lambda network: EVEN | changed, [{"attribute": np.nan}])
    return {"rated": rated(), "ageing_parts": table}


ALL = {"mouth": -1.0, "eyes": 0.0, "nose": 0.0, "control": 0.0}


def occlusion(**changes):
    return {"occlusion_scores": occlusion_scores(ALL | changes), "rated": rated()}


def interventions(agreement, seed=0):
    """Return effects of eight parts, and relevance: ``agreement`` times the effect, plus noise."""
    rng, tables = np.random.default_rng(seed), []
    for network in networks():
        for face in FACE_IDS:
            effect = rng.normal(0, 1, size=8)
            relevance = agreement * effect + rng.normal(0, 1, size=8)
            table = {"part": list("abcdefgh"), "effect": effect, "relevance": relevance}
            tables.append(pd.DataFrame(table).assign(face_id=face, rule="heatmaps", **network))
    return pd.concat(tables, ignore_index=True)


def curves(networks, fall, chance):
    """Return curves that fall by ``fall`` points at once, most relevant first, or by ``chance`` at random."""
    tables = []
    for number, network in enumerate(networks):
        for order, change in (("most", fall), ("random", chance)):
            rule = "random" if order == "random" else "heatmaps"
            for step in (0, 1, 2):
                values = 5 - (change + 0.01 * noise(FACES, [number, step])) * (step > 0)
                table = pd.DataFrame({"face_id": FACE_IDS, "prediction": values})
                tables.append(table.assign(order=order, rule=rule, removed=0.1 * step, **network))
    return pd.concat(tables, ignore_index=True)


PERMUTED = [{"base": base, "permuted": number} for base in BASES for number in (1, 2)]


def masses(networks, mass):
    rows = pd.DataFrame({"face_id": FACE_IDS, "area": 0.1, "target": "true", "rule": "heatmaps"})
    return pd.concat(
        [
            rows.assign(absolute_mass=mass + 0.001 * noise(FACES, number), **network)
            for number, network in enumerate(networks)
        ]
    )


def randomised(correlation, rise):
    """Return checks with five seeds, and mirrored faces and upper layers, which must not count."""
    tables = []
    for number, network in enumerate(networks(attribute="happy")):
        small = 0.01 * noise(FACES, number)
        table = pd.DataFrame({"face_id": FACE_IDS, "rank_correlation": correlation + small}).assign(**network)
        for seed in range(1, 6):
            tables.append(
                table.assign(
                    test="randomisation",
                    layer="conv1",
                    seed=seed,
                    entropy_rise=rise * (0.9 + 0.05 * seed) + small / 100,
                )
            )
        tables.append(table.assign(test="mirror", layer="", rank_correlation=0.9))
        tables.append(table.assign(test="randomisation", layer="fc8", seed=1, rank_correlation=0.9))
    return pd.concat(tables, ignore_index=True)


def alike(rank_correlation, same_face, other_faces, kind="base"):
    rows = []
    for number, network in enumerate(networks()):
        small = 0.01 * noise(FACES, number)
        numbers = {"rank_correlation": rank_correlation, "same_face": same_face, "other_faces": other_faces}
        columns = {name: value + (small if name != "other_faces" else 0) for name, value in numbers.items()}
        rows.append(pd.DataFrame({"face_id": FACE_IDS, "kind": kind} | columns).assign(**network))
    return pd.concat(rows, ignore_index=True)


def speeds(age, gender):
    rows = [
        {"base": base, "mode": mode, "attribute": attribute, "mean_error": error + 0.01 * number}
        for base, error in (("age", age), ("gender", gender))
        for mode in MODES
        for number, attribute in enumerate(ATTRIBUTES)
    ]
    return pd.DataFrame(rows)


#: Base models that were trained with five seeds: what they learned.
KINDS = {
    "age": {"target": "age", "classes": 8},
    "age2": {"target": "age", "classes": 2},
    "gender": {"target": "gender", "classes": None},
}
BASE_SEEDS = 5
NAMED = ("kind", "base_seed")


def replicate_names():
    """Return the names of replicated base models: those of their folders, of their kinds, and their seeds."""
    return [
        {"base": f"{kind}-{seed}", "kind": kind, "base_seed": seed}
        for kind in KINDS
        for seed in range(1, BASE_SEEDS + 1)
    ]


def replicate_predictions(errors, spread=0.01):
    """Return predictions whose mean absolute error is {kind: error}, give or take ``spread`` for each seed."""
    faces, tables = rated(), []
    shifts = spread * noise(len(KINDS) * BASE_SEEDS, 7)
    for number, (name, shift) in enumerate(zip(replicate_names(), shifts, strict=True)):
        for attribute in ATTRIBUTES:
            off = (errors[name["kind"]] + shift) * (1 + 0.05 * noise(FACES, number))
            table = {"face_id": FACE_IDS, "rating": faces[attribute], "prediction": faces[attribute] + off}
            table = pd.DataFrame(table).assign(**name, mode="dense", plain_mode="dense", seed=1, attribute=attribute)
            tables.append(table)
    return pd.concat(tables, ignore_index=True)


def replicates(**measures):
    """Return the table of networks over seeds: each measure is {kind: value}, or a value for each base model."""
    table = pd.DataFrame(replicate_names()).drop(columns="base").rename(columns={"kind": "base"})
    columns = ("mae", "mean_error", "effective_pixels", "inner_share", "log_me", "h_score", "ridge_mae")
    for number, column in enumerate(columns):
        values = measures.get(column, 1.0)
        values = table["base"].map(values) if isinstance(values, dict) else values
        table[column] = values + (0 if isinstance(values, np.ndarray) else 0.001 * noise(len(table), number))
    return table.assign(mode="dense", seed=1, attribute="happy")


def replicate_shapes(shares):
    """Return the share of relevance along the contour, {kind: share}, for each face and replicated base model."""
    own = {name["base"]: name for name in replicate_names()}
    table = contours({base: shares[name["kind"]] for base, name in own.items()})
    return table.assign(**{key: table["base"].map({base: name[key] for base, name in own.items()}) for key in NAMED})
