"""A finished graph in an operator set before 13: its operators as they were spelled then.

https://github.com/onnx/onnx/blob/main/docs/Changelog.md tells what changed in which version. What
has no older spelling is refused by the layer that needs it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

import numpy as np

from keronyx.converter.errors import UnsupportedConfigError, label_of
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Attribute, Node

FIRST: Final = 13
"""The first opset that graphs are built in."""


def lower(graph: Graph, opset: int) -> None:
    """Respell a graph of opset 13 in an older one, in place.

    Raises UnsupportedConfigError where an operator cannot be respelled, or is younger.
    """
    older = _Older(graph, opset)
    graph.nodes = [older.respelled(node) for node in graph.nodes]
    graph.opset = opset
    graph.prune()


@dataclass
class _Older:
    graph: Graph
    opset: int
    weights: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.weights = {each.name: each for each in self.graph.initializers}

    def respelled(self, node: Node) -> Node:
        """Return an operator as the opset has it."""
        for before, respell in RESPELLED.get(node.op_type, ()):
            if self.opset < before:
                node = respell(self, node)
        if self.opset < 11:
            node = self._from_the_front(node)
        self._check(node)
        return node

    def refuse(self, node: Node, why: str) -> UnsupportedConfigError:
        """Return the error about an operator that has no older spelling."""
        layer = node.layer
        where = label_of(layer.name, type(layer).__name__) if layer else ""
        what = f"opset {self.opset}: {node.op_type} {why}"
        return UnsupportedConfigError(what, hint="ask for a later opset", layer=where)

    def numbers(self, node: Node, place: int) -> list[Any] | None:
        """Return the constant that an operator takes at a place, None where it takes none."""
        name = node.inputs[place] if place < len(node.inputs) else ""
        if not name:
            return None
        if name not in self.weights:
            raise self.refuse(node, "takes what is only known when it runs")
        found: list[Any] = np.atleast_1d(self.weights[name].load()).tolist()
        return found

    def rank(self, node: Node, name: str) -> int:
        """Return the number of axes of a value."""
        value = self.graph.values.get(name)
        if value is None:
            raise self.refuse(node, "takes a value of unknown rank")
        return len(value.shape)

    def _from_the_front(self, node: Node) -> Node:
        """Count axes from the first one, as all were before opset 11."""
        negative = {key: node.attributes[key] for key in ("axis", "axes") if key in node.attributes}
        if not any(np.min(axes) < 0 for axes in negative.values()):
            return node
        of = node.outputs[0] if node.op_type == "Unsqueeze" else node.inputs[0]
        rank = self.rank(node, of)
        counted: dict[str, Attribute] = {
            key: axes % rank if isinstance(axes, int) else [int(axis) % rank for axis in axes]
            for key, axes in negative.items()
            if isinstance(axes, int | list | tuple)
        }
        return replace(node, attributes=node.attributes | counted)

    def _check(self, node: Node) -> None:
        """Hold an operator against its schema in this opset."""
        from onnx.defs import SchemaError  # noqa: PLC0415 (costs more than all the rest)

        from keronyx.converter.graph.schema import check_node  # noqa: PLC0415 - loads onnx

        if node.body is not None:
            raise self.refuse(node, "runs a graph of its own")
        try:
            check_node(node, self.opset)
        except SchemaError as error:
            raise self.refuse(node, "is younger") from error
        except TypeError as error:
            raise self.refuse(node, "was another one") from error


Respell: TypeAlias = Callable[[_Older, Node], Node]


def _inputs_as(*names: str, whole: bool = True) -> Respell:
    """Return what makes constants at the places behind the first into attributes."""

    def respell(older: _Older, node: Node) -> Node:
        attributes = {key: each for key, each in node.attributes.items() if key not in NEWER}
        for place, name in enumerate(names, 1):
            numbers = older.numbers(node, place)
            if numbers is not None:
                attributes[name] = numbers if whole or place == 1 else float(numbers[0])
        return replace(node, inputs=node.inputs[:1], attributes=attributes)

    return respell


NEWER: Final = frozenset({"noop_with_empty_axes"})
"""Attributes that came with axes as an input."""


def _bounds(older: _Older, node: Node) -> Node:
    """Clip, whose bounds were attributes."""
    found = {key: older.numbers(node, place) for place, key in ((1, "min"), (2, "max"))}
    bounds = {key: float(each[0]) for key, each in found.items() if each is not None}
    return replace(node, inputs=node.inputs[:1], attributes={**node.attributes, **bounds})


def _steps(older: _Older, node: Node) -> Node:
    """Slice, which took no steps."""
    if any(step != 1 for step in older.numbers(node, 4) or ()):
        raise older.refuse(node, "takes no steps")
    return _inputs_as("starts", "ends", "axes")(older, node)


def _last_axis(older: _Older, node: Node) -> Node:
    """Softmax, which ran over all axes from one on as over a single one."""
    last = older.rank(node, node.inputs[0]) - 1
    axis = node.attributes.get("axis", -1)
    if axis not in {last, -1}:
        raise older.refuse(node, "runs over other axes than the last")
    return replace(node, attributes={**node.attributes, "axis": last})


def _with_bias(older: _Older, node: Node) -> Node:
    """Gemm, which had no way to do without a bias."""
    if len(node.inputs) > 2:
        return node
    dtype = older.graph.values[node.inputs[0]].dtype
    zero = older.graph.constant([0.0], dtype)
    return replace(node, inputs=(*node.inputs, zero.name))


RESPELLED: Final[dict[str, tuple[tuple[int, Respell], ...]]] = {
    "Clip": ((11, _bounds),),
    "Gemm": ((11, _with_bias),),
    "LogSoftmax": ((13, _last_axis),),
    "Pad": ((11, _inputs_as("pads", "value", whole=False)),),
    "ReduceSum": ((13, _inputs_as("axes")),),
    "Slice": ((10, _steps),),
    "Softmax": ((13, _last_axis),),
    "Split": ((13, _inputs_as("split")),),
    "Squeeze": ((13, _inputs_as("axes")),),
    "Unsqueeze": ((13, _inputs_as("axes")),),
}
"""Operators whose spelling changed, each with the opset in which it became ours."""
