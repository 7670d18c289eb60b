"""What a person would write for the same networks: a NumPy chain, the bare BLAS products, a graph.

The graph is the best that opset 20 allows: normalisation folded into the Dense before it where
nothing stands between, ``LayerNormalization`` and ``Gelu`` as single operators.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
import onnx
from nets import EPSILON, Array, Net, chain
from onnx import helper, numpy_helper

Step: TypeAlias = Callable[[Array], Array]

OPSET = 20


def relu(x: Array) -> Array:
    """Clip at zero."""
    return np.maximum(x, np.float32(0))


def softmax(x: Array) -> Array:
    """Normalise the exponentials of every row."""
    y = np.exp(x - x.max(axis=-1, keepdims=True))
    normalized: Array = y / y.sum(axis=-1, keepdims=True)
    return normalized


def erf(x: Array) -> Array:
    """Approximate the error function to 1.5e-7 (Abramowitz and Stegun, 7.1.26)."""
    size = np.abs(x)
    t: Array = np.reciprocal(1 + np.float32(0.3275911) * size)
    powers = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
    series: Array = np.zeros_like(x)
    for factor in powers:
        series = (series + np.float32(factor)) * t
    y: Array = np.copysign(1 - series * np.exp(-size * size), x)
    return y


def gelu(x: Array) -> Array:
    """Multiply by the normal distribution function; NumPy has no erf of its own."""
    half = np.float32(0.5)
    return x * (half + half * erf(x * np.float32(math.sqrt(0.5))))


ACTIVATIONS: dict[str, Step] = {"relu": relu, "softmax": softmax, "gelu": gelu}


def dense(kernel: Array, bias: Array, activation: str) -> Step:
    """Return x @ kernel + bias and its activation."""
    if activation == "linear":
        return lambda x: x @ kernel + bias
    function = ACTIVATIONS[activation]
    return lambda x: function(x @ kernel + bias)


def batch_normalization(gamma: Array, beta: Array, mean: Array, variance: Array) -> Step:
    """Return x * scale + offset, both computed beforehand."""
    scale = gamma / np.sqrt(variance + np.float32(EPSILON))
    offset = beta - mean * scale
    return lambda x: x * scale + offset


def layer_normalization(gamma: Array, beta: Array) -> Step:
    """Return the rows normalised to mean 0 and variance 1, scaled and shifted."""

    def step(x: Array) -> Array:
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = np.mean(centred * centred, axis=-1, keepdims=True)
        y: Array = centred / np.sqrt(variance + np.float32(EPSILON)) * gamma + beta
        return y

    return step


def numpy_chain(net: Net) -> Step:
    """Return the network as a person writes it in NumPy."""
    steps: list[Step | None] = []
    for kind, config, arrays in chain(net):
        if kind == "Dense":
            steps.append(dense(arrays[0], arrays[1], config["activation"]))
        elif kind == "BatchNormalization":
            steps.append(batch_normalization(*arrays))
        elif kind == "LayerNormalization":
            steps.append(layer_normalization(*arrays))
        else:
            steps.append(None)
    normalized = [kind == "LayerNormalization" for kind, *_ in chain(net)]

    def run(x: Array) -> Array:
        carried = x
        for step, begins in zip(steps, normalized, strict=True):
            carried = x if begins else carried
            x = step(x) if step else x + carried
        return x

    return run


def blas_alone(net: Net, batch: int) -> Callable[[], Array]:
    """Return nothing but the products, each on a block of the right shape."""
    kernels = [arrays[0] for kind, _, arrays in chain(net) if kind == "Dense"]
    rng = np.random.default_rng(0)
    blocks = [rng.random((batch, len(kernel)), np.float32) for kernel in kernels]

    def run() -> Array:
        for block, kernel in zip(blocks, kernels, strict=True):
            product = block @ kernel
        return product

    return run


class Graph:
    """An ONNX graph under construction by hand: a chain with an optional carried value."""

    def __init__(self) -> None:
        """Start at the input x."""
        self.value = self.carried = "x"
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def add(self, operator: str, *others: str | Array, **attributes: Any) -> None:
        """Append one node that reads the last value and the others."""
        names = [other if isinstance(other, str) else self._keep(other) for other in others]
        output = f"v{len(self.nodes)}"
        node = helper.make_node(operator, [self.value, *names], [output], **attributes)
        self.nodes.append(node)
        self.value = output

    def _keep(self, array: Array) -> str:
        name = f"w{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(array, name))
        return name


def folded(net: Net) -> Iterator[tuple[str, dict[str, Any], list[Array]]]:
    """Yield the chain with every BatchNormalization folded into the Dense that follows."""
    scale: Array | None = None
    offset: Array | None = None
    for kind, config, arrays in chain(net):
        if kind == "BatchNormalization":
            gamma, beta, mean, variance = arrays
            scale = gamma / np.sqrt(variance + np.float32(EPSILON))
            offset = beta - mean * scale
        elif scale is not None and offset is not None:
            kernel, bias = arrays
            yield kind, config, [scale[:, None] * kernel, bias + offset @ kernel]
            scale = offset = None
        else:
            yield kind, config, arrays


def onnx_graph(net: Net) -> bytes:
    """Return the network as a person writes it in ONNX."""
    graph = Graph()
    for kind, config, arrays in folded(net):
        if kind == "Dense":
            graph.add("Gemm", *arrays)
            if config["activation"] != "linear":
                graph.add(config["activation"].capitalize())
        elif kind == "LayerNormalization":
            graph.carried = graph.value
            graph.add("LayerNormalization", *arrays, epsilon=EPSILON)
        else:
            graph.add("Add", graph.carried)
    width = net.layers[0][1]["batch_input_shape"][1]
    x = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["batch", width])
    y = helper.make_tensor_value_info(graph.value, onnx.TensorProto.FLOAT, ["batch", net.width])
    made = helper.make_graph(graph.nodes, net.name, [x], [y], graph.initializers)
    opsets = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=9)
    serialized: bytes = model.SerializeToString()
    return serialized
