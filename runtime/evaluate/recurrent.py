"""Recurrent layers: one step after the other, as Keras's documentation writes a step."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from keronyx.converter.layers.cells import Cell
from keronyx.converter.layers.recurrent import (
    GRU,
    LSTM,
    RNN,
    Bidirectional,
    GRUCell,
    LSTMCell,
    Recurrent,
    SimpleRNN,
)
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.activations import prepare_function
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers
from keronyx.runtime.evaluate.stepping import Stepper, walk


@prepare_layer.register
def recurrent(layer: SimpleRNN | GRU | LSTM | RNN, numbers: Numbers) -> Step:
    """Through time, from its end where the layer goes backwards."""
    run = _runner(layer, numbers)

    def step(
        x: Array,
        *states: Array,
        initial_state: tuple[Array, ...] = (),
        mask: Array | None = None,
    ) -> Any:
        found = run(x, states or initial_state, mask)
        return found if layer.gives_states else found[0]

    return step


@prepare_layer.register
def bidirectional(layer: Bidirectional, numbers: Numbers) -> Step:
    """Both; all that the second gives is turned in time."""
    runs = [_runner(each, numbers.held(each)) for each in layer.both]
    sequences = layer.both[1].return_sequences
    time = 0 if layer.both[1].time_major else 1

    def step(
        x: Array,
        *states: Array,
        initial_state: tuple[Array, ...] = (),
        mask: Array | None = None,
    ) -> Any:
        given = states or initial_state
        half = len(given) // 2
        (forward, *before), (backward, *behind) = (
            run(x, own, mask) for run, own in zip(runs, (given[:half], given[half:]), strict=True)
        )
        backward = np.flip(backward, time) if sequences else backward
        ends = before + behind
        if layer.merge_mode is None:
            return (forward, backward, *ends)
        merged = _merge(layer.merge_mode, forward, backward)
        return (merged, *ends) if ends else merged

    return step


def _merge(mode: str, forward: Array, backward: Array) -> Array:
    if mode == "concat":
        return np.concatenate([forward, backward], axis=-1)
    if mode == "mul":
        return forward * backward
    return forward + backward if mode == "sum" else (forward + backward) / 2


def _runner(
    layer: Recurrent, numbers: Numbers
) -> Callable[[Array, Sequence[Array], Array | None], tuple[Array, ...]]:
    """Return what goes through time: all cells take a step before any takes the next.

    What the input comes to in the first of them is worked out for all steps at once.
    """
    cells, places = layer.cells, _places(layer)
    sizes = [cell.units for cell in cells for _ in range(cell.states)]
    shown = len(sizes) - cells[-1].states
    (share, first), *behind = (_prepared(cell, numbers.held(cell)) for cell in cells)

    def once(x: Array, states: Sequence[Array]) -> list[Array]:
        found = first(x, states[: cells[0].states])
        here = found[0]
        for cell, (own, stepper) in zip(cells[1:], behind, strict=True):
            here, *more = stepper(own(here), states[len(found) : len(found) + cell.states])
            found += [here, *more]
        return found

    def turned(x: Array) -> Array:
        return x.swapaxes(0, 1) if layer.time_major else x

    def run(x: Array, states: Sequence[Array], mask: Array | None) -> tuple[Array, ...]:
        x = turned(x)
        start = [np.zeros((len(x), units), x.dtype) for units in sizes]
        for place, state in zip(places, states, strict=False):
            start[place] = state
        output, now = walk(layer, once, share(x), start, mask, shown=shown)
        output = turned(output) if layer.return_sequences else output
        return (output, *(now[place] for place in places)) if layer.gives_states else (output,)

    return run


def _places(layer: Recurrent) -> list[int]:
    """Return for each state its place among those of the first cell, the second and so on."""
    found: list[int] = []
    for cell in layer.state_order:
        before = layer.cells[: layer.cells.index(cell)]
        start = sum(each.states for each in before)
        found += range(start, start + cell.states)
    return found


def _prepared(cell: Cell, numbers: Numbers) -> tuple[Step, Stepper]:
    """Return what an input comes to in a cell, and a step that takes this and the states."""
    kernel = numbers(cell.kernel)
    stepper, added = _stepper(cell, numbers)
    return (lambda x: x @ kernel + added), stepper


def _stepper(cell: Cell, numbers: Numbers) -> tuple[Stepper, Array]:
    """Return a step of the cell, and what is added to the inputs' share of it beforehand."""
    again = numbers(cell.recurrent_kernel)
    bias = np.zeros((), numbers.dtype) if cell.bias is None else numbers(cell.bias)
    activate = prepare_function(cell.activation, numbers)
    if isinstance(cell, LSTMCell):
        gate = prepare_function(cell.recurrent_activation, numbers)
        return _long_short(again, activate, gate), bias
    if isinstance(cell, GRUCell):
        gate = prepare_function(cell.recurrent_activation, numbers)
        if not cell.reset_after:
            return _gated_before(again, activate, gate), bias
        first, second = bias if bias.ndim else (bias, bias)
        return _gated_after(again, second, activate, gate), first
    return (lambda x, states: [activate(x + states[0] @ again)]), bias


def _long_short(again: Array, activate: Step, gate: Step) -> Stepper:
    def step(x: Array, states: Sequence[Array]) -> list[Array]:
        hidden, carry = states
        i, f, g, o = np.split(x + hidden @ again, 4, axis=-1)
        carry = gate(f) * carry + gate(i) * activate(g)
        return [gate(o) * activate(carry), carry]

    return step


def _gated_after(again: Array, added: Array, activate: Step, gate: Step) -> Stepper:
    """The reset gate is applied to what the state comes to."""

    def step(x: Array, states: Sequence[Array]) -> list[Array]:
        (hidden,) = states
        new = np.split(x, 3, axis=-1)
        old = np.split(hidden @ again + added, 3, axis=-1)
        update, reset = (gate(a + b) for a, b in zip(new[:2], old[:2], strict=True))
        candidate = activate(new[2] + reset * old[2])
        return [update * hidden + (1 - update) * candidate]

    return step


def _gated_before(again: Array, activate: Step, gate: Step) -> Stepper:
    """The reset gate is applied to the state itself."""
    units = len(again)

    def step(x: Array, states: Sequence[Array]) -> list[Array]:
        (hidden,) = states
        sums = x[..., : 2 * units] + hidden @ again[:, : 2 * units]
        update, reset = map(gate, np.split(sums, 2, axis=-1))
        candidate = activate(x[..., 2 * units :] + (reset * hidden) @ again[:, 2 * units :])
        return [update * hidden + (1 - update) * candidate]

    return step
