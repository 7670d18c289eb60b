"""Recurrent layers: ONNX's own operators, or a Scan where these lack an activation or a type."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, islice

from keronyx.converter.emit.base import Given, emit_layer
from keronyx.converter.emit.cells import by_operator, has_operator
from keronyx.converter.emit.masked_steps import (
    TIME_FIRST,
    backwards_in_time,
    one_step_at_least,
    put_back,
    starting,
    states_after,
    time_first,
    zeroed,
    zeroed_end,
)
from keronyx.converter.emit.steps import written_out
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import transpose
from keronyx.converter.layers.cells import Cell
from keronyx.converter.layers.recurrent import GRU, LSTM, RNN, Bidirectional, Recurrent, SimpleRNN


@emit_layer.register
def recurrent(
    layer: SimpleRNN | GRU | LSTM | RNN,
    graph: Graph,
    x: Value,
    *states: Value,
    initial_state: Given = (),
    mask: Value | None = None,
) -> tuple[Value, ...]:
    """RNN, GRU or LSTM, from the end of time where the layer goes backwards."""
    given = states or _several(initial_state)
    output, *after = _stepped(layer, graph, _turned(layer, graph, x), given, mask)
    made = _as_made(layer, graph, output, backwards=False)
    return (_noted(graph, _turned(layer, graph, made)), *after)


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
    halves = states[: len(states) // 2], states[len(states) // 2 :]
    outputs, ends = [], []
    for each, own in zip(layer.both, halves, strict=True):
        with graph.within(each):
            output, *after = _stepped(each, graph, _turned(each, graph, x), own, mask)
            made = _as_made(each, graph, output, backwards=each is layer.both[1])
            outputs.append(_turned(each, graph, made))
            ends += after
    if layer.merge_mode is None:
        return (*outputs, *ends)
    if mask is None or not _stay_in_front(layer):
        return (_noted(graph, _merged(layer, graph, *outputs)), *ends)
    merged = _merged(layer, graph, *(time_first(graph, each, mask) for each in outputs))
    return (_noted(graph, put_back(graph, merged, mask, backwards=False, zeros=True)), *ends)


def _stay_in_front(layer: Bidirectional) -> bool:
    """Tell whether what does not count is zero in both outputs: they are merged, then put back."""
    first, second = layer.both
    zeros = first.zero_output_for_mask and second.zero_output_for_mask
    by_place = first.zeroes_by_place or second.zeroes_by_place
    return bool(zeros) and first.return_sequences and not by_place and not first.go_backwards


def _noted(graph: Graph, output: Value) -> Value:
    """Note that an output has as many steps as what it was made of: one at least."""
    return graph.once(("steps", output.name), lambda: output)


def _turned(layer: Recurrent, graph: Graph, sequence: Value) -> Value:
    """Put the batch in front of time, or back; what is no sequence stays."""
    turns = layer.time_major and sequence.rank == len(TIME_FIRST)
    return transpose(graph, sequence, TIME_FIRST) if turns else sequence


def _several(given: Given) -> tuple[Value, ...]:
    return given if isinstance(given, tuple) else ()


def _as_made(layer: Recurrent, graph: Graph, output: Value, *, backwards: bool) -> Value:
    """Put outputs that stand as in the input in the order they come in, or ``backwards``."""
    if layer.go_backwards != backwards and layer.return_sequences:
        return backwards_in_time(graph, output)
    return output


def _merged(layer: Bidirectional, graph: Graph, x: Value, y: Value) -> Value:
    if layer.merge_mode == "concat":
        wide = sum(each.width for each in layer.both)
        return graph.op("Concat", x, y, axis=-1, shape=(*x.shape[:-1], wide))
    if layer.merge_mode == "mul":
        return graph.op("Mul", x, y)
    total = graph.op("Add", x, y)
    return graph.op("Mul", total, 0.5) if layer.merge_mode == "ave" else total


def _stepped(
    layer: Recurrent, graph: Graph, x: Value, states: Sequence[Value], mask: Value | None
) -> tuple[Value, ...]:
    """Return the output, the steps where they stand in the input, and the states if wanted.

    No cell of several needs more of those before it than their steps: they go one by one.
    """
    given, ends, output = _by_cell(layer, states), {}, x
    every = replace(layer, return_sequences=True, zero_output_for_mask=False)
    for cell in layer.cells:
        shown = layer if cell is layer.cells[-1] else every
        with graph.within(cell if len(layer.cells) > 1 else layer):
            output, *after = _one_cell(shown, cell, graph, output, states=given[cell], mask=mask)
        ends[cell] = after
    found = chain.from_iterable(ends[cell] for cell in layer.state_order)
    return (output, *(found if layer.gives_states else ()))


def _by_cell(layer: Recurrent, states: Sequence[Value]) -> dict[Cell, list[Value]]:
    """Return the states that each cell begins with, none where none are given."""
    rest = iter(states)
    return {cell: [*islice(rest, cell.states)] for cell in layer.state_order}


def _one_cell(  # noqa: PLR0913 - the last two by name only
    layer: Recurrent,
    cell: Cell,
    graph: Graph,
    x: Value,
    *,
    states: Sequence[Value],
    mask: Value | None,
) -> tuple[Value, ...]:
    """Return the output and the states of one cell."""
    first = time_first(graph, x, mask)
    if not graph.has(("steps", x.name)):
        first = one_step_at_least(graph, first)
    made = by_operator if has_operator(cell, x.dtype) else written_out
    backwards = layer.go_backwards
    steps, after = made(cell, graph, first, states, mask=mask, backwards=backwards)
    if mask is None:
        output = transpose(graph, steps, TIME_FIRST) if layer.return_sequences else after[0]
        return (output, *after)
    held = [states_after(graph, mask, *each) for each in zip(states, after, strict=False)]
    last = (held or after)[0] if layer.shows_states else after[0]
    output = _masked(layer, graph, (steps, last), states, mask)
    return (output, *(held or after))


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
    y = put_back(graph, steps, mask, backwards=backwards, zeros=direct)
    if by_place:
        return zeroed(graph, y, backwards_in_time(graph, mask))
    if layer.shows_states and states:
        return starting(graph, y, states[0], mask, backwards=backwards)
    return y
