"""What is remembered from run to run, as JSON: losing it costs time, never a result."""

import json
import os
from pathlib import Path


def recall(path):
    """Return what a file remembers: a dict, empty if the file is missing or damaged."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def remember(path, content):
    """Write a dict for `recall`; another process sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(content), encoding="utf-8")
    temporary.replace(path)
