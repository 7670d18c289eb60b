"""Mistakes in single layers of every kind: each made by hand, each named."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from layer_case import Builder, layer, tensor

import keronyx
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.functions import Function
from keronyx.converter.tensors import Array
from keronyx.runtime.compare.in_layers import function_of, other_functions, spelled
from keronyx.tracing import Trace

Arrays = dict[str, Any]
RANDOM = np.random.default_rng(11)
X = RANDOM.normal(size=(6, 4))
W = {
    "kernel": RANDOM.normal(size=(4, 4)),
    "carry_kernel": RANDOM.normal(size=(4, 4)),
    "bias": RANDOM.normal(size=4),
    "carry_bias": RANDOM.normal(size=4),
    "gamma": RANDOM.uniform(0.5, 2, size=4),
    "beta": RANDOM.normal(size=4),
    "mean": RANDOM.normal(size=4),
    "spread": RANDOM.uniform(0.01, 0.2, size=4),
}
A, B = RANDOM.normal(size=(4, 2)), RANDOM.normal(size=(2, 4))


def sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def relu(z: Array) -> Array:
    return np.asarray(np.maximum(z, 0))


def only(*names: str) -> Arrays:
    return {name: W[name] for name in names}


def highway(z: Array, act: Callable[[Array], Array], bias: float = 1) -> Array:
    gate = sigmoid(z @ W["carry_kernel"] + bias * W["carry_bias"])
    return np.asarray(gate * act(z @ W["kernel"] + bias * W["bias"]) + (1 - gate) * z)


def centred(x: Array) -> Array:
    return np.asarray(x - x.mean(-1, keepdims=True))


def normal(x: Array, epsilon: float) -> Array:
    return np.asarray(centred(x) / np.sqrt((centred(x) ** 2).mean(-1, keepdims=True) + epsilon))


STACK = RANDOM.normal(size=(3, 4, 4))
LORA: Arrays = {"kernel": W["kernel"], "lora_kernel_a": A, "lora_kernel_b": B}
SCALE = np.array([3.0, 5.0, 7.0, 9.0])
BYTES = RANDOM.integers(-100, 100, size=(4, 4)).astype(np.int8)
NORM: Arrays = {"moving_mean": W["mean"], "moving_variance": W["spread"], **only("gamma", "beta")}
LEGACY: Arrays = {"running_mean": W["mean"], "running_std": W["spread"], **only("gamma", "beta")}
GIVEN: Arrays = {"mean": W["mean"], "variance": W["spread"], "count": np.array(9)}
DENSE: Arrays = only("kernel", "bias")

# The layer, what somebody computed in its place, and what is to be said about it.
MISTAKES: dict[str, tuple[Layer, Callable[[], Array], str]] = {
    "lora": (
        layer("Dense", units=4, use_bias=False, lora_rank=2, lora_alpha=3.0, **LORA),
        lambda: X @ W["kernel"],
        "the LoRA update was left out",
    ),
    "scale": (
        layer(
            "Dense",
            units=4,
            use_bias=False,
            quantization="int8",
            dtype="float32",
            kernel=BYTES,
            kernel_scale=SCALE,
        ),
        lambda: X @ BYTES,
        "the kernel's scale was left out",
    ),
    "einsum activation": (
        layer(
            "EinsumDense",
            equation="ab,bc->ac",
            output_shape=4,
            bias_axes="c",
            activation="tanh",
            **DENSE,
        ),
        lambda: X @ W["kernel"] + W["bias"],
        "the activation (tanh) was left out",
    ),
    "einsum bias": (
        layer("EinsumDense", equation="ab,bc->ac", output_shape=4, bias_axes="c", **DENSE),
        lambda: X @ W["kernel"],
        "the bias was left out",
    ),
    "highway activation": (
        layer("Highway", activation="relu", **only("kernel", "carry_kernel", "bias", "carry_bias")),
        lambda: highway(X, lambda z: z),
        "the activation (relu) was left out",
    ),
    "highway function": (
        layer("Highway", activation="relu", **only("kernel", "carry_kernel", "bias", "carry_bias")),
        lambda: highway(X, np.tanh),
        "tanh was applied in 'highway' instead of relu",
    ),
    "highway bias": (
        layer("Highway", activation="relu", **only("kernel", "carry_kernel", "bias", "carry_bias")),
        lambda: highway(X, relu, 0),
        "the bias was left out",
    ),
    "maxout": (
        layer("MaxoutDense", units=4, nb_feature=3, kernel=STACK, bias=RANDOM.normal(size=(3, 4))),
        lambda: np.max(X @ STACK, axis=0),
        "the bias was left out",
    ),
    "activation layer": (
        layer("LeakyReLU", negative_slope=0.3),
        lambda: np.where(X > 0, X, 0.01 * X),
        "leaky_relu (negative_slope=0.01) was applied instead of leaky_relu",
    ),
    "relu layer": (
        layer("ReLU", max_value=0.5),
        lambda: relu(X),
        "relu (max_value=None) was applied instead of relu",
    ),
    "elu layer": (
        layer("ELU", alpha=0.3),
        lambda: X,
        "the activation (elu) was left out: 'elu'",
    ),
    "softmax layer": (
        layer("Softmax"),
        lambda: np.exp(X) / np.exp(X).sum(axis=0),
        "softmax (axis=0) was applied instead of softmax",
    ),
    "prelu": (
        layer("PReLU", alpha=W["gamma"]),
        lambda: relu(X),
        "relu was applied instead of PReLU",
    ),
    "layer normalization": (
        layer("LayerNormalization", **only("gamma", "beta")),
        lambda: W["gamma"] * normal(X, 1e-1) + W["beta"],
        "",
    ),
    "layer normalization, epsilon": (
        layer("LayerNormalization", epsilon=0.1, **only("gamma", "beta")),
        lambda: W["gamma"] * normal(X, 1e-3) + W["beta"],
        "epsilon was 0.001 in 'layernormalization' instead of 0.1",
    ),
    "group normalization": (
        layer("GroupNormalization", groups=1, **only("gamma", "beta")),
        lambda: normal(X, 1e-3) * W["gamma"],
        "beta was left out",
    ),
    "rms scale": (
        layer("RMSNormalization", scale=W["gamma"]),
        lambda: X / np.sqrt((X**2).mean(-1, keepdims=True) + 1e-6),
        "the scale was left out",
    ),
    "batch mean": (
        layer("BatchNormalization", **NORM),
        lambda: W["gamma"] * X / np.sqrt(W["spread"] + 1e-3) + W["beta"],
        "the moving mean was not subtracted",
    ),
    "legacy deviation": (
        layer("LegacyBatchNormalization", mode=0, epsilon=1e-3, **LEGACY),
        lambda: W["gamma"] * (X - W["mean"]) / np.sqrt(W["spread"] + 1e-3) + W["beta"],
        "the standard deviation was used as if it were the variance",
    ),
    "legacy epsilon": (
        layer("LegacyBatchNormalization", mode=0, epsilon=1e-3, **LEGACY),
        lambda: W["gamma"] * (X - W["mean"]) / W["spread"] + W["beta"],
        "epsilon was left out",
    ),
    "mean alone": (
        layer("Normalization", **GIVEN),
        lambda: X - W["mean"],
        "'normalization' only subtracted the mean",
    ),
    "deviation alone": (
        layer("Normalization", **GIVEN),
        lambda: X / np.sqrt(W["spread"]),
        "'normalization' did not subtract the mean",
    ),
    "offset": (
        layer("Rescaling", scale=0.5, offset=-1.0),
        lambda: X * 0.5,
        "the offset was left out",
    ),
    "reshape": (
        layer("Reshape", target_shape=(2, 2)),
        lambda: X.reshape(6, 2, 2).transpose(0, 2, 1),
        "was taken column by column",
    ),
    "unit normalization": (
        layer("UnitNormalization"),
        lambda: X,
        "'unitnormalization' was left out",
    ),
}


def traced(made: Layer, x: Array = X) -> Trace:
    builder = Builder(tensor("x", *x.shape[1:]))
    return keronyx.trace(builder.model(out=builder.call(made, builder.inputs["x"])), x)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_one_layer(name: str) -> None:
    made, mine, words = MISTAKES[name]
    trace = traced(made)
    assert trace.compare(trace.layers[0].values).agrees
    found = trace.compare(mine())
    assert not found.agrees
    if words:
        assert words in found.explanations[0], found.explanations
    else:
        assert found.explanations == ()


def test_a_mistake_in_every_step() -> None:
    held = {"class_name": "Dense", "config": {"units": 4, "activation": "relu"}}
    steps = RANDOM.normal(size=(2, 3, 4))
    inner: Arrays = {f"layer/{key}": array for key, array in DENSE.items()}
    made = layer("TimeDistributed", name="steps", layer=held, **inner)
    trace = traced(made, steps)
    assert trace.layers[0].before is not None
    found = trace.compare(steps @ W["kernel"] + W["bias"])
    assert found.explanations == ("the activation (relu) was left out in 'steps'",)
    found = trace.compare(relu(steps @ W["kernel"]))
    assert found.explanations == ("the bias was left out in 'steps'",)


def test_channels_first() -> None:
    images = RANDOM.normal(size=(2, 3, 4, 5))
    trace = traced(layer("Flatten", data_format="channels_first"), images)
    assert trace.compare(np.moveaxis(images, 1, -1).reshape(2, -1)).agrees
    found = trace.compare(images.reshape(2, -1))
    assert found.explanations == ("channels_first was ignored in 'flatten'",)
    found = traced(layer("Flatten"), images).compare(np.moveaxis(images, 1, -1).reshape(2, -1))
    assert found.explanations == ("'flatten' was taken with the channels first",)


def test_subtracting_the_other_way_round() -> None:
    builder = Builder(tensor("a", 4), tensor("b", 4))
    out = builder.call(layer("Subtract", name="less"), *builder.inputs.values())
    trace = keronyx.trace(builder.model(out=out), [X, X[::-1] * 2])
    found = trace.compare(X[::-1] * 2 - X)
    assert found.explanations[0] == "'less' subtracted the first input from the second"


def test_a_mistake_that_the_stored_values_hide() -> None:
    """Somebody keeps the right values and goes on with those before the activation."""
    builder = Builder(tensor("x", 4))
    one = layer("Dense", name="one", units=4, activation="relu", **DENSE)
    two = layer("Dense", name="two", units=4, **DENSE)
    hidden = builder.call(one, builder.inputs["x"])
    trace = keronyx.trace(builder.model(out=builder.call(two, hidden)), X)
    z1 = X @ W["kernel"] + W["bias"]
    found = trace.compare([relu(z1), z1 @ W["kernel"] + W["bias"]])
    assert [each.agrees for each in found.compared] == [True, False]
    assert found.explanations == ("the activation (relu) was left out in 'one'",)


def test_functions_of_layers() -> None:
    assert function_of(layer("ReLU", threshold=0.5)) == Function.of("relu", threshold=0.5)
    assert function_of(layer("Softmax", axis=1)) == Function.of("softmax", axis=1)
    assert function_of(layer("ThresholdedReLU")).name == "ThresholdedReLU"
    names = [spelled(each, Function.of("gelu")) for each, _ in other_functions(Function.of("gelu"))]
    assert len(names) == len(set(names))
    assert "gelu (approximate=True)" in names
    assert "linear" not in names


def test_names_with_braces() -> None:
    named: dict[str, Any] = {"units": 4, "activation": "relu", **DENSE}
    builder = Builder(tensor("{x}", 4))
    hidden = builder.call(layer("Dense", name="{0}", **named), builder.inputs["{x}"])
    trace = keronyx.trace(
        builder.model(out=builder.call(layer("Dense", name="{a}", **named), hidden)), X
    )
    z = X @ W["kernel"] + W["bias"]
    found = trace.compare(z @ W["kernel"] + W["bias"])
    assert found.explanations == ("the activation (relu) was left out in '{0}' and '{a}'",)
