"""Convolutions whose kernel LoRA adapted: the two kernels become one before anything is written."""

from dataclasses import replace
from functools import cache, partial
from typing import TypeVar

from keronyx.converter.emit.base import rounded
from keronyx.converter.emit.core import low_rank
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.convolutional import Convolution
from keronyx.converter.model import Model
from keronyx.converter.tensors import Array, Variable

T = TypeVar("T", bound=Layer)


def with_merged_kernels(model: Model) -> Model:
    """Return the model with one kernel for each convolution."""
    once = cache(merged)
    calls = (replace(each, layer=once(each.layer)) for each in model.connections)
    return replace(model, connections=tuple(calls)) if any(map(_adapted, model.layers)) else model


def merged(layer: T) -> T:
    """Return the layer without LoRA, its kernel being what came of it."""
    if not isinstance(layer, Convolution) or not _adapted(layer):
        return layer
    load = partial(_whole, layer)
    kernel = Variable(name="kernel", shape=layer.kernel.shape, dtype="float32", load=load)
    return replace(layer, kernel=kernel, lora_rank=None, lora_kernel_a=None, lora_kernel_b=None)


def _adapted(layer: Layer) -> bool:
    return isinstance(layer, Convolution) and layer.lora_kernel_a is not None


def _whole(layer: Convolution) -> Array:
    return rounded(layer.kernel.load() + low_rank(layer, "kernel"), layer.dtype.compute)
