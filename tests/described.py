"""Configs, weights and models, spelled short, for the tests of the description."""

from dataclasses import replace
from typing import Any

import numpy as np

from keronyx.converter.description import describe
from keronyx.converter.files.saved import (
    SavedModel,
    WeightGroup,
)
from keronyx.converter.model import Model
from keronyx.converter.tensors import Variable


def entry(class_name: str, name: str, *sources: str, **config: Any) -> dict[str, Any]:
    config = {"name": name, "trainable": True, **config}
    nodes = [[[source, 0, 0, {}] for source in sources]] if sources else []
    return {"class_name": class_name, "name": name, "config": config, "inbound_nodes": nodes}


def source(name: str = "x", *shape: int) -> dict[str, Any]:
    return entry("InputLayer", name, batch_input_shape=[None, *(shape or (3,))])


def sequential(*layers: Any, name: str = "net") -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": name, "layers": list(layers)}}


def functional(layers: list[Any], outputs: list[str], name: str = "net") -> dict[str, Any]:
    ends = [[output, 0, 0] for output in outputs]
    inputs = [[layer["name"], 0, 0] for layer in layers if layer["class_name"] == "InputLayer"]
    config = {"name": name, "layers": layers, "input_layers": inputs, "output_layers": ends}
    return {"class_name": "Functional", "name": name, "config": config}


def variable(name: str, *shape: int) -> Variable:
    size = int(np.prod(shape))
    return Variable.of(np.arange(size, dtype=np.float32).reshape(shape), name)


def group(name: str, *variables: tuple[Any, ...]) -> WeightGroup:
    return WeightGroup(name, tuple(variable(*each) for each in variables))


def dense_group(name: str, inputs: int, units: int) -> WeightGroup:
    return group(name, (f"{name}/kernel:0", inputs, units), (f"{name}/bias:0", units))


def model_of(config: Any, weights: Any, version: str = "2.15.0", **options: Any) -> Model:
    saved = SavedModel(path="m.h5", format="t", config=config, weights=weights)
    return describe(replace(saved, keras_version=version), **options)


def shapes(model: Model) -> dict[str, Any]:
    return {
        f"{layer.name}.{name}": each.shape
        for layer in model.layers
        for name, each in layer.variables().items()
    }


DENSE = entry("Dense", "d", "x", units=2)


TWO = sequential(source(), DENSE, entry("Dropout", "o", rate=0.5), entry("Dense", "e", units=4))
