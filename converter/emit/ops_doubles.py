"""Functions in float64 for which onnxruntime has no kernels, made of those that it has."""

import math
from collections.abc import Mapping
from typing import Final

from keronyx.converter.emit.ops_base import Emit
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast, where
from keronyx.converter.tensors import Sizes

FAR: Final = 1e8
"""From where on a square swallows 1, and grows too large later."""


def _arctan(graph: Graph, shape: Sizes, x: Value) -> Value:
    """The angle in float32, and what is left of the way: (x cos a - sin a) / (cos a + x sin a).

    Of sizes above 1, the angle of the inverse is what lacks of a right one.
    """
    size = graph.op("Abs", x, shape=shape)
    large = graph.op("Greater", size, 1.0)
    z = where(graph, large, graph.op("Reciprocal", size), size)
    rough = cast(graph, graph.op("Atan", cast(graph, z, "float32")), "float64")
    sine, cosine = graph.op("Sin", rough), graph.op("Cos", rough)
    missing = graph.op("Sub", graph.op("Mul", z, cosine), sine)
    reached = graph.op("Add", cosine, graph.op("Mul", z, sine))
    angle = graph.op("Add", rough, graph.op("Div", missing, reached))
    found = where(graph, large, graph.op("Sub", math.pi / 2, angle), angle)
    return _with_sign_of(graph, x, found)


def _with_sign_of(graph: Graph, x: Value, found: Value) -> Value:
    return where(graph, graph.op("Less", x, 0.0), graph.op("Neg", found), found)


def _aside(graph: Graph, x: Value) -> tuple[Value, Value]:
    """Return 1 - x and 1 + x."""
    return graph.op("Sub", 1.0, x), graph.op("Add", x, 1.0)


def _arcsin(graph: Graph, shape: Sizes, x: Value) -> Value:
    leg = graph.op("Sqrt", graph.op("Mul", *_aside(graph, x)))
    return _arctan(graph, shape, graph.op("Div", x, leg))


def _arccos(graph: Graph, shape: Sizes, x: Value) -> Value:
    """Twice the angle whose tangent is sqrt((1 - x) / (1 + x))."""
    tangent = graph.op("Sqrt", graph.op("Div", *_aside(graph, x)))
    return graph.op("Mul", _arctan(graph, shape, tangent), 2.0)


def _tan(graph: Graph, shape: Sizes, x: Value) -> Value:
    return graph.op("Div", graph.op("Sin", x), graph.op("Cos", x), shape=shape)


def _halves(graph: Graph, x: Value) -> tuple[Value, Value]:
    """Return exp(x) / 2 and exp(-x) / 2."""
    up = graph.op("Mul", graph.op("Exp", x), 0.5)
    return up, graph.op("Mul", graph.op("Exp", graph.op("Neg", x)), 0.5)


def _cosh(graph: Graph, shape: Sizes, x: Value) -> Value:
    return graph.op("Add", *_halves(graph, x), shape=shape)


def _sinh(graph: Graph, shape: Sizes, x: Value) -> Value:
    """2t / (1 - t²) with t = tanh(x / 2) near 0, where the halves cancel out."""
    t = graph.op("Tanh", graph.op("Mul", x, 0.5))
    near = graph.op("Div", graph.op("Add", t, t), graph.op("Mul", *_aside(graph, t)))
    far = graph.op("Sub", *_halves(graph, x), shape=shape)
    return where(graph, graph.op("Less", graph.op("Abs", x), 1.0), near, far)


def _log_of_more(graph: Graph, x: Value) -> Value:
    """Return log(1 + x) without the digits that 1 + x loses; x is not below 0."""
    u = graph.op("Add", x, 1.0)
    lost = graph.op("Sub", u, 1.0)
    full = graph.op("Mul", graph.op("Log", u), graph.op("Div", x, lost))
    return where(graph, graph.op("Equal", lost, 0.0), x, full)


def _log_of_double(graph: Graph, x: Value) -> Value:
    return graph.op("Add", graph.op("Log", x), math.log(2))


def _arcsinh(graph: Graph, shape: Sizes, x: Value) -> Value:
    """log(1 + s + s² / (1 + sqrt(1 + s²))) of the size s, and the sign."""
    size = graph.op("Abs", x, shape=shape)
    square = graph.op("Mul", size, size)
    root = graph.op("Sqrt", graph.op("Add", square, 1.0))
    more = graph.op("Div", square, graph.op("Add", root, 1.0))
    near = _log_of_more(graph, graph.op("Add", size, more))
    far = _log_of_double(graph, size)
    return _with_sign_of(graph, x, where(graph, graph.op("Greater", size, FAR), far, near))


def _arccosh(graph: Graph, shape: Sizes, x: Value) -> Value:
    """log(1 + u + sqrt(u (u + 2))) with u = x - 1."""
    u = graph.op("Sub", x, 1.0, shape=shape)
    root = graph.op("Sqrt", graph.op("Mul", u, graph.op("Add", u, 2.0)))
    near = _log_of_more(graph, graph.op("Add", u, root))
    return where(graph, graph.op("Greater", x, FAR), _log_of_double(graph, x), near)


def _arctanh(graph: Graph, shape: Sizes, x: Value) -> Value:
    """Half of log(1 + 2s / (1 - s)) of the size s, and the sign."""
    size = graph.op("Abs", x, shape=shape)
    more = graph.op("Div", graph.op("Add", size, size), graph.op("Sub", 1.0, size))
    endless = graph.op("Equal", more, float("inf"))
    found = graph.op("Mul", _log_of_more(graph, more), 0.5)
    return _with_sign_of(graph, x, where(graph, endless, more, found))


IN_DOUBLES: Final[Mapping[str, Emit]] = {
    "arccos": _arccos,
    "arccosh": _arccosh,
    "arcsin": _arcsin,
    "arcsinh": _arcsinh,
    "arctan": _arctan,
    "arctanh": _arctanh,
    "cosh": _cosh,
    "sinh": _sinh,
    "tan": _tan,
}
