"""The command line, called with whatever a test has at hand."""

import os
from pathlib import Path

from keronyx.cli import main


def call(*arguments: object) -> int:
    """Run a command in this process, and return its exit code."""
    return main([os.fspath(each) if isinstance(each, Path) else str(each) for each in arguments])
