"""Run Python code in a process of its own, and measure its time and memory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import facelrp.errors

CHILD = """
import json, resource, sys, time
from pathlib import Path
from facelrp.errors import InputError
{imports}
began, message = time.process_time(), None
try:
    {call}
except InputError as fault:
    message = str(fault)
seconds, status = time.process_time() - began, Path("/proc/self/status")
if status.exists():  # ru_maxrss also counts the process that started this one
    peak = int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([message, seconds, peak]))
"""


def measured(imports, call, *arguments):
    """Run a call; return the message of its InputError or None, the processor's seconds, and its largest memory."""
    environment = os.environ | {"PYTHONPATH": str(Path(facelrp.errors.__file__).parents[1])}
    command = [sys.executable, "-c", CHILD.format(imports=imports, call=call), *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
