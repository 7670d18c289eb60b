"""One row of a product in C and C++: its inputs, its sums over some units, what becomes of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from keronyx.converter.program.expressions import At
from keronyx.converter.program.statements import Product
from keronyx.converter.program.walking import every_part
from keronyx.converter.source.expressions import Code, Scope, place, times, total
from keronyx.converter.source.native.expressions import TYPES
from keronyx.converter.source.native.loops import CLoops, Lines

UNITS: Final = 64
"""Units of a block, about."""


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
class Row:
    """One row: ``base`` is where it stands on the product's own axis, "" if it has none.

    ``turn`` says which one of the rows it is that are summed up at once, "" if it is alone;
    ``first`` is the first of its units.
    """

    printer: CLoops
    product: Product
    units: Units
    base: str = ""
    turn: str = ""
    first: str = "0"

    @property
    def type(self) -> str:
        """The type of its numbers."""
        return TYPES[self.product.kernel.dtype]

    @property
    def unit(self) -> str:
        """The variable of the loop over its units."""
        return self.printer.free("j") if self.product.units > 1 else ""

    @property
    def here(self) -> str:
        """The unit among all of the product."""
        return self.unit if self.first == "0" else f"({self.first} + {self.unit})"

    @property
    def direct(self) -> bool:
        """Whether sums are kept in the target: it lies in one piece, and they need no more of it.

        Blocks of units have memory of their own: in the target their rows would be far apart, at
        distances that many processors take for the same place of the cache.
        """
        target = self.product.target
        loads = (part for part in every_part(self.product.steps) if isinstance(part, At))
        if any(load.buffer is target.buffer for load in loads):
            return False
        whole = self.units.size == self.product.units
        return whole and (target.strides[1] == 1 or self.units.size == 1)

    @property
    def sum(self) -> str:
        """Where its sum over a unit lies."""
        target = self.product.target
        if self.direct:
            index = place(target.offset, target.strides, (self.base, self.here))
            return self.printer.place_of(target.buffer, index)
        row = times(Code(self.turn), self.units.size) if self.turn else Code("0")
        return f"{self.printer.free('s')}[{total(row, Code(self.unit or '0')).text}]"

    @property
    def bias(self) -> str:
        """What its sum begins with."""
        product = self.product
        if product.bias is None:
            return self.printer.number(0.0, product.kernel.dtype).text
        return f"{product.bias.name}[{self.here or 0}]"

    def input(self, index: Code) -> str:
        """Return one of its inputs."""
        source = self.product.source
        row = place(source.offset, source.strides[:1], (self.base,))
        return self.printer.element(source.buffer, total(row, index)).text

    def loads(self, start: str, names: list[str]) -> Lines:
        """Return the lines that load inputs from one on."""
        return [
            f"const {self.type} {name} = {self.input(counted(start, number))};"
            for number, name in enumerate(names)
        ]

    def terms(self, names: list[str]) -> str:
        """Return the sum of the products of its inputs with their rows of the kernel."""
        pointer, terms = self.printer.free("w"), []
        for number, name in enumerate(names):
            where = total(Code(str(number * self.product.units)), Code(self.unit or "0")).text
            terms.append(f"{name} * {pointer}[{where}]")
        return " + ".join(terms)

    def stored(self, value: str) -> Lines:
        """Return the lines that make a target of a sum."""
        product, result = self.product, self.printer.free("q")
        scope = Scope((self.base, self.here), (), result)
        lines = self.printer.finish(product.target, product.steps, scope)
        return [f"const {self.type} {result} = {value};", *lines]


def counted(first: str, number: int, factor: int = 1) -> Code:
    """Return (first + number) * factor, worked out where first is known."""
    if first.isdigit():
        return Code(str((int(first) + number) * factor))
    return times(total(Code(first), Code(str(number))), factor)
