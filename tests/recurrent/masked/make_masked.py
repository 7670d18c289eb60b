"""Save recurrent nets under masks with what real Keras makes of them.

Run with Keras 3.15.1 and 3.0.5, which save NAME-VERSION.keras, and with TensorFlow 2.15, which
saves NAME-VERSION.h5; io.npz has <file>/in<number> and /out<number> of all.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import Input, Model, Sequential, layers

HERE = Path(__file__).parent
VERSION = keras.__version__
SUFFIX = "keras" if VERSION.startswith("3") else "h5"
TIME = 6

MASKS = [
    [1, 1, 1, 1, 1, 1],
    [1, 1, 1, 0, 0, 0],
    [0, 0, 1, 1, 1, 1],
    [0, 1, 0, 0, 1, 0],
    [1, 0, 1, 1, 0, 1],
    [0, 0, 0, 0, 0, 0],
    [1, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 1],
]
"""Right and left padded, with holes, all that counts, nothing that does."""

rng = np.random.default_rng(29)


def masked(*each: Any) -> Any:
    """Call every layer on the same steps and the same mask."""
    x, mask = Input((TIME, 3)), Input((TIME,), dtype="bool")
    return Model([x, mask], flat(layer(x, mask=mask) for layer in each))


def flat(given: Any) -> list[Any]:
    found: list[Any] = []
    for each in given:
        found += each if isinstance(each, list | tuple) else [each]
    return found


def plain() -> Any:
    return masked(
        layers.LSTM(3, return_sequences=True, return_state=True),
        layers.LSTM(2, go_backwards=True, return_state=True),
        layers.GRU(3),
        layers.GRU(2, go_backwards=True, return_sequences=True, reset_after=False),
        layers.SimpleRNN(3, return_sequences=True),
        layers.SimpleRNN(2, unroll=True, go_backwards=True, return_sequences=True),
    )


def zeros() -> Any:
    said = {"zero_output_for_mask": True}
    return masked(
        layers.LSTM(3, return_sequences=True, **said),
        layers.GRU(2, go_backwards=True, return_sequences=True, return_state=True, **said),
        layers.GRU(3, return_state=True, **said),
        layers.SimpleRNN(2, go_backwards=True, **said),
    )


def unrolled() -> Any:
    said = {"zero_output_for_mask": True, "unroll": True}
    last = [  # which Keras 2 cannot build
        layers.SimpleRNN(2, **said),
        layers.SimpleRNN(2, go_backwards=True, return_state=True, **said),
    ]
    return masked(
        layers.LSTM(3, return_sequences=True, **said),
        layers.GRU(2, go_backwards=True, return_sequences=True, return_state=True, **said),
        *(last if SUFFIX == "keras" else []),
    )


def both() -> Any:
    def twice(layer: Any, mode: Any = "concat") -> Any:
        return layers.Bidirectional(layer, merge_mode=mode)

    return masked(
        twice(layers.LSTM(2, return_sequences=True)),
        twice(layers.LSTM(2, return_sequences=True), "mul"),
        twice(layers.GRU(3), "sum"),
        twice(layers.GRU(2, return_sequences=True), "ave"),
        twice(layers.SimpleRNN(2, return_sequences=True, unroll=True)),
        twice(layers.SimpleRNN(2), None),
    )


def states() -> Any:
    x, mask = Input((TIME, 3)), Input((TIME,), dtype="bool")
    hidden, carry = Input((3,)), Input((3,))
    long = layers.LSTM(3, return_sequences=True, return_state=True)
    gated = layers.GRU(3, return_state=True, go_backwards=True)
    simple = layers.SimpleRNN(3, return_sequences=True)
    given = [
        long(x, initial_state=[hidden, carry], mask=mask),
        gated(x, initial_state=hidden, mask=mask),
        simple(x, initial_state=carry, mask=mask),
    ]
    return Model([x, mask, hidden, carry], flat(given))


def states_both() -> Any:
    x, mask = Input((TIME, 3)), Input((TIME,), dtype="bool")
    given = [Input((2,)) for _ in range(4)]
    long = layers.Bidirectional(layers.LSTM(2, return_sequences=True, return_state=True))
    return Model([x, mask, *given], list(long(x, initial_state=given, mask=mask)))


def stacked() -> Any:
    x, mask = Input((None, 3)), Input((None,), dtype="bool")
    y = layers.LSTM(4, return_sequences=True)(x, mask=mask)
    y = layers.Dropout(0.3)(y)
    y = layers.Bidirectional(layers.GRU(2, return_sequences=True))(y, mask=mask)
    y = layers.LSTM(3, return_sequences=True, go_backwards=True)(y, mask=mask)
    return Model([x, mask], layers.GRU(3)(y, mask=mask))


def words() -> Any:
    inner = [layers.LSTM(4, return_sequences=True), layers.Bidirectional(layers.GRU(3))]
    entrance = [Input((TIME,), dtype="int32"), layers.Embedding(9, 3, mask_zero=True)]
    return Sequential([*entrance, *inner, layers.Dense(2)])


NETS: dict[str, Callable[[], Any]] = {
    "plain": plain,
    "zeros": zeros,
    "unrolled": unrolled,
    "both": both,
    "states": states,
    "states_both": states_both,
    "stacked": stacked,
    "words": words,
}


def drawn(shape: tuple[int | None, ...], dtype: str) -> Any:
    sizes = (len(MASKS), *(size or TIME for size in shape[1:]))
    if dtype == "bool":
        return np.asarray(MASKS, bool)
    if dtype == "int32":
        return (rng.integers(1, 9, sizes) * MASKS).astype(np.int32)
    return rng.normal(size=sizes).astype(np.float32)


def main() -> None:
    kept = HERE / "io.npz"
    numbers: dict[str, Any] = dict(np.load(kept)) if kept.exists() else {}
    for name, build in NETS.items():
        if name == "states_both" and VERSION == "3.0.5":  # which cannot call it
            continue
        model = build()
        model.set_weights([rng.normal(0, 0.6, each.shape) for each in model.get_weights()])
        file = HERE / f"{name}-{VERSION}.{SUFFIX}"
        rows = [
            drawn(tuple(each.shape), str(getattr(each.dtype, "name", each.dtype)))
            for each in model.inputs
        ]
        model.save(file)
        made = model(rows if len(rows) > 1 else rows[0], training=False)
        made = made if isinstance(made, list | tuple) else [made]
        for kind, arrays in (("in", rows), ("out", made)):
            for place, array in enumerate(arrays):
                numbers[f"{file.name}/{kind}{place}"] = np.asarray(array)
    np.savez_compressed(kept, **numbers)


if __name__ == "__main__":
    main()
