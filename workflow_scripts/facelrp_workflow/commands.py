"""The command line, ``facelrp COMMAND``: each command is a module, with its arguments and what it does."""

import argparse
import sys

from facelrp.errors import InputError
from facelrp_workflow import compare_environment, init

COMMANDS = (init, compare_environment)


def parser():
    """Return the parser of the command line; what it returns has ``run``, the command."""
    words = argparse.ArgumentParser(prog="facelrp", description="What does a neural network see in a face?")
    commands = words.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    return words


def main(arguments=None):
    """Run the command line; return its exit status."""
    given = parser().parse_args(arguments)
    try:
        return given.run(given)
    except InputError as fault:
        print(f"Error: {fault}", file=sys.stderr)
        return 1
