"""Other dtypes, and numbers in the shape of a tensor: Cast, Expand, Size."""

import numpy as np

from keronyx.converter.emit.base import COMPUTED_IN, emit_layer, inner
from keronyx.converter.emit.ops_base import as_given, moved
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast, sizes
from keronyx.converter.layers.ops_casts import Alike, Converted, Measured


@emit_layer.register
def converted(layer: Converted, graph: Graph, *inputs: Value) -> Value:
    """Cast; to 16 bits and back, which rounds."""
    (x,) = moved(layer, graph, inputs)
    target = layer.target or x.dtype
    if layer.function == "saturate_cast":
        x = _saturated(graph, x, target)
    if target in COMPUTED_IN and target != x.dtype:
        x = cast(graph, x, target)
    return cast(graph, x, inner(target))


def _saturated(graph: Graph, x: Value, target: str) -> Value:
    """Keep to what the target holds, as far as the type has a number that is no more."""
    least, most = _limits(x.dtype, target)
    low = graph.op("Max", x, graph.constant(least, x.dtype))
    return graph.op("Min", low, graph.constant(most, x.dtype))


def _limits(dtype: str, target: str) -> tuple[float, float]:
    own, wanted = (_range(each) for each in (dtype, target))
    least, most = max(own[0], wanted[0]), min(own[1], wanted[1])
    if dtype.startswith("float") and int(np.dtype(dtype).type(most)) > most:
        return least, float(np.nextafter(np.dtype(dtype).type(most), np.dtype(dtype).type(0)))
    return least, most


def _range(dtype: str) -> tuple[float, float]:
    if dtype == "bool":
        return 0, 1
    if dtype == "bfloat16":
        return -3.3895313892515355e38, 3.3895313892515355e38
    known = np.finfo(dtype) if dtype.startswith("float") else np.iinfo(dtype)
    return (float if dtype.startswith("float") else int)(known.min), (
        float if dtype.startswith("float") else int
    )(known.max)


@emit_layer.register
def alike(layer: Alike, graph: Graph, *inputs: Value) -> Value:
    """Expand to the sizes that the input has when the graph runs."""
    dtype = inner(layer.infer_dtype(*(value.dtype for value in inputs)))
    x, *others = as_given(layer, graph, inputs, dtype)
    value = cast(graph, others[0], dtype) if others else graph.constant(layer.value, dtype)
    return graph.op("Expand", value, sizes(graph, x, 0, x.rank), dtype=dtype, shape=x.shape)


@emit_layer.register
def measured(layer: Measured, graph: Graph, *inputs: Value) -> Value:
    """Size, or the number of axes, which is known."""
    (x,) = moved(layer, graph, inputs)
    if layer.function == "ndim":
        return graph.constant(x.rank, "int64")
    return cast(graph, graph.op("Size", x, dtype="int64", shape=()), "int32")
