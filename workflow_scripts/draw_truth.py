"""Draw what ratings depend on, what networks use and what heatmaps show, part by part, and how far these agree."""

import numpy as np
from matplotlib.ticker import MultipleLocator

from facelrp.report import figures
from facelrp.report.style import INK_COLOUR, PALETTE, REFERENCE_COLOUR, SMALL
from facelrp_workflow.files import new_figure, read_table
from facelrp_workflow.job import job

#: Columns of shares and the titles of their panels.
SHARES = {
    "true_share": "ratings depend on\n(known)",
    "used_share": "networks use\n(effects)",
    "shown_share": "heatmaps show\n(relevance)",
}
#: Measures of agreement: the column, its label, and the column or the value of chance.
AGREEMENT = (
    ("used_overlap", "networks and\nratings", "used_overlap_even"),
    ("shown_overlap", "heatmaps and\nnetworks", "shown_overlap_even"),
    ("sign_agreement", "signs", "sign_agreement_one_sign"),
    ("r_within_faces", "r in a face", 0.0),
)


def draw_shares(panel, uses, column, parts, colour, limit):
    """Draw each part's share, averaged over networks, as a bar, and that of each network as a dot."""
    heights = -np.arange(len(parts))
    shares = uses.pivot_table(index="part", columns=["base", "mode"], values=column, sort=False).loc[parts]
    panel.barh(heights, shares.mean(axis=1), color=colour, height=0.7)
    if column != "true_share":
        for network in shares:
            panel.plot(shares[network], heights, "o", color=INK_COLOUR, markersize=1.8, alpha=0.6, linewidth=0)
    panel.set_yticks(heights, parts)
    panel.set_xlim(0, limit)
    panel.xaxis.set_major_locator(MultipleLocator(0.25))
    panel.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f}")


def draw_agreement(panel, row):
    """Draw each measure of agreement with its interval and, as a line, what would be reached without knowledge."""
    for number, (name, _, chance) in enumerate(AGREEMENT):
        value, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
        reached = row[chance] if isinstance(chance, str) else chance
        error = [[value - low], [high - value]] if np.isfinite([low, high]).all() else None
        panel.plot([reached, reached], [-number - 0.35, -number + 0.35], color=REFERENCE_COLOUR, linestyle=":")
        panel.errorbar(value, -number, xerr=error, fmt="o", color=PALETTE[1], markersize=3.5)
        text = f"{value:.2f}" if error is None else f"{value:.2f} [{low:.2f}, {high:.2f}]"
        text = text.replace("-", "−") if np.isfinite(value) else "not known"
        panel.text(1.06, -number, text, va="center", fontsize=SMALL)
    panel.set_yticks(-np.arange(len(AGREEMENT)), [label for _, label, _ in AGREEMENT])
    panel.set_xlim(min(0.0, *(row[f"{name}_low"] for name, *_ in AGREEMENT)), 1)
    panel.set_ylim(0.6 - len(AGREEMENT), 0.6)


def main(files, output, log):
    uses, recovery = read_table(files.uses), read_table(files.recovery).set_index("attribute")
    attributes = list(dict.fromkeys(uses["attribute"]))
    parts = list(dict.fromkeys(uses["part"]))
    limit = 1.05 * uses[list(SHARES)].max(axis=None)
    figure, axes = figures.panels(
        len(attributes), 4, 0.6 + 1.25 * len(attributes), sharex="col", width_ratios=[1, 1, 1, 1.1]
    )
    for attribute, row in zip(attributes, axes, strict=True):
        own = uses[uses["attribute"] == attribute]
        for number, (panel, column) in enumerate(zip(row, SHARES, strict=False)):
            draw_shares(panel, own, column, parts, PALETTE[(2, 0, 1)[number]], limit)
            panel.tick_params(labelleft=number == 0)
        row[0].set_ylabel(attribute, fontweight="bold")
        draw_agreement(row[-1], recovery.loc[attribute])
    for panel, title in zip(axes[0], [*SHARES.values(), "agreement\n[95 % interval]"], strict=True):
        panel.set_title(title)
    for panel in axes[-1, :3]:
        panel.set_xlabel("share, %")
    with new_figure(output) as paths:
        figures.save(figure, *paths)
    log.info("%d networks, %d parts", len(uses) // len(parts), len(parts))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, log)
