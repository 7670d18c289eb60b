"""Operations number by number, as Keras's activations and operations."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from keronyx.converter.errors import FileFormatError
from keronyx.converter.files.tensorflow.graph.building import Building
from keronyx.converter.files.tensorflow.graph.program import Node
from keronyx.converter.files.tensorflow.graph.values import Open, Size, Tensor, Value, known

ACTIVATIONS: Final = {
    "Relu": "relu",
    "Relu6": "relu6",
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "Elu": "elu",
    "Selu": "selu",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Softmax": "softmax",
    "LogSoftmax": "log_softmax",
}

UNARY: Final = {
    "Neg": "Negative",
    "Abs": "Absolute",
    "Sign": "Sign",
    "Square": "Square",
    "Sqrt": "Sqrt",
    "Rsqrt": "Rsqrt",
    "Reciprocal": "Reciprocal",
    "Inv": "Reciprocal",
    "Exp": "Exp",
    "Expm1": "Expm1",
    "Log": "Log",
    "Log1p": "Log1p",
    "Erf": "Erf",
    "Erfc": "Erfc",
    "Floor": "Floor",
    "Ceil": "Ceil",
    "Sin": "Sin",
    "Cos": "Cos",
}

BINARY: Final = {
    "Add": "Add",
    "AddV2": "Add",
    "Sub": "Subtract",
    "Mul": "Multiply",
    "RealDiv": "Divide",
    "DivNoNan": "DivideNoNan",
    "Pow": "Power",
    "Maximum": "Maximum",
    "Minimum": "Minimum",
}

WHOLE: Final = frozenset({"Add", "AddV2", "Sub", "Mul", "Maximum", "Minimum"})
"""Functions that Keras computes in whole numbers as TensorFlow does."""

COMPARED: Final = {
    "Greater": "Greater",
    "GreaterEqual": "GreaterEqual",
    "Less": "Less",
    "LessEqual": "LessEqual",
    "Equal": "Equal",
    "NotEqual": "NotEqual",
    "LogicalAnd": "LogicalAnd",
    "LogicalOr": "LogicalOr",
}

FLOATS: Final = ("float16", "bfloat16", "float32", "float64")


def activation(building: Building, node: Node, x: Tensor) -> Tensor:
    """Add what Keras has as an activation."""
    _check_float(node, x.dtype)
    config = {"activation": ACTIVATIONS[node.kind]}
    return like(x, building.layer("Activation", node.name, config, [x], x.shape))


def leaky(building: Building, node: Node, x: Tensor) -> Tensor:
    """Add a leaky rectifier."""
    config = {"negative_slope": node.real("alpha", 0.2)}
    return like(x, building.layer("LeakyReLU", node.name, config, [x], x.shape))


def unary(building: Building, node: Node, x: Tensor) -> Tensor:
    """Add a function of one tensor."""
    _check_float(node, x.dtype)
    return like(x, building.operation(UNARY[node.kind], node.name, [x], x.shape, x.dtype))


def binary(building: Building, node: Node, given: Sequence[Value]) -> Tensor:
    """Add a function of two operands, which broadcast."""
    first, shape = meet(given)
    kind = {**BINARY, **COMPARED}[node.kind]
    if node.kind in BINARY and node.kind not in WHOLE:
        _check_float(node, first.dtype)
    dtype = "bool" if node.kind in COMPARED else first.dtype
    return like(first, building.operation(kind, node.name, given, shape, dtype))


def meet(given: Sequence[Value]) -> tuple[Tensor, tuple[Size, ...]]:
    """Return the first tensor of what broadcasts, and the shape of the result."""
    first = next(each for each in given if isinstance(each, Tensor))
    _check_merged(first, given)
    return first, broadcast([_shape(each) for each in given])


def _check_merged(first: Tensor, given: Sequence[Value]) -> None:
    """Refuse what meets axes that are made one, but for what lies along the last axis."""
    if first.merged == 1 and all(not _is_merged(each) for each in given):
        return
    for each in given:
        alike = isinstance(each, Tensor) and each.merged == first.merged
        if not alike and (isinstance(each, Tensor) or known(each).ndim > 1):
            raise FileFormatError("an operation across axes that are made one")


def _is_merged(value: Value) -> bool:
    return isinstance(value, Tensor) and value.merged > 1


def _shape(value: Value) -> tuple[Size, ...]:
    return value.shape if isinstance(value, Tensor) else known(value).shape


def broadcast(shapes: Sequence[tuple[Size, ...]]) -> tuple[Size, ...]:
    """Return the shape of what broadcasts; raises FileFormatError where it does not."""
    rank = max(map(len, shapes))
    aligned = [(*(1,) * (rank - len(shape)), *shape) for shape in shapes]
    return tuple(_one(axis) for axis in zip(*aligned, strict=True))


def _one(axis: Sequence[Size]) -> Size:
    others = {size for size in axis if size != 1}
    if len(others) > 1 and all(not isinstance(size, Open) for size in others):
        raise FileFormatError("shapes that do not go together")
    if len(others) > 1:
        raise FileFormatError("sizes that may not be the same")
    return next(iter(others), 1)


def like(x: Tensor, made: Tensor) -> Tensor:
    """Return a result with the axes made one that were so in what it is of."""
    return Tensor(made.entry, made.shape, made.dtype, x.merged)


def _check_float(node: Node, dtype: str) -> None:
    if dtype not in FLOATS:
        raise FileFormatError(f"{node.kind} of {dtype} numbers")


REDUCTIONS: Final[Mapping[str, str]] = {
    "Mean": "Mean",
    "Sum": "Sum",
    "Max": "Max",
    "Min": "Min",
    "Prod": "Prod",
    "Any": "Any",
    "All": "All",
}


def reduction(building: Building, node: Node, x: Tensor, axes: list[int]) -> Tensor:
    """Add what makes one number of those along axes, of which the batch is none."""
    rank = len(x.shape)
    places = sorted({axis % rank for axis in axes})
    keep = bool(node.integer("keep_dims"))
    if x.merged > 1 or 0 in places:
        raise FileFormatError(f"{node.kind} over the batch")
    if node.kind not in {"Any", "All"}:
        _check_float(node, x.dtype)
    kept: list[Size] = [1 if axis in places else size for axis, size in enumerate(x.shape)]
    shape = tuple(size for axis, size in enumerate(kept) if keep or axis not in places)
    options: dict[str, Any] = {"axis": places, "keepdims": keep}
    kind = REDUCTIONS[node.kind]
    return building.operation(kind, node.name, [x], shape, x.dtype, **options)
