"""Products of matrices in C and C++.

A single row takes four inputs at a time and runs over all units in the inner loop, which lies in
one piece in the kernel: compilers vectorise it, and the kernel streams from memory. Several rows
take the same four rows of the kernel in turn, in blocks of units that stay in the first cache, and
two by two, so that what is loaded of the kernel serves both. A single unit is a dot product in
partial sums.
"""

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import chain
from typing import Final

from keronyx.converter.program.statements import Product
from keronyx.converter.source.expressions import Code, total
from keronyx.converter.source.native.loops import LANES, CLoops, Lines, closed, loop
from keronyx.converter.source.native.rows import Row, Units, blocks, counted

GROUP: Final = 4
"""Inputs that are taken at a time."""

ROWS: Final = 8
"""Rows of a block, at most."""

TOGETHER: Final = 2
"""Rows that share what is loaded: with four inputs each, as many as 16 registers have room for."""

WIDE: Final = 16
WIDE_FROM: Final = 64
"""Partial sums of a long dot product, and what is long."""


@dataclass(frozen=True)
class Work:
    """A product for some rows: ``turn`` is the variable of the loop over them, "" for one row.

    ``base`` is where those rows begin on the product's own axis, "" if it has none.
    """

    product: Product
    base: str = ""
    turn: str = ""
    turns: int = 1

    def shared(self) -> Iterator[tuple[range, int]]:
        """Yield loops over all rows, and how many of them each turn takes."""
        whole = self.turns - self.turns % TOGETHER
        if whole:
            yield range(0, whole, TOGETHER), TOGETHER
        if whole < self.turns:
            yield range(whole, self.turns), 1


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
            lines += loop(first, whole, self._block(Work(product, first, row, ROWS)), step=ROWS)
        if rest == 1:
            lines += self._single(Work(product, str(whole)))
        elif rest:
            lines += self._block(Work(product, str(whole), row, rest))
        return lines

    def _single(self, work: Work) -> Lines:
        """Return the lines for one row."""
        product = work.product
        if product.units == 1 and product.inputs >= 2 * LANES:
            return closed(self._dot(Row(self, product, Units(0, 1), work.base)))
        return closed(self._passes(work, Units(0, product.units), "0"))

    def _dot(self, row: Row) -> Lines:
        """Return the lines for a single unit: a sum in parts."""
        product, i = row.product, self.free("i")
        lanes = WIDE if product.inputs >= WIDE_FROM else LANES
        parts, lane, result = self.free("p"), self.free("l"), self.free("r")
        whole = product.inputs - product.inputs % lanes

        def term(index: str) -> str:
            return f"{row.input(Code(index))} * {product.kernel.name}[{index}]"

        adding = [f"{parts}[{lane}] += {term(f'{i} + {lane}')};"]
        lines = [
            f"{row.type} {parts}[{lanes}] = {{0}};",
            *loop(i, whole, loop(lane, lanes, adding), step=lanes),
            f"{row.type} {result} = {row.bias};",
            *loop(lane, lanes, [f"{result} += {parts}[{lane}];"]),
        ]
        if whole < product.inputs:
            lines += loop(i, product.inputs, [f"{result} += {term(i)};"], start=whole)
        return [*lines, *row.stored(result)]

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
        rest = product.inputs % GROUP or GROUP
        last = product.inputs - rest
        row = self._row(work, units, first, 0)

        def taken(start: str, count: int, body: Callable[[Row, str], Lines]) -> Lines:
            """Return a pass: for each row what is done with the sum of a few products."""
            lines = [self._pointer(row, start)]
            for turns, together in work.shared():
                inner, done = [], []
                for number in range(together):
                    each = self._row(work, units, first, number)
                    names = [self.free(f"v{number * GROUP + n}") for n in range(count)]
                    inner += each.loads(start, names)
                    done.append(body(each, each.terms(names)))
                inner += loop(row.unit, units.size, _apart(done))
                lines += loop(work.turn, turns.stop, inner, start=turns.start, step=turns.step)
            return lines

        if not last:
            return taken("0", rest, lambda row, terms: row.stored(f"{row.bias} + {terms}"))
        lines = self._sums(work, row)
        begin = taken("0", GROUP, lambda row, terms: [f"{row.sum} = {row.bias} + {terms};"])
        lines += closed(begin)
        if last > GROUP:
            more = taken(i, GROUP, lambda row, terms: [f"{row.sum} += {terms};"])
            lines += loop(i, last, more, start=GROUP, step=GROUP)
        end = taken(str(last), rest, lambda row, terms: row.stored(f"{row.sum} + {terms}"))
        return [*lines, *closed(end)]

    def _row(self, work: Work, units: Units, first: str, number: int) -> Row:
        """Return one of the rows that are taken together."""
        turn = f"({work.turn} + {number})" if number else work.turn
        printer = self._printer_at(turn) if number and not work.base else self
        bare = turn.strip("()")
        base = f"({work.base} + {bare})" if work.base and turn else work.base
        return Row(printer, work.product, units, base, turn, first)

    def _printer_at(self, row: str) -> "CProducts":
        """Return a printer for another row of the block."""
        printer = copy(self)
        printer.row = row
        return printer

    def _sums(self, work: Work, row: Row) -> Lines:
        """Return the declaration of the sums, where they are not in the target."""
        if row.direct:
            return []
        size = work.turns * row.units.size
        declared = f"{row.type} {self.free('s')}[{size}]"
        return [f"{self.dialect.place(declared, size)};"]

    def _pointer(self, row: Row, start: str) -> str:
        """Return the line that points to the first input's row of the kernel."""
        kernel, pointer = row.product.kernel, self.free("w")
        where = total(counted(start, 0, row.product.units), Code(row.first)).text
        return f"const {row.type} *{self.dialect.restrict} {pointer} = {kernel.name} + {where};"


def _apart(bodies: Sequence[Lines]) -> Lines:
    """Return bodies one after the other; what each declares ends with it."""
    if len(bodies) > 1 and any(len(body) > 1 for body in bodies):
        bodies = [*map(closed, bodies)]
    return [*chain.from_iterable(bodies)]
