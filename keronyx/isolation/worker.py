"""The fresh interpreter in which a file is read when Python code asks for isolation."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keronyx.converter.several import present
from keronyx.isolation import child
from keronyx.isolation.child import Named

BEGIN = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.buffer.readline()); "
    "from keronyx.isolation.worker import main; main()"
)
"""What the interpreter is started with: it finds packages where its parent did."""

OURS = "KERONYX_"
"""How the variables of the environment begin that keronyx listens to."""


def main() -> None:
    """Do what is asked on stdin, and answer on stdout."""
    channel = os.dup(1)
    _close(1, 2)
    work(channel)


def load() -> None:
    """Load what most requests need, so that the children of this process need not."""
    from keronyx import checking  # noqa: PLC0415
    from keronyx.converter.files import archive, hdf5, npy, shards, storage, tfjs  # noqa: PLC0415
    from keronyx.isolation import answer, landlock, paths  # noqa: PLC0415
    from keronyx.runtime.session import predictor as session  # noqa: PLC0415

    del archive, hdf5, npy, shards, storage, tfjs, answer, landlock, paths, checking
    session.default_engine()


def work(channel: int, nurse: int | None = None) -> None:
    """Do what is asked on stdin, answer on the channel, and end; ``nurse`` is who forked this."""
    asked = json.loads(sys.stdin.buffer.readline())
    if nurse is not None:
        _be_where(asked["folder"], asked["environment"])
    inside = child.begin(channel, nurse or asked["parent"])
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


def _be_where(folder: str, environment: Mapping[str, str]) -> None:
    """Go where the caller is now, and be told what it is told."""
    os.chdir(folder)
    for name in [name for name in os.environ if name.startswith(OURS)]:
        del os.environ[name]
    os.environ.update(environment)


def _close(*descriptors: int) -> None:
    """Keep C libraries' own words from where the answer goes, and from the terminal."""
    if not os.environ.get("KERONYX_DEBUG"):
        for descriptor in descriptors:
            os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _named(asked: Mapping[str, Any]) -> Named:
    output, samples = asked["output"], asked["samples"]
    return Named(
        models=present((asked["source"], asked["weights"])),
        rows=[] if samples is None else [samples],
        places=[] if output is None else [str(Path(output).parent)],
        standing=[] if output is None else [output, f"{output}.data"],
    )
