"""Base models trained with several seeds: one value of each measure for each of them."""

#: Measures of transferability that need no heatmap.
CONTROLS = ("log_me", "h_score", "ridge_mae")


def base_means(networks):
    """Return one row for each base model and seed: its measures, averaged over attributes and seeds of fine-tuning.

    Parameters
    ----------
    networks : DataFrame
        A row per network of one mode: ``base``, ``base_seed``, ``mode``, ``seed``, ``attribute``, and measures.

    Returns
    -------
    DataFrame
        ``base``, ``base_seed``, and the measures.
    """
    measures = networks.columns.drop(["mode", "seed", "attribute"])
    return networks[measures].groupby(["base", "base_seed"], sort=False).mean().reset_index()
