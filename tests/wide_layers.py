"""Layers that need a wide description: several outputs, masks, states, held layers by the tuple."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from corpus_cases import Array

import keronyx
from keronyx.converter.emit.base import call
from keronyx.converter.formula.expression import Expression, apply
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.graph.operators import reduce, unsqueeze
from keronyx.converter.layers.base import Argument, Part, Spec, part, variable
from keronyx.converter.layers.core import Dense
from keronyx.converter.layers.functions import Function
from keronyx.converter.layers.masked import Mask
from keronyx.converter.tensors import KerasTensor, Shape
from keronyx.runtime.evaluate.model import Step

HERE = Path(__file__).with_name("wide")


@dataclass(frozen=True, kw_only=True, eq=False)
class Extremes(keronyx.Layer):
    def results(self, *inputs: KerasTensor, **_arguments: Any) -> tuple[Spec, ...]:
        spec = Spec((*inputs[0].shape[:-1], 1), self.dtype.compute)
        return (spec, spec)


@keronyx.emit_layer.register
def _(layer: Extremes, graph: keronyx.Graph, x: keronyx.Value) -> tuple[keronyx.Value, ...]:
    del layer
    return (reduce(graph, "ReduceMax", x, [-1]), reduce(graph, "ReduceMin", x, [-1]))


@keronyx.prepare_layer.register
def _(layer: Extremes, numbers: keronyx.Numbers) -> Any:
    del layer, numbers
    return lambda x: (np.sort(x)[..., -1:], np.sort(x)[..., :1])


@express.register
def _(layer: Extremes, x: Expression) -> Meaning:
    del layer
    return Meaning(value=apply("max", x), others=(apply("min", x),))


@dataclass(frozen=True, kw_only=True, eq=False)
class Running(keronyx.Layer):
    decay: float = 1.0
    mask: ClassVar[Mask] = "uses"
    arguments: ClassVar[dict[str, Argument]] = {"mask": "tensor", "initial_state": "tensor"}


@keronyx.emit_layer.register
def _(
    layer: Running,
    graph: keronyx.Graph,
    x: keronyx.Value,
    mask: keronyx.Value | None = None,
    initial_state: keronyx.Value | None = None,
) -> keronyx.Value:
    state, steps = initial_state, []
    for time in range(x.shape[1] or 0):
        here = graph.op("Gather", x, graph.constant(time, "int64"), axis=1, shape=x.shape[::2])
        new = here if state is None else graph.op("Add", graph.op("Mul", state, layer.decay), here)
        if mask is not None and state is not None:
            told = graph.op("Gather", mask, graph.integers([time]), axis=1, shape=(x.shape[0], 1))
            new = graph.op("Where", told, new, state, dtype=x.dtype, shape=new.shape)
        state = new
        steps.append(unsqueeze(graph, state, [1]))
    return graph.op("Concat", *steps, axis=1, shape=x.shape)


@keronyx.prepare_layer.register
def _(layer: Running, numbers: keronyx.Numbers) -> Step:
    del numbers

    def step(x: Array, mask: Array | None = None, initial_state: Array | float = 0.0) -> Array:
        result = np.empty_like(x)
        state = np.broadcast_to(initial_state, x[:, 0].shape)
        for time in range(x.shape[1]):
            counts = True if mask is None else mask[:, time, None]
            state = np.where(counts, layer.decay * state + x[:, time], state)
            result[:, time] = state
        return result

    return step


@express.register
def _(layer: Running, x: Expression, **arguments: Any) -> Meaning:
    return Meaning(value=apply("running", x, *arguments.values()), numbers={"decay": layer.decay})


@dataclass(frozen=True, kw_only=True, eq=False)
class Blend(keronyx.Layer):
    branches: tuple[keronyx.Layer, ...]
    mix: keronyx.Variable = variable()

    def infer_shape(self, *shapes: Shape) -> Shape:
        self.check_variable("mix", (len(self.branches),))
        return self.branches[0].infer_shape(*shapes)


@keronyx.emit_layer.register
def _(layer: Blend, graph: keronyx.Graph, x: keronyx.Value) -> keronyx.Value:
    mix = keronyx.weight(graph, layer, "mix")
    terms = []
    for index, branch in enumerate(layer.branches):
        share = graph.op("Gather", mix, graph.integers([index]), axis=0, shape=(1,))
        terms.append(graph.op("Mul", call(branch, graph, x), share))
    return graph.op("Sum", *terms)


@keronyx.prepare_layer.register
def _(layer: Blend, numbers: keronyx.Numbers) -> Any:
    mix = numbers(layer.mix)
    steps = [keronyx.prepare_layer(each, numbers.held(each)) for each in layer.branches]
    return lambda x: sum(share * step(x) for share, step in zip(mix, steps, strict=True))


@dataclass(frozen=True, kw_only=True, eq=False)
class Gate(keronyx.Layer):
    units: int
    scale: keronyx.Variable = variable()
    value: keronyx.Layer = part()
    gate: keronyx.Layer = part()

    @classmethod
    def parts(cls, config: Mapping[str, Any]) -> dict[str, Part]:
        units = config["units"]
        return {
            "value": Part(Dense, {"units": units}),
            "gate": Part(Dense, {"units": units, "activation": Function.of("sigmoid")}),
        }

    def infer_shape(self, *shapes: Shape) -> Shape:
        self.check_variable("scale", (self.units,))
        return self.value.infer_shape(*shapes)


@keronyx.emit_layer.register
def _(layer: Gate, graph: keronyx.Graph, x: keronyx.Value) -> keronyx.Value:
    value = graph.op("Mul", call(layer.value, graph, x), keronyx.weight(graph, layer, "scale"))
    return graph.op("Mul", value, call(layer.gate, graph, x))


@keronyx.prepare_layer.register
def _(layer: Gate, numbers: keronyx.Numbers) -> Any:
    value, gate = (
        keronyx.prepare_layer(each, numbers.held(each)) for each in (layer.value, layer.gate)
    )
    scale = numbers(layer.scale)
    return lambda x: scale * value(x) * gate(x)


@dataclass(frozen=True, kw_only=True, eq=False)
class Changes(keronyx.Layer):
    def infer_shape(self, *shapes: Shape) -> Shape:
        return (*shapes[0][:-1], 1)


@keronyx.emit_layer.register
def _(layer: Changes, graph: keronyx.Graph, x: keronyx.Value) -> keronyx.Value:
    del layer
    padded = graph.op("Pad", x, graph.integers([0, 1, 0, 0, -1, 0]))
    return reduce(graph, "ReduceL1", graph.op("Sub", x, padded), [-1])


@keronyx.prepare_layer.register
def _(layer: Changes, numbers: keronyx.Numbers) -> Step:
    del layer, numbers
    return lambda x: np.abs(np.diff(x, axis=1, prepend=0.0)).sum(-1, keepdims=True)


@dataclass(frozen=True, kw_only=True, eq=False)
class Argued(keronyx.Layer):
    arguments: ClassVar[dict[str, Argument]] = {
        "mask": "tensor",
        "states": "tensors",
        "causal": "flag",
    }


KINDS = (Extremes, Running, Blend, Gate, Changes)


@contextmanager
def registered() -> Iterator[None]:
    """Let files name the layers."""
    with keronyx.layer_scope():
        for kind in KINDS:
            keronyx.register_layer(f"Wide>{kind.__name__}")(kind)
        yield
