"""Activation layers."""

from collections.abc import Sequence

import numpy as np

from keronyx.converter.emit.base import computed, emit_layer, weight
from keronyx.converter.emit.functions import (
    FAR,
    FUNCTIONS,
    activate,
    exponential_of_difference,
    relu,
)
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import kept, reduce, where, widen
from keronyx.converter.layers.activations import (
    ELU,
    Activation,
    LeakyReLU,
    ParametricSoftplus,
    PReLU,
    ReLU,
    Softmax,
    SReLU,
    ThresholdedReLU,
)
from keronyx.converter.several import as_tuple


@emit_layer.register
def activation(layer: Activation, graph: Graph, x: Value) -> Value:
    """The function; the rectifier of integers stays in their type."""
    function = layer.activation
    if x.is_float or function.is_linear:
        return activate(graph, x, function)
    if any(function.arguments.values()):
        raise layer.refuse(f"activation={function.name!r} with arguments of {x.dtype} numbers")
    return graph.op("Max", widen(graph, x), 0)


@emit_layer.register
def re_lu(layer: ReLU, graph: Graph, x: Value) -> Value:
    """The function with the layer's arguments."""
    return relu(
        graph,
        x,
        negative_slope=layer.negative_slope,
        max_value=layer.max_value,
        threshold=layer.threshold,
        multiplies=layer.multiplies,
    )


@emit_layer.register
def leaky_re_lu(layer: LeakyReLU, graph: Graph, x: Value) -> Value:
    """The function with the layer's slope."""
    return FUNCTIONS["leaky_relu"](graph, x, negative_slope=layer.negative_slope)


@emit_layer.register
def elu(layer: ELU, graph: Graph, x: Value) -> Value:
    """The function with the layer's alpha."""
    return FUNCTIONS["elu"](graph, x, alpha=layer.alpha)


@emit_layer.register
def thresholded_re_lu(layer: ThresholdedReLU, graph: Graph, x: Value) -> Value:
    """Not ThresholdedRelu, which onnxruntime has as 0 for NaN."""
    return kept(graph, x, graph.op("Greater", x, layer.theta))


@emit_layer.register
def softmax(layer: Softmax, graph: Graph, x: Value, mask: Value | None = None) -> Value:
    """Softmax; what a mask leaves out is far below all else, and 0 in the end where it is cut."""
    if mask is None:
        return _softmax(layer, graph, x)
    if layer.masked == "put and cut":
        found = _softmax(layer, graph, where(graph, mask, x, FAR))
        return where(graph, mask, found, 0.0)
    away = where(graph, mask, graph.constant(0, x.dtype), FAR)
    far = Value(away.name, away.dtype, mask.shape)
    blocked = graph.op("Add", x, far, shape=x.shape)
    axes = _axes(layer)
    several = len(axes) > 1
    found = (exponential_of_difference if several else _along_one)(graph, blocked, axes)
    return kept(graph, found, mask) if layer.masked == "add and cut" else found


def _softmax(layer: Softmax, graph: Graph, x: Value) -> Value:
    """Softmax; over several axes together it is exp(x - log(sum(exp(x))))."""
    axes = _axes(layer)
    if len(axes) == 1:
        return _along_one(graph, x, axes)
    if graph.opset >= 28:
        x = _below_nought(graph, x, axes)
    total = reduce(graph, "ReduceLogSumExp", x, axes)
    return graph.op("Exp", graph.op("Sub", x, total))


def _axes(layer: Softmax) -> tuple[int, ...]:
    return as_tuple(layer.axis)


def _along_one(graph: Graph, x: Value, axes: Sequence[int]) -> Value:
    return graph.op("Softmax", x, axis=axes[0])


def _below_nought(graph: Graph, x: Value, axes: Sequence[int]) -> Value:
    """Take the largest off, whose exponential onnxruntime takes as it is from opset 28 on."""
    end = float(np.finfo(x.dtype).max)
    finite = graph.op("Clip", reduce(graph, "ReduceMax", x, axes), -end, end)
    return graph.op("Sub", x, finite)


@emit_layer.register
def p_re_lu(layer: PReLU, graph: Graph, x: Value) -> Value:
    """PRelu, or spelled out where the operator has no kernel."""
    alpha = weight(graph, layer, "alpha")
    if x.dtype == "float32":
        return graph.op("PRelu", x, alpha)
    return where(graph, graph.op("Greater", x, 0.0), x, graph.op("Mul", x, alpha))


@emit_layer.register
def parametric_softplus(layer: ParametricSoftplus, graph: Graph, x: Value) -> Value:
    """Alpha * softplus(beta * x)."""
    steep = graph.op("Mul", x, weight(graph, layer, "beta"))
    return graph.op("Mul", FUNCTIONS["softplus"](graph, steep), weight(graph, layer, "alpha"))


@emit_layer.register
def s_re_lu(layer: SReLU, graph: Graph, x: Value) -> Value:
    """The middle piece, and what goes beyond it on either side times that side's slope."""
    left = weight(graph, layer, "t_left")
    right = computed(
        graph,
        layer,
        "t_right_actual",
        layer.t_right.shape,
        lambda: layer.t_left.load() + np.abs(layer.t_right.load()),
    )
    middle = graph.op("Max", graph.op("Min", x, right), left)
    below = graph.op("Min", graph.op("Sub", x, left), 0.0)
    above = graph.op("Relu", graph.op("Sub", x, right))
    below = graph.op("Mul", below, weight(graph, layer, "a_left"))
    above = graph.op("Mul", above, weight(graph, layer, "a_right"))
    return graph.op("Sum", middle, below, above)
