"""When a buffer begins to hold something new, for languages that make an array anew each time."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keronyx.converter.program.expressions import At, Steps
from keronyx.converter.program.language import Program
from keronyx.converter.program.memory import Buffer, Constant
from keronyx.converter.program.statements import Check, Fold, Map, Product, Statement
from keronyx.converter.program.walking import walk

Mask = NDArray[np.bool_]


@dataclass(eq=False)
class Life:
    """What a buffer holds from one statement on until it holds something else.

    ``whole`` says that one statement writes it all, in C order from the buffer's first element on;
    ``extent`` is how many elements of the buffer it has.
    """

    whole: bool
    extent: int
    writes: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Access:
    """A place that a statement reads or writes."""

    statement: int
    at: At
    axes: tuple[int, ...]
    writes: bool

    def mark(self, mask: Mask) -> None:
        """Set what is touched."""
        mask[self.indices] = True

    def is_within(self, mask: Mask) -> bool:
        """Tell whether all that is touched is set."""
        return bool(mask[self.indices].all())

    @property
    def indices(self) -> NDArray[Any]:
        """Return the elements that are touched."""
        found = np.array([self.at.offset])
        for size, stride in zip(self.axes, self.at.strides, strict=True):
            walked = np.arange(size if stride else 1) * stride
            found = (found[:, None] + walked).reshape(-1)
        return found

    @property
    def is_whole(self) -> bool:
        """Tell whether it is everything up to some element, in C order."""
        expected, ordered = 1, self.at.offset == 0
        for size, stride in zip(reversed(self.axes), reversed(self.at.strides), strict=True):
            ordered = ordered and (size == 1 or stride == expected)
            expected *= size
        return ordered


def lives(program: Program) -> Mapping[int, Life]:
    """Return the life in which each statement writes, by the statement's number."""
    inputs = {port.buffer for port in program.inputs}
    return {
        number: life
        for buffer, found in _touched(program).items()
        if buffer not in inputs
        for life in _lives_of(buffer, found)
        for number in life.writes
    }


def _touched(program: Program) -> Mapping[Buffer, list[Access]]:
    """Return what reads and writes each piece of memory; outputs are read at the end."""
    touched: dict[Buffer, list[Access]] = defaultdict(list)
    for number, statement in enumerate(program.statements):
        for access in accesses(number, statement):
            if not isinstance(access.at.buffer, Constant):
                touched[access.at.buffer].append(access)
    for port in program.outputs:
        last = At(port.buffer, 0, (1,))
        end = Access(len(program.statements), last, (port.buffer.size,), writes=False)
        touched[port.buffer].append(end)
    return touched


def _lives_of(buffer: Buffer, found: Sequence[Access]) -> Iterator[Life]:
    """Yield the lives of a buffer: each begins where nothing older is read later."""
    for start, stop in pairwise([*_starts(buffer, found), len(found)]):
        yield _life(found[start:stop])


def _life(inside: Sequence[Access]) -> Life:
    writes = [access for access in inside if access.writes]
    return Life(
        whole=len(writes) == 1 and writes[0].is_whole,
        extent=1 + max(int(access.indices.max(initial=0)) for access in inside),
        writes=[access.statement for access in writes],
    )


def _starts(buffer: Buffer, found: Sequence[Access]) -> list[int]:
    """Return where the lives of a buffer begin, among all that touches it."""
    begins = [index for index, access in enumerate(found) if access.writes]
    starts: list[int] = []
    end = len(found)
    for begin in reversed(begins):
        if begin == begins[0] or _covers(buffer, found[begin:end]):
            starts.insert(0, begin)
            end = begin
    return starts


def _covers(buffer: Buffer, found: Sequence[Access]) -> bool:
    """Tell whether everything that is read was written before."""
    written = np.zeros(buffer.size, np.bool_)
    for access in found:
        if access.writes:
            access.mark(written)
        elif not access.is_within(written):
            return False
    return True


def accesses(number: int, statement: Statement) -> Iterator[Access]:
    """Yield the places that a statement reads, then the one that it writes."""
    match statement:
        case Check():
            yield from _read(number, (statement.condition,), statement.axes)
            return
        case Fold():
            yield from _read(number, (statement.value,), statement.axes)
            axes = statement.kept
        case Product():
            source = (statement.rows, statement.inputs)
            yield Access(number, statement.source, source, writes=False)
            axes = statement.axes
        case Map():
            axes = statement.axes
        case _:
            return
    yield from _read(number, statement.steps, axes)
    yield Access(number, statement.target, axes, writes=True)


def _read(number: int, roots: Steps, axes: tuple[int, ...]) -> Iterator[Access]:
    for root in roots:
        for part in walk(root):
            if isinstance(part, At):
                yield Access(number, part, axes, writes=False)
