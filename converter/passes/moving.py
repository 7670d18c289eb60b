"""What each operator makes of a view: a rule puts its node on the source's axes, or declines.

A rule returns False where it declines; the node then takes its inputs as themselves.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod
from typing import Final, TypeAlias

import numpy as np

from keronyx.converter.graph.nodes import Node
from keronyx.converter.passes.layout import Layout
from keronyx.converter.passes.views import View, all_axes, all_known, settled
from keronyx.converter.several import present
from keronyx.converter.tensors import Array, Sizes

Rule: TypeAlias = Callable[[Layout, Node], bool]

RULES: Final[dict[str, Rule]] = {}

ELEMENTWISE: Final = """
Abs Cast Ceil Celu Clip Cos Elu Erf Exp Floor Gelu HardSigmoid HardSwish Identity IsInf IsNaN
LeakyRelu Log Mish Neg Not Reciprocal Relu Round Selu Sigmoid Sign Sin Softplus Softsign Sqrt Swish
Tan Tanh ThresholdedRelu
Add And Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Mul Or PRelu Pow Sub Sum
Where Xor
"""
"""Operators that take each number for itself, and broadcast their inputs."""


def rule(*op_types: str) -> Callable[[Rule], Rule]:
    """Register a rule for operators."""

    def register(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(op_types, function))
        return function

    return register


def _viewed(layout: Layout, node: Node, view: View | None) -> bool:
    """Note that the output is a view, unless what would be moved is a weight, or flat."""
    name = node.inputs[0]
    if view is None or name in layout.flat or not layout.is_computed(name):
        return False
    layout.note(node, view)
    return True


@rule("Transpose")
def transpose(layout: Layout, node: Node) -> bool:
    """A view."""
    return _viewed(layout, node, layout.view(node.inputs[0]).transposed(order_of(node)))


def order_of(node: Node) -> list[int]:
    """Return the order in which a Transpose puts the axes."""
    order = node.attributes["perm"]
    assert isinstance(order, list)  # noqa: S101 - as graph.operators writes it
    return list(map(int, order))


@rule("Squeeze", "Unsqueeze")
def ones(layout: Layout, node: Node) -> bool:
    """A view, where the axes are known beforehand."""
    view, axes = layout.view(node.inputs[0]), layout.numbers(node.inputs[1])
    if axes is None:
        return False
    return _viewed(
        layout, node, view.squeezed(axes) if node.op_type == "Squeeze" else view.unsqueezed(axes)
    )


@rule("Flatten", "Reshape")
def reshape(layout: Layout, node: Node) -> bool:
    """A view where only ones come and go, a flat one where all axes behind the batch become one."""
    name, shape = node.inputs[0], layout.value(node.outputs[0]).shape
    view = layout.view(name)
    if _viewed(layout, node, view.reshaped(shape)):
        return True
    is_flat = name in layout.views and _flattens(view, shape)
    if is_flat:
        layout.note_flat(node, view)
    return is_flat


def _flattens(view: View, shape: Sizes) -> bool:
    """Tell whether a shape has the batch, and all other axes of a view in one."""
    if len(shape) != 2 or None in (*shape[1:], *view.shape[1:]):
        return False
    return view.axes[0] == 0 and shape[1] == _size(view.shape[1:])


@rule(*ELEMENTWISE.split())
def elementwise(layout: Layout, node: Node) -> bool:
    """On the axes of the largest view, to which the other inputs are brought."""
    if not layout.flat.keys().isdisjoint(node.inputs):
        return _on_flat(layout, node)
    frame = _frame(layout, node)
    if frame is None or _is_larger(layout, node, frame):
        return False
    found = all_known(brought(layout, name, frame, node) for name in node.inputs)
    if found is None:
        return False
    layout.moved(node, frame, found)
    return True


def _frame(layout: Layout, node: Node) -> View | None:
    """Return the largest view among the inputs that has as many axes as the output."""
    rank = layout.value(node.outputs[0]).rank
    views = (layout.views[name] for name in node.inputs if name in layout.views)
    frames = (view for view in views if view.rank == rank)
    return max(frames, key=lambda view: _size(view.shape), default=None)


def _size(shape: Sequence[int | None]) -> int:
    return prod(size for size in shape if size is not None)


def _is_larger(layout: Layout, node: Node, frame: View) -> bool:
    """Whether an input that stands as itself is larger than a frame: it better stays."""
    computed = filter(layout.is_computed, node.inputs)
    shapes = [layout.value(name).shape for name in computed if name not in layout.views]
    return any(_size(shape) > _size(frame.shape) for shape in shapes)


def brought(layout: Layout, name: str, frame: View, node: Node) -> str | None:
    """Return an input on the axes of a frame's source; None where that cannot be."""
    shape = layout.value(name).shape if name else ()
    if _is_one_number(shape, frame):
        return layout.plain(name)
    view = layout.view(name)
    if view.axes == frame.axes and view.source.rank == frame.source.rank:
        return view.source.name
    return _turned(layout, name, frame, node) if _broadcasts(frame, shape) else None


def _turned(layout: Layout, name: str, frame: View, node: Node) -> str:
    """Return an input with its axes in the order of a frame's source, new ones of size 1."""
    view = layout.view(name)
    order = frame.inverse(view.rank)
    if name in layout.weights:
        weight = layout.weights[name]
        return layout.turned(weight, order, weight.shape)
    axes = tuple(None if axis is None else view.axes[axis] for axis in order)
    return layout.stands(settled(view.source, axes), node.layer).name


def _is_one_number(shape: Sequence[int | None], frame: View) -> bool:
    """Whether a shape broadcasts with anything, on whatever axes; so does an input left out."""
    return _size(shape) == 1 and None not in shape and len(shape) <= frame.source.rank


def _broadcasts(frame: View, shape: Sequence[int | None]) -> bool:
    """Whether a shape fits the last axes of a frame, with 1 where the frame has a new axis."""
    if len(shape) > frame.rank:
        return False
    last = frame.axes[frame.rank - len(shape) :]
    return all(axis is not None or size == 1 for axis, size in zip(last, shape, strict=True))


def _on_flat(layout: Layout, node: Node) -> bool:
    """A flat view, if all others are weights of one number, or of one for each place of a row."""
    view = next(layout.flat[name] for name in node.inputs if name in layout.flat)
    found = all_known(_flat_brought(layout, name, view) for name in node.inputs)
    if found is None:
        return False
    layout.moved_flat(node, view, found)
    return True


def _flat_brought(layout: Layout, name: str, view: View) -> str | None:
    if name in layout.flat:
        same = layout.flat[name].axes == view.axes
        return layout.flat[name].source.name if same else None
    return None if layout.is_computed(name) else _flat_weight(layout, name, view)


def _flat_weight(layout: Layout, name: str, view: View) -> str | None:
    """Return a weight of one number, or of one for each place of a row in the source's order."""
    shape = layout.weights[name].shape if name else ()
    if _is_one_number(shape, view):
        return name
    inner = _inner(view)
    if prod(shape) != prod(inner):
        return None
    return layout.turned(layout.weights[name], view.inverse(view.rank - 1), inner)


def _inner(view: View) -> tuple[int, ...]:
    """Return the sizes behind the batch, which a flat view has in numbers."""
    return tuple(present(view.shape[1:]))


@rule("Gemm", "MatMul")
def product(layout: Layout, node: Node) -> bool:
    """Of a flat view and a weight, whose rows are put in the order of the source."""
    name, kernel, *others = node.inputs
    if name not in layout.flat or kernel not in layout.weights or node.attributes:
        return False
    view, weight = layout.flat[name], layout.weights[kernel]
    if view.is_in_order or len(weight.shape) != 2:
        return False
    rows = layout.ordered(weight, _rows(view))
    flat = layout.flattened(view.source, node.layer).name
    layout.graph.append(replace(node, inputs=(flat, rows, *map(layout.plain, others))))
    return True


def _rows(view: View) -> Array:
    """Return, for each place of the flat view, where its number lies in the flat source."""
    inner = _inner(view)
    order = all_axes(view.inverse(view.rank - 1), view.rank - 1)
    there = np.arange(prod(inner)).reshape(inner).transpose(order).reshape(-1)
    found = np.empty_like(there)
    found[there] = np.arange(len(there))
    return found
