"""Draw docs/performance.png from the measurements that `make bench` writes.

python tests/benchmarks/plot.py [--results results/benchmarks] [--output docs/performance.png]
"""

import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

#: The least wanted speed, relative to the plain loop or the other library.
WANTED = {"prepare": 2, "dense": 12, "full step": 2, "LRP αβ": 2.5, "occlusion": 3}
INK, PALE = "#1f5a8a", "#bbbbbb"


def speedups(folder):
    """Return {stage: speed relative to the plain loop}."""
    found = {row["stage"]: row["speedup"] for row in read(folder / "stages.json")}
    steps = {row["contender"]: row["speedup"] for row in read(folder / "training.json")}
    found["full step"] = steps["ours"]
    lrp = [row for row in read(folder / "lrp.json") if row["rule"].startswith("alpha") and row["contender"] == "zennit"]
    found["LRP αβ"] = max(lrp, key=lambda row: row["batch"])["speedup_of_ours"]
    return {stage: found[stage] for stage in WANTED if stage in found}


def read(path):
    """Read a table that a benchmark wrote."""
    return json.loads(path.read_text())


def draw_speedups(axes, found):
    """Draw speeds as bars, with a line across each for the wanted one."""
    axes.barh(list(found), list(found.values()), color=INK)
    for position, (stage, times) in enumerate(found.items()):
        axes.plot([WANTED[stage]] * 2, [position - 0.45, position + 0.45], color="black", linewidth=1.5)
        axes.annotate(f" {times:.1f}×", (times, position), va="center", fontsize=9)
    axes.set_xscale("log")
    axes.set_xlim(1, 25)
    axes.set_xticks([1, 2, 3, 5, 10, 20], ["1", "2", "3", "5", "10", "20"])
    axes.minorticks_off()
    axes.invert_yaxis()
    axes.set_title("times as fast as the plain loop\n(line: wanted)", fontsize=9)


def draw_growth(costs, memory, rows):
    """Draw the cost of each additional face, relative to the first step, and peak memory, by number of faces."""
    for stage in dict.fromkeys(row["stage"] for row in rows):
        own = [row for row in rows if row["stage"] == stage]
        faces = [row["faces"] for row in own]
        more = [row["ms_per_additional_face"] for row in own[1:]]
        costs.plot(faces[1:], [cost / more[0] for cost in more], marker=".", label=stage.replace("_", " "))
        memory.plot(faces, [row["peak_mib"] / 1024 for row in own], marker=".")
    sizes = sorted({row["faces"] for row in rows})
    for axes in (costs, memory):
        axes.set_xscale("log")
        axes.set_xticks(sizes, [f"{count:,}" for count in sizes])
        axes.minorticks_off()
        axes.set_xlabel("faces")
    costs.axhspan(0.85, 1.15, color=PALE, alpha=0.4, linewidth=0)
    costs.set_ylim(0, 2)
    costs.set_title("cost of each additional face,\nrelative to the first 1,000 (band: 15 %)", fontsize=9)
    costs.legend(fontsize=7, ncols=2, frameon=False)
    memory.axhline(2, color="black", linewidth=1.5)
    memory.set_ylim(0, 2.2)
    memory.set_title("peak memory of a job, GiB\n(line: limit at 10,000)", fontsize=9)


def main():
    """Draw from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=Path("results/benchmarks"))
    parser.add_argument("--output", type=Path, default=Path("docs/performance.png"))
    options = parser.parse_args()
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.4), width_ratios=[1, 1.2, 1.2], layout="constrained")
    draw_speedups(axes[0], speedups(options.results))
    draw_growth(axes[1], axes[2], read(options.results / "growth.json"))
    for panel in axes:
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(labelsize=8)
    figure.savefig(options.output, dpi=120)


if __name__ == "__main__":
    main()
