"""``python -m keronyx``: the command line."""

import sys

from keronyx.cli import main

if __name__ == "__main__":
    sys.exit(main())
