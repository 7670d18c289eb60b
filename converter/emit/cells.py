"""Cells as ONNX's own recurrent operators step them, which take time before the batch."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from keronyx.converter.emit.base import computed, numbers
from keronyx.converter.emit.masked_steps import lengths
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import LEFT_OUT, Value
from keronyx.converter.graph.operators import squeeze, unsqueeze
from keronyx.converter.layers.cells import Cell
from keronyx.converter.layers.functions import Function
from keronyx.converter.layers.recurrent import GRUCell
from keronyx.converter.several import called, picked, present
from keronyx.converter.tensors import Array

OPERATORS: Final = {1: "RNN", 3: "GRU", 4: "LSTM"}
"""By the number of gates."""

FUNCTIONS: Final = {
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "relu": "Relu",
    "hard_sigmoid": "HardSigmoid",
    "softsign": "Softsign",
    "elu": "Elu",
    "linear": "Affine",
}
"""Activations that onnxruntime has within its operators; Softplus is infinite there from 89 on."""

ORDER: Final = {3: (0, 1, 2), 4: (0, 3, 1, 2)}
"""The gates of Keras in the order of ONNX: z, r, h of both; i, f, g, o become i, o, f, g."""


def has_operator(cell: Cell, dtype: str) -> bool:
    """Tell whether an operator has the cell's activations, and a kernel for the type."""
    return dtype == "float32" and all(map(_is_known, _functions(cell)))


def _is_known(function: Function) -> bool:
    plain = function.name != "relu" or function == Function.of("relu")
    return function.name in FUNCTIONS and plain


def by_operator(  # noqa: PLR0913 - all but four by name only
    cell: Cell,
    graph: Graph,
    first: Value,
    states: Sequence[Value],
    *,
    mask: Value | None,
    backwards: bool,
) -> tuple[Value, tuple[Value, ...]]:
    """Return all steps, (time, batch, units), where they stand in the input, and the states after.

    ``first`` is (time, batch, features), what counts in front where there is a ``mask``.
    """
    attributes: dict[str, Any] = {"hidden_size": cell.units, **_activations(cell)}
    if backwards:
        attributes["direction"] = "reverse"
    if isinstance(cell, GRUCell):
        attributes["linear_before_reset"] = int(cell.reset_after)
    time, batch, _ = first.shape
    steps, *after = graph.ops(
        OPERATORS[cell.gates],
        1 + cell.states,
        *_inputs(cell, graph, first, states, mask),
        shape=(time, 1, batch, cell.units),
        **attributes,
    )
    ends = [Value(each.name, each.dtype, (1, batch, cell.units)) for each in after]
    graph.know(*ends)
    return squeeze(graph, steps, 1), tuple(squeeze(graph, each, 0) for each in ends)


def _inputs(
    cell: Cell, graph: Graph, first: Value, states: Sequence[Value], mask: Value | None
) -> list[Value]:
    """Return what the operator reads, as far as there is something."""
    wide = cell.gates * cell.units

    def put(name: str, shape: tuple[int, ...], load: Callable[[], Array]) -> Value:
        return computed(graph, cell, name, shape, load)

    features = first.shape[2] or 0
    inputs = [
        first,
        put("kernel", (1, wide, features), lambda: _turned(cell, "kernel")),
        put("recurrent_kernel", (1, wide, cell.units), lambda: _turned(cell, "recurrent_kernel")),
        put("bias", (1, 2 * wide), lambda: _bias(cell)) if cell.use_bias else LEFT_OUT,
        LEFT_OUT if mask is None else lengths(graph, mask),
        *(unsqueeze(graph, state, [0]) for state in states),
    ]
    while inputs[-1] is LEFT_OUT:
        inputs.pop()
    return inputs


def _functions(cell: Cell) -> list[Function]:
    """Return the activations in ONNX's order: of the gates, of the candidate, of the carry."""
    own = cell.activation
    gate: Function | None = getattr(cell, "recurrent_activation", None)
    return [own] if gate is None else [gate, own, own][: 1 + cell.states]


def _activations(cell: Cell) -> dict[str, Any]:
    """Return the activations as attributes; none where all are those that ONNX takes anyway."""
    used = _functions(cell)
    usual = ["tanh"] if cell.gates == 1 else ["sigmoid", "tanh", "tanh"][: len(used)]
    if called(used) == usual:
        return {}
    found: dict[str, Any] = {"activations": [FUNCTIONS[each.name] for each in used]}
    alphas, betas = zip(*map(_arguments, used), strict=True)
    found["activation_alpha"] = present(alphas)
    found["activation_beta"] = present(betas)
    return {name: value for name, value in found.items() if value}


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
    return np.concatenate(list(picked(parts, ORDER.get(cell.gates, (0,)))), axis=-1)
