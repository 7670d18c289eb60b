"""The nets in models/ computed by hand in NumPy, rightly or with a mistake, and their traces."""

import math
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from layer_case import Builder, layer, tensor

import keronyx
from keronyx.converter.model import Model
from keronyx.converter.tensors import Array
from keronyx.runtime.compare import Verdict
from keronyx.tracing import Trace

MODELS = Path(__file__).resolve().parents[1] / "models"
FILES = {
    "breast-cancer": ("breast-cancer.keras",),
    "diabetes-33": ("diabetes-33.h5",),
    "digits": ("digits.keras",),
    "digits-embedding": ("digits-embedding.keras",),
    "digits-residual": ("digits-residual.keras",),
    "iris": ("iris.h5",),
    "wine": ("wine.json", "wine.weights.h5"),
}

Weights = Mapping[str, Mapping[str, Array]]
Act = Callable[[Array], Array]


@cache
def traced(name: str) -> Trace:
    """Trace a net on the rows that were recorded with it."""
    folder = MODELS / name
    model = keronyx.read(*[folder / file for file in FILES[name]])
    with np.load(folder / "recorded.npz") as recorded:
        rows = [recorded[key] for key in recorded.files if key.startswith("in_")]
    return keronyx.trace(model, dict(zip(model.inputs, rows, strict=True)))


@cache
def weights(name: str) -> Weights:
    return weights_of(traced(name).model)


def weights_of(model: Model) -> Weights:
    return {
        layer.name: {
            key: variable.load().astype(np.float64) for key, variable in layer.variables().items()
        }
        for layer in model.layers
    }


def rows(name: str) -> Array:
    return next(iter(traced(name).inputs.values()))


def linear(z: Array) -> Array:
    return z


def relu(z: Array) -> Array:
    return np.asarray(np.maximum(z, 0))


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def elu(z: Array) -> Array:
    return np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)


def leaky(slope: float) -> Act:
    return lambda z: np.where(z > 0, z, slope * z)


def softmax(z: Array) -> Array:
    return np.asarray(np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True))


def gelu(z: Array) -> Array:
    return np.asarray(0.5 * z * (1 + np.vectorize(math.erf)(z / math.sqrt(2))))


def gelu_tanh(z: Array) -> Array:
    return np.asarray(0.5 * z * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))))


def dense(x: Array, w: Mapping[str, Array], act: Act = linear) -> Array:
    return act(x @ w["kernel"] + w.get("bias", np.zeros(())))


def diabetes(*acts: Act, w: Weights | None = None) -> list[Array]:
    """Compute 33-64-32-1 by hand; every layer's values."""
    w = weights("diabetes-33") if w is None else w
    h1 = dense(rows("diabetes-33"), w["dense"], acts[0])
    h2 = dense(h1, w["dense_1"], acts[1])
    return [h1, h2, dense(h2, w["progression"], acts[2])]


def changed(name: str, which: str, **arrays: Array) -> Weights:
    """Return a net's weights with those of one layer exchanged."""
    w = weights(name)
    return {**w, which: {**w[which], **arrays}}


def bn(
    x: Array,
    w: Mapping[str, Array],
    *,
    epsilon: float = 1e-3,
    divisor: Callable[[Array, float], Array] = lambda v, e: np.sqrt(v + e),
    gamma: bool = True,
    beta: bool = True,
) -> Array:
    normal = (x - w["moving_mean"]) / divisor(w["moving_variance"], epsilon)
    return normal * (w["gamma"] if gamma else 1) + (w["beta"] if beta else 0)


def digits(
    norm: Callable[..., Array] = bn,
    *,
    scale: float = 1 / 16,
    order: str = "norm act",
    **options: Any,
) -> list[Array]:
    """Compute 64-64-32-10 by hand; ``norm`` and its options stand for both normalisations."""
    w = weights("digits")
    h = [rows("digits") * scale]
    h.append(dense(h[-1], w["dense"]))
    steps = {"norm": lambda x: norm(x, w["batch_normalization"], **options), "act": relu}
    for step in order.split():
        h.append(steps[step](h[-1]))
    h.append(dense(h[-1], w["dense_1"], relu))
    h.append(norm(h[-1], w["batch_normalization_1"], **options))
    return [*h, dense(h[-1], w["digit"], softmax)]


def cancer(**how: Any) -> Array:
    """Compute 30-16-8-1 by hand."""
    w = weights("breast-cancer")
    x = rows("breast-cancer")
    mean, variance = w["normalization"]["mean"], w["normalization"]["variance"]
    for _ in range(how.get("times", 1)):
        x = (x - mean) / how.get("divisor", np.sqrt)(variance)
    h = dense(x, w["dense"], how.get("first", elu))
    return dense(dense(h, w["dense_1"], np.tanh), w["benign"], how.get("last", sigmoid))


def residual(act: Act = gelu, *, epsilon: float = 1e-3, skip: bool = True) -> Array:
    """Compute the residual digits net by hand."""
    w = weights("digits-residual")

    def norm(x: Array, name: str) -> Array:
        centred = x - x.mean(-1, keepdims=True)
        normal = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + epsilon)
        return np.asarray(normal * w[name]["gamma"] + w[name]["beta"])

    x = dense(rows("digits-residual") / 16, w["dense"])
    for norm_name, wide, narrow in (
        ("layer_normalization", "dense_1", "dense_2"),
        ("layer_normalization_1", "dense_3", "dense_4"),
    ):
        block = dense(dense(norm(x, norm_name), w[wide], act), w[narrow])
        x = x + block if skip else block
    return dense(norm(x, "layer_normalization_2"), w["digit"], softmax)


def embedding(flat: Callable[[Array], Array], *, shift: int = 0) -> Array:
    """Compute the embedding digits net by hand."""
    w = weights("digits-embedding")
    ids = rows("digits-embedding").astype(int) + shift
    h = flat(w["embedding"]["embeddings"][ids])
    h = dense(h, w["dense"], lambda z: z * sigmoid(z))
    return softmax(dense(h, w["logits"]))


def by_rows(x: Array) -> Array:
    return x.reshape(len(x), -1)


def by_columns(x: Array) -> Array:
    return x.transpose(0, 2, 1).reshape(len(x), -1)


def of_the_batch(x: Array, w: Mapping[str, Array]) -> Array:
    return np.asarray(w["gamma"] * (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-3) + w["beta"])


RIGHT: dict[str, Callable[[], Any]] = {
    "diabetes-33": lambda: diabetes(relu, relu, linear),
    "digits": digits,
    "breast-cancer": cancer,
    "digits-residual": residual,
    "digits-embedding": lambda: embedding(by_rows),
}


def verdict(name: str, mine: Any) -> Verdict:
    return traced(name).compare(mine)


def assert_explained(found: Verdict, *words: str) -> None:
    """The first explanation has all these words."""
    assert not found.agrees
    assert found.explanations, found.sentence
    for word in words:
        assert word in found.explanations[0], found.explanations


def square(*names: str, activation: str = "relu") -> tuple[Model, Weights, Array]:
    """Build a chain of square layers, which can be taken for each other."""
    random = np.random.default_rng(3)
    builder = Builder(tensor("x", 6))
    at = builder.inputs["x"]
    for name in names:
        made = layer(
            "Dense",
            name=name,
            units=6,
            activation=activation,
            kernel=random.normal(size=(6, 6)),
            bias=random.normal(size=6),
        )
        at = builder.call(made, at)
    model = builder.model(out=at)
    return model, weights_of(model), random.normal(size=(5, 6))
