"""Read and convert files in another interpreter, from any thread of any program."""

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace as changed
from pathlib import Path
from typing import IO, Any, Final, TypeVar

import numpy as np

from keronyx.asking import Asked, Manner, PathLike, Samples, Told
from keronyx.converter.description import describe
from keronyx.converter.errors import KeronyxError, UsageError
from keronyx.converter.limits import replaced
from keronyx.converter.model import Model
from keronyx.converting import Conversion
from keronyx.isolation.limits import HOSTILE, Limits, has_others, home
from keronyx.isolation.nursery import bear, can_serve
from keronyx.isolation.supervisor import Ended, Supervisor
from keronyx.isolation.wire import Unpacking, unpack_error, unpack_report
from keronyx.isolation.worker import BEGIN, OURS
from keronyx.runtime.frames import names_of

Found = TypeVar("Found")

NONSENSE: Final = f"the process talked nonsense: {HOSTILE}"


def read_apart(asked: Asked) -> Model:
    """Do as ``conversion.read`` does with files."""
    request = _request(asked)
    answer, blobs = _ask(request, b"")
    return _model(request, answer, blobs)


def convert_apart(
    asked: Asked, output: PathLike | None, *, samples: Samples, how: Manner
) -> Conversion:
    """Do as ``conversion.convert`` does with files."""
    path = None if output is None else os.fspath(output)
    told, data = _samples(samples)
    request = _request(asked) | {"how": vars(how), "output": path} | told
    answer, blobs = _ask(request, data)
    model = how.adjusted(_model(request, answer, blobs))
    return Conversion(
        model=changed(model, columns=how.columns),
        opset=how.opset,
        ir_version=how.ir_version,
        path=path,
        report=_believed(lambda: unpack_report(answer["report"])),
        warnings=tuple(map(str, answer["warnings"])),
        serialized=bytes(blobs[answer["graph"]]) if "graph" in answer else None,
    )


def _samples(samples: Samples) -> tuple[dict[str, Any], bytes]:
    """Return what the request says of samples, and the numbers that go with it."""
    if samples is None:
        return {}, b""
    if isinstance(samples, Mapping):
        return {"arrays": True}, _arrays(samples)
    if isinstance(samples, str | os.PathLike):
        return {"samples": os.fspath(samples)}, b""
    raise _no_table()


def _request(asked: Asked) -> dict[str, Any]:
    asked.refuse_apart()
    return {
        "parent": os.getpid(),
        "source": os.fspath(asked.source),
        "weights": None if asked.weights is None else os.fspath(asked.weights),
        "told": _told(asked.told),
        "replace": asked.expressions(),
        "limits": replaced(),
        "samples": None,
        "arrays": False,
        "output": None,
        "how": None,
    }


def _told(told: Told) -> dict[str, Any]:
    """Return what is said of bare weights as JSON has it."""
    return {
        name: list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
        for name, value in vars(told).items()
    }


def _arrays(samples: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in samples.items():
            if names_of(array):
                raise _no_table()
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
    return buffer.getvalue()


def _no_table() -> UsageError:
    """Refuse a table whose columns nobody could put in order before the file is read."""
    return UsageError("samples in a table with isolate=True", hint="give arrays by name, or a file")


def _ask(asked: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytearray]]:
    """Have another process do it, and return its answer; its errors are raised."""
    ended = _supervised(asked, data)
    fault, answer = ended.fault(), ended.said.result
    if fault is not None or answer is None:
        raise (fault or KeronyxError(NONSENSE)).at(path=asked["source"])
    if "error" in answer:
        raise _believed(lambda: unpack_error(answer["error"]))
    return answer, ended.said.blobs


def _supervised(asked: Mapping[str, Any], data: bytes) -> Ended:
    paths = [path for path in (asked["source"], asked["weights"]) if path]
    most = Limits.of(paths, []).memory
    return _by_nursery(asked, data, most) if can_serve() else _by_interpreter(asked, data, most)


def _by_nursery(asked: Mapping[str, Any], data: bytes, most: int | None) -> Ended:
    """Have a child of an interpreter that is there do it."""
    environment = {name: os.environ[name] for name in os.environ if name.startswith(OURS)}
    line = {**asked, "folder": str(Path.cwd()), "environment": environment}
    birth = bear()
    try:
        supervisor = Supervisor(birth.poll, birth.kill, birth.channel, most)
        with suppress(BrokenPipeError), open(birth.request, "wb") as request:  # noqa: PTH123
            request.write(json.dumps(line).encode() + b"\n" + data)
        return supervisor.run()
    finally:
        birth.close()


def _by_interpreter(asked: Mapping[str, Any], data: bytes, most: int | None) -> Ended:
    """Have a fresh interpreter do it."""
    if not sys.executable:
        raise UsageError("no interpreter that could be started for isolation")
    errors = None if os.environ.get("KERONYX_DEBUG") else subprocess.DEVNULL
    with subprocess.Popen(  # noqa: S603 - this very interpreter
        [sys.executable, "-P", "-c", BEGIN],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=True,
    ) as process:
        channel: IO[bytes] = process.stdout  # type: ignore[assignment]
        request: IO[bytes] = process.stdin  # type: ignore[assignment]
        supervisor = Supervisor(process.poll, process.send_signal, channel.fileno(), most)
        with suppress(BrokenPipeError):  # it ended already; how, the supervisor finds out
            lines = (sys.path, asked)
            request.write(b"".join(json.dumps(line).encode() + b"\n" for line in lines) + data)
            request.close()
        return supervisor.run()


def _model(asked: Mapping[str, Any], answer: Mapping[str, Any], blobs: list[bytearray]) -> Model:
    named = [path for path in (asked["source"], asked["weights"]) if path]
    roots = [Path(_root(path)) for path in named]

    def is_named(path: str) -> bool:
        return any(Path(os.path.realpath(path)).is_relative_to(root) for root in roots)

    saved = _believed(lambda: Unpacking(is_named, blobs).saved(answer["saved"]))
    return describe(saved, **asked["told"], replace=asked["replace"])


def _root(path: str) -> str:
    """Return a file that is read alone, or the folder of one that is read with others."""
    return home(path) if has_others(path) else os.path.realpath(path)


def _believed(unpack: Callable[[], Found]) -> Found:
    """Return what was unpacked; where that is no answer, whoever gave it is not what it was."""
    try:
        return unpack()
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise KeronyxError(NONSENSE) from error
