"""Write files so that nothing half-written is ever taken for a result."""

import glob
import os
import uuid
from contextlib import contextmanager
from pathlib import Path

from facelrp_workflow import ownership


@contextmanager
def replacing(path):
    """Yield a temporary path beside ``path``, and rename it if the block succeeds.

    The temporary name is this process's own: a job that outlived its Snakemake may be writing the same result. What
    such jobs, or killed ones, have left is removed.
    """
    path = Path(path)
    for left in path.parent.glob(f".{glob.escape(path.stem)}.partial-*{glob.escape(path.suffix)}"):
        left.unlink(missing_ok=True)
    temporary = path.with_name(f".{path.stem}.partial-{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        yield temporary
        ownership.check()
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
