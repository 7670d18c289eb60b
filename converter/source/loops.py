"""Statements as loops over single numbers, for languages that index arrays."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from functools import singledispatchmethod

from keronyx.converter.program.expressions import At, Steps
from keronyx.converter.program.language import Program
from keronyx.converter.program.memory import DType
from keronyx.converter.program.statements import Check, Comment, Fold, Map, Product, Statement
from keronyx.converter.program.walking import functions_of
from keronyx.converter.several import called
from keronyx.converter.source.expressions import Code, Expressions, Scope, place

Lines = list[str]


def shifted(lines: Iterable[str], by: str = "    ") -> Lines:
    """Indent lines; empty ones stay so."""
    return [by + line if line else line for line in lines]


def free_names(program: Program) -> Callable[[str], str]:
    """Return the function that makes a word a name which no buffer has."""
    ports = (port.buffer for port in (*program.inputs, *program.outputs))
    taken = set(called((*program.constants, *program.scratch, *ports)))
    return lambda word: word if word not in taken else f"kx_{word}"


class Loops(Expressions):
    """Prints the statements of a program."""

    def __init__(self, program: Program) -> None:
        self.free = free_names(program)
        # Where it is rounded to whole numbers, or among doubles, float32 is meant to be narrow.
        rounds = ("rint", "float32") in functions_of(program)
        self.narrows = rounds or program.real == "float64"

    @abstractmethod
    def comment(self, text: str) -> Lines:
        """Return untrusted text as a comment."""

    @abstractmethod
    def declare(self, name: str, dtype: DType, value: Code, *, changes: bool = False) -> str:
        """Return the line that makes a local variable, which may change later."""

    @abstractmethod
    def store(self, target: str, dtype: DType, value: Code) -> str:
        """Return the line that stores a value in an element of a buffer."""

    @abstractmethod
    def assign(self, name: str, value: Code) -> str:
        """Return the line that changes a local variable."""

    @abstractmethod
    def loop(self, variable: str, size: int, body: Lines) -> Lines:
        """Return the loop of a variable from 0 up to a size."""

    @abstractmethod
    def closed(self, body: Lines) -> Lines:
        """Return lines whose local variables end with them."""

    @abstractmethod
    def refuse(self, condition: Code, message: str) -> Lines:
        """Return the lines that end the prediction where a condition fails."""

    @abstractmethod
    def multiply(self, product: Product, source: Code) -> tuple[Lines, str]:
        """Return the lines that multiply one row, and what then holds its sums."""

    @singledispatchmethod
    def statement(self, statement: Statement) -> Lines:
        """Return the lines of a statement."""
        raise TypeError(type(statement).__name__)

    @statement.register
    def _comment(self, statement: Comment) -> Lines:
        return self.comment(statement.text)

    @statement.register
    def _check(self, statement: Check) -> Lines:
        scope = Scope(self._variables(statement.axes))
        lines = self.refuse(self.code(statement.condition, scope), statement.message)
        return self._looped(statement.axes, scope, lines)

    @statement.register
    def _map(self, statement: Map) -> Lines:
        scope = Scope(self._variables(statement.axes))
        lines = self._finish(statement.target, statement.steps, scope)
        return self._looped(statement.axes, scope, lines, declares=len(statement.steps) > 1)

    @statement.register
    def _fold(self, statement: Fold) -> Lines:
        scope, split = Scope(self._variables(statement.axes)), len(statement.kept)
        kept = Scope(scope.variables[:split], (), self.free("r"))
        result, start = Code(kept.result), statement.start
        value, dtype = self.code(statement.value, scope), statement.value.dtype
        both = (
            self.binary("+", result, value, dtype)
            if statement.operator == "sum"
            else self.called("max", (result, value), dtype)
        )
        inner = Scope(scope.variables[split:])
        first = self.declare(result.text, dtype, self.number(start.value, dtype), changes=True)
        folding = self._looped(statement.axes[split:], inner, [self.assign(result.text, both)])
        lines = [first, *folding, *self._finish(statement.target, statement.steps, kept)]
        return self._looped(statement.kept, kept, lines, declares=True)

    @statement.register
    def _product(self, statement: Product) -> Lines:
        rows, units = self._variables(statement.axes)
        source = place(statement.source.offset, statement.source.strides, (rows, ""))
        lines, sums = self.multiply(statement, source)
        scope = Scope((rows, units), (), f"{sums}[{units or 0}]")
        body = self._finish(statement.target, statement.steps, scope)
        declares = len(statement.steps) > 1
        body = self._looped((statement.units,), Scope((units,)), body, declares=declares)
        return self._looped((statement.rows,), Scope((rows,)), [*lines, *body])

    def _variables(self, axes: Sequence[int]) -> tuple[str, ...]:
        """Return a loop variable for each axis, "" where its size is 1."""
        letters = iter([*"ijklmn", *(f"i{number}" for number in range(len(axes)))])
        return tuple("" if size == 1 else self.free(next(letters)) for size in axes)

    def _looped(
        self, axes: Sequence[int], scope: Scope, body: Lines, *, declares: bool = False
    ) -> Lines:
        """Return the body within the loops of its axes; what it declares ends with it."""
        loops = [pair for pair in zip(axes, scope.variables, strict=True) if pair[1]]
        if declares and not loops:
            return self.closed(body)
        for size, variable in reversed(loops):
            body = self.loop(variable, size, body)
        return body

    def _finish(self, target: At, steps: Steps, scope: Scope) -> Lines:
        """Return the lines that compute the steps and store the last of them."""
        lines = []
        for step in steps[:-1]:
            name = self.free(f"t{len(scope.steps)}")
            lines.append(self.declare(name, step.dtype, self.code(step, scope)))
            scope = scope._replace(steps=(*scope.steps, name))
        index = place(target.offset, target.strides, scope.variables)
        element = f"{target.buffer.name}[{index.text}]"
        return [*lines, self.store(element, target.dtype, self.code(steps[-1], scope))]
