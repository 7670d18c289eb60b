"""Layers that combine several inputs."""

from collections.abc import Callable
from dataclasses import replace
from functools import reduce

from keronyx.converter.layers import merging
from keronyx.converter.lower.base import lower_layer, row_axis, scalar
from keronyx.converter.lower.builder import Builder
from keronyx.converter.lower.terms import Term, call, maximum, minimum
from keronyx.converter.lower.values import Value

COSINE_BOUND = 1e-7

TOGETHER = 16
"""Most inputs that one expression combines."""

Operation = Callable[[Term, Term], Term]


def _merged(code: Builder, inputs: tuple[Value, ...], operation: Operation) -> Value:
    """Combine the inputs one after the other; missing axes go in front of the row."""
    merged, *more = inputs
    while more:
        some, more = more[: TOGETHER - 1], more[TOGETHER - 1 :]
        merged = code.map(lambda *terms: reduce(operation, terms), merged, *some)
    return merged


@lower_layer.register
def add(layer: merging.Add, code: Builder, *inputs: Value) -> Value:
    """Sum of the inputs."""
    del layer
    return _merged(code, inputs, lambda a, b: a + b)


@lower_layer.register
def subtract(layer: merging.Subtract, code: Builder, *inputs: Value) -> Value:
    """First input minus the second."""
    del layer
    return _merged(code, inputs, lambda a, b: a - b)


@lower_layer.register
def multiply(layer: merging.Multiply, code: Builder, *inputs: Value) -> Value:
    """Product of the inputs."""
    del layer
    return _merged(code, inputs, lambda a, b: a * b)


@lower_layer.register
def average(layer: merging.Average, code: Builder, *inputs: Value) -> Value:
    """Sum of the inputs over their number."""
    del layer
    count = len(inputs)
    return code.map(lambda term: term / count, _merged(code, inputs, lambda a, b: a + b))


@lower_layer.register
def largest(layer: merging.Maximum, code: Builder, *inputs: Value) -> Value:
    """Largest of the inputs."""
    del layer
    return _merged(code, inputs, maximum)


@lower_layer.register
def smallest(layer: merging.Minimum, code: Builder, *inputs: Value) -> Value:
    """Smallest of the inputs."""
    del layer
    return _merged(code, inputs, minimum)


@lower_layer.register
def concatenate(layer: merging.Concatenate, code: Builder, *inputs: Value) -> Value:
    """The inputs one behind the other, each written to its part."""
    first = inputs[0]
    axis = row_axis(layer, layer.axis, first.rank)
    total = sum(value.shape[axis] for value in inputs)
    target = code.new(first.dtype, (*first.shape[:axis], total, *first.shape[axis + 1 :]))
    start = 0
    for value in inputs:
        size = value.shape[axis]
        code.store(Term(value.at), target.part(axis, start, size))
        start += size
    return target


@lower_layer.register
def dot(layer: merging.Dot, code: Builder, x: Value, y: Value) -> Value:
    """Sums of products along one axis of each, of inputs of length 1 with ``normalize``."""
    a, b = _axes(layer, x, y)
    if layer.normalize:
        least = scalar(layer.minimum_norm, layer)
        x, y = _of_length_one(code, x, a, least), _of_length_one(code, y, b, least)
    return _batch_dot(code, x, y, (a, b))


def _of_length_one(code: Builder, x: Value, axis: int, least: float) -> Value:
    length = code.fold(
        "sum",
        lambda v: v * v,
        x,
        axes=[axis],
        finish=lambda total: maximum(call("sqrt", total), least),
    )
    return code.map(lambda v, size: v / size, x, length)


def _axes(layer: merging.Dot | merging.CosineMerge, x: Value, y: Value) -> tuple[int, int]:
    pair = layer.axes if isinstance(layer.axes, tuple) else (layer.axes, layer.axes)
    return row_axis(layer, pair[0], x.rank), row_axis(layer, pair[1], y.rank)


def _batch_dot(code: Builder, x: Value, y: Value, axes: tuple[int, int]) -> Value:
    """Return x's other axes, then y's; at least one."""
    left, right = _with_last(x, axes[0]), _with_last(y, axes[1])
    shape = (*left.shape[:-1], *right.shape[:-1])
    left = left.with_ones(left.rank - 1, right.rank - 1)
    made = code.fold("sum", lambda u, v: u * v, left, right, axes=[-1])
    return made.reshaped(shape or (1,))


def _with_last(value: Value, axis: int) -> Value:
    """Return a value with one axis behind all others."""
    return value.permuted([*(each for each in range(value.rank) if each != axis), axis])


@lower_layer.register
def cosine_merge(layer: merging.CosineMerge, code: Builder, x: Value, y: Value) -> Value:
    """The dot product over the lengths, with an axis of size 1 in front."""
    axes = _axes(layer, x, y)
    product = _batch_dot(code, x, y, axes)
    own = _batch_dot(code, x, x, (axes[0], axes[0]))
    other = _batch_dot(code, y, y, (axes[1], axes[1]))
    bounded = layer.bounded

    def cosine(xy: Term, xx: Term, yy: Term) -> Term:
        length = call("sqrt", xx * yy)
        return xy / (maximum(length, COSINE_BOUND) if bounded else length)

    made = code.map(cosine, product, own, other)
    return replace(made.with_ones(0, 1))
