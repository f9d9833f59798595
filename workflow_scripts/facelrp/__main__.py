"""The command line, ``python -m facelrp``: the door above all floors, so it may know the workflow's configuration."""

import sys

from facelrp_workflow.commands import main

if __name__ == "__main__":
    sys.exit(main())
