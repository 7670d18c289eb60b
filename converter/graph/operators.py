"""Operators whose spelling depends on the opset, on the type, or on what is known of a shape."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.wire import ELEMENTS
from keronyx.converter.several import picked
from keronyx.converter.tensors import Sizes

Source: TypeAlias = Callable[[int], tuple[Value, int]]

WIDER: Final = dict.fromkeys(("bool", "int8", "uint8", "int16", "uint16"), "int32")
"""Where onnxruntime has no kernel for a small type, a wider one gives the same numbers."""

END: Final = 2**63 - 1
"""Where a Slice ends that goes to the end of an axis, whatever its size."""


def cast(graph: Graph, x: Value, dtype: str) -> Value:
    """Convert to a type; nothing when it is that already."""
    if x.dtype == dtype:
        return x
    return graph.op("Cast", x, to=ELEMENTS[dtype], dtype=dtype)


def widen(graph: Graph, x: Value) -> Value:
    """Convert small integers and booleans to int32."""
    return cast(graph, x, WIDER.get(x.dtype, x.dtype))


def reduce(
    graph: Graph, op_type: str, x: Value, axes: Sequence[int], *, keepdims: bool = True
) -> Value:
    """Reduce over axes, which are an input of ReduceSum since opset 13, of all others since 18."""
    shape = _reduced(x, axes, keepdims=keepdims)
    if graph.opset >= 18 or op_type == "ReduceSum":
        return graph.op(op_type, x, graph.integers(axes), keepdims=int(keepdims), shape=shape)
    return graph.op(op_type, x, axes=list(axes), keepdims=int(keepdims), shape=shape)


def _reduced(x: Value, axes: Sequence[int], *, keepdims: bool) -> Sizes:
    """Return the shape without some axes, or with size 1 there."""
    gone = {axis % x.rank for axis in axes}
    if keepdims:
        return tuple(1 if axis in gone else size for axis, size in enumerate(x.shape))
    return tuple(size for axis, size in enumerate(x.shape) if axis not in gone)


def extreme(
    graph: Graph, op_type: str, x: Value, axes: Sequence[int], *, keepdims: bool = True
) -> Value:
    """ReduceMax or ReduceMin of floats, NaN where one of them is.

    onnxruntime's own see a NaN in the first place only. A sum sees it anywhere: of infinities on
    the far side and NaN.
    """
    found = reduce(graph, op_type, x, axes, keepdims=keepdims)
    far = float("-inf") if op_type == "ReduceMax" else float("inf")
    odd = where(graph, graph.op("IsNaN", x), x, far)
    seen = reduce(graph, "ReduceSum", odd, axes, keepdims=keepdims)
    return graph.op(op_type.removeprefix("Reduce"), found, seen)


def unsqueeze(graph: Graph, x: Value, axes: Sequence[int]) -> Value:
    """Insert axes of size 1; ``axes`` are their places in the result, in rising order."""
    if not axes:
        return x
    shape = list(x.shape)
    for axis in axes:
        shape.insert(axis if axis >= 0 else len(shape) + 1 + axis, 1)
    return graph.op("Unsqueeze", x, graph.integers(list(axes)), shape=tuple(shape))


def squeeze(graph: Graph, x: Value, axis: int) -> Value:
    """Remove an axis of size 1."""
    shape = (*x.shape[:axis], *x.shape[axis + 1 :])
    return graph.op("Squeeze", x, graph.integers([axis]), shape=shape)


def transpose(graph: Graph, x: Value, order: Sequence[int]) -> Value:
    """Reorder the axes; nothing when they are in order."""
    if list(order) == sorted(order):
        return x
    return graph.op("Transpose", x, perm=list(order), shape=picked(x.shape, order))


def restored(graph: Graph, y: Value, order: Sequence[int]) -> Value:
    """Undo a ``transpose`` to this order."""
    return transpose(graph, y, list(map(order.index, range(len(order)))))


def halves(graph: Graph, x: Value, axis: int) -> tuple[Value, ...]:
    """Split an axis in two."""
    shape = list(x.shape)
    size = shape[axis]
    shape[axis] = None if size is None else size // 2
    known: dict[str, Any] = {"num_outputs": 2} if graph.opset >= 18 else {}
    return graph.ops("Split", 2, x, shape=tuple(shape), axis=axis, **known)


def parts(graph: Graph, x: Value, counts: Sequence[int], axis: int) -> tuple[Value, ...]:
    """Split an axis, which is not the batch, in parts of so many places."""
    place = axis % x.rank
    known = graph.integers(counts)
    made = graph.ops("Split", len(counts), x, known, shape=x.shape, axis=axis)
    shapes = [(*x.shape[:place], count, *x.shape[place + 1 :]) for count in counts]
    found = [Value(each.name, x.dtype, shape) for each, shape in zip(made, shapes, strict=True)]
    graph.know(*found)
    return tuple(found)


def where(graph: Graph, condition: Value, x: Value | float, y: Value | float) -> Value:
    """Choose x where the condition holds, y elsewhere; one of them is a value.

    The result has the shape of that value, or the condition's where it has more axes.
    """
    value = x if isinstance(x, Value) else y
    if not isinstance(value, Value):
        raise TypeError("where() between two numbers")
    sides = [v if isinstance(v, Value) else graph.constant(v, value.dtype) for v in (x, y)]
    shape = condition.shape if condition.rank > value.rank else value.shape
    return graph.op("Where", condition, *sides, dtype=value.dtype, shape=shape)


def kept(graph: Graph, x: Value, condition: Value) -> Value:
    """Multiply with 1 where the condition holds, with 0 elsewhere: NaN stays, -inf becomes NaN."""
    return graph.op("Mul", x, cast(graph, condition, x.dtype))


def sizes(graph: Graph, x: Value, start: int, stop: int) -> Value:
    """Return the sizes of the axes from ``start`` up to ``stop`` at run time, as int64."""
    count = (stop - start,)
    if graph.opset >= 15:
        return graph.op("Shape", x, start=start, end=stop, shape=count)
    every = graph.op("Shape", x, shape=(x.rank,))
    bounds = (graph.integers([start]), graph.integers([stop]))
    return graph.op("Slice", every, *bounds, shape=count)


def reshape(graph: Graph, x: Value, shape: Sizes, source: Source | None = None) -> Value:
    """Give x another shape; where a size varies, ``source`` tells whose it is (x's, same axis).

    Only the batch is ever left for onnxruntime to count out: of an empty one it cannot.
    """
    if x.shape == shape and source is None:
        return x
    parts = [_size(graph, x, axis, size, source) for axis, size in enumerate(shape)]
    return graph.op("Reshape", x, _joined(graph, parts), shape=shape)


def _joined(graph: Graph, sizes: Sequence[int | Value]) -> Value:
    """Return sizes as one vector: a constant where all are known."""
    known = [size for size in sizes if isinstance(size, int)]
    if len(known) == len(sizes):
        return graph.integers(known)
    vectors = [graph.integers([size]) if isinstance(size, int) else size for size in sizes]
    return graph.op("Concat", *vectors, axis=0, shape=(len(sizes),))


def _size(
    graph: Graph, x: Value, axis: int, size: int | None, source: Source | None
) -> int | Value:
    """Return a size, 0 for that of x on the same axis, or the value that has it at run time."""
    if size is not None:
        return size
    owner, place = source(axis) if source else (x, axis)
    if (owner, place) == (x, axis):
        return 0
    return sizes(graph, owner, place, place + 1) if axis else -1


def linear(graph: Graph, x: Value, kernel: Value, bias: Value | None) -> Value:
    """``x · kernel + bias`` over the last axis: a Gemm on two axes, MatMul and Add above."""
    shape = (*x.shape[:-1], kernel.shape[-1])
    terms = [] if bias is None else [bias]
    if x.rank == 2:
        return graph.op("Gemm", x, kernel, *terms, shape=shape)
    product = graph.op("MatMul", x, kernel, shape=shape)
    return graph.op("Add", product, bias) if bias else product


def unit(graph: Graph, x: Value, axes: Sequence[int], minimum: float) -> Value:
    """Divide by the length along the axes, or by ``minimum`` where it is shorter."""
    if x.dtype == "float32":
        length = reduce(graph, "ReduceL2", x, axes)
    else:
        length = graph.op("Sqrt", reduce(graph, "ReduceSum", squared(graph, x), axes))
    return graph.op("Div", x, graph.op("Max", length, minimum))


def squared(graph: Graph, x: Value) -> Value:
    """Square as onnxruntime wants it, to put a float32 normalisation into one operator.

    Doubles in that form it would put together too, older ones with another epsilon.
    """
    return graph.op("Pow", x, 2.0) if x.dtype == "float32" else graph.op("Mul", x, x)
