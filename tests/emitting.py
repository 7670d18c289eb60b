"""What the tests of the ONNX reading share: making small models, running and spelling graphs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from layer_case import Builder, layer

from keronyx.converter.layers.base import Layer
from keronyx.converter.model import Model
from keronyx.converter.tensors import Array, KerasTensor

RNG = np.random.default_rng(7)


def numbers(*shape: int) -> Array:
    return RNG.normal(size=shape).astype(np.float32)


def dense(units: int, inputs: int, name: str = "dense", **config: Any) -> Layer:
    """Return a Dense with random numbers."""
    bias = {"bias": numbers(units)} if config.get("use_bias", True) else {}
    return layer("Dense", name, units=units, kernel=numbers(inputs, units), **bias, **config)


def batch_norm(size: int, name: str = "bn", **config: Any) -> Layer:
    """Return a BatchNormalization with random numbers."""
    moving = {"moving_mean": numbers(size), "moving_variance": np.abs(numbers(size)) + 1}
    own = {"gamma": numbers(size), "beta": numbers(size)}
    return layer("BatchNormalization", name, **own, **moving, **config)


def chain(entrance: KerasTensor, layers: Sequence[Layer]) -> Model:
    """Return the model that calls one layer after the other; its output is ``y``."""
    build = Builder(entrance)
    value = entrance
    for each in layers:
        value = build.call(each, value)
    return build.model(y=value)


def session(graph: "bytes | str | onnx.ModelProto") -> Any:
    """Open a graph in onnxruntime."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    source = graph.SerializeToString() if isinstance(graph, onnx.ModelProto) else graph
    return ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def run(graph: "bytes | str | onnx.ModelProto", *arrays: Array) -> list[Array]:
    """Run a graph on its inputs, in their order."""
    opened = session(graph)
    names = [each.name for each in opened.get_inputs()]
    given = [each.astype(object) if each.dtype.kind == "U" else each for each in arrays]
    found: list[Array] = opened.run(None, dict(zip(names, given, strict=True)))
    return found


def ops(graph: onnx.ModelProto) -> str:
    """Spell a graph as its operators."""
    return " ".join(node.op_type for node in graph.graph.node)
