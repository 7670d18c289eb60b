"""A program under construction: names, buffers and statements, and the views that layers see."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import prod
from typing import Final, Literal

import numpy as np

from keronyx.converter.layers.base import Layer
from keronyx.converter.lower.collapse import collapsed
from keronyx.converter.lower.rewrite import stepped
from keronyx.converter.lower.terms import Term
from keronyx.converter.lower.values import Value, broadcast_shapes, contiguous
from keronyx.converter.program.expressions import At, Index, Number, Result
from keronyx.converter.program.memory import REALS, Buffer, Constant, DType, Real
from keronyx.converter.program.names import Names
from keronyx.converter.program.statements import Check, Comment, Fold, Map, Product, Statement
from keronyx.converter.several import picked, without
from keronyx.converter.tensors import Array

INTEGERS: Final[dict[str, DType]] = {
    "bool": "bool",
    "int8": "int32",
    "uint8": "int32",
    "int16": "int32",
    "uint16": "int32",
    "int32": "int32",
    "uint32": "int64",
    "int64": "int64",
}
"""What holds the values of Keras's types that are not floating."""

FUNCTIONS: Final = ("load", "predict", "predict_batch", "rows", "weights", "workspace")
"""What printers may put behind the program's name."""

Same = Callable[[Term], Term]


def unchanged(term: Term) -> Term:
    """Return the term: nothing is done with what a fold or a product gives."""
    return term


class Builder:
    """Takes statements one after the other; ``real`` is what floating numbers are."""

    def __init__(self, real: Real, name: str) -> None:
        self.real: Real = real
        self._names = Names([name, *(f"{name}_{word}" for word in FUNCTIONS)])
        self.constants: dict[object, Constant] = {}
        self.statements: list[Statement] = []
        self.scratch: list[Buffer] = []
        self._lead: tuple[int, ...] = ()
        self._layer: tuple[str, Layer | None] = ("", None)

    def type_of(self, dtype: str) -> DType | None:
        """Return the type that holds a Keras dtype; None where there is none."""
        if dtype == "float64":
            return "float64"
        return self.real if "float" in dtype else INTEGERS.get(dtype)

    @contextmanager
    def within(self, layer: Layer) -> Iterator[None]:
        """Name constants after a layer."""
        outer = self._layer
        self._layer = (f"{outer[0]}/{layer.name}" if outer[0] else layer.name, layer)
        yield
        self._layer = outer

    @contextmanager
    def each_step(self, size: int) -> Iterator[None]:
        """Put one more loop around all statements."""
        self._lead = (*self._lead, size)
        yield
        self._lead = self._lead[:-1]

    def port(self, label: str, dtype: DType, shape: tuple[int, ...]) -> Buffer:
        """Return the memory of an input or an output."""
        return Buffer(name=self._names.unique(label, "tensor"), dtype=dtype, size=prod(shape))

    def number(self, value: float, dtype: DType) -> Term:
        """Return a number of a type."""
        return Term(Number(value, dtype))

    def comment(self, text: str) -> None:
        """Say what follows."""
        self.statements.append(Comment(text))

    def new(self, dtype: DType, shape: Sequence[int]) -> Value:
        """Return a fresh value, whose numbers are yet to be written."""
        full = (*self._lead, *shape)
        buffer = Buffer(name=f"value_{len(self.scratch)}", dtype=dtype, size=prod(full))
        self.scratch.append(buffer)
        return self._view(buffer, full)

    def _view(self, buffer: Buffer, full: tuple[int, ...]) -> Value:
        strides, lead = contiguous(full), len(self._lead)
        return Value(buffer=buffer, shape=full[lead:], strides=strides[lead:], lead=strides[:lead])

    def table(self, name: str, array: Array, dtype: DType) -> Constant:
        """Return a constant of the layer at hand; a shared layer's is made once."""
        path, layer = self._layer
        key = (layer, name, np.shape(array), dtype)
        if key not in self.constants:
            values = np.ascontiguousarray(array, dtype)
            self.constants[key] = Constant(
                name=self._names.unique(f"{path}_{name}", "layer"),
                dtype=dtype,
                size=values.size,
                values=values.reshape(np.shape(array)),
                label=f"{path}/{name}",
            )
        return self.constants[key]

    def constant(self, name: str, array: Array, dtype: DType) -> Value:
        """Return a constant as a value, to broadcast against others."""
        table = self.table(name, array, dtype)
        shape = table.values.shape
        lead = (0,) * len(self._lead)
        return Value(buffer=table, shape=shape, strides=contiguous(shape), lead=lead)

    def index(self, axis: int, dtype: DType = "int64") -> Term:
        """Return the loop variable of an axis of the statement that is being made."""
        return Term(Index(len(self._lead) + axis)).to(dtype)

    def map(
        self, function: Callable[..., Term], *values: Value, shape: Sequence[int] | None = None
    ) -> Value:
        """Return what the function makes of the values' elements, broadcast."""
        wanted = _stretched(values, shape)
        term = function(*(Term(value.broadcast(wanted).at) for value in values))
        target = self.new(term.dtype, wanted)
        self.store(term, target)
        return target

    def store(self, term: Term, target: Value) -> None:
        """Write a term to every element of a value."""
        axes = (*self._lead, *target.shape)
        self._add(Map(axes, target.at, stepped(term.expression)))

    def fold(  # noqa: PLR0913 - all that a fold can differ in
        self,
        operator: Literal["sum", "max"],
        function: Callable[..., Term],
        *values: Value,
        axes: Sequence[int],
        shape: Sequence[int] | None = None,
        finish: Same = unchanged,
        start: int | None = None,
    ) -> Value:
        """Fold what the function makes of the elements over some axes, which stay with size 1."""
        wanted = _stretched(values, shape)
        kept, over = _parted(len(wanted), axes)
        order = (*kept, *over)
        value = function(*(Term(each.broadcast(wanted).permuted(order).at) for each in values))
        last = finish(Term(Result(value.dtype)))
        target = self.new(last.dtype, list(picked(wanted, kept)))
        first = _start(operator, value.dtype, start)
        full = (*self._lead, *(wanted[axis] for axis in order))
        steps = stepped(last.expression)
        self._add(Fold(full, len(over), operator, first, value.expression, target.at, steps))
        return target.reshaped([1 if axis in over else size for axis, size in enumerate(wanted)])

    def product(
        self, x: Value, kernel: Constant, bias: Constant | None, finish: Same = unchanged
    ) -> Value:
        """Return ``finish(x · kernel + bias)`` over the last axis."""
        inputs, units = kernel.values.shape
        rows = self._rows(x)
        target = self.new(x.dtype, (*x.shape[:-1], units))
        count = prod((*self._lead, *x.shape[:-1]))
        steps = stepped(finish(Term(Result(x.dtype))).expression)
        place = At(target.buffer, 0, (units, 1))
        self._add(Product(count, inputs, units, rows, kernel, bias, place, steps))
        return target

    def _rows(self, x: Value) -> At:
        """Return the rows of all leading axes at even distances, copied where they are not."""
        sizes = (*self._lead, *x.shape)
        strides = (*x.lead, *x.strides)
        if not _is_even(sizes, strides) or (strides[-1] != 1 and sizes[-1] != 1):
            copied = self.new(x.dtype, x.shape)
            self.store(Term(x.at), copied)
            return At(copied.buffer, 0, (sizes[-1], 1))
        return At(x.buffer, x.offset, (strides[-2] if len(strides) > 1 else 0, 1))

    def check(self, condition: Callable[[Term], Term], value: Value, message: str) -> None:
        """End the prediction where the condition fails for an element."""
        code = 1 + sum(isinstance(statement, Check) for statement in self.statements)
        axes = (*self._lead, *value.shape)
        self._add(Check(axes, condition(Term(value.at)).expression, code, message))

    def _add(self, statement: Statement) -> None:
        self.statements.append(collapsed(statement))

    def dense(self, value: Value) -> Value:
        """Return the value with its rows in one piece."""
        return value if value.is_dense else self.map(lambda x: x, value)


def _parted(rank: int, axes: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return the axes that stay, and those that a fold goes over, both in order."""
    over = sorted(axis % rank for axis in axes)
    return without(range(rank), over), over


def _is_even(sizes: Sequence[int], strides: Sequence[int]) -> bool:
    """Tell whether all axes but the last walk at one distance, as a single one would."""
    return all(
        size == 1 or strides[axis] == strides[axis + 1] * sizes[axis + 1]
        for axis, size in enumerate(sizes[:-2])
    )


def _stretched(values: Sequence[Value], shape: Sequence[int] | None) -> tuple[int, ...]:
    """Return the shape of a statement: that which is told, or to which all values stretch."""
    return broadcast_shapes(*(each.shape for each in values)) if shape is None else tuple(shape)


def _start(operator: str, dtype: DType, told: int | None) -> Number:
    if told is not None:
        return Number(told, dtype)
    if operator == "sum":
        return Number(0.0 if dtype in REALS else 0, dtype)
    return Number(float("-inf"), dtype)
