"""Save nets of convolutional LSTMs, and of cells that no operator of ONNX steps, with numbers.

Run with Keras 3.15.1 and with TensorFlow 2.15, as tests/recurrent/make_recurrent.py, which has the
form of what is written; with Keras 3.15.1 on JAX, which has channels first, it writes those.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
from keras import Input, Model, Sequential, layers

HERE = Path(__file__).parent
sys.path.append(str(HERE.with_name("recurrent")))

from make_recurrent import record  # noqa: E402

IMAGES = (3, 5, 4, 2)


def steps(*each: Any, shape: tuple[int | None, ...] = IMAGES) -> Any:
    return Sequential([Input(shape), *each])


def every(layer: Any, shape: tuple[int | None, ...] = IMAGES) -> Any:
    x = Input(shape)
    return Model(x, list(layer(x)))


def images(filters: int, size: Any, **options: Any) -> Any:
    return layers.ConvLSTM2D(filters, size, **options)


def states() -> Any:
    x, hidden, carry = Input(IMAGES), Input((5, 4, 3)), Input((5, 4, 3))
    first = images(3, 2, padding="same", return_state=True, return_sequences=True)
    return Model([x, hidden, carry], list(first(x, initial_state=[hidden, carry])))


def masked(shape: tuple[int, ...] = (5, 5, 4, 2), **options: Any) -> Any:
    x, mask = Input(shape), Input(shape[:1], dtype="bool")
    layer = images(2, 2, **options)
    return Model([x, mask], flat(layer(x, mask=mask)))


def masked_states() -> Any:
    x, mask = Input((5, 5, 4, 2)), Input((5,), dtype="bool")
    states = [Input((4, 3, 2)), Input((4, 3, 2))]
    layer = images(2, 2, return_state=True, return_sequences=True, go_backwards=True)
    return Model([x, mask, *states], list(layer(x, mask=mask, initial_state=states)))


def in_a_row() -> Any:
    return steps(
        images(3, 3, padding="same", return_sequences=True),
        layers.BatchNormalization(),
        images(2, 3, padding="same", return_sequences=True, activation="relu"),
        layers.Conv3D(1, 3, padding="same", activation="sigmoid"),
        shape=(None, 5, 4, 1),
    )


def in_pieces() -> Any:
    inner = layers.TimeDistributed(layers.ConvLSTM1D(2, 2))
    return Sequential([Input((2, 3, 4, 2)), inner])


def words(*each: Any) -> Any:
    return Sequential([Input((6,), dtype="int32"), layers.Embedding(9, 4, mask_zero=True), *each])


def cells(*each: Any, **options: Any) -> Any:
    cell = layers.StackedRNNCells(list(each)) if len(each) > 1 else each[0]
    return layers.RNN(cell, **options)


def stacked_states() -> Any:
    x, *before = Input((6, 3)), Input((4,)), Input((4,)), Input((3,))
    stack = cells(layers.LSTMCell(4), layers.GRUCell(3), return_state=True, return_sequences=True)
    return Model([x, *before], flat(stack(x, initial_state=[before[:2], before[2]])))


def flat(found: Any) -> list[Any]:
    several = isinstance(found, list | tuple)
    return [each for part in found for each in flat(part)] if several else [found]


def unusual_states() -> Any:
    x, hidden, carry = Input((6, 3)), Input((4,)), Input((4,))
    long = layers.LSTM(4, "mish", return_sequences=True, return_state=True, go_backwards=True)
    gated = layers.GRU(4, "silu", reset_after=False, return_state=True)
    return Model(
        [x, hidden, carry],
        [*long(x, initial_state=[hidden, carry]), *gated(x, initial_state=hidden)],
    )


def unusual(first: Any, second: Any) -> Any:
    return steps(first, second, shape=SERIES)


SERIES = (6, 3)
NETS: dict[str, Callable[[], Any]] = {
    "series": lambda: steps(
        layers.ConvLSTM1D(3, 3, padding="same", return_sequences=True), shape=(4, 6, 2)
    ),
    "series_strided": lambda: every(
        layers.ConvLSTM1D(2, 3, strides=2, padding="same", return_state=True), (4, 6, 2)
    ),
    "strided": lambda: steps(
        images(2, (3, 2), strides=(2, 1), return_sequences=True, activation="softsign")
    ),
    "dilated": lambda: steps(images(2, 2, dilation_rate=2, use_bias=False)),
    "backwards": lambda: steps(
        images(2, 2, padding="same", go_backwards=True, return_sequences=True)
    ),
    "hard": lambda: steps(images(2, 2, recurrent_activation="hard_sigmoid", activation="linear")),
    "across": lambda: steps(
        images(3, 2, recurrent_activation="softmax", activation="gelu", return_sequences=True)
    ),
    "volumes": lambda: steps(
        layers.ConvLSTM3D(2, 2, padding="same", go_backwards=True), shape=(3, 4, 3, 4, 2)
    ),
    "states": states,
    "masked": lambda: masked(return_state=True, padding="same"),
    "masked_backwards": lambda: masked(go_backwards=True, return_sequences=True),
    "masked_zeros": lambda: masked(zero_output_for_mask=True, return_sequences=True),
    "masked_last": lambda: masked(zero_output_for_mask=True),
    "masked_states": masked_states,
    "in_a_row": in_a_row,
    "in_pieces": in_pieces,
    "unusual_simple": lambda: unusual(
        layers.SimpleRNN(4, "gelu", return_sequences=True, go_backwards=True),
        layers.SimpleRNN(3, "softmax", use_bias=False),
    ),
    "unusual_long": lambda: unusual(
        layers.LSTM(4, "swish", return_sequences=True),
        layers.LSTM(3, recurrent_activation="softmax", use_bias=False, go_backwards=True),
    ),
    "unusual_gated": lambda: unusual(
        layers.GRU(4, "selu", recurrent_activation="softmax", return_sequences=True),
        layers.GRU(3, "swish", use_bias=False),
    ),
    "unusual_before": lambda: unusual(
        layers.GRU(4, "gelu", reset_after=False, return_sequences=True, go_backwards=True),
        layers.GRU(3, recurrent_activation="softmax", reset_after=False, use_bias=False),
    ),
    "unusual_both": lambda: steps(
        layers.Bidirectional(layers.GRU(3, "gelu", return_sequences=True), merge_mode="sum"),
        shape=SERIES,
    ),
    "unusual_masked": lambda: words(
        layers.LSTM(4, "swish", return_sequences=True, go_backwards=True),
        layers.GRU(3, "gelu"),
    ),
    "unusual_words": lambda: words(layers.Bidirectional(layers.LSTM(3, "gelu"))),
    "unusual_doubles": lambda: steps(
        layers.LSTM(4, dtype="float64", return_sequences=True),
        layers.GRU(3, dtype="float64"),
        shape=SERIES,
    ),
    "unusual_states": unusual_states,
    "unusual_large": lambda: steps(
        layers.Rescaling(300.0),
        layers.GRU(3, "softplus", recurrent_activation="hard_sigmoid", return_sequences=True),
        layers.SimpleRNN(2, "softplus"),
        shape=SERIES,
    ),
    "cell_simple": lambda: steps(cells(layers.SimpleRNNCell(4)), shape=SERIES),
    "cell_gated": lambda: steps(
        cells(layers.GRUCell(4, reset_after=False), return_sequences=True, go_backwards=True),
        shape=SERIES,
    ),
    "cell_long": lambda: every(
        cells(layers.LSTMCell(4, recurrent_activation="hard_sigmoid"), return_state=True), SERIES
    ),
    "stack": lambda: steps(
        cells(layers.LSTMCell(4), layers.LSTMCell(4), layers.SimpleRNNCell(3, "gelu")),
        shape=(None, 3),
    ),
    "stack_backwards": lambda: steps(
        cells(layers.GRUCell(4), layers.GRUCell(3), return_sequences=True, go_backwards=True),
        shape=SERIES,
    ),
    "stack_both": lambda: steps(
        layers.Bidirectional(cells(layers.GRUCell(4), layers.LSTMCell(3), return_sequences=True)),
        shape=SERIES,
    ),
    "stack_words": lambda: words(
        cells(layers.GRUCell(4), layers.LSTMCell(3), return_sequences=True),
        cells(layers.LSTMCell(3), layers.LSTMCell(2)),
    ),
    "stack_states": stacked_states,
    "pieces": lambda: Sequential(
        [
            Input((2, 5, 3)),
            layers.TimeDistributed(cells(layers.GRUCell(3), layers.LSTMCell(2))),
            layers.TimeDistributed(layers.Dense(2)),
        ]
    ),
}


def time_major(layer: Any) -> Any:
    x = Input(batch_shape=(None, 4, 3))
    return Model(x, flat(layer(x)))


TIME_MAJOR: dict[str, Callable[[], Any]] = {
    "major": lambda: time_major(
        layers.LSTM(4, return_sequences=True, return_state=True, time_major=True)
    ),
    "major_backwards": lambda: time_major(
        layers.GRU(4, "gelu", go_backwards=True, return_sequences=True, time_major=True)
    ),
    "major_both": lambda: time_major(
        layers.Bidirectional(layers.SimpleRNN(4, return_sequences=True, time_major=True))
    ),
    "major_last": lambda: time_major(
        layers.Bidirectional(layers.GRU(4, time_major=True), merge_mode="sum")
    ),
    "major_cells": lambda: time_major(
        cells(layers.GRUCell(4), layers.LSTMCell(3), time_major=True, return_state=True)
    ),
}
"""Keras 2 alone has time in front of the batch."""

CHANNELS_FIRST: dict[str, Callable[[], Any]] = {
    "first": lambda: every(
        images(
            3,
            (3, 2),
            data_format="channels_first",
            activation="softmax",
            return_state=True,
            return_sequences=True,
        ),
        (3, 2, 5, 4),
    ),
    "first_series": lambda: steps(
        layers.ConvLSTM1D(3, 2, data_format="channels_first", padding="same"), shape=(4, 2, 6)
    ),
}


if __name__ == "__main__":
    if os.environ.get("KERAS_BACKEND") == "jax":
        record(CHANNELS_FIRST, HERE)
    else:
        record(NETS if keras.__version__.startswith("3") else NETS | TIME_MAJOR, HERE)
