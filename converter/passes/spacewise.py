"""Rules for operators that name axes: these become the axes of the source."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Final, TypeVar

from keronyx.converter.graph.nodes import Node
from keronyx.converter.passes.layout import Layout
from keronyx.converter.passes.moving import brought, order_of, rule
from keronyx.converter.passes.views import View, all_known

REDUCTIONS: Final = "L1 L2 LogSum LogSumExp Max Mean Min Prod Sum SumSquare"

T = TypeVar("T", int, float)


@rule(*(f"Reduce{kind}" for kind in REDUCTIONS.split()))
def reduction(layout: Layout, node: Node) -> bool:
    """Over the source's axes, which stay as ones; a view without them where they are to go."""
    view, axes = layout.views.get(node.inputs[0]), _axes(layout, node)
    places = view.places(axes) if view is not None and axes else None
    if view is None or not axes or not places:
        return False
    after = view if node.attributes.get("keepdims", 1) else view.squeezed(axes)
    _reduce(layout, node, view, after, sorted(places))
    return True


def _reduce(layout: Layout, node: Node, view: View, after: View, places: list[int]) -> None:
    """Reduce the source over axes, which are an input or an attribute as they were."""
    source = view.source.name
    if node.op_type == "ReduceMean" and _is_all_of_space(view, places):
        layout.moved(replace(node, op_type="GlobalAveragePool", attributes={}), after, [source])
    elif len(node.inputs) > 1:
        layout.moved(node, after, [source, layout.constant(places).name], keepdims=1)
    else:
        layout.moved(node, after, [source], keepdims=1, axes=places)


def _axes(layout: Layout, node: Node) -> list[int] | None:
    """Return the axes that an operator names, in an input or an attribute."""
    if len(node.inputs) > 1:
        return layout.numbers(node.inputs[1])
    axes = node.attributes.get("axes")
    return list(map(int, axes)) if isinstance(axes, list) else None


def _is_all_of_space(view: View, places: Sequence[int]) -> bool:
    """Whether these are all axes behind the channels that GlobalAveragePool would go over."""
    rest = {axis for axis in range(2, view.source.rank) if view.source.shape[axis] != 1}
    return (
        view.source.dtype == "float32"
        and bool(rest)
        and rest <= set(places) <= {*range(2, view.source.rank)}
    )


@rule("Concat")
def concat(layout: Layout, node: Node) -> bool:
    """Along the source's axis, all inputs on the axes of the first view."""
    first = next(filter(None, map(layout.views.get, node.inputs)), None)
    place = None if first is None else _place(first, node)
    if first is None or place is None or not all(map(layout.is_computed, node.inputs)):
        return False
    found = all_known(brought(layout, name, first, node) for name in node.inputs)
    if found is None:
        return False
    layout.moved(node, first, found, axis=place)
    return True


@rule("Split")
def split(layout: Layout, node: Node) -> bool:
    """Along the source's axis."""
    view = layout.views.get(node.inputs[0])
    place = _place(view, node) if view is not None else None
    if view is None or place is None:
        return False
    layout.moved(node, view, [view.source.name, *node.inputs[1:]], axis=place)
    return True


def _place(view: View, node: Node) -> int | None:
    axis = node.attributes["axis"]
    return view.axes[axis] if isinstance(axis, int) else None


@rule("Pad")
def pad(layout: Layout, node: Node) -> bool:
    """With the source's borders; what stands as itself is turned first if its result would be."""
    pads = layout.numbers(node.inputs[1])
    view = layout.views.get(node.inputs[0]) or _turned_ahead(layout, node)
    borders = None if view is None or pads is None else _borders(view, pads)
    if view is None or borders is None:
        return False
    rest = node.inputs[2:]
    layout.moved(node, view, [view.source.name, layout.constant(borders).name, *rest])
    return True


def _borders(view: View, pads: list[int]) -> list[int] | None:
    """Return the pads of the source's axes; None where axes are padded that it does not have."""
    sides = (pads[: view.rank], pads[view.rank :])
    if any(side[place] for side in sides for place in view.added):
        return None
    return [*chain.from_iterable(_spread(view, side, 0) for side in sides)]


def _spread(view: View, numbers: Sequence[T], otherwise: T) -> list[T]:
    """Return numbers of the view's axes for the source's."""
    known = dict(zip(view.axes, numbers, strict=True))
    return [known.get(axis, otherwise) for axis in range(view.source.rank)]


def _turned_ahead(layout: Layout, node: Node) -> View | None:
    """Return the input as a view of what it is when turned as its only user turns the result."""
    name, turn = node.inputs[0], _only_turn(layout, node)
    if turn is None or name in layout.flat or not layout.is_computed(name):
        return None
    after = View.whole(layout.value(node.outputs[0])).transposed(order_of(turn))
    turned = View(layout.value(name), after.axes)
    return View(layout.stands(turned, turn.layer), after.inverse(after.rank))


def _only_turn(layout: Layout, node: Node) -> Node | None:
    """Return the Transpose that alone uses a result."""
    users = layout.users[node.outputs[0]]
    return users[0] if len(users) == 1 and users[0].op_type == "Transpose" else None


@rule("Slice")
def cut(layout: Layout, node: Node) -> bool:
    """Along the source's axes."""
    view = layout.views.get(node.inputs[0])
    axes = layout.numbers(node.inputs[3]) if len(node.inputs) > 3 else None
    places = view.places(axes) if view is not None and axes else None
    if view is None or places is None:
        return False
    named = layout.constant(places).name
    layout.moved(node, view, [view.source.name, *node.inputs[1:3], named, *node.inputs[4:]])
    return True


@rule("Resize")
def resize(layout: Layout, node: Node) -> bool:
    """With the source's scales or sizes."""
    view = layout.views.get(node.inputs[0])
    scales = layout.weights.get(node.inputs[2]) if _is_by_scales(node) else None
    if view is None or view.added or scales is None:
        return False
    numbers = _spread(view, [*map(float, scales.load())], 1.0)
    spread = layout.constant(numbers, "float32")
    layout.moved(node, view, [view.source.name, "", spread.name])
    return True


def _is_by_scales(node: Node) -> bool:
    """Tell a Resize of all axes by their scales."""
    return len(node.inputs) == 3 and "axes" not in node.attributes


@rule("Shape")
def size(layout: Layout, node: Node) -> bool:
    """Of one axis: that of the source's."""
    view, start = layout.views.get(node.inputs[0]), node.attributes.get("start")
    if view is None or not isinstance(start, int) or node.attributes.get("end") != start + 1:
        return False
    place = view.axes[start]
    if place is None:
        return False
    attributes = node.attributes | {"start": place, "end": place + 1}
    layout.graph.append(replace(node, inputs=(view.source.name,), attributes=attributes))
    return True
