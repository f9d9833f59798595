"""How tests are divided between two processes: while one waits for a cluster, a browser or a job, the other works.

Files that need the same finished experiment stay together, so that it runs once; the others go file by file. The
longest begin, so that both processes end at about the same time.
"""

from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

#: Long files, in the order in which they begin, and the group that keeps some of them together.
LONG = {
    "test_slurm": "small",
    "test_interruptions": "small",
    "test_shards": "small",
    "test_failures": "small",
    "test_seeds": "small",
    "test_end_to_end": "tiny",
    "test_reruns": "tiny",
    "test_settings": "tiny",
    "test_report": "tiny",
    "test_paper": "paper",
    "test_extending": "extending",
    "test_module": "module",
    "test_open": "open",
    "test_faults": "faults",
    "test_own_data": "own",
    "test_experiments": "experiments",
}


class Together(LoadScopeScheduling):
    """Gives a process all tests of a file, or of a group of files."""

    def _split_scope(self, nodeid):
        file = nodeid.partition("::")[0]
        return LONG.get(Path(file).stem, file)


def pytest_xdist_make_scheduler(config, log):
    return Together(config, log)


def pytest_xdist_auto_num_workers(config):
    """Two for a folder of tests; none for single files, which pytest then runs itself."""
    return 2 if any(Path(argument).is_dir() for argument in config.args) else 0


def pytest_collection_modifyitems(items):
    order = list(LONG)
    items.sort(key=lambda item: order.index(item.path.stem) if item.path.stem in LONG else len(order))
