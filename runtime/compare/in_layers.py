"""The classical mistakes within one layer: the same layer, described wrongly."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial, singledispatch
from itertools import filterfalse
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np

from keronyx.converter.layers.activations import (
    ELU,
    Activation,
    LeakyReLU,
    PReLU,
    ReLU,
    Softmax,
    SReLU,
    ThresholdedReLU,
)
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.core import (
    Dense,
    EinsumDense,
    Highway,
    Identity,
    MaxoutDense,
)
from keronyx.converter.layers.embedding import Embedding
from keronyx.converter.layers.functions import FUNCTIONS, LINEAR, Function
from keronyx.converter.layers.normalization import SpectralNormalization
from keronyx.converter.layers.rnn import TimeDistributed
from keronyx.converter.tensors import Array, Variable

LEFT_OUT: Final = "activation left out"


class Wrong(NamedTuple):
    """A layer described wrongly, and what is wrong about it; the rest as ``Mistake`` has it."""

    what: str
    layer: Layer
    kind: str = ""
    whole: bool = False
    rare: bool = False


AnyLayer = TypeVar("AnyLayer", bound=Layer)


@singledispatch
def wrongly(layer: Layer) -> Iterator[Wrong]:
    """Yield the layer with each mistake that people make in it, the commonest first."""
    del layer
    yield from ()


@wrongly.register
def _held(layer: TimeDistributed | SpectralNormalization) -> Iterator[Wrong]:
    for wrong in wrongly(layer.layer):
        yield wrong._replace(layer=replace(layer, layer=wrong.layer))


def other(variable: Variable, change: Callable[[Array], Array]) -> Variable:
    """Return a variable of the same shape whose numbers are changed when they are loaded."""
    return replace(variable, load=lambda: change(variable.load()))


@wrongly.register
def _dense(layer: Dense | EinsumDense) -> Iterator[Wrong]:
    yield from _activation_left_out(layer)
    yield from _without_bias(layer, "bias")
    if layer.dtype.quantization is None:
        yield from _kernel(layer)
    yield from _update_left_out(layer)
    yield from _other_activations(layer)


BIASES: Final[Mapping[str, Callable[[Array], Array]]] = {
    "added twice": lambda bias: 2 * bias,
    "taken in reverse order": lambda bias: bias[::-1],
}
"""What else is done with a bias."""


def _activation_left_out(layer: Dense | EinsumDense | Highway) -> Iterator[Wrong]:
    function = layer.activation
    if not function.is_linear and function.name != "glu":
        what = f"the activation ({function.name}) was left out in {{layers}}"
        yield Wrong(what, replace(layer, activation=LINEAR), LEFT_OUT)


def _without_bias(layer: Any, *names: str) -> Iterator[Wrong]:
    """Leave out, or subtract, the biases."""
    variables = [getattr(layer, name) for name in names]
    if None in variables:
        return
    switch = {"bias_axes": None} if isinstance(layer, EinsumDense) else {"use_bias": False}
    without = replace(layer, **dict.fromkeys(names), **switch)
    yield Wrong("the bias was left out in {layers}", without, "bias left out")
    opposite = {
        name: other(variable, np.negative) for name, variable in zip(names, variables, strict=True)
    }
    yield Wrong("the bias was subtracted in {layers}", replace(layer, **opposite), "bias -")
    for what, change in BIASES.items():
        changed = {name: other(each, change) for name, each in zip(names, variables, strict=True)}
        yield Wrong(f"the bias was {what} in {{layers}}", replace(layer, **changed), what)


def _kernel(layer: Dense | EinsumDense) -> Iterator[Wrong]:
    """Take the kernel's numbers in another order."""
    if len(layer.kernel.shape) != 2:
        return
    turned: dict[str, Callable[[Array], Array]] = {
        "the kernel was reshaped, not transposed, in {layers}": lambda k: (
            k.reshape(k.shape[::-1]).T
        ),
        "the kernel was read column by column in {layers}": lambda k: k.T.reshape(k.shape),
    }
    if layer.kernel.shape[0] == layer.kernel.shape[1]:
        turned = {"the kernel was transposed in {layers}": np.transpose}
    for what, change in turned.items():
        yield Wrong(what, replace(layer, kernel=other(layer.kernel, change)), what)


def _update_left_out(layer: Any) -> Iterator[Wrong]:
    names = ("lora_kernel_a", "lora_kernel_b")
    if isinstance(layer, Embedding):
        names = ("lora_embeddings_a", "lora_embeddings_b")
    if layer.lora_rank:
        without = replace(layer, lora_rank=None, **dict.fromkeys(names))
        yield Wrong("the LoRA update was left out in {layers}", without, "lora")
    if getattr(layer, "kernel_scale", None) is not None:
        scale = other(layer.kernel_scale, np.ones_like)
        unscaled = replace(layer, kernel_scale=scale)
        yield Wrong("the kernel's scale was left out in {layers}", unscaled, "scale")


MORE: Final = (
    *(Function.of("leaky_relu", negative_slope=slope) for slope in (0.01, 0.1, 0.3)),
    Function.of("hard_sigmoid", slope=0.2),
    Function.of("gelu", approximate=True),
)
"""Functions that other programs, or other versions, mean by the same names."""
ALONE: Final = frozenset({"linear", "glu", "threshold"})
"""Functions that nobody takes for another."""


def other_functions(right: Function) -> Iterator[tuple[Function, bool]]:
    """Yield every function that may stand in the place of one; whether it mixes the rows."""
    found = map(Function.of, filterfalse(ALONE.__contains__, FUNCTIONS))
    for function in (*found, *MORE):
        if function != right:
            yield function, False
    if right.name in FUNCTIONS and "softmax" in right.name:
        yield Function.of(right.name, axis=0), True


def spelled(function: Function, right: Function) -> str:
    """Name a function, with its arguments where its name alone does not tell it from others."""
    listed = ", ".join(f"{key}={_short(value)}" for key, value in _shown(function, right).items())
    return f"{function.name} ({listed})" if listed else function.name


def _shown(function: Function, right: Function) -> Mapping[str, Any]:
    """Return the arguments that are other than usual, or than those of the right function."""
    if function.name == "leaky_relu":
        return function.arguments
    usual = right.arguments if function.name == right.name else FUNCTIONS[function.name]
    return {key: value for key, value in function.arguments.items() if value != usual[key]}


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _other_activations(layer: Dense | EinsumDense | Highway) -> Iterator[Wrong]:
    right = layer.activation
    if right.name == "glu":
        return
    for function, whole in other_functions(right):
        name = spelled(function, right)
        what = f"{name} was applied in {{layers}} instead of {right.name}"
        if right.is_linear:
            what = f"an activation ({name}) was applied in {{layers}}, where there is none"
        yield Wrong(what, replace(layer, activation=function), what, whole, rare=True)


@wrongly.register
def _maxout(layer: MaxoutDense) -> Iterator[Wrong]:
    yield from _without_bias(layer, "bias")


@wrongly.register
def _highway(layer: Highway) -> Iterator[Wrong]:
    yield from _activation_left_out(layer)
    yield from _without_bias(layer, "bias", "carry_bias")
    yield from _other_activations(layer)


@wrongly.register
def _embedding(layer: Embedding) -> Iterator[Wrong]:
    for shift, what in ((1, "one too low"), (-1, "one too high")):
        moved = other(layer.embeddings, partial(np.roll, shift=shift, axis=0))
        yield Wrong(f"the ids were {what} in {{layers}}", replace(layer, embeddings=moved))
    yield from _update_left_out(layer)


@wrongly.register
def _activation_layer(
    layer: Activation | ReLU | LeakyReLU | ELU | ThresholdedReLU | Softmax | PReLU | SReLU,
) -> Iterator[Wrong]:
    right = function_of(layer)
    if right.is_linear or right.name == "glu":
        return
    what = f"the activation ({right.name}) was left out: {{layers}}"
    yield Wrong(what, Identity(name=layer.name, dtype=layer.dtype), LEFT_OUT)
    for function, whole in other_functions(right):
        name = spelled(function, right)
        made = Activation(name=layer.name, dtype=layer.dtype, activation=function)
        what = f"{name} was applied instead of {right.name}: {{layers}}"
        yield Wrong(what, made, what, whole, rare=True)


def function_of(layer: Layer) -> Function:
    """Return the function that an activation layer applies; its class stands for learned ones."""
    if isinstance(layer, Activation):
        return layer.activation
    arguments: dict[str, Any] = {}
    if isinstance(layer, ReLU):
        arguments = {"negative_slope": layer.negative_slope, "max_value": layer.max_value}
        return Function.of("relu", threshold=layer.threshold, **arguments)
    if isinstance(layer, LeakyReLU):
        return Function.of("leaky_relu", negative_slope=layer.negative_slope)
    if isinstance(layer, ELU):
        return Function.of("elu", alpha=layer.alpha)
    if isinstance(layer, Softmax):
        return Function.of("softmax", axis=layer.axis)
    return Function(type(layer).__name__)
