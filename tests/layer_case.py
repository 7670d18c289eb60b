"""A single layer as a test case: its config and inputs, and the model it makes once recorded.

Keras is not needed here.
"""

import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from keronyx.converter.dialect.tables import layer_class
from keronyx.converter.layers.base import DTypePolicy, Layer
from keronyx.converter.layers.functions import Function
from keronyx.converter.model import Connection, Model
from keronyx.converter.tensors import Array, KerasTensor, Variable


class Case(NamedTuple):
    """A layer class with a Keras config, and its inputs as shapes (drawn) or arrays (given).

    An activation is a name, or (name, arguments). ``fields`` are those of the description that
    Keras keeps elsewhere than in the config. ``keras`` is the version that records the case.
    """

    name: str
    layer: str
    config: Mapping[str, Any]
    inputs: tuple[tuple[int, ...] | Array, ...]
    fields: Mapping[str, Any] = MappingProxyType({})
    keras: int = 3


def inputs_of(case: Case) -> tuple[Array, ...]:
    """Return the case's inputs; those that are drawn depend on nothing but its name."""
    rng = np.random.default_rng(zlib.crc32(case.name.encode()))
    return tuple(
        each if isinstance(each, np.ndarray) else rng.standard_normal(each).astype(np.float32)
        for each in case.inputs
    )


RESPELLED = {
    "Normalization": {"mean": "input_mean", "variance": "input_variance"},
    "IntegerLookup": {"idf_weights": "input_idf_weights"},
    "StringLookup": {"idf_weights": "input_idf_weights"},
    "TextVectorization": {"idf_weights": "input_idf_weights"},
}
POLICIES = {
    "mixed_float16": DTypePolicy("float16", "float32"),
    "mixed_bfloat16": DTypePolicy("bfloat16", "float32"),
}


def build(case: Case, recorded: Mapping[str, Array]) -> Model:
    """Return the model of the case's layer, with the recorded variables; its output is ``out``."""
    prefix = f"{case.name}/var/"
    variables = {
        key.removeprefix(prefix): recorded[key] for key in recorded if key.startswith(prefix)
    }
    layer = describe(case.layer, case.config, variables, case.fields)
    inputs = {
        f"in_{index}": KerasTensor(
            name=f"in_{index}",
            shape=(None, *array.shape[1:]),
            dtype="string" if array.dtype.kind == "U" else array.dtype.name,
        )
        for index, array in enumerate(inputs_of(case))
    }
    return single(layer, inputs)


def single(layer: Layer, inputs: Mapping[str, KerasTensor]) -> Model:
    """Return the model that calls one layer on all its inputs."""
    tensors = tuple(inputs.values())
    out = KerasTensor(
        name=f"{layer.name}/out",
        shape=layer.infer_shape(*(tensor.shape for tensor in tensors)),
        dtype=layer.infer_dtype(*(tensor.dtype for tensor in tensors)),
    )
    connection = Connection(layer=layer, inputs=tensors, outputs=(out,))
    return Model(name="model", inputs=inputs, outputs={"out": out}, connections=(connection,))


def describe(
    class_name: str,
    config: Mapping[str, Any],
    variables: Mapping[str, Array],
    more: Mapping[str, Any] = MappingProxyType({}),
    name: str = "",
) -> Layer:
    """Return the layer's description; config keys without a field say nothing at inference."""
    kind = layer_class(class_name)
    assert kind is not None, class_name
    respelled = {RESPELLED.get(class_name, {}).get(key, key): config[key] for key in config}
    merged = {**respelled, **more}
    fields: dict[str, Any] = {
        key: typed(key, value) for key, value in merged.items() if key in kind.config_keys()
    }
    for variable in kind.weight_rules():
        if variable in variables:
            fields[variable] = Variable.of(variables[variable], variable)
    if "layer" in config:
        inner = {key.removeprefix("layer/"): array for key, array in variables.items()}
        fields["layer"] = describe(config["layer"]["class_name"], config["layer"]["config"], inner)
    if class_name == "Normalization" and isinstance(fields.get("axis"), int):
        fields["axis"] = (fields["axis"],)
    return kind(name=name or class_name.lower(), dtype=policy(merged), **fields)


def policy(config: Mapping[str, Any]) -> DTypePolicy:
    name = config.get("dtype", "float32")
    plain = POLICIES.get(name, DTypePolicy(name, name))
    return DTypePolicy(plain.compute, plain.variable, config.get("quantization"))


def typed(key: str, value: Any) -> Any:
    """Return a config value as the description's fields have it."""
    if key == "activation":
        name, arguments = (value, {}) if isinstance(value, str) else value
        return Function.of(name, **arguments)
    if key == "output_shape" and isinstance(value, int):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def layer(class_name: str, name: str = "", **config: Any) -> Layer:
    """Return a layer; arrays among the arguments are its variables."""
    variables = {key: value for key, value in config.items() if isinstance(value, np.ndarray)}
    said = {key: value for key, value in config.items() if key not in variables}
    return describe(class_name, said, variables, name=name)


def tensor(name: str, *row: int | None, dtype: str = "float32") -> KerasTensor:
    """Return a tensor with a batch axis in front of its row."""
    return KerasTensor(name=name, shape=(None, *row), dtype=dtype)


class Builder:
    """Calls layers on tensors and remembers the connections."""

    def __init__(self, *inputs: KerasTensor) -> None:
        self.inputs = {each.name: each for each in inputs}
        self.connections: list[Connection] = []

    def call(self, layer: Layer, *inputs: KerasTensor) -> KerasTensor:
        out = KerasTensor(
            name=f"t{len(self.connections)}",
            shape=layer.infer_shape(*(each.shape for each in inputs)),
            dtype=layer.infer_dtype(*(each.dtype for each in inputs)),
        )
        self.connections.append(Connection(layer=layer, inputs=inputs, outputs=(out,)))
        return out

    def model(self, **outputs: KerasTensor) -> Model:
        connections = tuple(self.connections)
        return Model(name="m", inputs=self.inputs, outputs=outputs, connections=connections)


def alone(made: Layer, entrance: KerasTensor) -> Model:
    """Return the model that calls a layer on its one input."""
    return single(made, {entrance.name: entrance})
