"""Save models with layers that need more than tensors in and one tensor out, as Keras has them.

Run with TensorFlow and Keras 3, and with Keras 2 (``tf_keras`` will do); each saves its part:

    python tests/wide/make_wide_models.py
    TF_USE_LEGACY_KERAS=1 python tests/wide/make_wide_models.py
"""

import os
from pathlib import Path
from typing import Any

import numpy as np

if os.environ.get("TF_USE_LEGACY_KERAS"):
    import tf_keras as keras  # type: ignore[import-not-found]
else:
    import keras
import tensorflow as tf

HERE = Path(__file__).resolve().parent
VERSION = int(keras.__version__.split(".", maxsplit=1)[0])
register = keras.saving.register_keras_serializable(package="Wide")
rng = np.random.default_rng(0)


@register
class Extremes(keras.layers.Layer):  # type: ignore[misc]
    """Two outputs: the largest and the smallest feature."""

    def call(self, x: Any) -> Any:
        return (
            tf.reduce_max(x, axis=-1, keepdims=True),
            tf.reduce_min(x, axis=-1, keepdims=True),
        )

    def compute_output_shape(self, shape: Any) -> Any:
        return ((*shape[:-1], 1), (*shape[:-1], 1))


@register
class Running(keras.layers.Layer):  # type: ignore[misc]
    """A sum over time from an initial state, which masked steps leave as it is."""

    def __init__(self, decay: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.decay = decay
        self.supports_masking = True

    def call(self, x: Any, mask: Any = None, initial_state: Any = None) -> Any:
        state = tf.zeros_like(x[:, 0]) if initial_state is None else initial_state
        steps = []
        for time in range(x.shape[1]):
            new = self.decay * state + x[:, time]
            state = new if mask is None else tf.where(mask[:, time, None], new, state)
            steps.append(state)
        return tf.stack(steps, axis=1)

    def get_config(self) -> Any:
        return {**super().get_config(), "decay": self.decay}


@register
class Blend(keras.layers.Layer):  # type: ignore[misc]
    """The mean of what several layers with variables give, weighed by a variable of its own."""

    def __init__(self, branches: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.branches = [
            each
            if isinstance(each, keras.layers.Layer)
            else keras.saving.deserialize_keras_object(each)
            for each in branches
        ]

    def build(self, shape: Any) -> None:
        self.mix = self.add_weight(name="mix", shape=(len(self.branches),), initializer="normal")
        for branch in self.branches:
            branch.build(shape)
        super().build(shape)

    def call(self, x: Any) -> Any:
        every = [self.mix[index] * branch(x) for index, branch in enumerate(self.branches)]
        return tf.add_n(every)

    def get_config(self) -> Any:
        branches = [keras.saving.serialize_keras_object(each) for each in self.branches]
        return {**super().get_config(), "branches": branches}


@register
class Changes(keras.layers.Layer):  # type: ignore[misc]
    """How much every step differs from the one before, for any number of steps."""

    def call(self, x: Any) -> Any:
        before = tf.pad(x[:, :-1], [[0, 0], [1, 0], [0, 0]])
        return tf.reduce_sum(tf.abs(x - before), axis=-1, keepdims=True)


@register
class Gate(keras.layers.Layer):  # type: ignore[misc]
    """Two products of layers that it makes of its config: one opens or shuts the other."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.value = keras.layers.Dense(units, name="value")
        self.gate = keras.layers.Dense(units, activation="sigmoid", name="gate")

    def build(self, shape: Any) -> None:
        self.scale = self.add_weight(name="scale", shape=(self.units,), initializer="normal")
        self.value.build(shape)
        self.gate.build(shape)
        super().build(shape)

    def call(self, x: Any) -> Any:
        return self.scale * self.value(x) * self.gate(x)

    def get_config(self) -> Any:
        return {**super().get_config(), "units": self.units}


def weighted(model: Any) -> Any:
    """Give every variable numbers that show when they are left out."""
    model.set_weights([rng.normal(size=each.shape).astype("f") for each in model.get_weights()])
    return model


def save(name: str, model: Any, rows: dict[str, Any], suffix: str = "keras") -> None:
    made = model([rows[each.name.partition(":")[0]] for each in model.inputs])
    outputs = made if isinstance(made, list | tuple) else [made]
    model.save(HERE / f"{name}.{suffix}")
    recorded = {f"out_{index}": np.asarray(each) for index, each in enumerate(outputs)}
    np.savez(HERE / f"{name}.npz", **{**rows, **recorded})


def keras3() -> None:
    x = keras.Input((3,), name="x")
    high, low = Extremes(name="extremes")(keras.layers.Dense(4, name="first")(x))
    ends = [keras.layers.Dense(2, name="of_low")(low), high]
    rows = rng.normal(size=(5, 3)).astype("f")
    save("two_outputs", weighted(keras.Model(x, ends)), {"x": rows})

    x = keras.Input((3,), name="x")
    branches = [
        keras.layers.Dense(2, activation="relu", name="left"),
        keras.layers.Dense(2, use_bias=False, name="right"),
        keras.layers.EinsumDense("ab,bc->ac", output_shape=(2,), bias_axes="c", name="last"),
    ]
    made = weighted(keras.Model(x, Blend(branches, name="blend")(x)))
    save("held_layers", made, {"x": rng.normal(size=(5, 3)).astype("f")})

    x = keras.Input((None, 3), name="x")
    y = keras.layers.Dense(3, name="first")(x)
    made = weighted(keras.Model(x, Changes(name="changes")(y)))
    save("open_time", made, {"x": rng.normal(size=(4, 6, 3)).astype("f")})

    x = keras.Input((3,), name="x")
    y = Gate(2, name="gated")(keras.layers.Dense(4, name="first")(x))
    made = weighted(keras.Model(x, y))
    save("implied_layers", made, {"x": rng.normal(size=(5, 3)).astype("f")})


def keras2() -> None:
    ids = keras.Input((5,), name="ids", dtype="int32")
    start = keras.Input((2,), name="start")
    x = keras.layers.Embedding(7, 2, mask_zero=True, name="embedding")(ids)
    y = Running(decay=0.5, name="running")(x, initial_state=start)
    made = weighted(keras.Model([ids, start], y))
    rows = np.array([[1, 2, 0, 3, 0], [0, 0, 4, 5, 6], [0] * 5, [1] * 5], "i4")
    save("mask_and_state", made, {"ids": rows, "start": rng.normal(size=(4, 2)).astype("f")}, "h5")


if __name__ == "__main__":
    keras3() if VERSION == 3 else keras2()
