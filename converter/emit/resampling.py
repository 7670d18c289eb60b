"""Images of other sizes: a Resize where ONNX means the same, else a product with constant weights.

Resize of onnxruntime takes other pixels than TensorFlow at some places halfway between two, and
has neither TensorFlow's table of bicubic weights nor most of its kernels.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from keronyx.converter.emit.weights_between import weights_between
from keronyx.converter.emit.windows import inward, outward, space_of
from keronyx.converter.errors import UnsupportedConfigError
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import LEFT_OUT, Value
from keronyx.converter.graph.operators import cast, reshape, sizes
from keronyx.converter.layers.resampling import Resampled
from keronyx.converter.layers.sizes import product
from keronyx.converter.layers.windows import Spatial
from keronyx.converter.tensors import Array, Sizes

IN_TABLE: Final = frozenset({1, 2, 4, 8, 16, 32, 64, 128, 256})
"""How many times as long an image gets whose places are all in TensorFlow's bicubic table."""
FINE: Final = 2.0**20
"""Whole numbers are rounded from parts so small, that a half is one however it came about."""


class Way(NamedTuple):
    """How numbers come about between pixels; see ``Resampled``.

    ``times``: how many times as long the axes get, where that is what is known.
    """

    method: str
    smooth: bool = False
    corner: bool = False
    times: tuple[int, ...] = ()


def resample(layer: Spatial, graph: Graph, x: Value, target: Sizes, way: Way) -> Value:
    """Give images the sizes of ``target``.

    Whole numbers become floats, and ``as_whole`` makes such of these again.
    """
    if _stays(layer, x, target, way):
        return x
    if way.method == "nearest":
        return _picked(layer, graph, x, target)
    if not x.is_float:
        return _of_whole(layer, graph, x, target, way)
    plain = x.dtype == "float32" and not way.smooth
    if plain and way.method == "bilinear":
        return _linear(layer, graph, x, target, way)
    if plain and None in space_of(layer, x) and _in_table(way):
        return _cubic(layer, graph, x, target, way)
    return _weighed(layer, graph, x, target, way)


def _stays(layer: Spatial, x: Value, target: Sizes, way: Way) -> bool:
    """Tell whether images have the size already, which no kernel changes then."""
    before = space_of(layer, x)
    return set(way.times) == {1} or (None not in before and before == target)


def _in_table(way: Way) -> bool:
    """Tell whether the places are those of TensorFlow's table, so that no rounding shows."""
    return way.method == "bicubic" and bool(way.times) and IN_TABLE.issuperset(way.times)


def _open(layer: Spatial, way: Way) -> UnsupportedConfigError:
    return layer.refuse(
        f"interpolation={way.method!r} of images of open height or width",
        "build the model for a fixed size",
    )


def _shape(layer: Spatial, x: Value, target: Sizes) -> Sizes:
    """Return the shape of x with other sizes of space."""
    shape = list(x.shape)
    for axis, size in zip(layer.space_axes, target, strict=True):
        shape[axis] = size
    return tuple(shape)


def _picked(layer: Spatial, graph: Graph, x: Value, target: Sizes) -> Value:
    """Gather the pixel under the middle of each new one, worked out in float32 as TensorFlow."""
    for axis, count in zip(layer.space_axes, target, strict=True):
        size = x.shape[axis]
        if count is None or size == count:
            continue
        middles = np.arange(count, dtype=np.float32) + np.float32(0.5)
        if size is None:
            places = _places(graph, x, axis, count, graph.constant(middles, "float32"))
        else:
            found = np.floor(middles * (np.float32(size) / np.float32(count)))
            places = graph.integers(np.minimum(found, size - 1).astype(np.int64).tolist())
        shape = (*x.shape[:axis], count, *x.shape[axis + 1 :])
        x = graph.op("Gather", x, places, axis=axis, shape=shape)
    return x


def _places(graph: Graph, x: Value, axis: int, count: int, middles: Value) -> Value:
    """Return which pixels of an open axis are taken."""
    size = cast(graph, sizes(graph, x, axis, axis + 1), "float32")
    found = graph.op("Floor", graph.op("Mul", middles, graph.op("Div", size, float(count))))
    last = graph.op("Sub", size, 1.0)
    return cast(graph, graph.op("Min", found, last, shape=(count,)), "int64")


def _linear(layer: Spatial, graph: Graph, x: Value, target: Sizes, way: Way) -> Value:
    """Resize; by factors where float32 holds them, else to sizes."""
    mode = {
        "mode": "linear",
        "coordinate_transformation_mode": "asymmetric" if way.corner else "half_pixel",
    }
    shape = _shape(layer, x, target)
    factors = list(map(float, way.times)) or _factors(space_of(layer, x), target)
    if factors:
        scales = _scales(layer, graph, x, factors)
        return graph.op("Resize", x, LEFT_OUT, scales, shape=shape, **mode)
    wanted = [
        graph.integers([size]) if size is not None else sizes(graph, x, axis, axis + 1)
        for axis, size in enumerate(shape)
    ]
    joined = graph.op("Concat", *wanted, axis=0, shape=(len(shape),))
    return graph.op("Resize", x, LEFT_OUT, LEFT_OUT, joined, shape=shape, **mode)


def _factors(before: Sizes, target: Sizes) -> list[float]:
    """Return how many times as long the axes get, if binary numbers say it exactly."""
    found = []
    for size, wanted in zip(before, target, strict=True):
        if size is None or wanted is None:
            return []
        factor = float(np.float32(wanted) / np.float32(size))
        found.append(factor)
        if not (np.float32(factor * 1024) % 1 == 0 and factor * size == wanted):
            return []
    return found


def _scales(layer: Spatial, graph: Graph, x: Value, factors: Sequence[float]) -> Value:
    scales = [1.0] * x.rank
    for axis, factor in zip(layer.space_axes, factors, strict=True):
        scales[axis] = factor
    return graph.constant(scales, "float32")


def _cubic(layer: Spatial, graph: Graph, x: Value, target: Sizes, way: Way) -> Value:
    """Resize with Keys's kernel, which onnxruntime has for channels in front."""
    front = inward(layer, graph, x)
    longer = graph.op(
        "Resize",
        front,
        LEFT_OUT,
        graph.constant([1.0, 1.0, *map(float, way.times)], "float32"),
        shape=(*front.shape[:2], *target),
        mode="cubic",
        coordinate_transformation_mode="half_pixel",
        cubic_coeff_a=-0.5,
        exclude_outside=1,
    )
    return outward(layer, graph, longer)


def _of_whole(layer: Spatial, graph: Graph, x: Value, target: Sizes, way: Way) -> Value:
    """Compute bilinear images in TensorFlow's own steps of float32, whose halves go either way."""
    if way.method != "bilinear" or way.smooth:
        return _weighed(layer, graph, cast(graph, x, "float64"), target, way)
    x = cast(graph, x, "float32")
    for axis, size, wanted in reversed(_known(layer, x, target, way)):
        middles = (np.arange(wanted, dtype=np.float32) + np.float32(0.5)) * (
            np.float32(size) / np.float32(wanted)
        ) - np.float32(0.5)
        before = np.floor(middles)
        shape = (*x.shape[:axis], wanted, *x.shape[axis + 1 :])
        low, high = (
            graph.op("Gather", x, graph.integers(places.tolist()), axis=axis, shape=shape)
            for places in (
                np.maximum(before, 0).astype(np.int64),
                np.minimum(np.ceil(middles), size - 1).astype(np.int64),
            )
        )
        parts = (middles - before).reshape([-1 if each == axis else 1 for each in range(x.rank)])
        more = graph.op("Mul", graph.op("Sub", high, low), graph.constant(parts, "float32"))
        x = graph.op("Add", low, more)
    return x


def _known(layer: Spatial, x: Value, target: Sizes, way: Way) -> list[tuple[int, int, int]]:
    """Return each axis of space with its size before and after."""
    pairs = zip(layer.space_axes, space_of(layer, x), target, strict=True)
    known = [(axis, size, wanted) for axis, size, wanted in pairs if size is not None is not wanted]
    if len(known) < len(target):
        raise _open(layer, way)
    return known


def _weighed(layer: Spatial, graph: Graph, x: Value, target: Sizes, way: Way) -> Value:
    """Multiply each axis with the weights of its pixels, first what gets shorter most."""
    known = _known(layer, x, target, way)
    for axis, size, wanted in sorted(known, key=lambda each: each[2] / each[1]):
        weights = weights_between(way.method, size, wanted, smooth=way.smooth)
        if size != wanted or not np.array_equal(weights, np.eye(size)):
            x = _times(layer, graph, x, axis, weights)
    return x


def _times(layer: Spatial, graph: Graph, x: Value, axis: int, weights: Array) -> Value:
    """Multiply an axis with weights; all that is behind it is one axis meanwhile."""
    count = weights.shape[0]
    shape = (*x.shape[:axis], count, *x.shape[axis + 1 :])
    if axis == x.rank - 1:
        return graph.op("MatMul", x, graph.constant(weights.T, x.dtype), shape=shape)
    behind = product(x.shape[axis + 1 :])
    if not isinstance(behind, int):
        raise layer.refuse("images with an open number of channels")
    rows = reshape(graph, x, (*x.shape[: axis + 1], behind))
    left = graph.constant(weights, x.dtype)
    made = graph.op("MatMul", left, rows, shape=(*x.shape[:axis], count, behind))
    return reshape(graph, made, shape)


def as_whole(layer: Resampled, graph: Graph, y: Value, dtype: str) -> Value:
    """Make whole numbers of what came of such: cut off, or rounded and within their type."""
    if y.dtype == dtype:
        return y
    if layer.integers == "rounded":
        if y.dtype == "float64":
            fine = graph.op("Round", graph.op("Mul", y, FINE))
            y = graph.op("Mul", fine, 1 / FINE)
        y = graph.op("Round", y)
        ends = np.iinfo(dtype)
        if ends.bits < 64:
            y = graph.op("Clip", y, float(ends.min), float(ends.max))
    return cast(graph, y, dtype)
