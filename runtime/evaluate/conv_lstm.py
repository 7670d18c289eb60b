"""Convolutional LSTM: one step after the other, each a convolution of what comes and of what is."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keronyx.converter.layers.conv_lstm import ConvLSTM1D, ConvLSTM2D, ConvLSTM3D
from keronyx.converter.tensors import Array, numbered
from keronyx.runtime.evaluate.activations import prepare_function
from keronyx.runtime.evaluate.convolutional import summed
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers
from keronyx.runtime.evaluate.stepping import walk
from keronyx.runtime.evaluate.windows import as_layer, channels_last


@prepare_layer.register
def conv_lstm(layer: ConvLSTM1D | ConvLSTM2D | ConvLSTM3D, numbers: Numbers) -> Step:
    """Through time, from its end where the layer goes backwards."""
    cell = layer.cell
    own = numbers.held(cell)
    kernel, again = own(cell.kernel), own(cell.recurrent_kernel)
    bias = np.zeros((), own.dtype) if cell.bias is None else own(cell.bias)
    activate = prepare_function(cell.activation, own)
    gate = prepare_function(cell.recurrent_activation, own)

    def turned(function: Step, x: Array) -> Array:
        return channels_last(cell, function(as_layer(cell, x)))

    def share(x: Array) -> Array:
        flat = channels_last(cell, x.reshape(-1, *x.shape[2:]))
        sums = summed(cell, flat, kernel) + bias
        return sums.reshape(*x.shape[:2], *sums.shape[1:])

    def once(x: Array, states: Sequence[Array]) -> list[Array]:
        hidden, carry = (channels_last(cell, state) for state in states)
        i, f, g, o = np.split(x + summed(cell.again, hidden, again), 4, axis=-1)
        carry = turned(gate, f) * carry + turned(gate, i) * turned(activate, g)
        hidden = turned(gate, o) * turned(activate, carry)
        return [as_layer(cell, state) for state in (hidden, carry)]

    def step(
        x: Array,
        *states: Array,
        initial_state: Sequence[Array] = (),
        mask: Array | None = None,
    ) -> Any:
        start = list(states or initial_state) or [_none_yet(layer, x)] * 2
        output, now = walk(layer, once, share(x), start, mask)
        return (output, *now) if layer.gives_states else output

    return step


def _none_yet(layer: ConvLSTM1D | ConvLSTM2D | ConvLSTM3D, x: Array) -> Array:
    """Return a state before the first step."""
    return np.zeros([size or 0 for size in numbered(layer.state_of(x.shape))], x.dtype)
