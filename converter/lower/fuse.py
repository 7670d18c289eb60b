"""Do in one loop what follows element by element: activations of products, chains of layers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from math import prod
from typing import TypeVar

from keronyx.converter.lower.rewrite import rebuilt
from keronyx.converter.lower.values import contiguous
from keronyx.converter.program.expressions import At, Expression, Index, Local, Result, Steps, Take
from keronyx.converter.program.memory import Buffer
from keronyx.converter.program.statements import Fold, Map, Product, Statement
from keronyx.converter.program.walking import every_part, reads, written

Producer = Map | Fold | Product

Place = TypeVar("Place", At, Take)


def fused(statements: Sequence[Statement], kept: Sequence[Buffer]) -> list[Statement]:
    """Return the statements with every Map put into the one statement whose result it alone uses.

    ``kept`` are buffers that are read afterwards.
    """
    queue = Queue(_read_once(statements) - set(kept))
    for number, statement in enumerate(statements):
        queue.add(number, statement)
    return list(queue.statements.values())


def _read_once(statements: Sequence[Statement]) -> set[Buffer]:
    """Return the buffers that one statement writes and one reads."""
    writers = Counter(filter(None, map(written, statements)))
    readers = Counter(chain.from_iterable({*reads(each)} for each in statements))
    return {buffer for buffer in writers if writers[buffer] == readers[buffer] == 1}


class Queue:
    """The statements so far, by number; one that joins a later one leaves.

    ``single`` are the buffers whose makers may leave, ``made`` says who made each buffer.
    """

    def __init__(self, single: set[Buffer]) -> None:
        self.statements: dict[int, Statement] = {}
        self.single = single
        self.made: dict[Buffer, int] = {}

    def add(self, number: int, statement: Statement) -> None:
        """Add a statement, joined with all that make what it alone reads."""
        while isinstance(statement, Map) and (both := self._joined(statement)):
            statement = both
        buffer = written(statement)
        if buffer is not None:
            self.made[buffer] = number
        self.statements[number] = statement

    def _joined(self, consumer: Map) -> Producer | None:
        """Return a Map joined with a statement that makes what it reads, which leaves."""
        for buffer in filter(self.made.__contains__, dict.fromkeys(reads(consumer))):
            both = self._both(buffer, consumer)
            if both is not None:
                del self.statements[self.made[buffer]]
                return both
        return None

    def _both(self, buffer: Buffer, consumer: Map) -> Producer | None:
        """Return one statement for who makes a buffer and who alone reads it, if there is one."""
        producer = self.statements[self.made[buffer]]
        if buffer not in self.single or not isinstance(producer, Producer):
            return None
        return _both(producer, consumer)


def _both(producer: Producer, consumer: Map) -> Producer | None:
    """Return one statement that does both, None where their loops differ."""
    if isinstance(producer, Map):
        producer = _split(producer, consumer.axes) or producer
    axes = producer.kept if isinstance(producer, Fold) else producer.axes
    split = _split(consumer, axes)
    if split is None or not _meets(split.steps, producer.target, axes):
        return None
    steps = _chain(producer.steps, split.steps, producer.target.buffer)
    return replace(producer, target=split.target, steps=steps)


def _meets(steps: Steps, made: At, axes: Sequence[int]) -> bool:
    """Tell whether steps load from a buffer what is made at the same turn of the loops."""
    loads = (part for part in every_part(steps) if isinstance(part, At))
    return all(_same(load, made, axes) for load in loads if load.buffer is made.buffer)


def _same(a: At, b: At, axes: Sequence[int]) -> bool:
    pairs = zip(a.strides, b.strides, axes, strict=True)
    return a.offset == b.offset and all(x == y or size == 1 for x, y, size in pairs)


def _split(statement: Map, axes: Sequence[int]) -> Map | None:
    """Return a Map over one axis as loops over several of the same number of elements."""
    if statement.axes == tuple(axes):
        return statement
    if len(statement.axes) > 1 or prod(statement.axes) != prod(axes):
        return None
    if any(isinstance(part, Index) for part in every_part(statement.steps)):
        return None
    inner = contiguous(axes)

    def change(part: Expression) -> Expression | None:
        if isinstance(part, At):
            return _spread(part, inner)
        if isinstance(part, Take):
            return replace(_spread(part, inner), index=rebuilt(part.index, change))
        return None

    steps = tuple(rebuilt(step, change) for step in statement.steps)
    return Map(tuple(axes), _spread(statement.target, inner), steps)


def _spread(place: Place, inner: Sequence[int]) -> Place:
    """Return a place within one loop as one within several, with these strides of their own."""
    strides = tuple(place.strides[0] * each if place.strides else 0 for each in inner)
    return replace(place, strides=strides)


def _chain(first: Steps, second: Steps, buffer: Buffer) -> Steps:
    """Return the steps of both: what the second loads from the buffer is the first's last."""
    last = first[-1]
    simple = isinstance(last, Result | Local)
    front = first[:-1] if simple else first
    made = last if simple else Local(len(first) - 1, last.dtype)

    def change(part: Expression) -> Expression | None:
        if isinstance(part, Local):
            return Local(part.step + len(front), part.dtype)
        return made if isinstance(part, At) and part.buffer is buffer else None

    return (*front, *(rebuilt(step, change) for step in second))
