"""The ONNX reading's front: one function a layer class, found by the class, and its weights."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np

from keronyx.converter.errors import Reason
from keronyx.converter.families import ByFamily
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast
from keronyx.converter.layers.base import Layer
from keronyx.converter.several import as_tuple
from keronyx.converter.tensors import Array, Sizes, Variable, numbered

COMPUTED_IN: Final = {"float16": "float32", "bfloat16": "float32"}
"""Values of 16-bit layers are float32 in the graph: nothing is rounded between layers."""


Given: TypeAlias = Value | tuple[Value, ...] | bool
"""What stands in the graph for an argument that a call names."""


@ByFamily
def emit_layer(
    layer: Layer, graph: Graph, *inputs: Value, **arguments: Given
) -> Value | tuple[Value, ...]:
    """Add the nodes of one call of a layer, and return its output, or all of several.

    What only acts in training, or does nothing, needs no reading of its own and leaves no node.
    """
    del graph, arguments
    if layer.role == "inert":
        return inputs[0]
    raise layer.unsupported("it has no ONNX reading", Reason.NO_READING)


def emit_one(layer: Layer, graph: Graph, *inputs: Value) -> Value:
    """Add the nodes of a layer with one output."""
    made = emit_layer(layer, graph, *inputs)
    if isinstance(made, Value):
        return made
    raise TypeError(f"{layer.label} has {len(made)} outputs")


def shape_of(layer: Layer, *inputs: Value) -> Sizes:
    """Return the shape that the layer gives for inputs of these shapes."""
    return numbered(layer.infer_shape(*(value.shape for value in inputs)))


def inner(dtype: str) -> str:
    """Return the type that stands for a Keras dtype within the graph."""
    return COMPUTED_IN.get(dtype, dtype)


def call(layer: Layer, graph: Graph, *inputs: Value) -> Value:
    """Call a layer with one output as Keras does: see ``results``."""
    dtype = layer.infer_dtype(*(value.dtype for value in inputs))
    (made,) = results(layer, graph, inputs, [dtype], {})
    return made


def results(
    layer: Layer,
    graph: Graph,
    inputs: Sequence[Value],
    dtypes: Sequence[str],
    arguments: Mapping[str, Given],
) -> tuple[Value, ...]:
    """Call a layer as Keras does: inputs cast, and each output in the dtype that it states."""
    stated = list(map(inner, dtypes))
    with graph.within(layer):
        given = [cast(graph, value, _argument(layer, value, stated[0])) for value in inputs]
        named = {name: _cast_named(layer, graph, each) for name, each in arguments.items()}
        made = emit_layer(layer, graph, *given, **named)
        several = as_tuple(made)
        return tuple(cast(graph, *each) for each in zip(several, stated, strict=True))


def _argument(layer: Layer, value: Value, dtype: str) -> str:
    """Return the type in which a layer takes an input."""
    if not layer.autocast:
        return value.dtype
    return dtype if layer.keeps_dtype else inner(layer.dtype.compute)


def _cast_named(layer: Layer, graph: Graph, given: Given) -> Given:
    """Cast floating tensors as Keras casts every tensor of a call; masks and flags stay."""
    if isinstance(given, tuple):
        return tuple(_cast_one(layer, graph, value) for value in given)
    return given if isinstance(given, bool) else _cast_one(layer, graph, given)


def _cast_one(layer: Layer, graph: Graph, value: Value) -> Value:
    floating = layer.autocast and value.is_float
    return cast(graph, value, inner(layer.dtype.compute)) if floating else value


def rounded(array: Array, dtype: str) -> Array:
    """Return the numbers as a 16-bit type holds them, in float32; others as they are."""
    if dtype == "float16":
        with np.errstate(over="ignore"):
            return array.astype(np.float16).astype(np.float32)
    if dtype != "bfloat16":
        return array
    bits = np.ascontiguousarray(array, np.float32).view(np.uint32)
    even = (bits >> np.uint32(16)) & np.uint32(1)
    short = (bits + np.uint32(0x7FFF) + even) & np.uint32(0xFFFF0000)
    return np.where(np.isnan(array), np.float32(np.nan), short.view(np.float32))


def numbers(layer: Layer, name: str) -> Array:
    """Load a variable as the layer computes with it."""
    variable: Variable = getattr(layer, name)
    array = variable.load()
    return rounded(array, layer.dtype.compute) if layer.rounds_variables else array


def weight(graph: Graph, layer: Layer, name: str, shape: tuple[int, ...] | None = None) -> Value:
    """Return the initializer that holds a variable of the layer, in this shape if one is given."""
    variable: Variable = getattr(layer, name)
    dtype, wanted = inner(layer.dtype.compute), variable.shape if shape is None else shape
    exact = not layer.rounds_variables or dtype == layer.dtype.compute
    copied = variable if exact and variable.extent and variable.dtype == dtype else None

    def load() -> Array:
        array = numbers(layer, name)
        # Numbers of another shape than is told are noticed where they are written.
        return array.reshape(wanted) if array.shape == variable.shape else array

    return graph.weight(name, dtype, wanted, load, copied)


def optional(graph: Graph, layer: Layer, name: str) -> Value | None:
    """Return the initializer of a variable that the layer may not have."""
    return None if getattr(layer, name) is None else weight(graph, layer, name)


def computed(
    graph: Graph, layer: Layer, name: str, shape: tuple[int, ...], load: Callable[[], Array]
) -> Value:
    """Return an initializer with numbers that are worked out from the layer's variables."""
    return graph.weight(name, inner(layer.dtype.compute), shape, load)
