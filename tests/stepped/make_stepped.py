"""Save nets of convolutional LSTMs, and of cells that no operator of ONNX steps, with numbers.

Run with Keras 3.15.1 and with TensorFlow 2.15, as tests/recurrent/make_recurrent.py, which has the
form of what is written; with Keras 3.15.1 on JAX, which has channels first, it writes those.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    "in_a_row": in_a_row,
    "in_pieces": in_pieces,
}

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
    record(CHANNELS_FIRST if os.environ.get("KERAS_BACKEND") == "jax" else NETS, HERE)
