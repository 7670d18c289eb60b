"""Functions of numbers, element by element: one operator, or those that give what Keras gives."""

import math
from collections.abc import Mapping
from functools import partial
from typing import Final

from keronyx.converter.emit.base import emit_layer, shape_of
from keronyx.converter.emit.erf import normal_distribution
from keronyx.converter.emit.ops_base import Emit, after, alike, one, operands
from keronyx.converter.emit.ops_doubles import IN_DOUBLES
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import where
from keronyx.converter.layers.ops_pointwise import Pointwise
from keronyx.converter.tensors import Sizes


@emit_layer.register
def pointwise(layer: Pointwise, graph: Graph, *inputs: Value) -> Value:
    """The operators of the function."""
    given = operands(layer, graph, inputs)
    doubled = IN_DOUBLES.get(layer.function) if given[0].dtype == "float64" else None
    function = doubled or ELEMENTWISE[layer.function]
    return function(graph, shape_of(layer, *inputs), *given)


def _floor_divide(graph: Graph, shape: Sizes, a: Value, b: Value) -> Value:
    """Div of integers cuts; one less where the signs differ and something is left."""
    if a.is_float:
        return graph.op("Floor", graph.op("Div", a, b, shape=shape))
    divisor = _unless_zero(graph, b)
    cut = graph.op("Div", a, divisor, shape=shape)
    rest = graph.op("Mod", a, divisor, shape=shape)
    apart = graph.op("Xor", graph.op("Less", a, 0), graph.op("Less", b, 0), shape=shape)
    whole = graph.op("Equal", rest, 0)
    lower = graph.op("And", apart, graph.op("Not", whole))
    return where(graph, lower, graph.op("Sub", cut, 1), cut)


def _unless_zero(graph: Graph, b: Value) -> Value:
    """Return 1 in the place of 0, by which Keras refuses to divide and onnxruntime dies."""
    return where(graph, graph.op("Equal", b, 0), 1, b)


def _mod(graph: Graph, shape: Sizes, a: Value, b: Value) -> Value:
    """The rest has the sign of a; where that is another than b's, b is added."""
    if not a.is_float:
        return graph.op("Mod", a, _unless_zero(graph, b), shape=shape)
    rest = graph.op("Mod", a, b, fmod=1, shape=shape)
    opposite = graph.op("Less", graph.op("Mul", rest, b, shape=shape), 0.0)
    return where(graph, opposite, graph.op("Add", rest, b, shape=shape), rest)


def _fmod(graph: Graph, shape: Sizes, a: Value, b: Value) -> Value:
    """The sign of a times the rest of the magnitudes."""
    size = graph.op("Abs", a), graph.op("Abs", b)
    return graph.op("Mul", sign(graph, a.shape, a), _mod(graph, shape, *size), shape=shape)


def sign(graph: Graph, shape: Sizes, x: Value) -> Value:
    """Not Sign, which onnxruntime has as 0 for NaN."""
    del shape
    below = where(graph, graph.op("Less", x, 0), -1, x)
    return where(graph, graph.op("Greater", x, 0), 1, below)


def _expm1(graph: Graph, shape: Sizes, x: Value) -> Value:
    """2 tanh(x/2) / (1 - tanh(x/2)), which keeps its digits near 0; exp(x) - 1 elsewhere."""
    del shape
    half = graph.op("Tanh", graph.op("Mul", x, 0.5))
    near = graph.op("Div", graph.op("Add", half, half), graph.op("Sub", 1.0, half))
    far = graph.op("Sub", graph.op("Exp", x), 1.0)
    return where(graph, graph.op("Less", graph.op("Abs", x), 1.0), near, far)


def log1p(graph: Graph, shape: Sizes, x: Value) -> Value:
    """log(u) * (x / (u - 1)) with u = 1 + x, which makes up for the digits that u loses."""
    del shape
    u = graph.op("Add", x, 1.0)
    lost = graph.op("Sub", u, 1.0)
    full = graph.op("Mul", graph.op("Log", u), graph.op("Div", x, lost))
    plain = graph.op("Equal", graph.op("Abs", lost), float("inf"))
    far = where(graph, plain, graph.op("Log", u), full)
    return where(graph, graph.op("Equal", lost, 0.0), x, far)


def _erf(graph: Graph, shape: Sizes, x: Value) -> Value:
    if x.dtype == "float32":
        return graph.op("Erf", x, shape=shape)
    doubled = graph.op("Mul", normal_distribution(graph, graph.op("Mul", x, 2**0.5)), 2.0)
    return graph.op("Sub", doubled, 1.0)


def _erfc(graph: Graph, shape: Sizes, x: Value) -> Value:
    """Twice the tail of the normal distribution, which keeps its digits far out."""
    del shape
    return graph.op("Mul", normal_distribution(graph, graph.op("Mul", x, -(2**0.5))), 2.0)


def _square(graph: Graph, shape: Sizes, x: Value) -> Value:
    return graph.op("Mul", x, x, shape=shape)


def _absolute(graph: Graph, shape: Sizes, x: Value) -> Value:
    return x if x.dtype == "bool" else graph.op("Abs", x, shape=shape)


def _trunc(graph: Graph, shape: Sizes, x: Value) -> Value:
    """Cut off what is behind the point; integers have nothing there."""
    if not x.is_float:
        return x
    up, down = (graph.op(each, x, shape=shape) for each in ("Ceil", "Floor"))
    return where(graph, graph.op("Less", x, 0.0), up, down)


def _where(graph: Graph, shape: Sizes, condition: Value, a: Value, b: Value) -> Value:
    return graph.op("Where", condition, a, b, dtype=a.dtype, shape=shape)


def _passing_nan(op_type: str, graph: Graph, shape: Sizes, a: Value, b: Value) -> Value:
    """Return the other one where one is NaN."""
    found = graph.op(op_type, a, b, shape=shape)
    if not a.is_float:
        return found
    without_a = _where(graph, shape, graph.op("IsNaN", a), b, found)
    return _where(graph, shape, graph.op("IsNaN", b), a, without_a)


def _divide_no_nan(graph: Graph, shape: Sizes, a: Value, b: Value) -> Value:
    nothing = graph.op("Equal", b, 0.0)
    return _where(
        graph, shape, nothing, graph.constant(0, a.dtype), graph.op("Div", a, b, shape=shape)
    )


def _logaddexp(base: float, graph: Graph, shape: Sizes, a: Value, b: Value) -> Value:
    """The larger, and what the distance of the other one adds; their sum where that is NaN."""
    scale = math.log(base)
    apart = graph.op("Sub", a, b, shape=shape)
    decay = graph.op("Exp", graph.op("Mul", graph.op("Abs", apart), -scale))
    more = graph.op("Div", log1p(graph, shape, decay), scale)
    found = graph.op("Add", graph.op("Max", a, b, shape=shape), more)
    odd = graph.op("IsNaN", apart)
    return where(graph, odd, graph.op("Add", a, b, shape=shape), found)


def _hypot(graph: Graph, shape: Sizes, a: Value, b: Value) -> Value:
    """The longer side times that of a triangle with side 1."""
    sides = graph.op("Abs", a), graph.op("Abs", b)
    longer, shorter = (graph.op(each, *sides, shape=shape) for each in ("Max", "Min"))
    ratio = _divide_no_nan(graph, shape, shorter, longer)
    one_more = graph.op("Add", _square(graph, shape, ratio), 1.0)
    return graph.op("Mul", longer, graph.op("Sqrt", one_more))


def arctan2(graph: Graph, shape: Sizes, y: Value, x: Value) -> Value:
    """The arctangent of y / x, turned by half a circle to the side of y where x is below 0.

    Of two zeros, or two infinities, the quotient is what it is between two ones.
    """
    alike = graph.op("Equal", graph.op("Abs", y), graph.op("Abs", x), shape=shape)
    signs = graph.op("Div", _signed(graph, y), _signed(graph, x), shape=shape)
    zero = graph.op("And", graph.op("Equal", y, 0.0), graph.op("Equal", x, 0.0), shape=shape)
    quotient = where(graph, alike, signs, graph.op("Div", y, x, shape=shape))
    still = graph.op("Mul", signs, graph.constant(0, x.dtype))
    angle = arctan(graph, shape, where(graph, zero, still, quotient))
    behind = graph.op("Less", _signed(graph, x), 0.0)
    half = graph.op("Mul", _signed(graph, y), math.pi)
    turned = graph.op("Add", angle, half, shape=shape)
    return _where(graph, shape, behind, turned, angle)


def _signed(graph: Graph, x: Value) -> Value:
    """Return 1 with the sign of x, which zeros have, too; NaN stays."""
    inverse = graph.op("Reciprocal", x)
    known = where(graph, graph.op("Equal", x, 0.0), inverse, x)
    return sign(graph, x.shape, known)


def arctan(graph: Graph, shape: Sizes, x: Value) -> Value:
    """Atan, or what there is of it in float64."""
    found = IN_DOUBLES["arctan"] if x.dtype == "float64" else one("Atan")
    return found(graph, shape, x)


def _heaviside(graph: Graph, shape: Sizes, x: Value, middle: Value) -> Value:
    """0 below, 1 above, and the other operand at 0 and of NaN."""
    above = _where(graph, shape, graph.op("Greater", x, 0.0), graph.constant(1, x.dtype), middle)
    return _where(graph, shape, graph.op("Less", x, 0.0), graph.constant(0, x.dtype), above)


def _cbrt(graph: Graph, shape: Sizes, x: Value) -> Value:
    root = graph.op("Pow", graph.op("Abs", x), 1 / 3)
    return graph.op("Mul", sign(graph, shape, x), root)


def _sinc(graph: Graph, shape: Sizes, x: Value) -> Value:
    """sin(πx) / πx, and 1 at 0."""
    del shape
    turned = graph.op("Mul", x, math.pi)
    found = graph.op("Div", graph.op("Sin", turned), turned)
    return where(graph, graph.op("Equal", x, 0.0), 1.0, found)


def _scaled(op_type: str, factor: float, *, first: bool = False) -> Emit:
    """Return what multiplies with a number, behind an operator or in front of it."""

    def emit(graph: Graph, shape: Sizes, x: Value) -> Value:
        if first:
            return graph.op(op_type, graph.op("Mul", x, factor), shape=shape)
        return graph.op("Mul", graph.op(op_type, x, shape=shape), factor)

    return emit


def _times(factor: float) -> Emit:
    return lambda graph, shape, x: graph.op("Mul", x, factor, shape=shape)


def _is_odd(graph: Graph, shape: Sizes, x: Value) -> Value:
    del shape
    return graph.op("IsNaN", x) if x.is_float else alike(graph, x, held=False)


def _is_infinite(graph: Graph, shape: Sizes, x: Value) -> Value:
    size = graph.op("Abs", x, shape=shape) if x.is_float else x
    return _is_at(float("inf"), graph, shape, size)


def _is_at(number: float, graph: Graph, shape: Sizes, x: Value) -> Value:
    return graph.op("Equal", x, number, shape=shape) if x.is_float else alike(graph, x, held=False)


def _is_finite(graph: Graph, shape: Sizes, x: Value) -> Value:
    """Whether nothing is left of a number minus itself, which of infinities and NaN is NaN."""
    if not x.is_float:
        return alike(graph, x, held=True)
    return graph.op("Equal", graph.op("Sub", x, x, shape=shape), 0.0)


ELEMENTWISE: Final[Mapping[str, Emit]] = {
    "absolute": _absolute,
    "add": one("Add"),
    "arccos": one("Acos"),
    "arccosh": one("Acosh"),
    "arcsin": one("Asin"),
    "arcsinh": one("Asinh"),
    "arctan": arctan,
    "arctan2": arctan2,
    "arctanh": one("Atanh"),
    "cbrt": _cbrt,
    "ceil": one("Ceil"),
    "cos": one("Cos"),
    "cosh": one("Cosh"),
    "deg2rad": _times(math.pi / 180),
    "divide": one("Div"),
    "divide_no_nan": _divide_no_nan,
    "equal": one("Equal"),
    "erf": _erf,
    "erfc": _erfc,
    "exp": one("Exp"),
    "exp2": _scaled("Exp", math.log(2), first=True),
    "expm1": _expm1,
    "fabs": one("Abs"),
    "floor": one("Floor"),
    "floor_divide": _floor_divide,
    "fmax": partial(_passing_nan, "Max"),
    "fmin": partial(_passing_nan, "Min"),
    "fmod": _fmod,
    "greater": one("Greater"),
    "greater_equal": one("GreaterOrEqual"),
    "heaviside": _heaviside,
    "hypot": _hypot,
    "isfinite": _is_finite,
    "isinf": _is_infinite,
    "isnan": _is_odd,
    "isneginf": partial(_is_at, float("-inf")),
    "isposinf": partial(_is_at, float("inf")),
    "less": one("Less"),
    "less_equal": one("LessOrEqual"),
    "log": one("Log"),
    "log10": _scaled("Log", 1 / math.log(10)),
    "log1p": log1p,
    "log2": _scaled("Log", 1 / math.log(2)),
    "logaddexp": partial(_logaddexp, math.e),
    "logaddexp2": partial(_logaddexp, 2.0),
    "logical_and": one("And"),
    "logical_not": one("Not"),
    "logical_or": one("Or"),
    "logical_xor": one("Xor"),
    "maximum": one("Max"),
    "minimum": one("Min"),
    "mod": _mod,
    "multiply": one("Mul"),
    "negative": one("Neg"),
    "not_equal": after(one("Equal"), "Not"),
    "plus": one("Add"),
    "power": one("Pow"),
    "quotient": one("Div"),
    "rad2deg": _times(180 / math.pi),
    "reciprocal": one("Reciprocal"),
    "remainder": _mod,
    "round": one("Round"),
    "rsqrt": after(one("Sqrt"), "Reciprocal"),
    "sign": sign,
    "sin": one("Sin"),
    "sinc": _sinc,
    "sinh": one("Sinh"),
    "sqrt": one("Sqrt"),
    "square": _square,
    "subtract": one("Sub"),
    "tan": one("Tan"),
    "tanh": one("Tanh"),
    "trunc": _trunc,
    "where": _where,
}
"""The functions, those of formulas among them."""
