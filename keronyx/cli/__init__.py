"""The command line: what was asked for is run here, and every error becomes one line.

Exit codes: 0 done, 1 the numbers differ, 2 the input or the way it was asked for is at fault, 3 our
own fault, 130 interrupted.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from keronyx.converter.wording import command_line

DONE: Final = 0
DIFFERENT: Final = 1
FAULT: Final = 2
INTERNAL: Final = 3
INTERRUPTED: Final = 130

ON_ONE_THREAD: Final = {"check", "convert"}
"""Commands for which NumPy multiplies on one thread, as onnxruntime computes there.

A check is many small products, between which further threads of OpenBLAS only wait, busily.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    The program's own arguments are dealt with in a child process, where there can be one; those
    that are given, in this process.
    """
    if arguments is not None:
        with _ending_at_sigterm():
            return _guarded(lambda: _run(arguments))
    return _guarded(_run_apart)


def _run_apart() -> int:
    """Run what the program was called with in a child process, and tell how that ended."""
    from keronyx.isolation.process import can_fork, run_in_child  # noqa: PLC0415

    if not can_fork():
        return main(sys.argv[1:])
    return _ended(*run_in_child(lambda: _guarded(lambda: _run(sys.argv[1:]))))


def _ended(code: int | None, fault: object) -> int:
    """Return the exit code for how a child process ended."""
    if code == INTERRUPTED or fault == "interrupted":
        return _fail("interrupted", INTERRUPTED)
    return code or DONE if fault is None else _fail(str(fault), FAULT)


def _guarded(run: Callable[[], int]) -> int:
    """Run, and turn whatever goes wrong into one line and an exit code."""
    try:
        _prepare()
        with command_line():
            return run()
    except KeyboardInterrupt:
        return INTERRUPTED if _is_child() else _fail("interrupted", INTERRUPTED)
    except BrokenPipeError:  # whoever read along has seen enough
        _forget_output()
        return DONE
    except MemoryError:
        return _fail(_want_of_memory(), FAULT)
    except OSError as error:
        _forget_output()
        return _fail(_os_sentence(error), FAULT)
    # Whatever else happens is our own fault, and is still told in one line.
    except Exception as error:  # noqa: BLE001
        what = f"internal error: {type(error).__name__}: {error}"
        return _fail(f"{what}; please report it, with what KERONYX_DEBUG=1 shows", INTERNAL)


def _os_sentence(error: OSError) -> str:
    """Say what the system refused, and of which file."""
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{(error.strerror or str(error)).lower()}"


def _is_child() -> bool:
    """Tell whether another process tells what is to be told of an interrupt."""
    from keronyx.isolation import child  # noqa: PLC0415

    return child.current() is not None


def _want_of_memory() -> str:
    from keronyx.isolation import child  # noqa: PLC0415

    inside = child.current()
    return inside.want_of_memory() if inside else "not enough memory"


def _prepare() -> None:
    """Be ready for terminals that know few characters."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


@contextlib.contextmanager
def _ending_at_sigterm() -> Iterator[None]:
    """Meanwhile, end at SIGTERM as at Ctrl-C: nothing half done stays."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _forget_output() -> None:
    """Keep the interpreter from writing once more, when it ends, what could not be written."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: Sequence[str]) -> int:
    if arguments[:1] and arguments[0] in ON_ONE_THREAD:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Imported here, so that an interrupt meanwhile is told in one line too.
    import click  # noqa: PLC0415

    from keronyx.cli.complaints import sentence  # noqa: PLC0415
    from keronyx.converter.errors import CheckError, KeronyxError  # noqa: PLC0415

    try:
        return _invoked(arguments)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        return _fail(sentence(error), FAULT)
    except CheckError as error:
        return _fail(str(error), DIFFERENT)
    except KeronyxError as error:
        return _fail(str(error), FAULT)


def _invoked(arguments: Sequence[str]) -> int:
    """Do what the command says, and return its exit code once all is printed."""
    from keronyx.cli.program import program  # noqa: PLC0415

    with program.make_context("keronyx", list(arguments)) as context:
        code: int = program.invoke(context)
    if sys.stdout is not None:
        sys.stdout.flush()
    return code


def _fail(what: str, code: int) -> int:
    """Say in one line what went wrong; with KERONYX_DEBUG in the environment, also where."""
    if os.environ.get("KERONYX_DEBUG"):
        import traceback  # noqa: PLC0415

        traceback.print_exc()
    line = "".join(char if char.isprintable() else " " for char in what)
    sys.stderr.write(f"keronyx: {line}\n")
    sys.stderr.flush()
    return code
