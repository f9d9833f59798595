"""What the tables are called where people read them."""

TITLES = {
    "findings": "Claims of the paper, and what became of them",
    "conservation": "Table: is relevance conserved?",
    "table1": "Table 1: mean absolute errors",
    "comparisons": "Table: comparisons of errors",
    "base_models": "Table: accuracy of the base models",
    "aptitude": "Table: richness of heatmaps, speed of learning",
    "recommendation": "Table: which base model to start from",
    "convergence": "Table: speed of learning",
    "aptitude_correlation": "Table: does richness foretell speed?",
    "pairs": "Table: relevance of each part",
    "pair_scores": "Table: scores",
    "occlusion": "Table: what occluding each part does",
    "perturbation": "Table: relevant regions taken away",
    "localisation": "Table: on what relevance lies",
    "sanity": "Table: mirrored faces, random weights",
    "agreement": "Table: how alike heatmaps are",
}
