"""The networks of ``recurrent.py``, saved by the Keras that runs this, with drawn weights.

``python recurrent_nets.py NAME FILE.keras``.
"""

import sys
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers

TIME = 100


def masked_lstm() -> Any:
    """Words of which some are left out, read by an LSTM."""
    inner = [layers.Embedding(1000, 32, mask_zero=True), layers.LSTM(32)]
    top = layers.Dense(1, activation="sigmoid")
    return keras.Sequential([keras.Input((TIME,), dtype="int32"), *inner, top])


def lstm() -> Any:
    """Two LSTMs of 64 units."""
    inner = [layers.LSTM(64, return_sequences=True), layers.LSTM(64)]
    return keras.Sequential([keras.Input((TIME, 16)), *inner, layers.Dense(1)])


def both_ways() -> Any:
    """A GRU from either end of time."""
    inner = layers.Bidirectional(layers.GRU(32))
    return keras.Sequential([keras.Input((TIME, 16)), inner, layers.Dense(1)])


NETS: dict[str, Callable[[], Any]] = {
    each.__name__: each for each in (masked_lstm, lstm, both_ways)
}


def save(name: str, target: str) -> None:
    """Build, draw and save a net."""
    model = NETS[name]()
    random = np.random.default_rng(5)
    for weight in model.weights:
        weight.assign(random.normal(0, 0.2, weight.shape))
    model.save(target)


if __name__ == "__main__":
    save(*sys.argv[1:])
