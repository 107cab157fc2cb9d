"""Entry point of `python -m bbws_operations PROGRAM`, which the executables in `scripts/` call."""

import sys

from bbws_operations.cli import program

if __name__ == "__main__":
    # The help then shows what was called: scripts/deploy, and not the module.
    program(sys.argv[1]).main(sys.argv[2:], f"scripts/{sys.argv[1]}")
