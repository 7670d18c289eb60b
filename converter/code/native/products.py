"""Products of matrices in C and C++.

A single row takes four inputs at a time and runs over all units in the inner loop, which lies in
one piece in the kernel: compilers vectorise it, and the kernel streams from memory. Several rows
take the same four rows of the kernel in turn, in blocks of units that stay in the first cache. A
single unit is a dot product in partial sums.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from keronyx.converter.code.expressions import Code, Scope, place, times, total
from keronyx.converter.code.native.expressions import TYPES
from keronyx.converter.code.native.loops import LANES, CLoops, Lines, closed, loop
from keronyx.converter.code.program import At, Product, walk

GROUP: Final = 4
"""Inputs that are taken at a time."""

ROWS: Final = 8
"""Rows of a block, at most."""

UNITS: Final = 64
"""Units of a block, about."""


WIDE: Final = 16
WIDE_FROM: Final = 64
"""Partial sums of a long dot product, and what is long."""


@dataclass(frozen=True)
class Units:
    """Units from ``first`` on: ``count`` times ``size`` of them."""

    first: int
    size: int
    count: int = 1


def blocks(units: int) -> Iterator[Units]:
    """Yield blocks of units: as many of one size as there are, and the rest."""
    divisors = [size for size in range(UNITS // 2, 2 * UNITS) if units % size == 0]
    best = min(divisors, key=lambda size: abs(size - UNITS), default=UNITS)
    size = units if units < 2 * UNITS else best
    count = units // size
    yield Units(0, size, count)
    if count * size < units:
        yield Units(count * size, units - count * size)


@dataclass(frozen=True)
class Work:
    """A product for some rows: ``turn`` is the variable of the loop over them, "" for one row.

    ``row`` is where the product's own axis of rows then stands. ``direct`` sums up in the target.
    """

    product: Product
    row: str = ""
    turn: str = ""
    turns: int = 1

    def direct(self, units: "Units") -> bool:
        """Whether sums are kept in the target: it lies in one piece, and they need no more of it.

        Blocks of units have memory of their own: in the target their rows would be far apart, at
        distances that many processors take for the same place of the cache.
        """
        target = self.product.target
        loads = (part for step in self.product.steps for part in walk(step))
        if any(isinstance(part, At) and part.buffer is target.buffer for part in loads):
            return False
        return units.size == self.product.units and (target.strides[1] == 1 or units.size == 1)

    @property
    def type(self) -> str:
        """The type of its numbers."""
        return TYPES[self.product.kernel.dtype]


class CProducts(CLoops):
    """Prints products; with ``row``, those of ``rows`` rows of a batch at once."""

    def product(self, product: Product) -> Lines:
        """Return the lines of a product, in blocks of rows where there are several."""
        if product.rows > 1:
            return loop(self.row, self.rows, self._own_rows(product))
        if self.row and product.units > 1:
            return self._block(Work(product, "", self.row, self.rows))
        return loop(self.row, self.rows, self._single(Work(product)))

    def _own_rows(self, product: Product) -> Lines:
        """Return the lines of a product with several rows of its own."""
        row, first = self.free("m"), self.free("n")
        if product.units == 1:
            return loop(row, product.rows, self._single(Work(product, row)))
        rest = product.rows % ROWS
        whole = product.rows - rest
        lines: Lines = []
        if whole:
            body = self._block(Work(product, f"({first} + {row})", row, ROWS))
            lines += loop(first, whole, body, step=ROWS)
        if rest == 1:
            lines += self._single(Work(product, str(whole)))
        elif rest:
            lines += self._block(Work(product, f"({whole} + {row})", row, rest))
        return lines

    def _single(self, work: Work) -> Lines:
        """Return the lines for one row."""
        product = work.product
        if product.units == 1 and product.inputs >= 2 * LANES:
            return closed(self._dot(work))
        return closed(self._passes(work, Units(0, product.units), "0"))

    def _dot(self, work: Work) -> Lines:
        """Return the lines for a single unit: a sum in parts."""
        product, i = work.product, self.free("i")
        lanes = WIDE if product.inputs >= WIDE_FROM else LANES
        parts, lane, result = self.free("p"), self.free("l"), self.free("r")
        whole = product.inputs - product.inputs % lanes

        def term(index: str) -> str:
            return f"{self._input(work, Code(index))} * {product.kernel.name}[{index}]"

        adding = [f"{parts}[{lane}] += {term(f'{i} + {lane}')};"]
        lines = [
            f"{work.type} {parts}[{lanes}] = {{0}};",
            *loop(i, whole, loop(lane, lanes, adding), step=lanes),
            f"{work.type} {result} = {self._bias(product, '')};",
            *loop(lane, lanes, [f"{result} += {parts}[{lane}];"]),
        ]
        if whole < product.inputs:
            lines += loop(i, product.inputs, [f"{result} += {term(i)};"], start=whole)
        return [*lines, *self._stored(work, "", result)]

    def _block(self, work: Work) -> Lines:
        """Return the lines for several rows, one block of units after the other."""
        lines: Lines = []
        for units in blocks(work.product.units):
            if units.count == 1:
                lines += closed(self._passes(work, units, str(units.first)))
            else:
                variable = self.free("b")
                body = self._passes(work, units, variable)
                lines += loop(variable, units.size * units.count, body, step=units.size)
        return lines

    def _passes(self, work: Work, units: Units, first: str) -> Lines:
        """Return passes over rows and a block of units, from ``first`` on, a few inputs in each.

        The first pass begins with the bias, the last one ends with the steps.
        """
        product, i = work.product, self.free("i")
        unit = self.free("j") if product.units > 1 else ""
        here = unit if first == "0" else f"({first} + {unit})"
        at, bias = self._sum(work, units, unit, here), self._bias(product, here)
        rest = product.inputs % GROUP or GROUP
        last = product.inputs - rest

        def taken(start: str, count: int, body: Lines) -> Lines:
            pointer, *loads = self._loads(work, start, count, first)
            inner = [*loads, *loop(unit, units.size, body)]
            return [pointer, *loop(work.turn, work.turns, inner)]

        def stored(start: str) -> Lines:
            value = f"{start} + {self._terms(product, rest, unit)}"
            return taken(str(last), rest, self._stored(work, here, value))

        if not last:
            return stored(bias)
        terms = self._terms(product, GROUP, unit)
        lines = self._sums(work, units)
        lines += closed(taken("0", GROUP, [f"{at} = {bias} + {terms};"]))
        if last > GROUP:
            more = taken(i, GROUP, [f"{at} += {terms};"])
            lines += loop(i, last, more, start=GROUP, step=GROUP)
        return [*lines, *closed(stored(at))]

    def _stored(self, work: Work, unit: str, value: str) -> Lines:
        """Return the lines that make a target of a sum."""
        product, result = work.product, self.free("q")
        scope = Scope((work.row, unit), (), result)
        lines = self.finish(product.target, product.steps, scope)
        return [f"const {work.type} {result} = {value};", *lines]

    def _sums(self, work: Work, units: Units) -> Lines:
        """Return the declaration of the sums, where they are not in the target."""
        if work.direct(units):
            return []
        size = work.turns * units.size
        declared = f"{work.type} {self.free('s')}[{size}]"
        return [f"{self.dialect.place(declared, size)};"]

    def _sum(self, work: Work, units: Units, unit: str, here: str) -> str:
        """Return where a sum lies."""
        target = work.product.target
        if work.direct(units):
            index = place(target.offset, target.strides, (work.row, here))
            return self.place_of(target.buffer, index)
        row = times(Code(work.turn or "0"), units.size) if work.turn else Code("0")
        return f"{self.free('s')}[{total(row, Code(unit or '0')).text}]"

    def _bias(self, product: Product, unit: str) -> str:
        if product.bias is None:
            return self.number(0.0, product.kernel.dtype).text
        return f"{product.bias.name}[{unit or 0}]"

    def _input(self, work: Work, index: Code) -> str:
        source = work.product.source
        row = place(source.offset, source.strides[:1], (work.row,))
        return self.element(source.buffer, total(row, index)).text

    def _loads(self, work: Work, first: str, count: int, unit: str = "0") -> Lines:
        """Return a pointer to the first input's row of the kernel, and the inputs."""
        kernel, pointer = work.product.kernel, self.free("w")
        start = total(_counted(first, 0, work.product.units), Code(unit)).text
        head = f"const {work.type} *{self.dialect.restrict} {pointer} = {kernel.name} + {start};"
        loads = [
            f"const {work.type} {self.free(f'v{number}')} = "
            f"{self._input(work, _counted(first, number))};"
            for number in range(count)
        ]
        return [head, *loads]

    def _terms(self, product: Product, count: int, unit: str) -> str:
        """Return the sum of the products of the inputs with their rows of the kernel."""
        pointer, terms = self.free("w"), []
        for number in range(count):
            where = total(Code(str(number * product.units)), Code(unit or "0")).text
            terms.append(f"{self.free(f'v{number}')} * {pointer}[{where}]")
        return " + ".join(terms)


def _counted(first: str, number: int, factor: int = 1) -> Code:
    """Return (first + number) * factor, worked out where first is known."""
    if first.isdigit():
        return Code(str((int(first) + number) * factor))
    return times(total(Code(first), Code(str(number))), factor)
