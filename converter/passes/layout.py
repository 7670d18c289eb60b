"""The graph under rewriting: which values are views, and how they come to stand as themselves."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Attribute, Initializer, Node, Value
from keronyx.converter.layers.base import Layer
from keronyx.converter.passes.views import Axes, View, all_axes
from keronyx.converter.several import called, keyed
from keronyx.converter.tensors import Array, Sizes


class Layout:
    """A graph's nodes are taken from it and put back one by one, without the moves between them.

    What moves axes is noted as a view of what it moves, and becomes a node only where somebody
    needs the value as it is. ``flat`` holds the views whose axes behind the batch are to be one.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.views: dict[str, View] = {}
        self.flat: dict[str, View] = {}
        self.weights = keyed(graph.initializers)
        self.users: dict[str, list[Node]] = defaultdict(list)
        self.old, graph.nodes = graph.nodes, []
        for node in self.old:
            for name in node.inputs:
                self.users[name].append(node)
        self._makers: dict[str, Layer | None] = {}
        self._made: dict[tuple[str, Axes], Value] = {}
        self._flattened: dict[str, Value] = {}
        self._turned: dict[tuple[str, Axes, tuple[int, ...]], Value] = {}

    def value(self, name: str) -> Value:
        """Return what is known of a name."""
        return self.graph.values[name]

    def view(self, name: str) -> View:
        """Return what a name is a view of: of itself where it is none."""
        return self.views.get(name) or View.whole(self.value(name))

    def is_computed(self, name: str) -> bool:
        """Whether a name stands for something that is neither a weight nor left out."""
        return bool(name) and name not in self.weights

    def numbers(self, name: str) -> list[int] | None:
        """Return a vector of integers that is known beforehand; None where it is not."""
        return list(map(int, self.weights[name].load())) if name in self.weights else None

    def keep(self, node: Node) -> None:
        """Put a node back as it was, its inputs as themselves."""
        inputs = tuple(map(self.plain, node.inputs))
        self.graph.append(replace(node, inputs=inputs))

    def note(self, node: Node, view: View) -> None:
        """Note that the output of a node is a view."""
        self.views[node.outputs[0]] = view
        self._makers[node.outputs[0]] = node.layer

    def note_flat(self, node: Node, view: View) -> None:
        """Note that the output of a node is a view whose axes behind the batch are one."""
        self.flat[node.outputs[0]] = view
        self._makers[node.outputs[0]] = node.layer

    def moved(self, node: Node, view: View, inputs: Sequence[str], **changed: Attribute) -> None:
        """Put a node back on the axes of a view's source; its outputs become such views."""
        known = list(map(self.value, node.outputs))
        shapes = [view.shape_in_source(each.shape) for each in known]
        sources = self._put(node, shapes, inputs, changed)
        for name, source in zip(node.outputs, sources, strict=True):
            self.views[name] = View(source, view.axes)
            self._makers[name] = node.layer

    def moved_flat(self, node: Node, view: View, inputs: Sequence[str]) -> None:
        """Put a node back on the axes of a flat view's source, of the same shape."""
        (source,) = self._put(node, [view.source.shape], inputs, {})
        self.note_flat(node, View(source, view.axes))

    def _put(
        self,
        node: Node,
        shapes: Sequence[Sizes],
        inputs: Sequence[str],
        changed: dict[str, Attribute],
    ) -> list[Value]:
        sources = [
            Value(self.graph.unique(f"{name}/moved"), self.value(name).dtype, shape)
            for name, shape in zip(node.outputs, shapes, strict=True)
        ]
        outputs = tuple(called(sources))
        attributes = node.attributes | changed
        moved = replace(node, inputs=tuple(inputs), outputs=outputs, attributes=attributes)
        self.graph.append(moved, *sources)
        return sources

    def plain(self, name: str) -> str:
        """Return a name under which a value stands as itself; nodes are added where it does not."""
        if name in self.flat:
            return self._flatten(name)
        if name not in self.views:
            return name
        return self.stands(self.views[name], self._makers[name], name).name

    def stands(self, view: View, layer: Layer | None, name: str = "") -> Value:
        """Return the value that a view shows, made at the first call, under a name if it is one."""
        if view.is_whole:
            return view.source
        key = (view.source.name, view.axes)
        if key not in self._made:
            self._made[key] = self._make(view, layer, name)
        return self._made[key]

    def _make(self, view: View, layer: Layer | None, name: str) -> Value:
        """Squeeze, Transpose and Unsqueeze, as far as it takes them; the last one has the name."""
        made = view.source
        steps = view.steps()
        for op_type, numbers, shape in steps:
            final = name if op_type == steps[-1][0] else ""
            if op_type == "Transpose":
                made = self._add(op_type, [made], shape, layer, final, perm=numbers)
            else:
                made = self._add(op_type, [made, self.constant(numbers)], shape, layer, final)
        return made

    def _add(
        self,
        op_type: str,
        inputs: Sequence[Value],
        shape: Sizes,
        layer: Layer | None,
        name: str,
        **attributes: Attribute,
    ) -> Value:
        with self.graph.within(layer):
            own = self.graph.below(op_type)
        value = Value(name or own, inputs[0].dtype, shape)
        node = Node(
            op_type=op_type,
            name=own,
            inputs=tuple(called(inputs)),
            outputs=(value.name,),
            attributes=attributes,
            layer=layer,
        )
        self.graph.append(node, value)
        return value

    def constant(self, numbers: Sequence[float], dtype: str = "int64") -> Value:
        """Return a vector, of integers if not told otherwise."""
        value = self.graph.constant(list(numbers), dtype)
        self.weights.setdefault(value.name, self.graph.initializers[-1])
        return value

    def _flatten(self, name: str) -> str:
        """Return a flat view as it is: its axes in their order, then one."""
        view, layer = self.flat[name], self._makers[name]
        source = view.source if view.is_in_order else self.stands(view, layer)
        return self.flattened(source, layer).name

    def flattened(self, source: Value, layer: Layer | None) -> Value:
        """Return a value with all axes behind the batch as one."""
        if source.name not in self._flattened:
            size = int(np.prod([size or 0 for size in source.shape[1:]], dtype=np.int64))
            shape = (source.shape[0], size)
            self._flattened[source.name] = self._add("Flatten", [source], shape, layer, "", axis=1)
        return self._flattened[source.name]

    def ordered(self, weight: Initializer, places: Array) -> str:
        """Return a matrix with its rows in other places."""
        made = self.graph.derived(weight, weight.shape, partial(_ordered, weight, places))
        self.weights[made.name] = self.graph.initializers[-1]
        return made.name

    def turned(self, weight: Initializer, axes: Axes, shape: tuple[int, ...]) -> str:
        """Return a weight seen in a shape with its axes in another order, new ones of size 1."""
        key = (weight.name, axes, shape)
        if key not in self._turned:
            sizes = tuple(1 if axis is None else shape[axis] for axis in axes)
            made = self.graph.derived(weight, sizes, partial(_turned, weight, axes, shape))
            self.weights[made.name] = self.graph.initializers[-1]
            self._turned[key] = made
        return self._turned[key].name


def _turned(weight: Initializer, axes: Axes, shape: tuple[int, ...]) -> Array:
    """Load a weight in a shape with its axes in another order, new ones of size 1."""
    sizes = [1 if axis is None else shape[axis] for axis in axes]
    turned = np.reshape(weight.load(), shape).transpose(all_axes(axes, len(shape)))
    return np.ascontiguousarray(turned).reshape(sizes)


def _ordered(weight: Initializer, places: Array) -> Array:
    """Put rows in their places, as they come from the file: a large kernel is not held twice."""
    if weight.variable is None:
        pieces: Iterable[Array] = [np.asarray(weight.load()).reshape(-1)]
    else:
        pieces = weight.variable.chunks()
    made = np.empty(weight.shape, weight.dtype)
    units, row = weight.shape[1], 0
    rest = np.empty(0, weight.dtype)
    for piece in pieces:
        flat = np.concatenate([rest, piece]) if len(rest) else piece
        whole = len(flat) // units
        made[places[row : row + whole]] = flat[: whole * units].reshape(whole, units)
        row, rest = row + whole, flat[whole * units :].copy()
    return made
