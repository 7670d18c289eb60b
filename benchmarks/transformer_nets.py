"""The networks of ``transformer.py``, saved by an interpreter that has Keras 3.

``python transformer_nets.py NAME FILE.keras`` saves one, its weights drawn so that every layer
matters.
"""

import sys
from typing import Any

import numpy as np

NETS = {"encoder": "gelu", "encoder_relu": "relu"}
"""Nets, and the activation between the two products of a block."""

STEPS, WIDTH, HEADS, BLOCKS = 64, 128, 4, 4


def encoder(activation: str) -> Any:
    """Four blocks of attention and two products, normalised beforehand; ten classes."""
    import keras  # noqa: PLC0415 - Keras is asked for by name
    from keras import layers  # noqa: PLC0415

    x = given = keras.Input((STEPS, WIDTH))
    for block in range(BLOCKS):
        norm = layers.LayerNormalization(name=f"norm{block}")(x)
        heads = layers.MultiHeadAttention(HEADS, WIDTH // HEADS, name=f"heads{block}")
        x = layers.Add()([x, heads(norm, norm)])
        norm = layers.LayerNormalization(name=f"again{block}")(x)
        wide = layers.Dense(4 * WIDTH, activation, name=f"wide{block}")(norm)
        x = layers.Add()([x, layers.Dense(WIDTH, name=f"narrow{block}")(wide)])
    mean = layers.GlobalAveragePooling1D()(layers.LayerNormalization(name="last")(x))
    return keras.Model(given, layers.Dense(10, activation="softmax", name="top")(mean))


def main(name: str, target: str) -> None:
    """Save one net."""
    model = encoder(NETS[name])
    rng = np.random.default_rng(5)
    weights = [each + rng.normal(0, 0.05, each.shape) for each in model.get_weights()]
    model.set_weights(weights)
    model.save(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
