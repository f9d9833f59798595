"""Compare the results of two runs of an experiment."""

import hashlib
from pathlib import Path

#: Folders that describe the run rather than the experiment.
OF_THE_RUN = ("logs", "benchmarks")


def digests(folder):
    """The SHA-256 of every file in an experiment's folder, by its path there, without logs and benchmarks."""
    paths = {path.relative_to(folder): path for path in sorted(Path(folder).rglob("*")) if path.is_file()}
    return {
        name.as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in paths.items()
        if name.parts[0] not in OF_THE_RUN
    }


def same_files(made, expected, everything=True):
    """Whether a run made all of the expected files, or some of them, and each with the expected content."""
    differing = [name for name, digest in made.items() if digest != expected.get(name)]
    assert differing == []
    return made.keys() == expected.keys() if everything else bool(made) and made.keys() < expected.keys()
