"""The networks of ``images.py`` as a careful person writes them in ONNX, from the same weights.

Channels behind the batch from one Transpose on, normalisation folded, pads in numbers, one axis of
space as two, squeeze-and-excite on places of size 1 x 1.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from nets import Array
from onnx import helper, numpy_helper

from keronyx.converter.model import Model

OPSET = 17
NARROW = 1e-3
"""What Keras adds to a variance, if a layer says nothing else."""

Weights = Mapping[str, Mapping[str, Array]]


def weights_of(model: Model) -> Weights:
    """Return all variables by layer and name."""
    return {
        layer.name: {name: each.load() for name, each in layer.variables().items()}
        for layer in model.layers
    }


class Hand:
    """A graph under construction: each method takes names of values and returns one."""

    def __init__(self, weights: Weights, epsilon: float = NARROW) -> None:
        """Start at the input x."""
        self.weights, self.epsilon = weights, epsilon
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def add(self, operator: str, *inputs: "str | Array", result: int = 0, **attributes: Any) -> str:
        """Add a node; arrays become initializers. Its outputs before ``result`` are left out."""
        names = [each if isinstance(each, str) else self._keep(each) for each in inputs]
        output = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, names, [*[""] * result, output], **attributes))
        return output

    def _keep(self, array: Array) -> str:
        name = f"w{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def conv(
        self, x: str, name: str, *, bn: str = "", stride: int = 1, pads: Sequence[int] = (0, 0)
    ) -> str:
        """Convolve, ``pads`` before and behind each axis of space; a normalisation is folded."""
        own = self.weights[name]
        kernel, bias = own["kernel"], own.get("bias", np.zeros(1, np.float32))
        deep = "depthwise" in name or "dwconv" in name
        kernel = kernel[None] if kernel.ndim == 3 else kernel
        turned = kernel.transpose((2, 3, 0, 1) if deep else (3, 2, 0, 1))
        if bn:
            scale, shift = self._folded(bn)
            turned, bias = turned * scale[:, None, None, None], bias * scale + shift
        flat = kernel.shape[0] == 1 < kernel.shape[1] or own["kernel"].ndim == 3
        before, behind = ([0, pads[0]], [0, pads[1]]) if flat else ([pads[0]] * 2, [pads[1]] * 2)
        return self.add(
            "Conv",
            x,
            turned.astype(np.float32),
            np.broadcast_to(bias, len(turned)).astype(np.float32),
            kernel_shape=list(turned.shape[2:]),
            strides=[1, stride] if flat else [stride] * 2,
            pads=[*before, *behind],
            group=len(turned) if deep else 1,
        )

    def _folded(self, name: str) -> tuple[Array, Array]:
        own = self.weights[name]
        scale = own["gamma"] / np.sqrt(own["moving_variance"] + self.epsilon)
        return scale, own["beta"] - own["moving_mean"] * scale

    def relu6(self, x: str) -> str:
        """Clip between 0 and 6."""
        return self.add("Clip", x, np.float32(0), np.float32(6))

    def swish(self, x: str) -> str:
        """Multiply with the sigmoid."""
        return self.add("Mul", x, self.add("Sigmoid", x))

    def head(self, x: str, *names: str) -> str:
        """Average over space, then Dense layers: relu between, softmax behind."""
        x = self.add("Flatten", self.add("GlobalAveragePool", x))
        for name in names:
            own = self.weights[name]
            x = self.add("Gemm", x, own["kernel"], own["bias"])
            x = self.add("Softmax" if name == names[-1] else "Relu", x)
        return x

    def finished(self, y: str, given: Sequence[int], made: Sequence[int]) -> bytes:
        """Return the model."""
        x = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["batch", *given])
        out = helper.make_tensor_value_info(y, onnx.TensorProto.FLOAT, ["batch", *made])
        graph = helper.make_graph(self.nodes, "hand", [x], [out], self.initializers)
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        serialized: bytes = model.SerializeToString()
        return serialized


def turned(net: Hand) -> str:
    """Return the image with its channels behind the batch."""
    return net.add("Transpose", "x", perm=[0, 3, 1, 2])


MOBILE = ((1, 1), (2, 2), (3, 2), (4, 2), (3, 1), (3, 2), (1, 1))
"""Blocks of each stage of MobileNetV2, and the stride of the first."""


def mobilenet(weights: Weights) -> bytes:
    """Expand, convolve each channel, project; add where the shapes are the same."""
    net = Hand(weights)
    x = net.relu6(net.conv(turned(net), "Conv1", bn="bn_Conv1", stride=2, pads=(0, 1)))
    number = 0
    for blocks, first in MOBILE:
        for block in range(blocks):
            name, stride = f"block_{number}" if number else "expanded_conv", 1 if block else first
            y = x
            if number:
                y = net.relu6(net.conv(x, f"{name}_expand", bn=f"{name}_expand_BN"))
            deep, pads = f"{name}_depthwise", (0, 1) if stride == 2 else (1, 1)
            y = net.relu6(net.conv(y, deep, bn=f"{deep}_BN", stride=stride, pads=pads))
            y = net.conv(y, f"{name}_project", bn=f"{name}_project_BN")
            x = net.add("Add", x, y) if block else y
            number += 1
    x = net.relu6(net.conv(x, "Conv_1", bn="Conv_1_bn"))
    return net.finished(net.head(x, "predictions"), (224, 224, 3), (1000,))


def resnet(weights: Weights) -> bytes:
    """Four stages of bottlenecks; the stride is in the first convolution of a block."""
    net = Hand(weights, epsilon=1.001e-5)
    x = net.add("Relu", net.conv(turned(net), "conv1_conv", bn="conv1_bn", stride=2, pads=(3, 3)))
    x = net.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    for stage, blocks in enumerate((3, 4, 6, 3), 2):
        for block in range(1, blocks + 1):
            name, stride = f"conv{stage}_block{block}", 2 if stage > 2 and block == 1 else 1
            y = x
            for turn, (own, pads) in enumerate(((stride, (0, 0)), (1, (1, 1)), (1, (0, 0))), 1):
                y = net.conv(
                    y, f"{name}_{turn}_conv", bn=f"{name}_{turn}_bn", stride=own, pads=pads
                )
                y = net.add("Relu", y) if turn < 3 else y
            if block == 1:
                x = net.conv(x, f"{name}_0_conv", bn=f"{name}_0_bn", stride=stride)
            x = net.add("Relu", net.add("Add", x, y))
    return net.finished(net.head(x, "predictions"), (224, 224, 3), (1000,))


EFFICIENT = ((1, 3, 1), (2, 3, 2), (2, 5, 2), (3, 3, 2), (3, 5, 1), (4, 5, 2), (1, 3, 1))
"""Blocks, size of the kernel and first stride of each stage of EfficientNetB0."""


def efficientnet(weights: Weights) -> bytes:
    """Expand, convolve each channel, squeeze and excite, project."""
    net = Hand(weights)
    own = weights["normalization"]
    deviation = np.sqrt(own["variance"]).astype(np.float32)
    scale, shift = 1 / 255 / deviation, own["mean"] / deviation
    x = net.add("Mul", turned(net), scale.astype(np.float32).reshape(-1, 1, 1))
    x = net.add("Sub", x, shift.astype(np.float32).reshape(-1, 1, 1))
    x = net.swish(net.conv(x, "stem_conv", bn="stem_bn", stride=2, pads=(0, 1)))
    for stage, (blocks, size, first) in enumerate(EFFICIENT, 1):
        for block in range(blocks):
            name, stride = f"block{stage}{'abcd'[block]}", 1 if block else first
            y = x
            if stage > 1:
                y = net.swish(net.conv(x, f"{name}_expand_conv", bn=f"{name}_expand_bn"))
            half = size // 2
            pads = (half - 1, half) if stride == 2 else (half, half)
            y = net.conv(y, f"{name}_dwconv", bn=f"{name}_bn", stride=stride, pads=pads)
            y = net.swish(y)
            small = net.swish(net.conv(net.add("GlobalAveragePool", y), f"{name}_se_reduce"))
            gate = net.add("Sigmoid", net.conv(small, f"{name}_se_expand"))
            y = net.conv(net.add("Mul", y, gate), f"{name}_project_conv", bn=f"{name}_project_bn")
            x = net.add("Add", y, x) if block else y
    x = net.swish(net.conv(x, "top_conv", bn="top_bn"))
    return net.finished(net.head(x, "predictions"), (224, 224, 3), (1000,))


def unet(weights: Weights, up: Callable[[Hand, str, str], str]) -> bytes:
    """Down, and back up beside what was there."""
    net = Hand(weights)

    def twice(x: str, name: str) -> str:
        for turn in "ab":
            x = net.conv(x, f"{name}{turn}", bn=f"{name}{turn}_bn", pads=(1, 1))
            x = net.add("Relu", x)
        return x

    x, beside = turned(net), []
    for level in range(3):
        x = twice(x, f"down{level}")
        beside.append(x)
        x = net.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    x = twice(x, "deep")
    for level in reversed(range(3)):
        x = net.add("Concat", up(net, x, f"up{level}"), beside[level], axis=1)
        x = twice(x, f"back{level}")
    x = net.add("Transpose", net.conv(x, "top"), perm=[0, 2, 3, 1])
    return net.finished(net.add("Softmax", x, axis=-1), (128, 128, 3), (128, 128, 2))


def learnt(net: Hand, x: str, name: str) -> str:
    """Double the places by a transposed convolution."""
    own = net.weights[name]
    kernel = own["kernel"].transpose(3, 2, 0, 1)
    return net.add("ConvTranspose", x, kernel, own["bias"], kernel_shape=[2, 2], strides=[2, 2])


def interpolated(net: Hand, x: str, name: str) -> str:
    """Double the places between their neighbours."""
    scales = np.array([1, 1, 2, 2], np.float32)
    wide = net.add(
        "Resize", x, "", scales, mode="linear", coordinate_transformation_mode="half_pixel"
    )
    return net.conv(wide, name)


def ecg(weights: Weights) -> bytes:
    """Residual blocks over one axis, lifted to two."""
    net = Hand(weights)
    x = net.add("Transpose", "x", perm=[0, 2, 1])
    x = net.add("Unsqueeze", x, np.array([2]))
    for block in range(4):
        y = x
        for turn in "ab":
            name = f"block{block}{turn}"
            y = net.conv(y, name, bn=f"{name}_bn", pads=(3, 3))
            y = net.add("Relu", y) if turn == "a" else y
        x = net.add("Relu", net.add("Add", y, net.conv(x, f"block{block}_straight")))
        x = net.add("MaxPool", x, kernel_shape=[1, 2], strides=[1, 2])
    return net.finished(net.head(x, "wide", "top"), (1000, 12), (5,))


BY_HAND: dict[str, Callable[[Weights], bytes]] = {
    "mobilenet_small": mobilenet,
    "mobilenet": mobilenet,
    "resnet": resnet,
    "efficientnet": efficientnet,
    "unet_transposed": lambda weights: unet(weights, learnt),
    "unet_bilinear": lambda weights: unet(weights, interpolated),
    "ecg": ecg,
}
