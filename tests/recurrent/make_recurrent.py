"""Save recurrent nets with what real Keras makes of drawn inputs.

Run with Keras 3.15.1, which saves NAME.keras, and with TensorFlow 2.15, which saves NAME.h5; io.npz
has <name>.<suffix>/in<number> and /out<number> of both.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import Input, Model, Sequential, layers

HERE = Path(__file__).parent
SUFFIX = "keras" if keras.__version__.startswith("3") else "h5"
rng = np.random.default_rng(13)


def steps(*each: Any, time: int | None = 7) -> Any:
    return Sequential([Input((time, 3)), *each])


def both(mode: str, **options: Any) -> Any:
    gru = layers.GRU(4, return_sequences=mode != "ave")
    return steps(layers.Bidirectional(gru, merge_mode=mode, **options))


def states() -> Any:
    x, hidden, carry = Input((7, 3)), Input((4,)), Input((4,))
    long = layers.LSTM(4, return_sequences=True, return_state=True)
    gated = layers.GRU(4, return_state=True)
    found = [*long(x, initial_state=[hidden, carry]), *gated(x, initial_state=hidden)]
    return Model([x, hidden, carry], found)


def states_both() -> Any:
    x = Input((7, 3))
    long = layers.LSTM(4, return_sequences=True, return_state=True)
    return Model(x, list(layers.Bidirectional(long)(x)))


def behind_convolution() -> Any:
    return steps(
        layers.Conv1D(6, 3, padding="same", activation="relu"),
        layers.MaxPooling1D(2),
        layers.Bidirectional(layers.LSTM(4)),
        layers.Dense(2),
    )


def in_pieces() -> Any:
    inner = layers.TimeDistributed(layers.Bidirectional(layers.SimpleRNN(3)))
    return Sequential([Input((4, 5, 3)), inner, layers.TimeDistributed(layers.Dense(2))])


def words() -> Any:
    inner = [layers.Embedding(9, 4), layers.LSTM(5), layers.Dense(2, activation="softmax")]
    return Sequential([Input((6,), dtype="int32"), *inner])


OTHER = layers.LSTM(4, go_backwards=True, activation="relu", return_sequences=True)
NETS: dict[str, Callable[[], Any]] = {
    "lstm": lambda: steps(layers.LSTM(5)),
    "lstm_stacked": lambda: steps(layers.LSTM(5, return_sequences=True), layers.LSTM(3)),
    "lstm_backwards": lambda: steps(layers.LSTM(5, return_sequences=True, go_backwards=True)),
    "lstm_hard": lambda: steps(
        layers.LSTM(5, "relu", recurrent_activation="hard_sigmoid", use_bias=False, unroll=True)
    ),
    "gru": lambda: steps(layers.GRU(5)),
    "gru_before": lambda: steps(layers.GRU(5, reset_after=False, return_sequences=True)),
    "gru_plain": lambda: steps(
        layers.GRU(5, "softsign", recurrent_activation="hard_sigmoid", use_bias=False)
    ),
    "simple": lambda: steps(layers.SimpleRNN(5)),
    "simple_linear": lambda: steps(
        layers.SimpleRNN(5, "linear", go_backwards=True, return_sequences=True)
    ),
    "simple_relu": lambda: steps(layers.SimpleRNN(5, activation="relu")),
    "simple_elu": lambda: steps(layers.SimpleRNN(5, activation="elu")),
    "open": lambda: steps(layers.LSTM(5, return_sequences=True), layers.GRU(4), time=None),
    "both_concat": lambda: both("concat"),
    "both_sum": lambda: both("sum"),
    "both_mul": lambda: both("mul"),
    "both_ave": lambda: both("ave"),
    "both_others": lambda: steps(
        layers.Bidirectional(layers.LSTM(4, return_sequences=True), backward_layer=OTHER)
    ),
    "states": states,
    "states_both": states_both,
    "behind_convolution": behind_convolution,
    "in_pieces": in_pieces,
    "words": words,
}


def drawn(shape: tuple[int | None, ...], dtype: str) -> Any:
    sizes = (3, *(size or 9 for size in shape[1:]))
    if dtype == "bool":
        return rng.random(sizes) < 0.5
    if dtype == "int32":
        return rng.integers(0, 9, sizes).astype(np.int32)
    return rng.normal(size=sizes).astype(np.float32)


def record(nets: dict[str, Callable[[], Any]], folder: Path) -> None:
    """Save every net in the folder, and what it makes of drawn inputs in its io.npz."""
    kept = folder / "io.npz"
    numbers: dict[str, Any] = dict(np.load(kept)) if kept.exists() else {}
    for name, build in nets.items():
        model = build()
        model.set_weights([rng.normal(0, 0.6, each.shape) for each in model.get_weights()])
        dtypes = [str(getattr(each.dtype, "name", each.dtype)) for each in model.inputs]
        rows = [
            drawn(tuple(each.shape), dtype)
            for each, dtype in zip(model.inputs, dtypes, strict=True)
        ]
        model.save(folder / f"{name}.{SUFFIX}")
        made = model(rows if len(rows) > 1 else rows[0], training=False)
        made = made if isinstance(made, list | tuple) else [made]
        for kind, arrays in (("in", rows), ("out", made)):
            for place, array in enumerate(arrays):
                numbers[f"{name}.{SUFFIX}/{kind}{place}"] = np.asarray(array)
    np.savez_compressed(kept, **numbers)


if __name__ == "__main__":
    record(NETS, HERE)
