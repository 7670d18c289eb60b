"""Mistakes in the numbers of all layers together: weights or arithmetic with fewer digits."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any, Final

import numpy as np

from keronyx.converter.layers.base import Layer
from keronyx.converter.model import Connection
from keronyx.converter.tensors import Array, Variable
from keronyx.runtime.compare.in_layers import other
from keronyx.runtime.compare.mistake import Mistake, after, instead
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers

DECIMALS: Final = range(1, 8)
FLOAT: Final = 23
"""Bits behind the point of a float32."""

Change = Callable[[Array], Array]


def _rounded(decimals: int, array: Array) -> Array:
    return np.round(array.astype(np.float64), decimals)


def _half(array: Array) -> Array:
    with np.errstate(over="ignore"):
        return array.astype(np.float16).astype(np.float64)


def _cut(bits: int, array: Array) -> Array:
    """Drop all but some bits behind the point of float32, towards zero."""
    whole = np.asarray(array, np.float32).view(np.uint32)
    mask = np.uint32(0xFFFFFFFF ^ ((1 << (FLOAT - bits)) - 1))
    return (whole & mask).view(np.float32).astype(np.float64)


def _narrowed(bits: int, array: Array) -> Array:
    """Round to some bits behind the point of float32, to the nearest."""
    whole = np.asarray(array, np.float32).view(np.uint32)
    return _cut(bits, (whole + np.uint32(1 << (FLOAT - bits - 1))).view(np.float32))


TF32: Final = "TF32, as GPUs have it (switch it off: allow_tf32 = False in PyTorch, "
HOW: Final = "tf.config.experimental.enable_tensor_float_32_execution(False) in TensorFlow)"

STORED: Final[tuple[tuple[str, Change], ...]] = (
    ("the weights were stored as float16", _half),
    ("the weights were stored as bfloat16", partial(_narrowed, 7)),
    ("the weights were cut to bfloat16", partial(_cut, 7)),
)
"""What weights are stored as, all of them."""

COMPUTED: Final[tuple[tuple[str, Change], ...]] = (
    (f"the layers were multiplied in {TF32}{HOW}", partial(_narrowed, 10)),
    (f"the layers were multiplied in {TF32}{HOW}", partial(_cut, 10)),
    ("the layers were multiplied in float16", _half),
    ("the layers were multiplied in bfloat16", partial(_narrowed, 7)),
)
"""What both factors of every product are made into, while sums are exact."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Narrow(Layer, abstract=True):
    """What rounds every number that passes."""

    change: Change


@prepare_layer.register
def prepare_narrow(layer: Narrow, _numbers: Numbers) -> Step:
    """Round."""
    return layer.change


def in_all(connections: Sequence[Connection], suspects: Sequence[int]) -> Iterator[Mistake]:
    """Yield mistakes in the numbers of all layers that are suspected."""
    own = [index for index in suspects if _variables(connections[index].layer)]
    for decimals in DECIMALS:
        what = f"the weights were rounded to {decimals} decimals"
        yield _stored(connections, own, what, partial(_rounded, decimals))
    for what, change in STORED:
        yield _stored(connections, own, what, change)
    for what, change in COMPUTED:
        yield _computed(connections, own, what, change)


def _stored(
    connections: Sequence[Connection], own: Sequence[int], what: str, change: Change
) -> Mistake:
    changed = {layer: _changed(layer, change) for layer in {connections[i].layer for i in own}}
    changes = {i: instead(connections[i], changed[connections[i].layer]) for i in own}
    return Mistake(what=what, layers=(), changes=changes)


def _computed(
    connections: Sequence[Connection], own: Sequence[int], what: str, change: Change
) -> Mistake:
    changes: dict[int, tuple[Connection, ...]] = {}
    for index in own:
        layer = connections[index].layer
        kernel = _variables(layer).get("kernel")
        if kernel is not None and len(connections[index].inputs) == 1:
            given: dict[str, Any] = {"kernel": other(kernel, change)}
            narrow = Narrow(name=f"{layer.name}#narrow", dtype=layer.dtype, change=change)
            changes[index] = after(connections[index], narrow, replace(layer, **given))
    return Mistake(what=what, layers=(), changes=changes)


def _changed(layer: Layer, change: Change) -> Layer:
    given: dict[str, Any] = {
        name: other(variable, change)
        for name, variable in _variables(layer).items()
        if variable.dtype.startswith(("float", "bfloat"))
    }
    return replace(layer, **given)


def _variables(layer: Layer) -> dict[str, Variable]:
    """Return the variables of a layer, but for those of layers that it holds."""
    values = ((item.name, getattr(layer, item.name)) for item in fields(layer))
    return {name: value for name, value in values if isinstance(value, Variable)}
