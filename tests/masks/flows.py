"""Nets through which masks flow, each with something behind that shows the mask."""

from collections.abc import Callable
from functools import partial
from typing import Any

Nets = dict[str, Callable[[], Any]]


class Parts:
    """What the nets are made of, of one version of Keras."""

    def __init__(self, keras: Any) -> None:
        self.keras = keras
        self.layers = keras.layers

    def ids(self) -> Any:
        return self.keras.Input((4,), dtype="int32")

    def numbers(self) -> Any:
        return self.keras.Input((4, 3))

    def words(self, ids: Any) -> Any:
        return self.layers.Embedding(5, 3, mask_zero=True)(ids)

    def shown(self, x: Any) -> Any:
        """Show a mask: a mean over the steps that it lets count."""
        return self.layers.GlobalAveragePooling1D()(x)

    def through(self, *layers: Any) -> Any:
        """Return a net that sends numbers with a mask through layers."""
        x = self.numbers()
        y = self.layers.Masking()(x)
        for layer in layers:
            y = layer(y)
        return self.keras.Model(x, self.shown(y))

    def joined(self, layer: Any) -> Any:
        """Return a net of two inputs with masks."""
        ids, x = self.ids(), self.numbers()
        both = [self.words(ids), self.layers.Masking()(x)]
        return self.keras.Model([ids, x], self.shown(layer(both)))

    def beside(self, layer: Any) -> Any:
        """Return a net of two inputs, the first with a mask."""
        ids, x = self.ids(), self.numbers()
        both = [self.words(ids), self.layers.Activation("tanh")(x)]
        return self.keras.Model([ids, x], self.shown(layer(both)))

    def before(self, layer: Any) -> Any:
        """Return a net of two inputs, the second with a mask."""
        ids, x = self.ids(), self.numbers()
        both = [self.layers.Activation("tanh")(x), self.words(ids)]
        return self.keras.Model([ids, x], self.shown(layer(both)))

    def three(self, layer: Any) -> Any:
        """Return a net of three inputs, two with a mask."""
        ids, x = self.ids(), self.numbers()
        words, masked = self.words(ids), self.layers.Masking()(x)
        plain = self.layers.Activation("tanh")(x)
        return self.keras.Model([ids, x], self.shown(layer([words, plain, masked])))


def flows(keras: Any) -> Nets:
    """Return the nets by name."""
    parts, layers = Parts(keras), keras.layers
    found: Nets = {
        "words": lambda: keras.Model(
            ids := parts.ids(), parts.shown(layers.Dense(2)(parts.words(ids)))
        ),
        "masking": parts.through,
        "masking_value": lambda: keras.Model(
            x := parts.numbers(), parts.shown(layers.Masking(0.25)(x))
        ),
        "through_many": lambda: parts.through(
            layers.Dense(3), layers.Dropout(0.5), layers.Activation("tanh"), layers.LeakyReLU()
        ),
    }
    found |= {f"through_{name}": _through(parts, name, *each) for name, each in PASSED.items()}
    for name, config in JOINING.items():
        made = partial(getattr(layers, name.partition("_")[0].capitalize()), **config)
        low = name.lower()
        found[f"joined_{low}"] = partial(_with, parts.joined, made)
        found[f"beside_{low}"] = partial(_with, parts.beside, made)
        found[f"before_{low}"] = partial(_with, parts.before, made)
        if "subtract" not in low:
            found[f"three_{low}"] = partial(_with, parts.three, made)
    return found | _nested(parts) | _named(parts)


def _with(net: Callable[[Any], Any], layer: Callable[[], Any]) -> Any:
    """Return a net of a layer that is made anew."""
    return net(layer())


def _through(parts: Parts, _name: str, kind: str, config: dict[str, Any]) -> Callable[[], Any]:
    return lambda: parts.through(getattr(parts.layers, kind)(**config))


PASSED: dict[str, tuple[str, dict[str, Any]]] = {
    "batch_normalization": ("BatchNormalization", {}),
    "layer_normalization": ("LayerNormalization", {}),
    "unit_normalization": ("UnitNormalization", {}),
    "prelu": ("PReLU", {}),
    "elu": ("ELU", {}),
    "relu": ("ReLU", {}),
    "noise": ("GaussianNoise", {"stddev": 1.0}),
    "gaussian_dropout": ("GaussianDropout", {"rate": 0.5}),
    "alpha_dropout": ("AlphaDropout", {"rate": 0.5}),
    "spatial_dropout": ("SpatialDropout1D", {"rate": 0.5}),
    "activity": ("ActivityRegularization", {"l1": 0.1}),
    "identity": ("Identity", {}),
    "rescaling": ("Rescaling", {"scale": 2.0, "offset": 0.5}),
    "einsum": ("EinsumDense", {"equation": "abc,cd->abd", "output_shape": (None, 2)}),
    "conv": ("Conv1D", {"filters": 2, "kernel_size": 2, "padding": "same"}),
    "pooling": ("MaxPooling1D", {"pool_size": 2}),
    "averaging": ("AveragePooling1D", {"pool_size": 2}),
    "padding": ("ZeroPadding1D", {"padding": 1}),
    "cropping": ("Cropping1D", {"cropping": 1}),
    "up_sampling": ("UpSampling1D", {"size": 2}),
    "reshape": ("Reshape", {"target_shape": (2, 6)}),
    "permute": ("Permute", {"dims": (2, 1)}),
}
JOINING: dict[str, dict[str, Any]] = {
    "Add": {},
    "Subtract": {},
    "Average": {},
    "Multiply": {},
    "Maximum": {},
    "Minimum": {},
    "Concatenate": {},
    "Concatenate_time": {"axis": 1},
}


def _nested(parts: Parts) -> Nets:
    keras, layers = parts.keras, parts.layers

    def inner(*between: Any) -> Any:
        x = parts.numbers()
        y = x
        for layer in between:
            y = layer(y)
        return keras.Model(x, y)

    def with_inside(model: Any) -> Any:
        x = parts.numbers()
        return keras.Model(x, parts.shown(model(x)))

    def with_outside(model: Any, *, shows: bool = True) -> Any:
        x = parts.numbers()
        y = model(layers.Masking()(x))
        return keras.Model(x, parts.shown(y) if shows else y)

    def sentences(*inner: Any) -> Any:
        ids = keras.Input((4, 4), dtype="int32")
        y = layers.TimeDistributed(layers.Embedding(5, 3, mask_zero=True))(ids)
        for layer in inner:
            y = layers.TimeDistributed(layer)(y)
        return keras.Model(ids, parts.shown(y))

    def read(words: Any) -> Any:
        return layers.GRU(2)(parts.words(words))

    return {
        "nested_makes": lambda: with_inside(inner(layers.Masking(), layers.Dense(2))),
        "nested_passes": lambda: with_outside(inner(layers.Dense(2))),
        "nested_uses": lambda: with_outside(
            inner(layers.Dense(2), layers.GlobalAveragePooling1D()), shows=False
        ),
        "nested_sequential": lambda: with_outside(
            keras.Sequential([parts.numbers(), layers.Dense(2)])
        ),
        "nested_stops": lambda: with_outside(inner(layers.Conv1D(2, 1))),
        "sequential": lambda: keras.Sequential(
            [
                keras.Input((4,), dtype="int32"),
                layers.Embedding(5, 3, mask_zero=True),
                layers.Dense(2),
                layers.GlobalAveragePooling1D(),
            ]
        ),
        "steps": lambda: parts.through(layers.TimeDistributed(layers.Dense(2))),
        "steps_fixed": lambda: keras.Model(
            x := keras.Input(batch_shape=(6, 4, 3)),
            parts.shown(layers.TimeDistributed(layers.Dense(2))(layers.Masking()(x))),
        ),
        "steps_stop": lambda: sentences(layers.GRU(2)),
        "steps_pass": lambda: sentences(layers.GRU(2, return_sequences=True), layers.GRU(2)),
        "steps_averaged": lambda: sentences(layers.GlobalAveragePooling1D()),
        "steps_model": lambda: keras.Model(
            ids := keras.Input((4, 4), dtype="int32"),
            parts.shown(
                layers.TimeDistributed(keras.Model(words := parts.ids(), read(words)))(ids)
            ),
        ),
    }


def _named(parts: Parts) -> Nets:
    keras, layers = parts.keras, parts.layers

    def given(call: Callable[[Any, Any], Any], dtype: str = "bool") -> Any:
        x, mask = keras.Input((4, 3)), keras.Input((4,), dtype=dtype)
        return keras.Model([x, mask], call(x, mask))

    def inner() -> Any:
        x = parts.numbers()
        return keras.Model(x, parts.shown(layers.Dense(2)(x)))

    def softened(shape: tuple[int, ...], axis: Any) -> Any:
        x, mask = keras.Input(shape), keras.Input(shape, dtype="bool")
        return keras.Model([x, mask], layers.Softmax(axis)(x, mask=mask))

    pooling, normalizing = layers.GlobalAveragePooling1D, layers.BatchNormalization
    return {
        "named_pooling": lambda: given(lambda x, mask: pooling()(x, mask=mask)),
        "placed_pooling": lambda: given(pooling()),
        "counted_pooling": lambda: given(pooling(), "int32"),
        "named_kept": lambda: given(lambda x, mask: pooling(keepdims=True)(x, mask=mask)),
        "named_normalization": lambda: given(
            lambda x, mask: pooling()(normalizing()(x, mask=mask))
        ),
        "softmax": lambda: softened((4,), -1),
        "softmax_steps": lambda: softened((3, 4), 1),
        "softmax_axes": lambda: softened((3, 4), [1, 2]),
        "named_nested": lambda: given(lambda x, mask: inner()(x, mask=mask)),
    }
