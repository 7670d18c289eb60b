"""The comment at the head of a file in C and C++: what there is to call, and with what."""

from collections.abc import Iterator, Sequence
from typing import Final

from keronyx.converter.source.native.file import CFile
from keronyx.converter.source.texts import described, head, said

SELFTEST: Final = (
    "With -DKERONYX_SELFTEST it is a program that replays recorded rows, prints the largest",
    "difference, and returns 1 when a number is off.",
)


def manual(file: CFile, use: Sequence[str]) -> Iterator[str]:
    """Yield the comment."""
    yield "/*"
    for line in _said(file, use):
        yield f" * {line}".rstrip()
    yield from (" */", "")


def _said(file: CFile, use: Sequence[str]) -> Iterator[str]:
    yield from head(file.program)
    yield from ("", *use, "")
    if file.packed:
        yield from _said_of_weights(file, len(file.packed.data))
    arguments = list(file.arguments(""))
    yield f"{file.named('predict')}({', '.join(arguments)}) computes one row:"
    for port in file.ports:
        role = "input" if port in file.program.inputs else "output"
        yield f"    {port.buffer.name}: {role}, {described(port)}"
    yield f"{file.named('predict_batch')}({', '.join(['rows', *arguments])})"
    yield "computes rows that lie one behind the other in each input and each output."
    yield ""
    yield from _result(file)
    yield "Inputs and outputs must not overlap. Nothing is allocated, and nothing is kept between"
    yield "calls: any number of threads may call at once."
    if file.workspace:
        yield "The workspace is memory of the caller, one for each thread; it needs no preparation."
    if file.program.vectors is not None:
        yield from ("", *SELFTEST)


def _said_of_weights(file: CFile, size: int) -> Iterator[str]:
    name = said(file.options.weights_file or "")
    yield f"The weights are in {name}, {size} bytes:"
    yield f"{file.named('load')}(weights, bytes, size) makes them ready, once."
    yield "It returns 0, or 1 for another file, 2 for a damaged one."
    yield ""


def _result(file: CFile) -> Iterator[str]:
    checks = file.program.checks
    if not checks:
        yield "Both return 0."
        return
    yield "Both return 0, or what is wrong with an input; outputs then hold nothing of use:"
    for check in checks:
        yield f"    {check.code}: {said(check.message)}"
