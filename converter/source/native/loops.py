"""Statements in C and C++: plain loops with known bounds, in an order that compilers vectorise."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from functools import singledispatchmethod
from typing import Final

from keronyx.converter.program.expressions import At, Index, Steps
from keronyx.converter.program.language import Program
from keronyx.converter.program.memory import REALS, Buffer
from keronyx.converter.program.statements import Check, Comment, Fold, Map, Product, Statement
from keronyx.converter.program.walking import walk
from keronyx.converter.source.expressions import Code, Scope, place
from keronyx.converter.source.loops import free_names
from keronyx.converter.source.native.expressions import TYPES, CExpressions, Dialect
from keronyx.converter.source.texts import said

LANES: Final = 8
"""Partial results of a long fold, which compilers may then work out side by side."""

Lines = list[str]


def shifted(lines: Iterable[str]) -> Lines:
    """Indent lines."""
    return [f"    {line}" if line else line for line in lines]


def loop(variable: str, size: int, body: Lines, *, start: int = 0, step: int = 1) -> Lines:
    """Return a loop; none around a single turn without a variable."""
    if not variable:
        return body
    by = f"++{variable}" if step == 1 else f"{variable} += {step}"
    head = f"for (int {variable} = {start}; {variable} < {size}; {by})"
    return [f"{head} {{", *shifted(body), "}"]


def closed(body: Lines) -> Lines:
    """Return lines whose variables end with them."""
    return ["{", *shifted(body), "}"]


class CLoops(CExpressions):
    """Prints all statements but products."""

    def __init__(self, program: Program, dialect: Dialect, row: str = "", rows: int = 1) -> None:
        super().__init__(dialect, row)
        self.rows = rows
        self.free = free_names(program)

    @singledispatchmethod
    def statement(self, statement: Statement) -> Lines:
        """Return the lines of a statement."""
        raise TypeError(type(statement).__name__)

    @statement.register
    def _comment(self, statement: Comment) -> Lines:
        return [f"/* {said(statement.text)} */"]

    @statement.register
    def _check(self, statement: Check) -> Lines:
        variables = self.variables(statement.axes)
        condition = self.code(statement.condition, Scope(variables))
        body = [f"if (!({condition.text})) {{", f"    return {statement.code};", "}"]
        return looped(statement.axes, variables, body)

    @statement.register
    def _map(self, statement: Map) -> Lines:
        scope = Scope(self.variables(statement.axes))
        body = self.finish(statement.target, statement.steps, scope)
        return looped(statement.axes, scope.variables, body)

    @statement.register
    def _fold(self, statement: Fold) -> Lines:
        variables, split = self.variables(statement.axes), len(statement.kept)
        kept = Scope(variables[:split], (), self.free("r"))
        folding = self._wide(statement, variables) or self._folding(statement, variables)
        body = [*folding, *self.finish(statement.target, statement.steps, kept)]
        return looped(statement.kept, kept.variables, body)

    @statement.register
    def _product(self, statement: Product) -> Lines:
        return self.product(statement)

    @abstractmethod
    def product(self, product: Product) -> Lines:
        """Return the lines of a product."""

    def _folding(self, fold: Fold, variables: tuple[str, ...]) -> Lines:
        """Return the lines that fold one element after the other."""
        split, result = len(fold.kept), self.free("r")
        dtype = fold.value.dtype
        start = self.number(fold.start.value, dtype).text
        body = self._folded(fold, result, Scope(variables))
        inner = looped(fold.axes[split:], variables[split:], body)
        return [f"{TYPES[dtype]} {result} = {start};", *inner]

    def _folded(self, fold: Fold, place_: str, scope: Scope) -> Lines:
        """Return the lines that take one value into what was folded so far."""
        value, dtype = self.code(fold.value, scope), fold.value.dtype
        if fold.operator == "sum":
            if dtype in REALS:
                return [f"{place_} += {value.text};"]
            return [f"{place_} = {self.binary('+', Code(place_), value, dtype).text};"]
        both = self.called("max", (Code(place_), value), dtype)
        return [f"{place_} = {both.text};"]

    def _wide(self, fold: Fold, variables: tuple[str, ...]) -> Lines | None:
        """Return a long sum of floats as several side by side; None for another fold."""
        if not _is_long_sum(fold):
            return None
        size, dtype = fold.axes[-1], fold.value.dtype
        result, parts, lane = self.free("r"), self.free("p"), self.free("l")
        name, first = TYPES[dtype], self.number(fold.start.value, dtype).text
        outer, last = variables[:-1], variables[-1]
        inside = Scope((*outer, f"({last} + {lane})"))
        body = self._folded(fold, f"{parts}[{lane}]", inside)
        whole = size - size % LANES
        lines = [
            f"{name} {parts}[{LANES}] = {{0}};",
            *loop(last, whole, loop(lane, LANES, body), step=LANES),
            f"{name} {result} = {first};",
            *loop(lane, LANES, [f"{result} += {parts}[{lane}];"]),
        ]
        if whole < size:
            rest = self._folded(fold, result, Scope((*outer, last)))
            lines += loop(last, size, rest, start=whole)
        return lines

    def variables(self, axes: Sequence[int]) -> tuple[str, ...]:
        """Return a loop variable for each axis, "" where its size is 1."""
        letters = iter([*"ijkmn", *(f"i{number}" for number in range(len(axes)))])
        return tuple("" if size == 1 else self.free(next(letters)) for size in axes)

    def finish(self, target: At, steps: Steps, scope: Scope) -> Lines:
        """Return the lines that compute the steps and store the last of them."""
        lines = []
        for step in steps[:-1]:
            name = self.free(f"t{len(scope.steps)}")
            lines.append(f"const {TYPES[step.dtype]} {name} = {self.code(step, scope).text};")
            scope = scope._replace(steps=(*scope.steps, name))
        element = self.place_of(
            target.buffer, place(target.offset, target.strides, scope.variables)
        )
        return [*lines, f"{element} = {self.code(steps[-1], scope).text};"]

    def place_of(self, buffer: Buffer, index: Code) -> str:
        """Return an element as something to store in."""
        return f"{buffer.name}[{self.position_of(buffer, index).text}]"


def _is_long_sum(fold: Fold) -> bool:
    """Tell a sum of many floats over one axis, none of which is the number of a turn."""
    is_sum = fold.over == 1 and fold.value.dtype in REALS and fold.operator == "sum"
    indexed = any(isinstance(part, Index) for part in walk(fold.value))
    return is_sum and fold.axes[-1] >= 2 * LANES and not indexed


def looped(axes: Sequence[int], variables: Sequence[str], body: Lines) -> Lines:
    """Return the body within the loops of its axes, or closed where there is none."""
    if not any(variables) and len(body) > 1:
        return closed(body)
    for size, variable in zip(reversed(axes), reversed(variables), strict=True):
        body = loop(variable, size, body)
    return body
