"""Do in one loop what follows element by element: activations of products, chains of layers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import prod

from keronyx.converter.lower.rewrite import rebuilt
from keronyx.converter.lower.values import contiguous
from keronyx.converter.program.expressions import At, Expression, Index, Local, Result, Steps, Take
from keronyx.converter.program.memory import Buffer
from keronyx.converter.program.statements import Fold, Map, Product, Statement
from keronyx.converter.program.walking import reads, walk, written

Producer = Map | Fold | Product


def fused(statements: Sequence[Statement], kept: Sequence[Buffer]) -> list[Statement]:
    """Return the statements with every Map put into the one statement whose result it alone uses.

    ``kept`` are buffers that are read afterwards.
    """
    writers = Counter(buffer for each in statements if (buffer := written(each)))
    readers = Counter(buffer for each in statements for buffer in set(reads(each)))
    single = {buffer for buffer in writers if writers[buffer] == readers[buffer] == 1} - set(kept)
    result: list[Statement] = []
    made: dict[Buffer, int] = {}
    gone: set[int] = set()
    for statement in statements:
        here = statement
        while isinstance(here, Map) and (join := _join(here, single, made, result)):
            here, place = join
            gone.add(place)
        buffer = written(here)
        if buffer is not None:
            made[buffer] = len(result)
        result.append(here)
    return [statement for place, statement in enumerate(result) if place not in gone]


def _join(
    consumer: Map, single: set[Buffer], made: dict[Buffer, int], done: Sequence[Statement]
) -> tuple[Producer, int] | None:
    """Return the Map joined with a statement that makes what it reads, and that one's place."""
    for buffer in dict.fromkeys(reads(consumer)):
        producer = done[made[buffer]] if buffer in single and buffer in made else None
        if isinstance(producer, Map | Fold | Product):
            both = _both(producer, consumer)
            if both is not None:
                return both, made[buffer]
    return None


def _both(producer: Producer, consumer: Map) -> Producer | None:
    """Return one statement that does both, None where their loops differ."""
    if isinstance(producer, Map):
        producer = _split(producer, consumer.axes) or producer
    axes = producer.kept if isinstance(producer, Fold) else producer.axes
    split = _split(consumer, axes)
    if split is None:
        return None
    made = producer.target
    loads = [part for step in split.steps for part in walk(step) if isinstance(part, At)]
    if not all(_same(load, made, axes) for load in loads if load.buffer is made.buffer):
        return None
    steps = _chain(producer.steps, split.steps, made.buffer)
    return replace(producer, target=split.target, steps=steps)


def _same(a: At, b: At, axes: Sequence[int]) -> bool:
    pairs = zip(a.strides, b.strides, axes, strict=True)
    return a.offset == b.offset and all(x == y or size == 1 for x, y, size in pairs)


def _split(statement: Map, axes: Sequence[int]) -> Map | None:
    """Return a Map over one axis as loops over several of the same number of elements."""
    if statement.axes == tuple(axes):
        return statement
    parts = [part for step in statement.steps for part in walk(step)]
    if len(statement.axes) > 1 or any(isinstance(part, Index) for part in parts):
        return None
    if prod(statement.axes) != prod(axes):
        return None
    inner = contiguous(axes)

    def spread(strides: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(strides[0] * each if strides else 0 for each in inner)

    def change(part: Expression) -> Expression | None:
        if isinstance(part, At):
            return replace(part, strides=spread(part.strides))
        if isinstance(part, Take):
            return replace(part, strides=spread(part.strides), index=rebuilt(part.index, change))
        return None

    target = replace(statement.target, strides=spread(statement.target.strides))
    return Map(tuple(axes), target, tuple(rebuilt(step, change) for step in statement.steps))


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
