"""The command line, ``python -m facelrp``: the door above all floors, so it may know the workflow's configuration."""

import sys

from facelrp_workflow.init import main

if __name__ == "__main__":
    sys.exit(main())
