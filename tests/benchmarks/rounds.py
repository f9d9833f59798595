"""Functions that all benchmarks share: alternating contenders, and results in a file."""

import json
import statistics
import time

from tqdm import tqdm


def medians(runs, repeats):
    """Time all contenders in turn, so that a slower phase of the machine affects all of them.

    Parameters
    ----------
    runs : dict of {str: callable}
    repeats : int
        Timed rounds, after one to warm up.

    Returns
    -------
    dict of {str: float}
        Seconds, medians over rounds.
    """
    seconds = {name: [] for name in runs}
    for lap in tqdm(range(repeats + 1), desc="rounds", disable=None):
        for name, run in runs.items():
            started = time.perf_counter()
            run()
            if lap:
                seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def matrix_rate(device, precision):
    """Return how fast torch multiplies two large matrices, in GFLOP/s.

    Parameters
    ----------
    device : {"cpu", "cuda"}
    precision : {"float32", "bfloat16"}
    """
    import torch

    size = 8192 if device == "cuda" else 1024
    first, second = (torch.rand(size, size, device=device).to(getattr(torch, precision)) for _ in range(2))

    def run():
        for _ in range(10):
            first @ second
        if device == "cuda":
            torch.cuda.synchronize()

    return 10 * 2 * size**3 / medians({"": run}, 5)[""] / 1e9


def write_json(path, rows):
    """Write the rows of a table, each a dict, if a path is given."""
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(rows, indent=1))
