"""The fresh interpreter in which a file is read when Python code asks for isolation."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keronyx.isolation import child
from keronyx.isolation.child import Named

BEGIN = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.buffer.readline()); "
    "from keronyx.isolation.worker import main; main()"
)
"""What the interpreter is started with: it finds packages where its parent did."""


def main() -> None:
    """Do what is asked on stdin, and answer on stdout."""
    channel = os.dup(1)
    _close(1, 2)
    asked = json.loads(sys.stdin.buffer.readline())
    inside = child.begin(channel, asked["parent"])
    code = 1
    try:
        inside.confine(_named(asked))
        # Loaded now, because libraries start threads, which would not be confined.
        from keronyx.isolation.answer import answer  # noqa: PLC0415

        answer(inside, asked)
        code = 0
    except KeyboardInterrupt:
        pass
    finally:
        inside.end(code)
        os._exit(code)


def _close(*descriptors: int) -> None:
    """Keep C libraries' own words from where the answer goes, and from the terminal."""
    if not os.environ.get("KERONYX_DEBUG"):
        for descriptor in descriptors:
            os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _named(asked: Mapping[str, Any]) -> Named:
    output, samples = asked["output"], asked["samples"]
    return Named(
        models=[path for path in (asked["source"], asked["weights"]) if path is not None],
        rows=[] if samples is None else [samples],
        places=[] if output is None else [str(Path(output).parent)],
    )
