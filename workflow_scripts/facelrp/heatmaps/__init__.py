"""Compute heatmaps of many faces, and measure how good they are.

The measures belong to the families of Hedström et al. (2023), *Quantus*:

- faithfulness: `perturbation` (region perturbation, AOPC), `interventions` (on parts of drawn faces)
- localisation: `localisation` (relevance mass accuracy, relevance rank accuracy)
- randomisation: `sanity` (model parameter randomisation test, MPRT; Efficient MPRT)
- complexity: `richness` (entropy, effective number of pixels, Gini sparseness)
- robustness: `agreement` (mirror equivariance, agreement between rules), `individuality` (what heatmaps show of a face)

`cancellation` says how much of a heatmap cancels, and what its rule does with biases.
"""
