"""Bits, whole numbers and signs: of older opsets, the bits of a number are its rests by two."""

import math
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import numpy as np

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.emit.ops_base import operands
from keronyx.converter.emit.ops_joins import cut
from keronyx.converter.emit.ops_pointwise import ELEMENTWISE
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast, reduce, unsqueeze, where
from keronyx.converter.layers.ops_bits import AllClose, Bitwise
from keronyx.converter.tensors import Sizes

Emit: TypeAlias = Callable[..., Value]

BITWISE: Final = 18
"""The first opset that has operators of bits."""

HALF: Final = 32


@emit_layer.register
def bitwise(layer: Bitwise, graph: Graph, *inputs: Value) -> Value:
    """The operators of the function."""
    given = operands(layer, graph, inputs)
    shape = shape_of(layer, *inputs)
    if layer.function not in OF_BITS:
        return FUNCTIONS[layer.function](graph, shape, *given)
    bits = layer.bits(layer.computes_in(*(value.dtype for value in inputs)))
    return OF_BITS[layer.function](graph, shape, bits, *given)


def _of_pairs(op_type: str, meet: Emit) -> Emit:
    """Return an operator of bits; without one, all bits are made numbers of their own."""

    def emit(graph: Graph, shape: Sizes, bits: int, a: Value, b: Value) -> Value:
        if graph.opset >= BITWISE:
            return graph.op(op_type, a, b, shape=shape)
        apart = (_apart(graph, each, bits) for each in (a, b))
        met = cast(graph, meet(graph, (*shape, bits), *apart), "int64")
        return cast(graph, _together(graph, met, bits), a.dtype)

    return emit


def _together(graph: Graph, met: Value, bits: int) -> Value:
    """Make a number of bits, by halves of 32: ReduceSum loses digits of more."""
    last = met.rank - 1
    low = _sum_of(graph, met, last, range(min(HALF, bits)))
    if bits <= HALF:
        return low
    high = _sum_of(graph, met, last, range(HALF, bits))
    return graph.op("Add", graph.op("Mul", high, 2**HALF), low)


def _sum_of(graph: Graph, met: Value, last: int, places: range) -> Value:
    part = cut(graph, met, last, slice(places.start, places.stop), (*met.shape[:-1], len(places)))
    weights = np.left_shift(np.int64(1), np.arange(len(places), dtype=np.int64))
    weighed = graph.op("Mul", part, graph.constant(weights, "int64"))
    return reduce(graph, "ReduceSum", weighed, [last], keepdims=False)


def _apart(graph: Graph, x: Value, bits: int) -> Value:
    """Return the bits of a number on a new last axis, as truths."""
    whole = unsqueeze(graph, cast(graph, cast(graph, x, "int64"), "uint64"), [x.rank])
    weights = np.left_shift(np.uint64(1), np.arange(bits, dtype=np.uint64))
    shape = (*x.shape, bits)
    whole = graph.op("Div", whole, graph.constant(weights, "uint64"), shape=shape)
    rest = graph.op("Mod", whole, graph.constant(2, "uint64"))
    return cast(graph, rest, "bool")


def _truths(op_type: str) -> Emit:
    return lambda graph, shape, a, b: graph.op(op_type, a, b, shape=shape)


def _powers(graph: Graph, y: Value, bits: int, dtype: str) -> Value:
    """Return 2 to the power of y, which is kept to the bits that there are."""
    low = graph.op("Max", y, 0)
    places = cast(graph, graph.op("Min", low, bits - 1), "int64")
    table = np.left_shift(np.int64(1), np.arange(bits, dtype=np.int64)).astype(dtype)
    return graph.op("Gather", graph.constant(table, dtype), places, axis=0, shape=y.shape)


def _left(graph: Graph, shape: Sizes, bits: int, x: Value, y: Value) -> Value:
    return graph.op("Mul", x, _powers(graph, y, bits, x.dtype), shape=shape)


def _right(graph: Graph, shape: Sizes, bits: int, x: Value, y: Value) -> Value:
    """Divide twice, by powers that the type holds."""
    kept = graph.op("Min", graph.op("Max", y, 0), bits - 1)
    half = graph.op("Div", kept, 2)
    for part in (half, graph.op("Sub", kept, half)):
        divisor = _powers(graph, part, bits, x.dtype)
        x = ELEMENTWISE["floor_divide"](graph, shape, x, divisor)
    return x


def _steps(bits: int) -> int:
    """How many divisions it takes at most: as many as numbers of Fibonacci are in the dtype."""
    return math.ceil(bits * math.log(2) / math.log((1 + math.sqrt(5)) / 2)) + 1


def _divisor(graph: Graph, shape: Sizes, bits: int, a: Value, b: Value) -> Value:
    """Put b in the place of a, and the rest in that of b, until b is 0."""
    zeros = graph.op("Mul", graph.op("Mul", a, 0), graph.op("Mul", b, 0), shape=shape)
    a, b = (graph.op("Add", graph.op("Abs", each), zeros, shape=shape) for each in (a, b))
    for _ in range(_steps(bits)):
        done = graph.op("Equal", b, 0)
        rest = graph.op("Mod", a, where(graph, done, 1, b))
        a, b = graph.op("Where", done, a, b, dtype=a.dtype, shape=shape), rest
    return a


def _multiple(graph: Graph, shape: Sizes, bits: int, a: Value, b: Value) -> Value:
    divisor = graph.op("Max", _divisor(graph, shape, bits, a, b), 1)
    times = graph.op("Div", graph.op("Abs", b), divisor, shape=shape)
    return graph.op("Mul", graph.op("Abs", a), times, shape=shape)


def _inverted(graph: Graph, _shape: Sizes, _bits: int, x: Value) -> Value:
    return graph.op("Sub", graph.op("Neg", x), 1)


OF_BITS: Final[Mapping[str, Emit]] = {
    "bitwise_and": _of_pairs("BitwiseAnd", _truths("And")),
    "bitwise_not": _inverted,
    "bitwise_or": _of_pairs("BitwiseOr", _truths("Or")),
    "bitwise_xor": _of_pairs("BitwiseXor", _truths("Xor")),
    "gcd": _divisor,
    "lcm": _multiple,
    "left_shift": _left,
    "right_shift": _right,
}


def _angle(graph: Graph, _shape: Sizes, x: Value) -> Value:
    back = cast(graph, graph.op("Less", x, 0.0), x.dtype)
    return graph.op("Mul", back, math.pi)


def _nothing(graph: Graph, _shape: Sizes, x: Value) -> Value:
    held = cast(graph, x, "bool")
    return cast(graph, graph.op("Xor", held, held), x.dtype)


def _always(graph: Graph, shape: Sizes, x: Value) -> Value:
    return graph.op("Not", _nothing(graph, shape, x))


def _same(_graph: Graph, _shape: Sizes, x: Value) -> Value:
    return x


def _scaled(graph: Graph, shape: Sizes, x: Value, power: Value) -> Value:
    """Infinities and zeros stay, whatever the power."""
    endless = graph.op("Equal", graph.op("Abs", x), float("inf"))
    stays = graph.op("Or", endless, graph.op("Equal", x, 0.0))
    two = graph.constant(2, x.dtype)
    found = graph.op("Mul", x, graph.op("Pow", two, power, shape=power.shape), shape=shape)
    return graph.op("Where", stays, x, found, dtype=x.dtype, shape=shape)


def _neighbour(graph: Graph, shape: Sizes, x: Value, towards: Value) -> Value:
    odd = graph.op("IsNaN", towards)
    return graph.op("Where", odd, towards, x, dtype=x.dtype, shape=shape)


def _has_sign(graph: Graph, shape: Sizes, x: Value) -> Value:
    """Zeros have one, too, which their inverse shows."""
    if x.dtype == "bool":
        return _nothing(graph, shape, x)
    if not x.is_float:
        return graph.op("Less", x, 0)
    shown = where(graph, graph.op("Equal", x, 0.0), graph.op("Reciprocal", x), x)
    return graph.op("Less", shown, 0.0)


FUNCTIONS: Final[Mapping[str, Emit]] = {
    "angle": _angle,
    "conjugate": _same,
    "imag": _nothing,
    "isreal": _always,
    "ldexp": _scaled,
    "nextafter": _neighbour,
    "real": _same,
    "signbit": _has_sign,
}


@emit_layer.register
def all_close(layer: AllClose, graph: Graph, *inputs: Value) -> Value:
    """The smallest of all truths; equal ones are close, as infinities are."""
    a, b = operands(layer, graph, inputs)
    shape = layer.broadcast(a.shape, b.shape)
    sizes = tuple(size if isinstance(size, int) else None for size in shape)
    same = graph.op("Equal", a, b, shape=sizes)
    close = _near(layer, graph, same, a, b) if a.is_float else same
    numbers = cast(graph, close, "int32")
    least = reduce(graph, "ReduceMin", numbers, range(len(sizes)), keepdims=False)
    return cast(graph, least, "bool")


def _near(layer: AllClose, graph: Graph, same: Value, a: Value, b: Value) -> Value:
    sizes = same.shape
    apart = graph.op("Abs", graph.op("Sub", a, b, shape=sizes))
    bound = graph.op("Add", graph.op("Mul", graph.op("Abs", b), layer.rtol), layer.atol)
    finite = graph.op("Less", bound, float("inf"))
    near = graph.op("And", graph.op("LessOrEqual", apart, bound, shape=sizes), finite)
    close = graph.op("Or", near, same)
    if not layer.equal_nan:
        return close
    odd = graph.op("And", graph.op("IsNaN", a), graph.op("IsNaN", b), shape=sizes)
    return graph.op("Or", close, odd)
