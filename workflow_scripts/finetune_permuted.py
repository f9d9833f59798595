"""Fine-tune dense layers on permuted ratings: networks that cannot know anything of the attribute, to compare with.

Everything else is that of the dense network of the attribute: the training faces, the recipe, the start, the order of
faces. The permutations are those of the seeds 1, 2, …, the same for all base models.
"""

import numpy as np
import pandas as pd
import torch

from facelrp.faces.rating_scales import RatingScale
from facelrp.networks import dense_variants, weights
from facelrp.networks.batches import Features, predict
from facelrp.networks.devices import prepare
from facelrp.networks.surgery import regressor
from facelrp.training.fine_tuning import part_for, train, training_features
from facelrp.training.loop import Recipe, show_progress
from facelrp_workflow.files import open_array, read_rated, replacing, write_table
from facelrp_workflow.job import job


def permute(ratings, seed):
    """Return ratings in a random order, which no face keeps a claim to: ndarray of float, shape (N,)."""
    return np.random.default_rng(seed).permutation(ratings)


def main(files, output, attribute, recipe, head, numbers, scale, compute, device, log):
    device, scale = prepare(device, compute["threads"]), RatingScale(*scale)
    recipe = Recipe(**recipe)
    training_set, test_set = (read_rated(files, attribute, split) for split in ("train", "test"))
    features = open_array(files.features)
    log.info("%d faces to train on, %d to predict, torch %s", len(training_set), len(test_set), torch.__version__)
    log.info("%s, device %s, precision %s, threads %d", numbers, device, compute["precision"], compute["threads"])
    variants, ratings, histories, predictions = [], [], [], []
    for permuted in range(1, numbers["permuted"] + 1):
        targets = permute(training_set[attribute].to_numpy(), permuted)
        network = weights.load(files.base)
        generator = torch.Generator().manual_seed(numbers["seed"])
        regressor(network.module, scale.to_unit(targets.mean()), generator, head)
        network.to(device)
        history = train(
            network.module,
            training_features(features, training_set.index, recipe, device),
            scale.to_unit(targets),
            recipe,
            numbers["seed"],
            precision=compute["precision"],
            after_epoch=show_progress(recipe, log),
        )
        inputs = Features(features[:1], test_set.index, device)
        outputs = predict(part_for(inputs, network.module), inputs).squeeze(1).double().numpy()
        variants.append(dense_variants.dense_weights(network.module))
        columns = {"permuted": permuted, "face_id": training_set["face_id"], "rating": targets}
        ratings.append(pd.DataFrame(columns))
        columns = {
            "face_id": test_set["face_id"],
            "rating": test_set[attribute],
            "prediction": scale.to_points(outputs),
        }
        predictions.append(pd.DataFrame({"permuted": permuted, **columns}))
        histories.append(pd.DataFrame(history).drop(columns="seconds").assign(permuted=permuted))
    with replacing(output.weights) as path:
        dense_variants.save(path, variants)
    for name, tables in {"ratings": ratings, "history": histories, "predictions": predictions}.items():
        write_table(output[name], pd.concat(tables))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, **snakemake.params, device=snakemake.resources.device, log=log)
