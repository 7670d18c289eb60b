"""Normalisation layers."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from keronyx.converter.emit.base import call, computed, emit_layer, numbers, weight
from keronyx.converter.emit.fold import Scaling, scaling
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import reduce, reshape, squared, unit
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    LegacyBatchNormalization,
    RMSNormalization,
    SpectralNormalization,
    UnitNormalization,
)
from keronyx.converter.several import as_tuple, present, without
from keronyx.converter.tensors import Array, Variable

Axes = tuple[int, ...]


@emit_layer.register
def batch_normalization(layer: BatchNormalization, graph: Graph, x: Value) -> Value:
    """BatchNormalization where the channels are on axis 1, else a factor and a summand."""
    if isinstance(layer.axis, tuple):
        return _laid_out(layer, graph, x)
    axis = layer.axis % x.rank
    if axis != 1 or x.dtype != "float32":
        return _scaled(layer, graph, x, axis, lambda: scale_and_shift(layer))
    size = layer.moving_mean.shape
    return graph.op(
        "BatchNormalization",
        x,
        _or_all(layer, graph, "gamma", 1.0, size),
        _or_all(layer, graph, "beta", 0.0, size),
        weight(graph, layer, "moving_mean"),
        weight(graph, layer, "moving_variance"),
        epsilon=float(layer.epsilon),
    )


def scale_and_shift(layer: BatchNormalization) -> tuple[Array, Array]:
    """Return the factor and the summand that the normalisation comes to, in float64."""
    variance = layer.moving_variance.load().astype(np.float64)
    with np.errstate(all="ignore"):
        scale = _load(layer.gamma, 1.0) / np.sqrt(variance + layer.epsilon)
        return scale, _load(layer.beta, 0.0) - layer.moving_mean.load() * scale


@scaling.register
def batch_scaling(layer: BatchNormalization, rank: int) -> Scaling | None:
    """Its factor and summand, where they go along one axis."""
    if isinstance(layer.axis, tuple):
        return None
    return Scaling(layer.axis % rank, rank, partial(scale_and_shift, layer))


def _load(variable: Variable | None, otherwise: float) -> Array:
    if variable is None:
        return np.asarray(otherwise)
    return variable.load().astype(np.float64)


def _or_all(
    layer: BatchNormalization, graph: Graph, name: str, number: float, shape: tuple[int, ...]
) -> Value:
    """Return a variable's initializer, or one full of a number where the layer has none."""
    if getattr(layer, name) is not None:
        return weight(graph, layer, name)
    return computed(graph, layer, name, shape, lambda: np.full(shape, number))


def _laid_out(layer: BatchNormalization, graph: Graph, x: Value) -> Value:
    """Multiply and add what has the axes of x already; the batch's, of size 1, goes."""
    shape = layer.moving_mean.shape[1:]

    def term(index: int) -> Callable[[], Array]:
        terms = scale_and_shift(layer)
        return lambda: np.broadcast_to(terms[index], layer.moving_mean.shape).reshape(shape)

    product = graph.op("Mul", x, computed(graph, layer, "scale", shape, term(0)))
    return graph.op("Add", product, computed(graph, layer, "shift", shape, term(1)))


def _scaled(
    layer: Layer, graph: Graph, x: Value, axis: int, terms: Callable[[], tuple[Array, Array]]
) -> Value:
    """Multiply and add along an axis."""
    size = x.shape[axis]
    if size is None:
        raise layer.refuse(f"axis={axis} has no fixed size")
    shape = (size, *[1] * (x.rank - 1 - axis))

    def term(index: int) -> Callable[[], Array]:
        return lambda: np.broadcast_to(terms()[index], (size,)).reshape(shape)

    product = graph.op("Mul", x, computed(graph, layer, "scale", shape, term(0)))
    return graph.op("Add", product, computed(graph, layer, "shift", shape, term(1)))


@emit_layer.register
def legacy_batch_normalization(layer: LegacyBatchNormalization, graph: Graph, x: Value) -> Value:
    """By the stored deviation, each sample's own, or that of the batch at hand."""
    axis = x.rank - 1 if layer.mode == 1 else layer.axis % x.rank
    if layer.mode == 0:
        return _scaled(layer, graph, x, axis, lambda: _by_deviation(layer))
    axes = [axis] if layer.mode == 1 else without(range(x.rank), [axis])
    centred, variance = _moments(graph, x, axes)
    if layer.mode == 2 or layer.variance:
        variance = graph.op("Add", variance, layer.epsilon)
    deviation = graph.op("Sqrt", variance)
    if layer.mode == 1:
        deviation = graph.op("Add", deviation, layer.epsilon)
    normal = graph.op("Div", centred, deviation)
    scaled = graph.op("Mul", normal, _spread(layer, graph, "gamma", (axis,), x.rank))
    return graph.op("Add", scaled, _spread(layer, graph, "beta", (axis,), x.rank))


def _by_deviation(layer: LegacyBatchNormalization) -> tuple[Array, Array]:
    deviation = _load(layer.running_std, 1.0) + layer.epsilon
    scale = _load(layer.gamma, 1.0) / deviation
    return scale, _load(layer.beta, 0.0) - layer.running_mean.load() * scale


def _moments(graph: Graph, x: Value, axes: Sequence[int]) -> tuple[Value, Value]:
    """Return x less its mean, and its variance; in the operators that onnxruntime can fuse."""
    centred = graph.op("Sub", x, reduce(graph, "ReduceMean", x, axes))
    return centred, reduce(graph, "ReduceMean", squared(graph, centred), axes)


def _spread(layer: Layer, graph: Graph, name: str, axes: Axes, rank: int) -> Value:
    """Return a variable with the sizes of ``axes`` such that it broadcasts against all axes."""
    variable: Variable = getattr(layer, name)
    known = dict(zip(axes, variable.shape, strict=True))
    shape = tuple(known.get(axis, 1) for axis in range(axes[0], rank))
    if shape == variable.shape:
        return weight(graph, layer, name)
    return computed(graph, layer, name, shape, lambda: numbers(layer, name).reshape(shape))


def _positions(axis: int | Axes, rank: int) -> Axes:
    return tuple(each % rank for each in as_tuple(axis))


def _is_fused(graph: Graph, x: Value, axes: Axes, since: int) -> bool:
    """Tell whether one operator does it: its axes are the last ones, its numbers float32."""
    trailing = axes == tuple(range(axes[0], x.rank))
    return graph.opset >= since and x.dtype == "float32" and trailing


@emit_layer.register
def layer_normalization(layer: LayerNormalization, graph: Graph, x: Value) -> Value:
    """LayerNormalization, or spelled out."""
    axes = _positions(layer.axis, x.rank)
    shape = tuple(present(x.shape[axes[0] :]))
    if not layer.rms_scaling and _is_fused(graph, x, axes, 17) and len(shape) == len(axes):
        return _fused_layer_normalization(layer, graph, x, shape)
    centred, variance = _moments(graph, x, axes)
    deviation = graph.op("Sqrt", graph.op("Add", variance, layer.epsilon))
    normal = graph.op("Div", x if layer.rms_scaling else centred, deviation)
    return _affine(layer, graph, normal, axes)


def _affine(
    layer: LayerNormalization | GroupNormalization, graph: Graph, normal: Value, axes: Axes
) -> Value:
    """Multiply by gamma and add beta, where the layer has them."""
    if layer.gamma is not None:
        normal = graph.op("Mul", normal, _spread(layer, graph, "gamma", axes, normal.rank))
    if layer.beta is not None:
        normal = graph.op("Add", normal, _spread(layer, graph, "beta", axes, normal.rank))
    return normal


def _fused_layer_normalization(
    layer: LayerNormalization, graph: Graph, x: Value, shape: tuple[int, ...]
) -> Value:
    if layer.gamma is None:
        gamma = computed(graph, layer, "gamma", shape, lambda: np.ones(shape))
    else:
        gamma = weight(graph, layer, "gamma")
    beta = [] if layer.beta is None else [weight(graph, layer, "beta")]
    axis = x.rank - len(shape)
    return graph.op("LayerNormalization", x, gamma, *beta, axis=axis, epsilon=float(layer.epsilon))


@emit_layer.register
def rms_normalization(layer: RMSNormalization, graph: Graph, x: Value) -> Value:
    """RMSNormalization, or spelled out."""
    axes = _positions(layer.axis, x.rank)
    scale = _spread(layer, graph, "scale", axes, x.rank)
    if _is_fused(graph, x, axes, 23):
        return graph.op("RMSNormalization", x, scale, axis=axes[0], epsilon=float(layer.epsilon))
    square = reduce(graph, "ReduceMean", squared(graph, x), axes)
    root = graph.op("Sqrt", graph.op("Add", square, layer.epsilon))
    return graph.op("Mul", graph.op("Div", x, root), scale)


@emit_layer.register
def group_normalization(layer: GroupNormalization, graph: Graph, x: Value) -> Value:
    """Normalise with the channels split in two axes, then put them together again."""
    axis = layer.axis % x.rank
    channels = x.shape[axis]
    if channels is None:
        raise layer.refuse(f"axis={layer.axis} has no fixed size")
    groups = channels if layer.groups == -1 else layer.groups
    split = (*x.shape[:axis], groups, channels // groups, *x.shape[axis + 1 :])
    apart = reshape(graph, x, split, lambda i: (x, i if i < axis else i - 1))
    within = without(range(1, apart.rank), [axis])
    centred, variance = _moments(graph, apart, within)
    deviation = graph.op("Sqrt", graph.op("Add", variance, layer.epsilon))
    normal = graph.op("Div", centred, deviation)
    normal = reshape(graph, normal, x.shape, lambda i: (x, i))
    return _affine(layer, graph, normal, (axis,))


@emit_layer.register
def unit_normalization(layer: UnitNormalization, graph: Graph, x: Value) -> Value:
    """Divide by the length."""
    return unit(graph, x, _positions(layer.axis, x.rank), layer.minimum_norm)


@emit_layer.register
def spectral_normalization(layer: SpectralNormalization, graph: Graph, x: Value) -> Value:
    """The held layer."""
    return call(layer.layer, graph, x)
