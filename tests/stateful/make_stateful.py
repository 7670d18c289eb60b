"""Save stateful nets with a Keras, and record what it gives for calls in a row, and after a reset.

    python make_stateful.py TAG EXTENSION NAME,NAME,...

Writes TAG_NAME.EXTENSION and TAG.npz beside itself, with ``TAG_NAME/CALL/in`` and ``.../out_K``. Of
four calls, the second has two batches, and the states are reset before the last. It runs in Keras
1.2 (KERAS_BACKEND=tensorflow) to 3, and in the Keras of TensorFlow where TAG begins with "tf".
"""

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np

TAG, EXTENSION, NAMES = sys.argv[1:]
HERE = Path(__file__).parent
BATCH, TIME, FEATURES = 2, 3, 4
CALLS, RESET = 4, 3

OF_TENSORFLOW = TAG.startswith("tf")
keras = importlib.import_module("tensorflow" if OF_TENSORFLOW else "keras")
keras = keras.keras if OF_TENSORFLOW else keras
layers = keras.layers
FIRST = not OF_TENSORFLOW and keras.__version__.startswith("1.")
KEPT = {"stateful": True}


def entrance(*shape: int) -> Any:
    return layers.Input(batch_shape=(BATCH, *shape))


def model(start: Any, end: Any) -> Any:
    return keras.models.Model(start, end)


def sequence(*steps: Any) -> Any:
    x = entrance(TIME, FEATURES)
    y = x
    for step in steps:
        y = step(y)
    return model(x, y)


def lstm() -> Any:
    return sequence(layers.LSTM(3, **KEPT))


def gru() -> Any:
    return sequence(layers.GRU(3, return_sequences=True, go_backwards=True, **KEPT))


def simple() -> Any:
    return sequence(layers.SimpleRNN(3, unroll=True, **KEPT))


def stacked() -> Any:
    first = layers.LSTM(3, return_sequences=True, **KEPT)
    return sequence(first, layers.GRU(2, **KEPT), layers.Dense(2))


def both() -> Any:
    inner = layers.LSTM(3, return_sequences=True, **KEPT)
    return sequence(layers.Bidirectional(inner, merge_mode="concat"))


def masked() -> Any:
    first = layers.LSTM(3, return_sequences=True, **KEPT)
    return sequence(layers.Masking(), first, layers.GRU(2, **KEPT))


def both_masked() -> Any:
    inner = layers.GRU(2, return_sequences=True, **KEPT)
    return sequence(layers.Masking(), layers.Bidirectional(inner, merge_mode="sum"))


def nested() -> Any:
    inner = sequence(layers.LSTM(3, return_sequences=True, **KEPT))
    return sequence(inner, layers.LSTM(2, **KEPT), layers.Dense(2))


def sequential() -> Any:
    x = entrance(TIME)
    y = layers.LSTM(3, **KEPT)(layers.Embedding(7, 3, mask_zero=True)(x))
    return model(x, layers.Dense(2)(y))


def returned() -> Any:
    x = entrance(TIME, FEATURES)
    found = layers.LSTM(3, return_state=True, return_sequences=True, **KEPT)(x)
    return model(x, list(found))


def cells() -> Any:
    inner = [layers.LSTMCell(3), layers.GRUCell(2), layers.SimpleRNNCell(4)]
    return sequence(layers.RNN(inner, **KEPT))


def returned_cells() -> Any:
    x = entrance(TIME, FEATURES)
    inner = [layers.LSTMCell(3), layers.GRUCell(2), layers.SimpleRNNCell(4)]
    return model(x, list(layers.RNN(inner, return_state=True, **KEPT)(x)))


def conv() -> Any:
    x = entrance(TIME, 4, 4, 2)
    size, how = ((3, 3), "border_mode") if FIRST else ((3,), "padding")
    layer = layers.ConvLSTM2D(2, *size, **{how: "same"}, return_sequences=True, **KEPT)
    return model(x, layer(x))


def conv1() -> Any:
    x = entrance(TIME, 5, 2)
    return model(x, layers.ConvLSTM1D(2, 3, **KEPT)(x))


def conv3() -> Any:
    x = entrance(TIME, 3, 3, 3, 1)
    return model(x, layers.ConvLSTM3D(2, 2, **KEPT)(x))


def flat(states: Any) -> Any:
    for state in states or ():
        if isinstance(state, (list, tuple)):
            yield from flat(state)
        else:
            yield state


def reset(net: Any) -> None:
    if hasattr(net, "reset_states"):
        net.reset_states()
        return
    for layer in net.layers:
        halves = (getattr(layer, half, None) for half in ("forward_layer", "backward_layer"))
        for part in (layer, *halves):
            for state in flat(getattr(part, "states", None)):
                state.assign(np.zeros(state.shape))
        if hasattr(layer, "layers"):
            reset(layer)


def drawn(random: Any, name: str, call: int, net: Any) -> Any:
    count = BATCH * (2 if call == 1 else 1)
    if name == "sequential":
        x = random.randint(0, 7, (count, TIME)).astype("float32")
        x[0, 1] = 0
        return x
    start = net.inputs[0]
    row = getattr(start, "_keras_shape", start.shape)[1:]
    x = random.standard_normal((count, *map(int, row))).astype("float32")
    if "masked" in name:
        x[0, call % 3] = 0
        x[1, :2] = 0
    return x


def recorded(name: str) -> Any:
    random = np.random.RandomState(5)
    net = globals()[name]()
    weights = [0.6 * random.standard_normal(each.shape) for each in net.get_weights()]
    net.set_weights(weights)
    net.save(str(HERE / f"{TAG}_{name}.{EXTENSION}"))
    arrays = {}
    for call in range(CALLS):
        if call == RESET:
            reset(net)
        x = drawn(random, name, call, net)
        found = net.predict(x, batch_size=BATCH)
        outputs = flat([found])
        place = f"{TAG}_{name}/{call}"
        arrays[f"{place}/in"] = x
        arrays.update({f"{place}/out_{k}": each for k, each in enumerate(outputs)})
    return arrays


if __name__ == "__main__":
    every = {}
    for each in NAMES.split(","):
        every.update(recorded(each))
    np.savez_compressed(str(HERE / (TAG + ".npz")), **every)
