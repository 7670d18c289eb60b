"""Operands of an operation in the graph, and the types in which onnxruntime computes."""

from collections.abc import Callable
from functools import partial
from typing import Final, TypeAlias

import numpy as np

from keronyx.converter.emit.base import inner, rounded
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast
from keronyx.converter.layers.operands import Constant
from keronyx.converter.layers.ops_base import Applied

Emit: TypeAlias = Callable[..., Value]
"""What adds the nodes of a function: of the graph, the shape of the result, and its operands."""

LANES: Final = {
    "int8": "int32",
    "uint8": "int32",
    "int16": "int32",
    "uint16": "int32",
    "uint32": "int64",
}
"""Wider types, of which there are kernels. What is cast back from them wraps around as Keras's."""


def lane(dtype: str) -> str:
    """Return the type of the graph in which a function of this Keras dtype is computed."""
    return LANES.get(dtype, inner(dtype))


def operands(layer: Applied, graph: Graph, inputs: tuple[Value, ...]) -> tuple[Value, ...]:
    """Return all operands in the type in which the function is computed."""
    dtype = lane(layer.computes_in(*(value.dtype for value in inputs)))
    return tuple(cast(graph, value, dtype) for value in as_given(layer, graph, inputs, dtype))


def moved(layer: Applied, graph: Graph, inputs: tuple[Value, ...]) -> tuple[Value, ...]:
    """Return all operands in their one type, in which nothing is computed."""
    dtype = inner(layer.computes_in(*(value.dtype for value in inputs)))
    return tuple(cast(graph, value, dtype) for value in as_given(layer, graph, inputs, dtype))


def in_types(
    layer: Applied, graph: Graph, inputs: tuple[Value, ...], *dtypes: str
) -> tuple[Value, ...]:
    """Return operands each in a type of its own; the last one is that of all others, too."""
    given = layer.filled(inputs, lambda constant: constant)
    every = (*dtypes, *[dtypes[-1]] * len(given))
    return tuple(
        _in_type(layer, graph, each, dtype) for each, dtype in zip(given, every, strict=False)
    )


def _in_type(layer: Applied, graph: Graph, each: Value | Constant, dtype: str) -> Value:
    if isinstance(each, Constant):
        return _constant(layer, graph, dtype, each)
    return cast(graph, each, dtype)


def as_given(
    layer: Applied, graph: Graph, inputs: tuple[Value, ...], dtype: str
) -> tuple[Value, ...]:
    """Return tensors as they are, and constants in a type."""
    return layer.filled(inputs, partial(_constant, layer, graph, dtype))


def _constant(layer: Applied, graph: Graph, dtype: str, constant: Constant) -> Value:
    numbers = constant.array
    if dtype.startswith("float"):
        with np.errstate(over="ignore"):
            numbers = rounded(numbers.astype(dtype), layer.dtype.compute)
    return graph.constant(numbers, dtype)


def one(op_type: str) -> Emit:
    """Return what adds a single operator."""
    return lambda graph, shape, *values: graph.op(op_type, *values, shape=shape)


def after(first: Emit, then: str) -> Emit:
    """Return what adds an operator behind what another function adds."""
    return lambda graph, shape, *values: graph.op(then, first(graph, shape, *values))


def alike(graph: Graph, x: Value, *, held: bool) -> Value:
    """Return one truth for all numbers of x, which are integers or booleans."""
    same = graph.op("Equal", x, x)
    return same if held else graph.op("Not", same)
