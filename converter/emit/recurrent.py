"""Recurrent layers: ONNX's own operators, which take time before the batch."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from keronyx.converter.emit.base import Given, computed, emit_layer, numbers
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import LEFT_OUT, Value
from keronyx.converter.graph.operators import END, squeeze, transpose, unsqueeze
from keronyx.converter.layers.functions import Function
from keronyx.converter.layers.recurrent import (
    GRU,
    LSTM,
    Bidirectional,
    Cell,
    GRUCell,
    Recurrent,
    SimpleRNN,
)
from keronyx.converter.tensors import Array

OPERATORS: Final = {"SimpleRNN": "RNN", "GRU": "GRU", "LSTM": "LSTM"}

FUNCTIONS: Final = {
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "relu": "Relu",
    "hard_sigmoid": "HardSigmoid",
    "softsign": "Softsign",
    "softplus": "Softplus",
    "elu": "Elu",
    "linear": "Affine",
}
"""Activations that onnxruntime has within its operators."""

ORDER: Final = {3: (0, 1, 2), 4: (0, 3, 1, 2)}
"""The gates of Keras in the order of ONNX: z, r, h of both; i, f, g, o become i, o, f, g."""


@emit_layer.register
def recurrent(
    layer: SimpleRNN | GRU | LSTM,
    graph: Graph,
    x: Value,
    *states: Value,
    initial_state: Given = (),
) -> tuple[Value, ...]:
    """RNN, GRU or LSTM, from the end of time where the layer goes backwards."""
    if isinstance(initial_state, tuple):
        states = states or initial_state
    output, *after = _stepped(layer, graph, x, states)
    if layer.go_backwards and layer.return_sequences:
        backwards = (graph.integers([each]) for each in (-1, -END, 1, -1))
        output = graph.op("Slice", output, *backwards)
    return (output, *after)


@emit_layer.register
def bidirectional(layer: Bidirectional, graph: Graph, x: Value) -> tuple[Value, ...]:
    """Both layers, whose operators leave the steps in their places."""
    found = []
    for each in layer.both:
        with graph.within(each):
            found.append(_stepped(each, graph, x, ()))
    (first, *before), (second, *behind) = found
    return (_merged(layer, graph, first, second), *before, *behind)


def _merged(layer: Bidirectional, graph: Graph, x: Value, y: Value) -> Value:
    if layer.merge_mode == "concat":
        wide = sum(each.units for each in layer.both)
        return graph.op("Concat", x, y, axis=-1, shape=(*x.shape[:-1], wide))
    if layer.merge_mode == "mul":
        return graph.op("Mul", x, y)
    total = graph.op("Add", x, y)
    return graph.op("Mul", total, 0.5) if layer.merge_mode == "ave" else total


def _stepped(
    layer: Recurrent, graph: Graph, x: Value, states: Sequence[Value]
) -> tuple[Value, ...]:
    """Return the output, the steps where they stand in the input, and the states if wanted."""
    if x.dtype != "float32":
        raise layer.refuse("dtype float64", "onnxruntime steps in float32 only")
    cell, units = layer.cell, layer.units
    batch, time, features = x.shape
    wide = cell.gates * units
    kernel = computed(
        graph, layer, "kernel", (1, wide, features or 0), lambda: _turned(cell, "kernel")
    )
    again = computed(
        graph,
        layer,
        "recurrent_kernel",
        (1, wide, units),
        lambda: _turned(cell, "recurrent_kernel"),
    )
    bias = LEFT_OUT
    if cell.use_bias:
        bias = computed(graph, layer, "bias", (1, 2 * wide), lambda: _bias(cell))
    before = [unsqueeze(graph, state, [0]) for state in states]
    inputs: list[Value] = [transpose(graph, x, (1, 0, 2)), kernel, again]
    if before or cell.use_bias:
        inputs.append(bias)
    if before:
        inputs += [LEFT_OUT, *before]
    steps, *after = _operator(layer, graph, inputs, (time, 1, batch, units))
    if layer.return_sequences:
        output = transpose(graph, squeeze(graph, steps, 1), (1, 0, 2))
    else:
        output = squeeze(graph, after[0], 0)
    ends = [squeeze(graph, each, 0) for each in after] if layer.return_state else []
    return (output, *ends)


def _operator(
    layer: Recurrent, graph: Graph, inputs: Sequence[Value], shape: tuple[int | None, ...]
) -> tuple[Value, ...]:
    """Add the operator; its outputs are all steps, then the states after the last one."""
    cell = layer.cell
    attributes: dict[str, Any] = {"hidden_size": layer.units}
    attributes |= _activations(layer)
    if layer.go_backwards:
        attributes["direction"] = "reverse"
    if isinstance(cell, GRUCell):
        attributes["linear_before_reset"] = int(cell.reset_after)
    op_type = OPERATORS[type(layer).__name__]
    steps, *after = graph.ops(op_type, 1 + cell.states, *inputs, shape=shape, **attributes)
    ends = [Value(each.name, each.dtype, (1, *shape[2:])) for each in after]
    graph.know(*ends)
    return (steps, *ends)


def _activations(layer: Recurrent) -> dict[str, Any]:
    """Return the activations as attributes; none where all are those that ONNX takes anyway."""
    own = layer.activation
    gate: Function | None = getattr(layer, "recurrent_activation", None)
    used = [own] if gate is None else [gate, own, own][: 1 + layer.cell.states]
    usual = ["tanh"] if gate is None else ["sigmoid", "tanh", "tanh"][: len(used)]
    if [each.name for each in used] == usual:
        return {}
    found: dict[str, Any] = {"activations": [_function(layer, each) for each in used]}
    alphas, betas = zip(*map(_arguments, used), strict=True)
    found["activation_alpha"] = [each for each in alphas if each is not None]
    found["activation_beta"] = [each for each in betas if each is not None]
    return {name: value for name, value in found.items() if value}


def _function(layer: Recurrent, function: Function) -> str:
    plain = function.name != "relu" or function == Function.of("relu")
    if function.name not in FUNCTIONS or not plain:
        raise layer.refuse(f"activation {function.name!r} within its steps")
    return FUNCTIONS[function.name]


def _arguments(function: Function) -> tuple[float | None, float | None]:
    """Return alpha and beta, as far as an activation has them."""
    if function.name == "hard_sigmoid":
        return _number(function, "slope"), 0.5
    if function.name == "elu":
        return _number(function, "alpha"), None
    return (1.0, 0.0) if function.name == "linear" else (None, None)


def _number(function: Function, name: str) -> float:
    value = function.arguments[name]
    assert isinstance(value, int | float)  # noqa: S101 - FUNCTIONS says so
    return float(value)


def _turned(cell: Cell, name: str) -> Array:
    """Return a kernel as (1, gates · units, inputs), the gates in ONNX's order."""
    return _gates(cell, numbers(cell, name)).T[None]


def _bias(cell: Cell) -> Array:
    """Return the biases of the inputs, then those of the states: (1, 2 · gates · units)."""
    bias = _gates(cell, numbers(cell, "bias"))
    if bias.ndim == 1:
        bias = np.stack([bias, np.zeros_like(bias)])
    return bias.reshape(1, -1)


def _gates(cell: Cell, array: Array) -> Array:
    """Put the gates, which stand side by side on the last axis, in ONNX's order."""
    parts = np.split(array, cell.gates, axis=-1)
    return np.concatenate([parts[gate] for gate in ORDER.get(cell.gates, (0,))], axis=-1)
