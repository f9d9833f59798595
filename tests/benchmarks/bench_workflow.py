"""Measure the overhead of the workflow over the work of its jobs.

    python tests/benchmarks/bench_workflow.py [--cores 2] [--json FILE] [-- further arguments of snakemake]

An experiment (by default the demo) runs from scratch in a copy of the checkout. Overhead is wall time × cores, divided
by the processor time of all jobs: 1 if no core ever idles and nothing but jobs runs. Then `snakemake -n` is timed on
the finished experiment, the median of five.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from rounds import write_json

ROOT = Path(__file__).parents[2]


def copy_of_checkout(folder):
    """Copy all files of the checkout, except results."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def run(folder, log, *arguments):
    """Run Snakemake; return its wall time, and the processor times of its jobs and of itself, in seconds."""
    started, used = time.perf_counter(), None
    command = [sys.executable, "-m", "snakemake", *arguments]
    with subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT) as process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                used = watched.cpu_times()
            except psutil.NoSuchProcess:
                break
            time.sleep(0.1)
    if process.returncode:
        sys.exit(f"snakemake ended with {process.returncode}")
    return time.perf_counter() - started, used.children_user + used.children_system, used.user + used.system


def main():
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cores", type=int, default=2, help="(default: 2)")
    parser.add_argument("--json", type=Path, help="also write the numbers to this file")
    parser.add_argument("snakemake", nargs="*", help="further arguments of snakemake")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        copy_of_checkout(Path(folder))
        wall, jobs, own = run(folder, log, "--cores", str(options.cores), *options.snakemake)
        dry = statistics.median(
            run(folder, log, "--dry-run", "--cores", str(options.cores), *options.snakemake)[0] for _ in range(5)
        )
    figures = {
        "cores": options.cores,
        "wall_s": wall,
        "jobs_cpu_s": jobs,
        "snakemake_cpu_s": own,
        "overhead": wall * options.cores / jobs,
        "dry_run_s": dry,
    }
    for name, value in figures.items():
        print(f"{name:<18}{value:>10.2f}")
    write_json(options.json, [figures])


if __name__ == "__main__":
    main()
