"""The little language run as its definition reads, number by number; and programs at random."""

import itertools
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import singledispatchmethod
from typing import Any, NamedTuple

import numpy as np

from keronyx.converter.program.expressions import (
    At,
    Binary,
    Call,
    Cast,
    Expression,
    Index,
    Local,
    Number,
    Result,
    Select,
    Steps,
    Take,
)
from keronyx.converter.program.language import Program
from keronyx.converter.program.memory import Buffer, Constant
from keronyx.converter.program.statements import Check, Comment, Fold, Map, Product, Statement
from keronyx.converter.tensors import Array

BINARY: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": np.abs,
    "neg": operator.neg,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "erf": lambda x: type(x)(math.erf(x)),
    "trunc": np.trunc,
    "rint": np.rint,
    "max": np.maximum,
    "min": np.minimum,
}


Indices = tuple[int, ...]


class Moment(NamedTuple):
    """Where the loops of a statement are, its steps so far, and what it folded or summed up."""

    indices: Indices
    steps: Sequence[Any] = ()
    result: Any = None


class EndedError(Exception):
    """A check failed."""


class Run:
    """Runs one row: the memory of every buffer, filled with rubbish where nothing is written."""

    def __init__(self, program: Program, row: Sequence[Array]) -> None:
        self.memory: dict[Buffer, Array] = {each: each.values.ravel() for each in program.constants}
        outputs = (port.buffer for port in program.outputs)
        for buffer in (*program.scratch, *outputs):
            self.memory[buffer] = np.full(buffer.size, 77, buffer.dtype)
        for port, numbers in zip(program.inputs, row, strict=True):
            self.memory[port.buffer] = numbers
        for statement in program.statements:
            self.run(statement)

    def place(self, at: At | Take, indices: Indices) -> int:
        pairs = zip(indices, at.strides, strict=True)
        return at.offset + sum(index * stride for index, stride in pairs)

    @singledispatchmethod
    def value(self, each: Expression, _at: Moment) -> Any:
        raise TypeError(type(each).__name__)

    @value.register
    def _number(self, each: Number, _at: Moment) -> Any:
        return np.dtype(each.dtype).type(each.value)

    @value.register
    def _element(self, each: At, at: Moment) -> Any:
        return self.memory[each.buffer][self.place(each, at.indices)]

    @value.register
    def _take(self, each: Take, at: Moment) -> Any:
        place = self.place(each, at.indices) + int(self.value(each.index, at)) * each.scale
        assert place >= 0
        return self.memory[each.table][place]

    @value.register
    def _index(self, each: Index, at: Moment) -> Any:
        return np.dtype(each.dtype).type(at.indices[each.axis])

    @value.register
    def _local(self, each: Local, at: Moment) -> Any:
        return at.steps[each.step]

    @value.register
    def _result(self, _each: Result, at: Moment) -> Any:
        return at.result

    @value.register
    def _binary(self, each: Binary, at: Moment) -> Any:
        return BINARY[each.operator](self.value(each.left, at), self.value(each.right, at))

    @value.register
    def _call(self, each: Call, at: Moment) -> Any:
        return FUNCTIONS[each.function](*(self.value(part, at) for part in each.arguments))

    @value.register
    def _select(self, each: Select, at: Moment) -> Any:
        return self.value(each.then if self.value(each.condition, at) else each.other, at)

    @value.register
    def _cast(self, each: Cast, at: Moment) -> Any:
        return np.asarray(self.value(each.value, at)).astype(each.dtype)[()]

    def finish(self, target: At, steps: Steps, indices: Indices, result: Any = None) -> None:
        values: list[Any] = []
        for step in steps:
            values.append(self.value(step, Moment(indices, values, result)))
        self.memory[target.buffer][self.place(target, indices)] = values[-1]

    @singledispatchmethod
    def run(self, statement: Statement) -> None:
        raise TypeError(type(statement).__name__)

    @run.register
    def _comment(self, _statement: Comment) -> None:
        pass

    @run.register
    def _check(self, statement: Check) -> None:
        for indices in _loops(statement.axes):
            if not self.value(statement.condition, Moment(indices)):
                raise EndedError(statement.message)

    @run.register
    def _map(self, statement: Map) -> None:
        for indices in _loops(statement.axes):
            self.finish(statement.target, statement.steps, indices)

    @run.register
    def _fold(self, statement: Fold) -> None:
        for indices in _loops(statement.kept):
            result = self.fold(statement, indices)
            self.finish(statement.target, statement.steps, indices, result)

    @run.register
    def _product(self, statement: Product) -> None:
        for indices in _loops(statement.axes):
            result = self.product(statement, *indices)
            self.finish(statement.target, statement.steps, indices, result)

    def fold(self, fold: Fold, kept: Indices) -> Any:
        result = np.dtype(fold.value.dtype).type(fold.start.value)
        both = np.add if fold.operator == "sum" else np.maximum
        for over in _loops(fold.axes[len(kept) :]):
            result = both(result, self.value(fold.value, Moment((*kept, *over))))
        return result

    def product(self, product: Product, row: int, unit: int) -> Any:
        first = self.place(product.source, (row, 0))
        x = self.memory[product.source.buffer][first : first + product.inputs]
        total = x @ product.kernel.values[:, unit]
        return total if product.bias is None else total + product.bias.values[unit]


def _loops(axes: Sequence[int]) -> Iterator[Indices]:
    return itertools.product(*map(range, axes))


def run(program: Program, inputs: Sequence[Array]) -> tuple[Array, ...]:
    """Return the outputs of a batch, (rows, size) each."""
    with np.errstate(all="ignore"):
        rows = [Run(program, row).memory for row in zip(*inputs, strict=True)]
    return tuple(np.array([memory[port.buffer] for memory in rows]) for port in program.outputs)


def constant(name: str, values: Array) -> Constant:
    dtype: Any = values.dtype.name
    return Constant(name=name, dtype=dtype, size=values.size, values=values, label=f"net/{name}")
