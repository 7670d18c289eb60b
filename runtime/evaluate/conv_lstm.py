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

    def once(x: Array, hidden: Array, carry: Array) -> tuple[Array, Array]:
        sums = summed(cell, channels_last(cell, x), kernel) + bias
        i, f, g, o = np.split(sums + summed(cell.again, hidden, again), 4, axis=-1)
        carry = turned(gate, f) * carry + turned(gate, i) * turned(activate, g)
        return turned(gate, o) * turned(activate, carry), carry

    def step(x: Array, *states: Array, initial_state: Sequence[Array] = ()) -> Any:
        given = states or tuple(initial_state) or (_none_yet(layer, x),) * 2
        hidden, carry = (channels_last(cell, state) for state in given)
        shown = []
        for time in range(x.shape[1])[:: -1 if layer.go_backwards else 1]:
            hidden, carry = once(x[:, time], hidden, carry)
            shown.append(as_layer(cell, hidden))
        last = as_layer(cell, hidden)
        output = np.stack(shown, axis=1) if layer.return_sequences else last
        return (output, last, as_layer(cell, carry)) if layer.return_state else output

    return step


def _none_yet(layer: ConvLSTM1D | ConvLSTM2D | ConvLSTM3D, x: Array) -> Array:
    """Return a state before the first step."""
    return np.zeros([size or 0 for size in numbered(layer.state_of(x.shape))], x.dtype)
