"""Give values memory: the outputs their own, the others as few scratch buffers as do."""

from collections.abc import Container, Iterator, Mapping, Sequence

from keronyx.converter.lower.rewrite import rebuffered
from keronyx.converter.program.memory import Buffer
from keronyx.converter.program.statements import Statement
from keronyx.converter.program.walking import reads, written
from keronyx.converter.several import mapped


def allocated(
    statements: Sequence[Statement], fixed: Mapping[Buffer, Buffer], scratch: Sequence[Buffer]
) -> tuple[list[Statement], list[Buffer]]:
    """Return the statements on real memory, and the scratch buffers that they need.

    ``fixed`` says which values lie in outputs. The others share memory when they don't live at the
    same time: from the first statement that writes to one to the last that reads it.
    """
    last = _last_uses(statements)
    places: dict[Buffer, Buffer] = dict(fixed)
    pool = Pool()
    own = set(scratch) - set(fixed)
    for number, statement in enumerate(statements):
        target = written(statement)
        if target in own and target not in places:
            places[target] = pool.take(target)
        for buffer in _ended(statement, own, last, number):
            pool.give_back(places[buffer])
    final = mapped(pool.final, places)
    return [rebuffered(statement, final) for statement in statements], pool.buffers


def _ended(
    statement: Statement, own: Container[Buffer], last: Mapping[Buffer, int], number: int
) -> Iterator[Buffer]:
    """Yield the buffers that nothing behind a statement reads any more."""
    for buffer in dict.fromkeys((*reads(statement), written(statement))):
        if buffer is not None and buffer in own and last[buffer] == number:
            yield buffer


class Pool:
    """Scratch buffers that are free or in use; one grows when nothing free is large enough."""

    def __init__(self) -> None:
        self._slots: list[Buffer] = []
        self._sizes: dict[Buffer, int] = {}
        self._free: list[Buffer] = []
        self._made: dict[Buffer, Buffer] = {}

    def take(self, wanted: Buffer) -> Buffer:
        """Return a free slot of the type, the best that there is, or a new one."""
        slot = self._best(wanted)
        if slot is None:
            self._slots.append(wanted)
            self._sizes[wanted] = wanted.size
            return wanted
        self._free.remove(slot)
        self._sizes[slot] = max(self._sizes[slot], wanted.size)
        return slot

    def _best(self, wanted: Buffer) -> Buffer | None:
        """Return the smallest free slot that is large enough, or else the largest."""
        fitting = [slot for slot in self._free if slot.dtype == wanted.dtype]
        large = [slot for slot in fitting if self._sizes[slot] >= wanted.size]
        return min(large, key=self._size) if large else max(fitting, key=self._size, default=None)

    def give_back(self, slot: Buffer) -> None:
        """Make a slot free again."""
        self._free.append(slot)

    def final(self, slot: Buffer) -> Buffer:
        """Return the buffer that a slot has become; what is no slot stays."""
        if slot not in self._sizes:
            return slot
        if slot not in self._made:
            name = f"scratch_{self._slots.index(slot)}"
            made = Buffer(name=name, dtype=slot.dtype, size=self._sizes[slot])
            self._made[slot] = made
        return self._made[slot]

    @property
    def buffers(self) -> list[Buffer]:
        """All of them, as they have become."""
        return list(map(self.final, self._slots))

    def _size(self, slot: Buffer) -> int:
        return self._sizes[slot]


def _last_uses(statements: Sequence[Statement]) -> dict[Buffer, int]:
    last: dict[Buffer, int] = {}
    for number, statement in enumerate(statements):
        for buffer in (*reads(statement), written(statement)):
            if buffer is not None:
                last[buffer] = number
    return last
