"""The networks of ``recurrent_conv.py``, saved by an interpreter that has Keras 3.

``python frame_nets.py NAME FILE.keras`` saves one, its weights drawn so that every layer
matters.
"""

import sys
from typing import Any, Final

import numpy as np

FRAMES: Final = ("frames_small", "frames", "frames_last")


def frames_small() -> Any:
    """Two ConvLSTM2D over 8 frames of 16 x 16 places."""
    return net((8, 16, 16, 1), 8, 8)


def frames() -> Any:
    """Three ConvLSTM2D over 10 frames of 32 x 32 places, and a volume convolved of them."""
    return net((10, 32, 32, 1), 16, 16, 16)


def frames_last() -> Any:
    """One ConvLSTM2D over 10 frames of 40 x 40 places, of which the last one goes on."""
    import keras  # noqa: PLC0415 - Keras is asked for by name
    from keras import layers  # noqa: PLC0415

    return keras.Sequential(
        [
            keras.Input((10, 40, 40, 3)),
            layers.ConvLSTM2D(24, 3, padding="same"),
            layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
        ]
    )


def net(shape: tuple[int, ...], *filters: int) -> Any:
    """Return layers of so many filters in a row, a normalisation behind each."""
    import keras  # noqa: PLC0415
    from keras import layers  # noqa: PLC0415

    x = given = keras.Input(shape)
    for count in filters:
        x = layers.ConvLSTM2D(count, 3, padding="same", return_sequences=True)(x)
        x = layers.BatchNormalization()(x)
    x = layers.Conv3D(1, 3, padding="same", activation="sigmoid")(x)
    return keras.Model(given, x)


def main() -> None:
    """Save the network that is named."""
    name, path = sys.argv[1:]
    model = {each.__name__: each for each in (frames_small, frames, frames_last)}[name]()
    rng = np.random.default_rng(0)
    for variable in model.variables:
        drawn = rng.normal(0, 0.1, variable.shape)
        wanted = np.abs(drawn) + 0.5 if "variance" in variable.name else drawn
        variable.assign(wanted.astype(np.float32))
    model.save(path)


if __name__ == "__main__":
    main()
