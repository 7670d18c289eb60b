"""The ONNX graph under construction: values, nodes, initializers, and names that never clash."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import ClassVar

import numpy as np

from keronyx.converter.graph.nodes import (
    RESULTS,
    Attribute,
    Body,
    Dims,
    Initializer,
    Named,
    Node,
    Value,
    dims_of,
    legal,
)
from keronyx.converter.layers.base import Layer
from keronyx.converter.tensors import Array, Shape, Sizes, Variable, numbered


@dataclass
class Graph:
    """Nodes in the order in which they run, and everything that a GraphProto lists."""

    name: str
    opset: int
    ir_version: int | None = None
    nodes: list[Node] = field(default_factory=list)
    initializers: list[Initializer] = field(default_factory=list)
    inputs: list[Named] = field(default_factory=list)
    outputs: list[Named] = field(default_factory=list)
    value_infos: dict[str, Named] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    inspect: ClassVar[Callable[[Node, int], None] | None] = None
    """Looks at every node and the opset as it is added, as ``schema.check_node`` does in tests."""

    def __post_init__(self) -> None:
        self._taken: dict[str, int] = {}
        self._weights: dict[tuple[int, str, tuple[int, ...]], Value] = {}
        self._constants: dict[tuple[str, tuple[int, ...], bytes], Value] = {}
        self._produced: set[str] = set()
        self._layer: Layer | None = None
        self._symbols: dict[str, str] = {}
        self._once: dict[tuple[str, ...], Value] = {}

    def unique(self, wanted: str) -> str:
        """Return the name, numbered where it is taken."""
        count = self._taken.get(wanted, 0) + 1
        self._taken[wanted] = count
        return wanted if count == 1 else self.unique(f"{wanted}_{count}")

    @contextmanager
    def within(self, layer: Layer | None) -> Iterator[None]:
        """Put what is made meanwhile under the layer's name."""
        outer, self._layer = self._layer, layer
        yield
        self._layer = outer

    def below(self, last: str) -> str:
        """Return a new name below the layer's."""
        return self.unique(f"{legal(self._layer.name, 'layer')}/{last}" if self._layer else last)

    def op(
        self,
        op_type: str,
        *inputs: Value | float,
        dtype: str = "",
        shape: Sizes | None = None,
        domain: str = "",
        **attributes: Attribute,
    ) -> Value:
        """Add an operator with one output.

        Numbers among the inputs become constants of the first value's type. The output has the
        type and shape of the first value unless told otherwise.
        """
        first = next(value for value in inputs if isinstance(value, Value))
        name = self.below(op_type)
        result = dtype or RESULTS.get(op_type, first.dtype)
        value = Value(name, result, first.shape if shape is None else shape)
        self.append(
            Node(
                op_type=op_type,
                name=name,
                inputs=self._values(inputs, first.dtype),
                outputs=(name,),
                attributes=attributes,
                domain=domain,
                layer=self._layer,
            ),
            value,
        )
        return value

    def ops(
        self,
        op_type: str,
        count: int,
        *inputs: Value,
        shape: Sizes,
        body: Body | None = None,
        **attributes: Attribute,
    ) -> tuple[Value, ...]:
        """Add an operator with several outputs, of one shape and of the first input's type."""
        name = self.below(op_type)
        outputs = (name, *(self.unique(f"{name}:{index}") for index in range(1, count)))
        values = tuple(Value(output, inputs[0].dtype, shape) for output in outputs)
        self.append(
            Node(
                op_type=op_type,
                name=name,
                inputs=self._values(inputs, inputs[0].dtype),
                outputs=outputs,
                attributes=attributes,
                layer=self._layer,
                body=body,
            ),
            *values,
        )
        return values

    def _values(self, inputs: tuple[Value | float, ...], dtype: str) -> tuple[str, ...]:
        values = (v if isinstance(v, Value) else self.constant(v, dtype) for v in inputs)
        return tuple(value.name for value in values)

    def append(self, node: Node, *values: Value) -> None:
        """Add a node that is made already, and note what is known of its outputs."""
        look = type(self).inspect
        if look is not None:
            look(node, self.opset)
        self.nodes.append(node)
        self._produced.update(node.outputs)
        self.know(*values)

    def know(self, *values: Value) -> None:
        """Note the type and the shape of values."""
        self.values.update((value.name, value) for value in values)

    def inner(self, name: str) -> "Graph":
        """Return a graph whose names are no others than this one's."""
        graph = Graph(self.unique(name), self.opset)
        graph._taken, graph._layer = self._taken, self._layer
        return graph

    @property
    def body(self) -> Body:
        """The graph as what an operator of another one runs."""
        return Body(
            name=self.name,
            nodes=self.nodes,
            initializers=self.initializers,
            inputs=self.inputs,
            outputs=self.outputs,
            renamed=self.renamed,
        )

    def weight(
        self,
        name: str,
        dtype: str,
        shape: tuple[int, ...],
        load: Callable[[], Array],
        variable: Variable | None = None,
    ) -> Value:
        """Return the layer's initializer of this name and shape, made at its first call."""
        key = (id(self._layer), name, shape)
        if key not in self._weights:
            full = self.below(name)
            self.initializers.append(
                Initializer(name=full, dtype=dtype, shape=shape, load=load, variable=variable)
            )
            self._weights[key] = Value(full, dtype, shape)
            self.know(self._weights[key])
        return self._weights[key]

    def derived(
        self, weight: Initializer, shape: tuple[int, ...], load: Callable[[], Array]
    ) -> Value:
        """Return a new initializer of the type of another, whose numbers it has laid out anew."""
        name = self.unique(weight.name)
        self.initializers.append(Initializer(name=name, dtype=weight.dtype, shape=shape, load=load))
        value = Value(name, weight.dtype, shape)
        self.know(value)
        return value

    def once(self, key: tuple[str, ...], make: Callable[[], Value]) -> Value:
        """Return what ``make`` adds at the first call with this key."""
        if key not in self._once:
            self._once[key] = make()
        return self._once[key]

    def has(self, key: tuple[str, ...]) -> bool:
        """Tell whether ``once`` was called with this key."""
        return key in self._once

    def constant(self, numbers: object, dtype: str) -> Value:
        """Return an initializer with these numbers; equal ones are stored once."""
        with np.errstate(over="ignore"):
            array = np.asarray(numbers).astype(dtype)
        key = (dtype, array.shape, array.tobytes())
        if key not in self._constants:
            name = self.unique(f"constant/{dtype}")
            self.initializers.append(
                Initializer(name=name, dtype=dtype, shape=array.shape, load=lambda: array)
            )
            self._constants[key] = Value(name, dtype, array.shape)
            self.know(self._constants[key])
        return self._constants[key]

    def text(self, text: str) -> Value:
        """Return a constant string, which is a node: numbers alone are stored as initializers."""
        return self.once(("text", text), lambda: self._text(text))

    def _text(self, text: str) -> Value:
        value = Value(self.below("Constant"), "string", ())
        node = Node(
            op_type="Constant",
            name=value.name,
            inputs=(),
            outputs=(value.name,),
            attributes={"value_string": text},
            layer=self._layer,
        )
        self.append(node, value)
        return value

    def integers(self, numbers: Sequence[int]) -> Value:
        """Return a constant int64 vector: axes, sizes, a shape."""
        return self.constant(numbers, "int64")

    def input(self, name: str, dtype: str, shape: Shape) -> Value:
        """Add an input of the graph; ``name`` comes from ``unique``.

        A size that ``shape`` names is called after the input in which it comes first.
        """
        for size, symbol in zip(shape, dims_of(shape, name), strict=True):
            if isinstance(size, str) and isinstance(symbol, str):
                self._symbols.setdefault(size, symbol)
        self.inputs.append(Named(name, dtype, self._dims(shape, name)))
        value = Value(name, dtype, numbered(shape))
        self.know(value)
        return value

    def output(self, name: str, value: Value, shape: Shape | None = None) -> None:
        """Make a value an output of the graph; ``name`` comes from ``unique``.

        ``shape`` is the value's with the names of sizes.
        """
        if value.name not in self._produced or value.name in self.renamed:
            value = self.op("Identity", value)
        self.renamed[value.name] = name
        dims = self._dims(value.shape if shape is None else shape, name)
        self.outputs.append(Named(name, value.dtype, dims))

    def state(self, value: Value, shape: Shape) -> None:
        """Note the type and shape of an inner value in the model."""
        if value.name in self._produced and value.name not in self.renamed:
            self.value_infos[value.name] = Named(value.name, value.dtype, self._dims(shape))

    def prune(self) -> None:
        """Leave out initializers that no node uses, and what was noted of values that are gone."""
        used = {*chain.from_iterable(node.inputs for node in self.nodes)}
        self.initializers = [each for each in self.initializers if each.name in used]
        made = {*chain.from_iterable(node.outputs for node in self.nodes)}
        self.value_infos = {k: v for k, v in self.value_infos.items() if k in made}

    def _dims(self, shape: Shape, name: str = "") -> Dims:
        """Return the sizes, those with a known name under the symbol of an input."""
        known = (self._symbols.get(size) if isinstance(size, str) else None for size in shape)
        return tuple(symbol or dim for symbol, dim in zip(known, dims_of(shape, name), strict=True))
