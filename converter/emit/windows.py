"""Windows over space as ONNX has them: the channels in front, and pads in numbers."""

from dataclasses import dataclass
from typing import Any

from keronyx.converter.emit.theano import pads_on_theano
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import transpose
from keronyx.converter.layers.convolutional import Sliding
from keronyx.converter.layers.pooling import Pooling
from keronyx.converter.layers.windows import Padding, Spatial
from keronyx.converter.tensors import Sizes


def inward(layer: Spatial, graph: Graph, x: Value) -> Value:
    """Move the channels behind the batch."""
    return transpose(graph, x, (0, layer.channel_axis, *layer.space_axes))


def outward(layer: Spatial, graph: Graph, y: Value) -> Value:
    """Move the channels back to where the layer has them."""
    order = (0, layer.channel_axis, *layer.space_axes)
    return transpose(graph, y, [order.index(axis) for axis in range(len(order))])


@dataclass(frozen=True)
class Windows:
    """Windows of a layer: how far each axis reaches, in steps of how much."""

    layer: Spatial
    width: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    padding: Padding

    def attributes(self, sizes: Sizes) -> dict[str, Any]:
        """Return strides, and pads in numbers; where these depend on an open size, auto_pad.

        onnxruntime ignores or refuses dilations under auto_pad, which is why it is the last resort.
        """
        found: dict[str, Any] = {"strides": list(self.strides)}
        if max(self.dilations) > 1:
            found["dilations"] = list(self.dilations)
        pads = [self._pads(axis, size) for axis, size in enumerate(sizes)]
        known = [pair for pair in pads if pair is not None]
        if len(known) == len(pads):
            flat = [pair[0] for pair in known] + [pair[1] for pair in known]
            return found | ({"pads": flat} if any(flat) else {})
        if max(self.dilations) > 1:
            raise self.layer.refuse(
                f"padding={self.padding!r} with strides and dilation_rate on an open size"
            )
        return found | {"auto_pad": "SAME_UPPER"}

    def _pads(self, axis: int, size: int | None) -> tuple[int, int] | None:
        reach = (self.width[axis] - 1) * self.dilations[axis] + 1
        stride = self.strides[axis]
        if self.padding == "valid":
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
    """Return a shape with its channels behind the batch."""
    return (shape[0], shape[layer.channel_axis], *(shape[axis] for axis in layer.space_axes))


def space_of(layer: Spatial, x: Value) -> Sizes:
    """Return the sizes of space of an input of the layer."""
    return tuple(x.shape[axis] for axis in layer.space_axes)
