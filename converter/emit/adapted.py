"""Convolutions whose kernel LoRA adapted: what it adds goes into the kernel."""

from dataclasses import replace
from functools import partial
from typing import TypeVar

from keronyx.converter.emit.base import rounded
from keronyx.converter.emit.low_rank import low_rank
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.convolutional import Convolution
from keronyx.converter.tensors import Array, Variable

T = TypeVar("T", bound=Layer)


def merged(layer: T) -> T:
    """Return the layer without LoRA, its kernel being what came of it."""
    if not isinstance(layer, Convolution) or layer.lora_kernel_a is None:
        return layer
    load = partial(_whole, layer)
    kernel = Variable(name="kernel", shape=layer.kernel.shape, dtype="float32", load=load)
    return replace(layer, kernel=kernel, lora_rank=None, lora_kernel_a=None, lora_kernel_b=None)


def _whole(layer: Convolution) -> Array:
    return rounded(layer.kernel.load() + low_rank(layer, "kernel"), layer.dtype.compute)
