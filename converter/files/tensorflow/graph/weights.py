"""Operations with a variable: products, convolutions, rows of a table."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np

from keronyx.converter.errors import FileFormatError
from keronyx.converter.files.tensorflow.graph.building import Building
from keronyx.converter.files.tensorflow.graph.program import Node
from keronyx.converter.files.tensorflow.graph.values import (
    Filled,
    Held,
    Open,
    Size,
    Tensor,
    Value,
    known,
)
from keronyx.converter.tensors import Variable

NHWC: Final = "NHWC"


def _variable(value: Value, name: str, *, turned: bool = False) -> Variable:
    """Return numbers of the file as a variable of a layer, a matrix turned where that is told."""
    found = value.variable if isinstance(value, Held) else Variable.of(known(value), name)
    if turned:
        load = partial(_turned, found)
        return Variable(name=name, shape=found.shape[::-1], dtype=found.dtype, load=load)
    return replace(found, name=name)


def _turned(variable: Variable) -> Any:
    return np.ascontiguousarray(variable.load().T)


def layer_name(node: Node, value: Value) -> str:
    """Return what the layer of a variable was called, or else the operation."""
    spelled = value.variable.name.partition(":")[0] if isinstance(value, Held) else ""
    return spelled.split("/")[-2] if spelled.count("/") else node.name


def dense(building: Building, node: Node, x: Tensor, kernel: Value, *, turned: bool) -> Tensor:
    """Add a product with a matrix, on the last axis."""
    variable = _variable(kernel, "kernel", turned=turned)
    if len(variable.shape) != 2 or x.shape[-1] != variable.shape[0]:
        raise FileFormatError(f"{node.kind} of shapes that do not go together")
    config = {"units": variable.shape[1], "activation": "linear", "use_bias": False}
    shape = (*x.shape[:-1], variable.shape[1])
    name = layer_name(node, kernel)
    made = building.layer("Dense", name, config, [x], shape, [variable])
    return Tensor(made.entry, made.shape, made.dtype, x.merged)


def einsum(building: Building, node: Node, x: Tensor, kernel: Value) -> Tensor:
    """Add a product that an equation tells."""
    equation = node.text("equation")
    inputs, _, output = equation.partition("->")
    ours, _, theirs = inputs.partition(",")
    variable = _variable(kernel, "kernel")
    if "." in equation or len(ours) != len(x.shape) or len(theirs) != len(variable.shape):
        raise FileFormatError(f"Einsum '{equation}'")
    sizes: dict[str, Size] = dict(zip(ours, x.shape, strict=True))
    sizes |= dict(zip(theirs, variable.shape, strict=True))
    if output[:1] != ours[0] or x.merged > 1 or not set(output) <= set(sizes):
        raise FileFormatError(f"Einsum '{equation}'")
    shape = tuple(sizes[letter] for letter in output)
    config = {
        "equation": equation,
        "output_shape": [None if isinstance(size, Open) else size for size in shape[1:]],
        "activation": "linear",
        "bias_axes": None,
    }
    name = layer_name(node, kernel)
    return building.layer("EinsumDense", name, config, [x], shape, [variable])


def embedding(building: Building, node: Node, table: Value, ids: Tensor) -> Tensor:
    """Add what takes a row of a table for each number."""
    variable = _variable(table, "embeddings")
    if len(variable.shape) != 2 or ids.merged > 1 or not ids.dtype.startswith("int"):
        raise FileFormatError(f"{node.kind} of what is no table of rows, or by what are no places")
    rows, width = variable.shape
    if ids.rows not in {0, rows}:
        raise FileFormatError(f"{node.kind} by places in a table of {ids.rows} rows, not {rows}")
    config = {"input_dim": rows, "output_dim": width, "mask_zero": False, "dtype": variable.dtype}
    shape, name = (*ids.shape, width), layer_name(node, table)
    return building.layer("Embedding", name, config, [ids], shape, [variable], variable.dtype)


def convolution(building: Building, node: Node, x: Tensor, kernel: Value) -> Tensor:
    """Add a convolution, channels last."""
    depthwise = node.kind == "DepthwiseConv2dNative"
    variable = _variable(kernel, "kernel")
    space = len(variable.shape) - 2
    _check_images(node, x, space)
    inner, filters = variable.shape[space:]
    channels = x.shape[-1]
    if isinstance(channels, Open) or channels % inner or (depthwise and channels != inner):
        raise FileFormatError(f"{node.kind} of channels that do not go together")
    window = {
        "kernel_size": [*variable.shape[:space]],
        "strides": node.integers("strides")[1:-1],
        "padding": _padding(node),
        "dilation_rate": (node.integers("dilations") or [1] * (space + 2))[1:-1],
        "data_format": "channels_last",
        "activation": "linear",
        "use_bias": False,
    }
    more = {"depth_multiplier": filters} if depthwise else {"filters": filters}
    more |= {} if depthwise else {"groups": channels // inner}
    last = inner * filters if depthwise else filters
    shape = (x.shape[0], *_windows(x, window), last)
    kind = "DepthwiseConv2D" if depthwise else f"Conv{space}D"
    name = layer_name(node, kernel)
    return building.layer(kind, name, {**window, **more}, [x], shape, [variable])


def transposed(
    building: Building, node: Node, x: Tensor, kernel: Value, target: list[Size]
) -> Tensor:
    """Add a transposed convolution of images that gives what Keras's gives by default."""
    variable = _variable(kernel, "kernel")
    _check_images(node, x, 2)
    strides, padding = node.integers("strides")[1:-1], _padding(node)
    spread = (node.integers("dilations") or [1] * 4) != [1] * 4
    if len(variable.shape) != 4 or variable.shape[3] != x.shape[3] or spread:
        raise FileFormatError(f"{node.kind} with dilation, or of channels that do not go together")
    wide = [max(k - s, 0) for k, s in zip(variable.shape[:2], strides, strict=True)]
    more = wide if padding == "valid" else [0, 0]
    space = [_times(size, s, m) for size, s, m in zip(x.shape[1:3], strides, more, strict=True)]
    shape = (x.shape[0], *space, variable.shape[2])
    if target != [*shape]:
        raise FileFormatError(f"{node.kind} to another size than Keras gives by default")
    config = {
        "filters": variable.shape[2],
        "kernel_size": [*variable.shape[:2]],
        "strides": strides,
        "padding": padding,
        "data_format": "channels_last",
        "activation": "linear",
        "use_bias": False,
    }
    name = layer_name(node, kernel)
    return building.layer("Conv2DTranspose", name, config, [x], shape, [variable])


def _times(size: Size, count: int, more: int) -> int:
    if isinstance(size, Open):
        raise FileFormatError("images whose sizes vary")
    return size * count + more


def enlarged(building: Building, node: Node, x: Tensor, target: list[int]) -> Tensor:
    """Add what repeats rows and columns of images a whole number of times."""
    _check_images(node, x, 2)
    space = [size for size in x.shape[1:3] if not isinstance(size, Open)]
    times = [new // size for new, size in zip(target, space, strict=False)]
    if [size * count for size, count in zip(space, times, strict=False)] != target:
        raise FileFormatError(f"{node.kind} that does not repeat every row as often")
    config = {"size": times, "data_format": "channels_last", "interpolation": "nearest"}
    shape = (x.shape[0], *target, x.shape[3])
    return building.layer("UpSampling2D", node.name, config, [x], shape)


def pooling(building: Building, node: Node, x: Tensor) -> Tensor:
    """Add a pooling of images, channels last."""
    _check_images(node, x, 2)
    config = {
        "pool_size": node.integers("ksize")[1:3],
        "strides": node.integers("strides")[1:3],
        "padding": _padding(node),
        "data_format": "channels_last",
    }
    kind = {"MaxPool": "MaxPooling2D", "AvgPool": "AveragePooling2D"}[node.kind]
    windows = {**config, "kernel_size": config["pool_size"], "dilation_rate": [1, 1]}
    shape = (x.shape[0], *_windows(x, windows), x.shape[3])
    return building.layer(kind, node.name, config, [x], shape)


def _check_images(node: Node, x: Tensor, space: int) -> None:
    """Refuse channels first, and windows across images or channels."""
    told = [node.integers(name) for name in ("strides", "ksize", "dilations")]
    outer = all(each[0] == each[-1] == 1 for each in told if each)
    plain = outer and x.merged == 1 and len(x.shape) == space + 2
    if node.text("data_format") not in ("", NHWC, "NDHWC") or not plain:
        raise FileFormatError(f"{node.kind} with channels first, or across images")


def _padding(node: Node) -> str:
    told = node.text("padding")
    if told not in {"SAME", "VALID"}:
        raise FileFormatError(f"{node.kind} with padding {told}")
    return told.lower()


def _windows(x: Tensor, window: dict[str, Any]) -> list[Size]:
    """Return how many places windows have on each axis of space."""
    found: list[Size] = []
    for axis, length in enumerate(window["kernel_size"]):
        size = x.shape[1 + axis]
        if isinstance(size, Open):
            raise FileFormatError("images whose sizes vary")
        wide = (length - 1) * window["dilation_rate"][axis] + 1
        left = size if window["padding"] == "same" else size - wide + 1
        found.append(-(-left // window["strides"][axis]))
    return found


def padded(building: Building, node: Node, x: Tensor, sides: list[int]) -> Tensor:
    """Add zeros around space, channels last."""
    pairs = [*zip(sides[::2], sides[1::2], strict=True)]
    space = len(x.shape) - 2
    if x.merged > 1 or pairs[0] != (0, 0) or pairs[-1] != (0, 0) or space not in {1, 2, 3}:
        raise FileFormatError("Pad of the batch or of channels")
    inner = pairs[1:-1]
    shape = [*x.shape]
    for axis, (before, behind) in enumerate(inner, 1):
        size = shape[axis]
        if isinstance(size, Open):
            raise FileFormatError("Pad of an axis whose size varies")
        shape[axis] = size + before + behind
    config: dict[str, Any] = {"padding": [*map(list, inner)] if space > 1 else [*inner[0]]}
    return building.layer(f"ZeroPadding{space}D", node.name, config, [x], tuple(shape))


def _normed(building: Building, node: Node, x: Tensor, given: Sequence[Value]) -> Tensor:
    """Add a layer normalisation, which TensorFlow spells as one of channels that trains."""
    plain = [each.number for each in given[:2] if isinstance(each, Filled)] == [1, 0]
    if not plain or not node.integer("is_training", 1) or node.text("data_format") != "NCHW":
        raise FileFormatError("a frame of rows that are scaled")
    axes = [*range(x.merged, len(x.shape))]
    epsilon = node.real("epsilon", 1e-4)
    config = {"axis": axes, "epsilon": epsilon, "center": False, "scale": False}
    made = building.layer("LayerNormalization", node.name, config, [x], x.shape)
    return replace(x, entry=made.entry)


def normalized(building: Building, node: Node, x: Tensor, given: Sequence[Value]) -> Tensor:
    """Add a batch normalisation that uses the means that are given, or one of rows in a frame."""
    if x.framed:
        return _normed(building, node, x, given)
    if node.integer("is_training", 1) or node.text("data_format") not in ("", NHWC):
        raise FileFormatError("FusedBatchNormV3 with channels first, or by the numbers' own mean")
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    variables = [_variable(each, name) for each, name in zip(given, names, strict=True)]
    config = {"axis": -1, "epsilon": node.real("epsilon", 1e-4), "center": True, "scale": True}
    name = layer_name(node, given[0])
    return building.layer("BatchNormalization", name, config, [x], x.shape, variables)
