"""Layers and activations that a user's formula stands for, and the operations it is made of."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import reduce as chained
from typing import Final, Literal

import numpy as np

from keronyx.converter.layers import operations
from keronyx.converter.layers.expressed import Lambda, Replaced
from keronyx.converter.layers.tree import walk
from keronyx.converter.lower.base import (
    cast,
    compute_type,
    known_type,
    lower_layer,
    rounded,
    row_axis,
)
from keronyx.converter.lower.builder import Builder
from keronyx.converter.lower.terms import Term, call, maximum, minimum, where
from keronyx.converter.lower.values import Value
from keronyx.converter.program.memory import REALS, DType
from keronyx.converter.several import picked
from keronyx.converter.tensors import Array

LARGEST_POWER: Final = 8
MOST_PARTS: Final = 64


@lower_layer.register(Lambda)
@lower_layer.register(Replaced)
def replaced(layer: Replaced, code: Builder, *inputs: Value) -> Value:
    """The statements of the formula."""
    return walk(layer.body, inputs, lambda each, *given: lower_layer(each, code, *given))


@lower_layer.register
def elementwise(layer: operations.Elementwise, code: Builder, *inputs: Value) -> Value:
    """A function of elements; numbers stand in it, lists are constants."""
    if layer.function not in ELEMENTWISE:
        raise layer.refuse(f"{layer.function} is not in source code")
    dtype = inputs[-1].dtype
    if dtype == "bool":  # a condition, and two constants
        dtype = compute_type(layer, code)
    plain: dict[int, float] = {}
    values: list[Value] = []
    arriving = iter(inputs)
    for place, operand in enumerate(layer.operands):
        if operand is None:
            values.append(next(arriving))
        elif isinstance(operand, tuple):
            array = _rounded(layer, operand, dtype)
            row = array[0] if array.ndim > inputs[0].rank else array
            with code.within(layer):
                values.append(code.constant(f"constant_{place}", row, dtype))
        else:
            plain[place] = float(_rounded(layer, operand, dtype))

    def function(*terms: Term) -> Term:
        given = iter(terms)
        every = [
            code.number(_typed(plain[place], dtype), dtype) if place in plain else next(given)
            for place in range(len(layer.operands))
        ]
        return ELEMENTWISE[layer.function](layer, every)

    return code.map(function, *values)


def _rounded(layer: operations.Elementwise, numbers: object, dtype: DType) -> Array:
    array = np.asarray(numbers, np.float64)
    return rounded(array, layer.dtype.compute).astype(np.float64) if dtype in REALS else array


def _typed(number: float, dtype: DType) -> float:
    return number if dtype in REALS else int(number)


def _power(layer: operations.Elementwise, terms: list[Term]) -> Term:
    """Multiply as often as the exponent says, or take a root."""
    base, exponent = layer.operands
    if base is None and isinstance(exponent, int | float):
        power = _positive_power(terms[0], abs(exponent))
        if power is not None:
            return power if exponent > 0 else 1 / power
    if isinstance(base, int | float) and base > 0:
        return call("exp", terms[1] * float(np.log(base)))
    raise layer.refuse("such a power is not in source code")


def _positive_power(x: Term, exponent: float) -> Term | None:
    """Return a small whole power of x, or its root; None where it is neither."""
    if exponent == int(exponent) and 1 <= exponent <= LARGEST_POWER:
        return chained(lambda a, _: a * x, range(int(exponent) - 1), x)
    return call("sqrt", x) if exponent == 0.5 else None


def _floor(x: Term) -> Term:
    whole = call("trunc", x)
    return where(whole > x, whole - 1, whole)


def _ceil(x: Term) -> Term:
    whole = call("trunc", x)
    return where(whole < x, whole + 1, whole)


def _of_one(
    function: Callable[[Term], Term],
) -> Callable[[operations.Elementwise, list[Term]], Term]:
    return lambda _, terms: function(terms[0])


def _of_two(
    function: Callable[[Term, Term], Term],
) -> Callable[[operations.Elementwise, list[Term]], Term]:
    return lambda _, terms: function(terms[0], terms[1])


def _calling(name: str) -> Callable[[operations.Elementwise, list[Term]], Term]:
    return lambda _, terms: call(name, terms[0])


ELEMENTWISE: Final[Mapping[str, Callable[[operations.Elementwise, list[Term]], Term]]] = {
    "absolute": _of_one(lambda x: maximum(x, -x)),
    "add": _of_two(lambda a, b: a + b),
    "ceil": _of_one(_ceil),
    "divide": _of_two(lambda a, b: a / b),
    "equal": _of_two(lambda a, b: a.equals(b)),
    "erf": _calling("erf"),
    "exp": _calling("exp"),
    "expm1": _calling("expm1"),
    "floor": _of_one(_floor),
    "floor_divide": _of_two(lambda a, b: _floor(a / b)),
    "greater": _of_two(lambda a, b: a > b),
    "greater_equal": _of_two(lambda a, b: a >= b),
    "less": _of_two(lambda a, b: a < b),
    "less_equal": _of_two(lambda a, b: a <= b),
    "log": _calling("log"),
    "log1p": _calling("log1p"),
    "maximum": _of_two(maximum),
    "minimum": _of_two(minimum),
    "multiply": _of_two(lambda a, b: a * b),
    "negative": _of_one(lambda x: -x),
    "not_equal": _of_two(lambda a, b: a.differs(b)),
    "power": _power,
    "round": _calling("rint"),
    "sign": _of_one(lambda x: where(x > 0, 1, where(x < 0, -1, x))),
    "sqrt": _calling("sqrt"),
    "square": _of_one(lambda x: x * x),
    "subtract": _of_two(lambda a, b: a - b),
    "where": lambda _, terms: where(terms[0], terms[1], terms[2]),
}


@lower_layer.register
def cast_layer(layer: operations.Cast, code: Builder, x: Value) -> Value:
    """The numbers in another type; true is what differs from 0."""
    if layer.target is None:
        return cast(code, x, compute_type(layer, code)) if x.dtype in REALS else x
    target = known_type(layer, code, layer.target)
    if target == "bool" != x.dtype:
        return code.map(lambda a: a.differs(0), x)
    return cast(code, x, target)


@lower_layer.register
def reduce_layer(layer: operations.Reduce, code: Builder, x: Value) -> Value:
    """A fold; the smallest is the largest with the other sign."""
    axes = [axis - 1 for axis in layer.places(x.rank + 1)]
    made = _folded(layer.function, code, x, axes)
    if layer.keepdims:
        return made
    return made.reshaped([size for axis, size in enumerate(made.shape) if axis not in axes])


def _folded(
    function: Literal["sum", "mean", "max", "min"], code: Builder, x: Value, axes: list[int]
) -> Value:
    if function == "mean":
        count = float(np.prod(list(picked(x.shape, axes))))
        return code.fold("sum", lambda a: a, x, axes=axes, finish=lambda s: s / count)
    if function == "min":
        return code.fold("max", lambda a: -a, x, axes=axes, finish=lambda m: -m)
    return code.fold(function, lambda a: a, x, axes=axes)


@lower_layer.register
def expand_dims(layer: operations.ExpandDims, code: Builder, x: Value) -> Value:
    """The same memory with an axis more."""
    del code
    return x.with_ones(layer.place(x.rank + 1) - 1, 1)


@lower_layer.register
def squeeze(layer: operations.Squeeze, code: Builder, x: Value) -> Value:
    """The same memory with an axis less."""
    del code
    axis = row_axis(layer, layer.axis, x.rank)
    return replace(
        x,
        shape=(*x.shape[:axis], *x.shape[axis + 1 :]),
        strides=(*x.strides[:axis], *x.strides[axis + 1 :]),
    )


@lower_layer.register
def cut(layer: operations.Slice, code: Builder, x: Value) -> Value:
    """A part of the memory; copied piece by piece where it goes backwards."""
    axis = row_axis(layer, layer.axis, x.rank)
    start, count = layer.bounds(x.shape[axis])
    if layer.step > 0:
        strides = (*x.strides[:axis], x.strides[axis] * layer.step, *x.strides[axis + 1 :])
        part = replace(x, strides=strides)
        shape = (*x.shape[:axis], count, *x.shape[axis + 1 :])
        return replace(part, shape=shape, offset=x.offset + start * x.strides[axis])
    if count > MOST_PARTS:
        raise layer.refuse(f"{count} elements backwards are not in source code")
    target = code.new(x.dtype, (*x.shape[:axis], count, *x.shape[axis + 1 :]))
    for place in range(count):
        piece = x.part(axis, start + place * layer.step, 1)
        code.store(Term(piece.at), target.part(axis, place, 1))
    return target
