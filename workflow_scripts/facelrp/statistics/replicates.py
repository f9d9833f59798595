"""Base models trained with several seeds: one value of each measure for each of them, and how measures correlate."""

from facelrp.statistics.rank_correlation import RankCorrelation

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


def correlations(bases, measure, outcome):
    """Return how a measure and an outcome correlate over base models.

    Parameters
    ----------
    bases : DataFrame
        See `base_means`.
    measure, outcome : str
        Columns.

    Returns
    -------
    whole, within, partial : RankCorrelation
        Over all base models; without the means of those that differ only in their seeds; and beyond what `CONTROLS`
        know of both (the measure itself left out).
    """
    centred = bases.groupby("base")[[measure, outcome]].transform(lambda values: values - values.mean())
    controls = tuple(bases[name] for name in CONTROLS if name != measure)
    return (
        RankCorrelation(bases[measure], bases[outcome]),
        RankCorrelation(centred[measure], centred[outcome]),
        RankCorrelation(bases[measure], bases[outcome], controls),
    )
