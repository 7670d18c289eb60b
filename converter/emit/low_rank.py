"""What LoRA adds to a variable."""

from typing import TYPE_CHECKING

import numpy as np

from keronyx.converter.emit.base import computed, rounded, weight
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.layers.core import Dense, EinsumDense
from keronyx.converter.tensors import Array, Variable

if TYPE_CHECKING:
    from keronyx.converter.layers.convolutional import Convolution
    from keronyx.converter.layers.embedding import Table


def low_rank(layer: "Dense | EinsumDense | Table | Convolution", name: str) -> Array:
    """Return what LoRA adds to a variable."""
    a: Variable | None = getattr(layer, f"lora_{name}_a")
    b: Variable | None = getattr(layer, f"lora_{name}_b")
    if a is None or b is None or not layer.lora_rank:
        return np.zeros((), np.float32)
    alpha = layer.lora_rank if layer.lora_alpha is None else layer.lora_alpha
    product: Array = np.matmul(a.load(), b.load())
    return product * np.float32(alpha / layer.lora_rank)


def adapted(layer: EinsumDense, graph: Graph, name: str) -> Value:
    """Return the initializer of a variable with what LoRA adds to it."""
    if getattr(layer, f"lora_{name}_a") is None:
        return weight(graph, layer, name)
    shape = getattr(layer, name).shape
    return computed(graph, layer, name, shape, lambda: with_low_rank(layer, name))


def with_low_rank(layer: EinsumDense, name: str) -> Array:
    """Return a variable with what LoRA adds to it."""
    variable: Variable = getattr(layer, name)
    return rounded(variable.load() + low_rank(layer, name), layer.dtype.compute)
