"""Recurrent layers: ONNX's own operators, which take time before the batch."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from keronyx.converter.emit.base import Given, computed, emit_layer, numbers
from keronyx.converter.emit.masked_steps import (
    TIME_FIRST,
    backwards_in_time,
    in_front,
    lengths,
    put_back,
    starting,
    states_after,
    zeroed,
    zeroed_end,
)
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import LEFT_OUT, Value
from keronyx.converter.graph.operators import squeeze, transpose, unsqueeze
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
    mask: Value | None = None,
) -> tuple[Value, ...]:
    """RNN, GRU or LSTM, from the end of time where the layer goes backwards."""
    output, *after = _stepped(layer, graph, x, states or _several(initial_state), mask)
    return (_as_made(layer, graph, output, backwards=False), *after)


@emit_layer.register
def bidirectional(
    layer: Bidirectional,
    graph: Graph,
    x: Value,
    *states: Value,
    initial_state: Given = (),
    mask: Value | None = None,
) -> tuple[Value, ...]:
    """Both layers, whose operators leave the steps in their places."""
    states = states or _several(initial_state)
    half = len(states) // 2
    outputs, ends = [], []
    for each, own in zip(layer.both, (states[:half], states[half:]), strict=True):
        with graph.within(each):
            output, *after = _stepped(each, graph, x, own, mask)
            outputs.append(_as_made(each, graph, output, backwards=each is layer.both[1]))
            ends += after
    if layer.merge_mode is not None:
        outputs = [_merged(layer, graph, *outputs)]
    return (*outputs, *ends)


def _several(given: Given) -> tuple[Value, ...]:
    return given if isinstance(given, tuple) else ()


def _as_made(layer: Recurrent, graph: Graph, output: Value, *, backwards: bool) -> Value:
    """Put outputs that stand as in the input in the order they come in, or ``backwards``."""
    if layer.go_backwards != backwards and layer.return_sequences:
        return backwards_in_time(graph, output)
    return output


def _merged(layer: Bidirectional, graph: Graph, x: Value, y: Value) -> Value:
    if layer.merge_mode == "concat":
        wide = sum(each.units for each in layer.both)
        return graph.op("Concat", x, y, axis=-1, shape=(*x.shape[:-1], wide))
    if layer.merge_mode == "mul":
        return graph.op("Mul", x, y)
    total = graph.op("Add", x, y)
    return graph.op("Mul", total, 0.5) if layer.merge_mode == "ave" else total


def _stepped(
    layer: Recurrent, graph: Graph, x: Value, states: Sequence[Value], mask: Value | None
) -> tuple[Value, ...]:
    """Return the output, the steps where they stand in the input, and the states if wanted."""
    if x.dtype != "float32":
        raise layer.refuse("dtype float64", "onnxruntime steps in float32 only")
    first = transpose(graph, x, TIME_FIRST) if mask is None else in_front(graph, x, mask)
    batch, time, _ = x.shape
    shape = (time, 1, batch, layer.units)
    steps, *ends = _operator(layer, graph, _inputs(layer, graph, first, states, mask), shape)
    after = [squeeze(graph, each, 0) for each in ends]
    if mask is None:
        output = _every(graph, steps) if layer.return_sequences else after[0]
    else:
        held = [states_after(graph, mask, *each) for each in zip(states, after, strict=False)]
        last = (held or after)[0] if layer.shows_states else after[0]
        output, after = _masked(layer, graph, (steps, last), states, mask), held or after
    return (output, *(after if layer.return_state else ()))


def _every(graph: Graph, steps: Value) -> Value:
    return transpose(graph, squeeze(graph, steps, 1), TIME_FIRST)


def _inputs(
    layer: Recurrent, graph: Graph, first: Value, states: Sequence[Value], mask: Value | None
) -> list[Value]:
    """Return what the operator reads, as far as there is something."""
    cell = layer.cell
    wide = cell.gates * layer.units

    def put(name: str, shape: tuple[int, ...], load: Callable[[], Array]) -> Value:
        return computed(graph, layer, name, shape, load)

    features = first.shape[2] or 0
    inputs = [
        first,
        put("kernel", (1, wide, features), lambda: _turned(cell, "kernel")),
        put("recurrent_kernel", (1, wide, layer.units), lambda: _turned(cell, "recurrent_kernel")),
        put("bias", (1, 2 * wide), lambda: _bias(cell)) if cell.use_bias else LEFT_OUT,
        LEFT_OUT if mask is None else lengths(graph, mask),
        *(unsqueeze(graph, state, [0]) for state in states),
    ]
    while inputs[-1] is LEFT_OUT:
        inputs.pop()
    return inputs


def _masked(
    layer: Recurrent,
    graph: Graph,
    made: tuple[Value, Value],
    states: Sequence[Value],
    mask: Value,
) -> Value:
    """Return the output of ``made``: of all steps, those that count in front, and the last."""
    steps, last = made
    backwards, zeros = layer.go_backwards, bool(layer.zero_output_for_mask)
    if not layer.return_sequences:
        return zeroed_end(graph, last, mask, backwards=backwards) if zeros else last
    by_place = layer.zeroes_by_place
    direct = zeros and not by_place
    y = put_back(graph, squeeze(graph, steps, 1), mask, backwards=backwards, zeros=direct)
    if by_place:
        return zeroed(graph, y, backwards_in_time(graph, mask))
    if layer.shows_states and states:
        return starting(graph, y, states[0], mask, backwards=backwards)
    return y


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
