"""Windows over space as ONNX has them: the channels in front, and pads in numbers.

A single axis of space gets one of size 1 before it: onnxruntime is faster with two than with one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from keronyx.converter.emit.theano import pads_on_theano
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import restored, squeeze, transpose, unsqueeze
from keronyx.converter.layers.convolutional import Sliding
from keronyx.converter.layers.pooling import Pooling
from keronyx.converter.layers.windows import Padding, Spatial
from keronyx.converter.several import picked, present
from keronyx.converter.tensors import Array, Sizes

NEW: Final = 2
"""Where the axis goes that a single one of space gets before it."""


def inward(layer: Spatial, graph: Graph, x: Value) -> Value:
    """Move the channels behind the batch, and see that there are two axes of space."""
    turned = transpose(graph, x, (0, layer.channel_axis, *layer.space_axes))
    return unsqueeze(graph, turned, [NEW]) if layer.space == 1 else turned


def outward(layer: Spatial, graph: Graph, y: Value) -> Value:
    """Move the channels back to where the layer has them, and space to what it was."""
    y = squeeze(graph, y, NEW) if layer.space == 1 else y
    return restored(graph, y, (0, layer.channel_axis, *layer.space_axes))


@dataclass(frozen=True)
class Windows:
    """Windows of a layer: how far each axis reaches, in steps of how much."""

    layer: Spatial
    width: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    padding: Padding

    def attributes(self, sizes: Sizes) -> dict[str, Any]:
        """Return sizes, and pads in numbers; where these depend on an open size, auto_pad.

        onnxruntime ignores or refuses dilations under auto_pad, and counts pads below 0 where steps
        are wider than windows, which is why it is the last resort.
        """
        found: dict[str, Any] = {"kernel_shape": widened(self.width)}
        found["strides"] = widened(self.strides)
        if max(self.dilations) > 1:
            found["dilations"] = widened(self.dilations)
        pads = [self._pads(axis, size) for axis, size in enumerate(sizes)]
        known = present(pads)
        if len(known) == len(pads):
            flat = [each for side in zip(*known, strict=True) for each in widened(side, 0)]
            return found | ({"pads": flat} if any(flat) else {})
        if max(self.dilations) > 1:
            raise self.layer.refuse(
                f"padding={self.padding!r} with strides and dilation_rate on an open size"
            )
        if any(1 < width < step for width, step in zip(self.width, self.strides, strict=True)):
            raise self.layer.refuse(
                f"padding={self.padding!r} with strides beyond the window on an open size"
            )
        return found | {"auto_pad": "SAME_UPPER"}

    def _pads(self, axis: int, size: int | None) -> tuple[int, int] | None:
        reach = (self.width[axis] - 1) * self.dilations[axis] + 1
        stride = self.strides[axis]
        if self.padding == "valid" or reach == 1:
            return (0, 0)
        if self.padding == "causal":
            return (reach - 1, 0)
        if isinstance(self.layer, Sliding | Pooling) and self.layer.theano:
            return pads_on_theano(self.layer, reach)
        if stride == 1:
            total = reach - 1
        elif size is None:
            return None
        else:
            total = max((-(-size // stride) - 1) * stride + reach - size, 0)
        return (total // 2, total - total // 2)


def sizes_after(layer: Spatial, shape: Sizes) -> Sizes:
    """Return a shape as ``inward`` leaves it."""
    ones = (1,) if layer.space == 1 else ()
    space = picked(shape, layer.space_axes)
    return (shape[0], shape[layer.channel_axis], *ones, *space)


def in_front(layer: Spatial, kernel: Array) -> Array:
    """Move the two axes of channels to the front, the last one first."""
    turned = np.ascontiguousarray(np.moveaxis(kernel, (-1, -2), (0, 1)))
    return np.expand_dims(turned, NEW) if layer.space == 1 else turned


def cutting(cut: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """Return what ConvTranspose leaves out before and behind each axis; below 0, what it adds."""
    before, behind = zip(*cut, strict=True)
    pads = [*widened(before, 0), *widened([max(each, 0) for each in behind], 0)]
    added = widened([max(-each, 0) for each in behind], 0)
    return {"pads": pads, "output_padding": added} if any(added) else {"pads": pads}


def widened(numbers: Sequence[int], first: int = 1) -> list[int]:
    """Return what holds for the axes of space, for two where there is but one."""
    return [*([first] if len(numbers) == 1 else []), *numbers]


def space_of(layer: Spatial, x: Value) -> Sizes:
    """Return the sizes of space of an input of the layer."""
    return picked(x.shape, layer.space_axes)
