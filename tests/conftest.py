"""How tests are shared out between two processes: while one waits for a cluster, a browser or a job, the other goes on.

Files whose tests rest on the same finished experiment stay together, so that it is made once; the others go file by
file. What takes longest begins, so that both processes end at the same time.
"""

from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

#: Files that take long, in the order they begin, and what keeps some of them together.
LONG = {
    "test_slurm": "small",
    "test_interruptions": "small",
    "test_shards": "small",
    "test_end_to_end": "tiny",
    "test_reruns": "tiny",
    "test_report": "tiny",
    "test_paper": "paper",
    "test_extending": "extending",
    "test_module": "module",
    "test_faults": "faults",
}


class Together(LoadScopeScheduling):
    """Gives a process all tests of a file, or of files that stay together."""

    def _split_scope(self, nodeid):
        file = nodeid.partition("::")[0]
        return LONG.get(Path(file).stem, file)


def pytest_xdist_make_scheduler(config, log):
    return Together(config, log)


def pytest_xdist_auto_num_workers(config):
    """Two for a folder of tests; none, so that pytest itself runs them, for files, as one names them while writing."""
    return 2 if any(Path(argument).is_dir() for argument in config.args) else 0


def pytest_collection_modifyitems(items):
    places = list(LONG)
    items.sort(key=lambda item: places.index(item.path.stem) if item.path.stem in LONG else len(places))
