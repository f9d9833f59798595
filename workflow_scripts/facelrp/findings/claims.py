"""All claims, in the order of the paper, then those of this tool.

To add a claim: write its measurement in the module of its section, and put it into that module's ``CLAIMS``. If it
needs a table that no other claim does, add the table to ``MEASURED`` in rules/measurements.smk.
"""

from facelrp.findings import appearance, base_models, expressions, heatmaps, networks, occlusion, seeds

CLAIMS = [
    *networks.CLAIMS,
    *base_models.CLAIMS,
    *seeds.CLAIMS,
    *(claim for claim in appearance.CLAIMS if claim.section == "3.3"),
    *expressions.CLAIMS,
    *(claim for claim in appearance.CLAIMS if claim.section != "3.3"),
    *occlusion.CLAIMS,
    *heatmaps.CLAIMS,
]
