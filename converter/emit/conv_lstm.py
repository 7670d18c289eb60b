"""Convolutional LSTM: one Conv of all steps of the input, then a Scan of one Conv a step."""

from collections.abc import Sequence
from functools import partial

from keronyx.converter.emit.base import Given, computed, emit_layer, numbers
from keronyx.converter.emit.functions import activate
from keronyx.converter.emit.steps import candidate_last, long_short, opened, takes_each_number
from keronyx.converter.emit.windows import (
    NEW,
    Windows,
    in_front,
    inward,
    outward,
    sizes_after,
    widened,
)
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import (
    parts,
    reshape,
    restored,
    squeeze,
    transpose,
    unsqueeze,
    where,
)
from keronyx.converter.graph.scanning import Step, nothing_yet, scan
from keronyx.converter.layers.conv_lstm import (
    ConvLSTM1D,
    ConvLSTM2D,
    ConvLSTM3D,
    ConvLSTMCell,
)
from keronyx.converter.layers.functions import Function
from keronyx.converter.tensors import Sizes, numbered


@emit_layer.register
def conv_lstm(
    layer: ConvLSTM1D | ConvLSTM2D | ConvLSTM3D,
    graph: Graph,
    x: Value,
    *states: Value,
    initial_state: Given = (),
    mask: Value | None = None,
) -> tuple[Value, ...]:
    """The steps of the input as images, and those of the state one after the other."""
    if x.dtype != "float32":
        raise layer.refuse("dtype float64", "onnxruntime convolves in float32 only")
    cell = layer.cell
    shape = sizes_after(cell, numbered(layer.state_of(x.shape)))
    given = states or (initial_state if isinstance(initial_state, tuple) else ())
    before = [inward(cell, graph, each) for each in given] or [nothing_yet(graph, x, 0, shape)] * 2
    step: Step = partial(_step, cell)
    now = [_shares(cell, graph, x, shape)]
    if mask is not None:
        output = before[0] if layer.shows_states else nothing_yet(graph, x, 0, shape)
        step = partial(_held, step, zeros=bool(layer.zero_output_for_mask))
        before, now = [output, *before], [*now, _counting(graph, mask, len(shape))]
    every, ends = scan(graph, step, before, now, backwards=layer.go_backwards)
    after = ends[-cell.states :] if layer.gives_states else ()
    shown = _as_layer(cell, graph, every) if layer.return_sequences else None
    return (shown or outward(cell, graph, ends[0]), *(outward(cell, graph, e) for e in after))


def _counting(graph: Graph, mask: Value, rank: int) -> Value:
    """Turn a mask to (time, batch, 1, ...), as it goes with states of so many axes."""
    turned = transpose(graph, mask, (1, 0))
    return unsqueeze(graph, turned, list(range(2, rank + 1)))


def _held(
    step: Step, graph: Graph, states: Sequence[Value], now: Sequence[Value], *, zeros: bool
) -> list[Value]:
    """Add one step that may not count: then the states stay, and so does the output before them."""
    output, *before = states
    share, counts = now
    after = step(graph, before, [share])
    shown = where(graph, counts, after[0], 0.0 if zeros else output)
    pairs = zip(after, before, strict=True)
    return [shown, *(where(graph, counts, *each) for each in pairs)]


def _shares(cell: ConvLSTMCell, graph: Graph, x: Value, shape: Sizes) -> Value:
    """Return what the input adds to the gates at each step: (time, batch, gates, ...)."""
    turned = transpose(graph, x, _order(cell))
    time, batch, *rest = turned.shape
    ones = (1,) if cell.space == 1 else ()
    images = (None, rest[0], *ones, *rest[1:])
    flat = reshape(graph, turned, images, lambda _: (x, 0))
    made = (None, cell.wide, *shape[2:])
    bias = [_bias(cell, graph)] if cell.use_bias else []
    conv = _conv(cell, graph, flat, "kernel", made, *bias)
    return reshape(graph, conv, (time, batch, *made[1:]), lambda axis: (turned, axis))


def _conv(
    cell: ConvLSTMCell, graph: Graph, x: Value, name: str, shape: Sizes, *bias: Value
) -> Value:
    """Slide a kernel over images whose channels are in front."""
    *window, channels, wide = getattr(cell, name).shape
    kernel = computed(
        graph,
        cell,
        name,
        (wide, channels, *widened(window)),
        lambda: in_front(cell, candidate_last(numbers(cell, name))),
    )
    space = x.shape[-cell.space :]
    windows = Windows(cell, cell.kernel_size, cell.strides, cell.dilations, cell.padding)
    return graph.op("Conv", x, kernel, *bias, shape=shape, **windows.attributes(space))


def _bias(cell: ConvLSTMCell, graph: Graph) -> Value:
    return computed(
        graph, cell, "bias", (cell.wide,), lambda: candidate_last(numbers(cell, "bias"))
    )


def _step(
    cell: ConvLSTMCell, graph: Graph, states: Sequence[Value], now: Sequence[Value]
) -> list[Value]:
    """Add one step; every value is (batch, filters, *space)."""
    hidden, carry = states
    activated = partial(_activated, cell)
    state = _conv(cell.again, graph, hidden, "recurrent_kernel", now[0].shape)
    sums = graph.op("Add", state, now[0])
    inner, new = parts(graph, sums, [3 * cell.filters, cell.filters], 1)
    gates = opened(graph, inner, 3, cell.recurrent_activation, activated)
    own = partial(activated, graph, function=cell.activation)
    return long_short(graph, gates, own(new), carry, own)


def _activated(cell: ConvLSTMCell, graph: Graph, x: Value, function: Function) -> Value:
    """Apply an activation, with the channels where the layer has them if these count."""
    if takes_each_number(function):
        return activate(graph, x, function)
    return inward(cell, graph, activate(graph, outward(cell, graph, x), function))


def _order(cell: ConvLSTMCell) -> tuple[int, ...]:
    """Return the axes of (batch, time, ...) as time, batch, channels and space."""
    return (1, 0, *(axis + 1 for axis in (cell.channel_axis, *cell.space_axes)))


def _as_layer(cell: ConvLSTMCell, graph: Graph, every: Value) -> Value:
    """Turn (time, batch, filters, *space) to how the layer has its output."""
    seen = squeeze(graph, every, NEW + 1) if cell.space == 1 else every
    return restored(graph, seen, _order(cell))
