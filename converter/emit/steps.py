"""One step of a cell, written out in operators, and the Scan that takes it through time."""

from collections.abc import Callable, Sequence
from functools import partial, singledispatch
from typing import TypeAlias

import numpy as np

from keronyx.converter.emit.base import computed, numbers
from keronyx.converter.emit.functions import activate
from keronyx.converter.emit.masked_steps import counting_in_front
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import linear, parts, where
from keronyx.converter.graph.scanning import nothing_yet, scan
from keronyx.converter.layers.cells import Cell
from keronyx.converter.layers.functions import Expressed, Function
from keronyx.converter.layers.recurrent import GRUCell, LSTMCell
from keronyx.converter.tensors import Array

Activate: TypeAlias = Callable[[Graph, Value, Function], Value]


def takes_each_number(function: Function) -> bool:
    """Tell whether an activation takes each number for itself, whatever stands beside it."""
    return "axis" not in function.arguments and not isinstance(function, Expressed)


def opened(
    graph: Graph, sums: Value, count: int, function: Function, activate: Activate
) -> tuple[Value, ...]:
    """Split what comes to gates on axis 1, and activate each; all at once if that is the same."""
    counts = [(sums.shape[1] or 0) // count] * count
    if takes_each_number(function):
        return parts(graph, activate(graph, sums, function), counts, 1)
    return tuple(activate(graph, each, function) for each in parts(graph, sums, counts, 1))


def candidate_last(array: Array) -> Array:
    """Put what becomes the candidate behind the other gates: i, f, g, o become i, f, o, g."""
    i, f, g, o = np.split(array, 4, axis=-1)
    return np.concatenate([i, f, o, g], axis=-1)


def long_short(
    graph: Graph, gates: Sequence[Value], new: Value, carry: Value, own: Callable[[Value], Value]
) -> list[Value]:
    """Return h and c after a step, of the gates i, f and o, the candidate, and c before it."""
    inward, forget, outward = gates
    kept = graph.op("Mul", forget, carry)
    after = graph.op("Add", kept, graph.op("Mul", inward, new))
    return [graph.op("Mul", outward, own(after)), after]


def written_out(  # noqa: PLR0913 - all but four by name only
    cell: Cell,
    graph: Graph,
    first: Value,
    states: Sequence[Value],
    *,
    mask: Value | None,
    backwards: bool,
) -> tuple[Value, tuple[Value, ...]]:
    """Return what ``by_operator`` does, of the same."""
    wide = cell.gates * cell.units
    kernel = _weight(cell, graph, "kernel", (first.shape[2] or 0, wide))
    bias = _bias(cell, graph, 0) if cell.use_bias else None
    shares = linear(graph, first, kernel, bias)
    state = (first.shape[1], cell.units)
    before = states or [nothing_yet(graph, first, 1, state)] * cell.states
    given = [shares] if mask is None else [shares, counting_in_front(graph, mask)]
    return scan(graph, partial(_step, cell), before, given, backwards=backwards, in_place=True)


def _step(
    cell: Cell, graph: Graph, states: Sequence[Value], now: Sequence[Value]
) -> Sequence[Value]:
    """Add one step, which changes nothing where it does not count."""
    share, *counts = now
    after = step(cell, graph, share, states)
    if not counts:
        return after
    return [where(graph, counts[0], *each) for each in zip(after, states, strict=True)]


@singledispatch
def step(cell: Cell, graph: Graph, share: Value, states: Sequence[Value]) -> list[Value]:
    """Add one step of a cell: of the input's share of it and the states, the states after it."""
    sums = graph.op("Add", share, _again(cell, graph, states[0]))
    return [activate(graph, sums, cell.activation)]


@step.register
def _of_lstm(cell: LSTMCell, graph: Graph, share: Value, states: Sequence[Value]) -> list[Value]:
    hidden, carry = states
    units = cell.units
    sums = graph.op("Add", share, _again(cell, graph, hidden))
    inner, new = parts(graph, sums, [3 * units, units], 1)
    gates = opened(graph, inner, 3, cell.recurrent_activation, activate)
    own = partial(activate, graph, function=cell.activation)
    return long_short(graph, gates, own(new), carry, own)


@step.register
def _of_gru(cell: GRUCell, graph: Graph, share: Value, states: Sequence[Value]) -> list[Value]:
    (hidden,) = states
    made = _reset_after if cell.reset_after else _reset_before
    update, candidate = made(cell, graph, share, hidden)
    kept = graph.op("Mul", update, graph.op("Sub", hidden, candidate))
    return [graph.op("Add", candidate, kept)]


def _reset_after(cell: GRUCell, graph: Graph, share: Value, hidden: Value) -> tuple[Value, Value]:
    """Return the update gate and the candidate, of what the state comes to."""
    counts = [2 * cell.units, cell.units]
    old = _again(cell, graph, hidden)
    if cell.use_bias:
        old = graph.op("Add", old, _bias(cell, graph, 1))
    (new_sums, new), (old_sums, was) = (parts(graph, each, counts, 1) for each in (share, old))
    sums = graph.op("Add", new_sums, old_sums)
    update, reset = opened(graph, sums, 2, cell.recurrent_activation, activate)
    inner = graph.op("Add", new, graph.op("Mul", reset, was))
    return update, activate(graph, inner, cell.activation)


def _reset_before(cell: GRUCell, graph: Graph, share: Value, hidden: Value) -> tuple[Value, Value]:
    """Return the update gate and the candidate, of the state that the other gate reset."""
    units = cell.units
    new_sums, new = parts(graph, share, [2 * units, units], 1)
    first = computed(
        graph,
        cell,
        "recurrent_kernel/gates",
        (units, 2 * units),
        lambda: numbers(cell, "recurrent_kernel")[:, : 2 * units],
    )
    last = computed(
        graph,
        cell,
        "recurrent_kernel/candidate",
        (units, units),
        lambda: numbers(cell, "recurrent_kernel")[:, 2 * units :],
    )
    sums = graph.op("Add", new_sums, linear(graph, hidden, first, None))
    update, reset = opened(graph, sums, 2, cell.recurrent_activation, activate)
    old = linear(graph, graph.op("Mul", reset, hidden), last, None)
    return update, activate(graph, graph.op("Add", new, old), cell.activation)


def _again(cell: Cell, graph: Graph, hidden: Value) -> Value:
    """Return what the state adds to the gates."""
    shape = (cell.units, cell.gates * cell.units)
    return linear(graph, hidden, _weight(cell, graph, "recurrent_kernel", shape), None)


def _weight(cell: Cell, graph: Graph, name: str, shape: tuple[int, ...]) -> Value:
    return computed(graph, cell, name, shape, lambda: _ordered(cell, numbers(cell, name)))


def _bias(cell: Cell, graph: Graph, row: int) -> Value:
    """Return the bias, or of two its row."""

    def load() -> Array:
        bias = numbers(cell, "bias")
        return _ordered(cell, bias if bias.ndim == 1 else bias[row])

    return computed(graph, cell, f"bias/{row}", (cell.gates * cell.units,), load)


def _ordered(cell: Cell, array: Array) -> Array:
    return candidate_last(array) if isinstance(cell, LSTMCell) else array
