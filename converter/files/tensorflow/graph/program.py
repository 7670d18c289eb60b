"""The function that a SavedModel serves: its nodes, with the functions that they call inlined.

Source: function.proto, node_def.proto, saved_object_graph.proto in tensorflow/core
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np

from keronyx.converter.errors import FileFormatError, shorten
from keronyx.converter.files.saved import ObjectGraph
from keronyx.converter.files.tensorflow.bundle import DTYPES, STRING
from keronyx.converter.files.tensorflow.constants import array_of, strings_of
from keronyx.converter.files.tensorflow.graph.values import Held, Table, Tensor, Value
from keronyx.converter.limits import current, limited
from keronyx.converter.wire import Message

SERVED: Final = "serving_default"
INITIAL: Final = "__saved_model_init_op"
CALLS: Final = frozenset({"PartitionedCall", "StatefulPartitionedCall"})
USER_OBJECT, CONSTANT, BARE = 4, 9, 8
"""Kinds of SavedObject."""

NEVER: Final = {
    "While": "a loop over steps, as recurrent layers have it",
    "StatelessWhile": "a loop over steps, as recurrent layers have it",
    "TensorList": "a list of tensors, as recurrent layers have it",
    "XlaCallModule": "a program in StableHLO, as JAX exports it",
    "Switch": "a branch",
    "Merge": "a branch",
    "If": "a branch",
    "StatelessIf": "a branch",
    "PyFunc": "Python code",
    "EagerPyFunc": "Python code",
}
"""Operations that are not read at all, by the beginnings of their names."""

UNREAD: Final = frozenset({"batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2"})
"""Outputs of operations that have several under names of their own; the first alone is read."""

REFERENCE: Final = re.compile(r"(?P<node>[^:]+)(:(?P<output>[^:]*))?(:(?P<index>\d+))?")


@dataclass(frozen=True)
class Node:
    """One operation: what it is called, what it is, what it takes, and its attributes."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    attributes: Mapping[str, Message]

    def integer(self, name: str, default: int = 0) -> int:
        """Return a whole number, a dtype or a truth; files leave out what is the default."""
        told = self.attributes.get(name)
        if told is None:
            return default
        return next((told.integer(field) for field in (3, 6, 5) if field in told), 0)

    def integers(self, name: str) -> list[int]:
        """Return whole numbers."""
        return self.attributes.get(name, Message({})).message(1).integers(3)

    def text(self, name: str) -> str:
        """Return a text."""
        return self.attributes.get(name, Message({})).text(2)

    def real(self, name: str, default: float) -> float:
        """Return a real number, or the default, which files leave out."""
        told = self.attributes.get(name)
        if told is None:
            return default
        bits = told.fields.get(4, [0])[-1]
        return float(np.array([bits], np.uint32).view(np.float32)[0])

    def dtype(self, name: str) -> str:
        """Return Keras's name of a dtype."""
        return dtype_name(self.integer(name))


def dtype_name(code: int) -> str:
    """Return Keras's name of TensorFlow's DataType."""
    if code == STRING:
        return "string"
    found = DTYPES.get(code)
    if found is None:
        raise FileFormatError(f"tensors of TensorFlow's type {code}")
    return "bfloat16" if found.kind == "V" else found.name


Operate: TypeAlias = Callable[[Node, list[Value]], list[Value]]


@dataclass(frozen=True)
class End:
    """An input or an output of what is served."""

    name: str
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Program:
    """A graph of functions, and the objects that these are given."""

    meta: Message
    objects: list[Message]
    graph: ObjectGraph

    @cached_property
    def functions(self) -> Mapping[str, Message]:
        """All functions by their names."""
        library = self.meta.message(2).message(2)
        return {each.message(1).text(1): each for each in library.messages(1)}

    @cached_property
    def signature(self) -> tuple[str, Message]:
        """The name and the definition of what is served."""
        told = {name: each for name, each in self.meta.map(5).items() if name != INITIAL}
        name = SERVED if SERVED in told else next(iter(told), "")
        if len(told) > 1 and name != SERVED:
            raise FileFormatError(f"{len(told)} signatures, and none is '{SERVED}'")
        if not name:
            raise FileFormatError("no signature that could be served")
        return name, told[name]

    @cached_property
    def served(self) -> Message:
        """The object of the function that is served."""
        name, _ = self.signature
        for each in self._children(0, "signatures"):
            for edge in self.objects[each].messages(1):
                if edge.text(2) == name:
                    return self.objects[edge.integer(1)].message(BARE)
        raise FileFormatError(f"no function for the signature '{shorten(name)}'")

    @property
    def is_keras2(self) -> bool:
        """Whether the outermost object is a model of Keras 2."""
        return self.objects[0].message(USER_OBJECT).text(1).startswith("_tf_keras_")

    def _children(self, place: int, name: str) -> Iterator[int]:
        edges = self.objects[place].messages(1)
        return (each.integer(1) for each in edges if each.text(2) == name)

    def inputs(self) -> list[End]:
        """Return the inputs in the order of the function's arguments."""
        told = self.signature[1].map(1)
        names = self.served.texts(2)
        if sorted(names) != sorted(told):
            raise FileFormatError("a signature whose inputs are not the function's arguments")
        return [_end(name, told[name]) for name in names]

    def outputs(self) -> list[tuple[str, int]]:
        """Return the name of each output, and its place among the function's results."""
        told = self.signature[1].map(2)
        places = {name: each.text(1).rpartition(":")[2] for name, each in told.items()}
        if not all(map(str.isdecimal, places.values())):
            raise FileFormatError("a signature whose outputs are no results of a function")
        return [(name, int(place)) for name, place in places.items()]

    def captures(self) -> list[Value]:
        """Return what the function is given beside its inputs."""
        concrete = self.meta.message(7).map(2).get(self.served.text(1))
        return [*map(self._capture, concrete.integers(2))] if concrete else []

    def _capture(self, place: int) -> Value:
        if not 0 <= place < len(self.objects):
            raise FileFormatError(f"a function is given object {place}, which is not there")
        told, tracked = self.objects[place], self.graph.objects[place]
        if tracked.variable is not None:
            return Held(tracked.variable)
        if CONSTANT in told:
            return self.constant(told.message(CONSTANT).text(1))
        return Table(place)

    def constant(self, name: str) -> Value:
        """Return a constant of the outermost graph."""
        for node in self.meta.message(2).messages(1):
            if node.text(1) == name and node.text(2) == "Const":
                return tensor_of(node.map(5))
        raise FileFormatError(f"no constant '{shorten(name)}'")


def _end(name: str, told: Message) -> End:
    shape = told.message(3)
    if 3 in shape:
        raise FileFormatError(f"input '{shorten(name)}' has no shape")
    axes = tuple(each.integer(1) for each in shape.messages(2))
    return End(name, dtype_name(told.integer(2)), axes)


def tensor_of(attributes: Mapping[str, Message]) -> Value:
    """Return the numbers or strings of a constant."""
    tensor = attributes.get("value", Message({})).message(8)
    if tensor.integer(1) == STRING:
        shape = [each.integer(1) for each in tensor.message(2).messages(2)]
        texts = [each.decode("utf-8", "replace") for each in strings_of(tensor)]
        return np.array(texts, object).reshape(shape)
    return array_of(tensor)


class Walk:
    """Runs through functions: every node that a result needs, once, after what it needs."""

    def __init__(self, program: Program, operate: Operate) -> None:
        self._program = program
        self._operate = operate
        self._nodes = 0
        self._first: list[Value] = []

    def ordered(self, inputs: list[Tensor]) -> list[Tensor]:
        """Return inputs in the model's own order, in which its function takes them.

        What is served takes them in the order of their names, and calls that function.
        """
        found = [each for each in self._first if isinstance(each, Tensor)]
        return found if sorted(map(_entry, found)) == sorted(map(_entry, inputs)) else inputs

    def call(self, name: str, arguments: Sequence[Value], depth: int = 0) -> list[Value]:
        """Return the results of a function."""
        body = self._program.functions.get(name)
        if body is None or depth > current().nested_models:
            raise FileFormatError(f"function '{shorten(name)}' is not there, or calls itself")
        names = [each.text(1) for each in body.message(1).messages(2)]
        if len(names) != len(arguments):
            raise FileFormatError(f"function '{shorten(name)}' takes {len(names)} arguments")
        frame = _Frame(body, dict(zip(names, arguments, strict=True)))
        results = {each.text(1): each.text(2) for each in body.messages(4)}
        wanted = [results[each.text(1)] for each in body.message(1).messages(3)]
        order = frame.needed(wanted)
        for node in order:
            _check_kind(node)
        for node in order:
            frame.done[node.name] = self._run(node, frame, depth)
        return [frame.value(each) for each in wanted]

    def _run(self, node: Node, frame: "_Frame", depth: int) -> list[Value]:
        self._nodes += 1
        if self._nodes > current().tracked_objects:
            raise FileFormatError("too many operations", hint=limited("tracked_objects"))
        given = [frame.value(each) for each in node.inputs]
        if node.kind in CALLS:
            if depth == 0:
                self._first = self._first or given
            called = node.attributes.get("f", Message({})).message(10).text(1)
            return self.call(called, given, depth + 1)
        return self._operate(node, given)


class _Frame:
    """One call of a function."""

    def __init__(self, body: Message, arguments: dict[str, Value]) -> None:
        self._arguments = arguments
        self._nodes = {each.text(1): each for each in body.messages(3)}
        self.done: dict[str, list[Value]] = {}

    def needed(self, wanted: Sequence[str]) -> list[Node]:
        """Return nodes in an order in which each comes behind what it takes."""
        order: dict[str, Node] = {}
        opened: set[str] = set()
        waiting = [_node_of(each) for each in reversed(wanted)]
        while waiting:
            name = waiting[-1]
            if name in self._arguments or name in order:
                waiting.pop()
                continue
            node = self._node(name)
            missing = [
                each
                for each in map(_node_of, node.inputs)
                if each not in order and each not in self._arguments
            ]
            if not missing:
                order[name] = node
                waiting.pop()
            elif name in opened:
                raise FileFormatError(f"operation '{shorten(name)}' needs its own result")
            else:
                opened.add(name)
                waiting += missing
        return [*order.values()]

    def _node(self, name: str) -> Node:
        told = self._nodes.get(name)
        if told is None:
            raise FileFormatError(f"an operation '{shorten(name)}' is not in the graph")
        inputs = tuple(each for each in told.texts(3) if not each.startswith("^"))
        return Node(name, told.text(2), inputs, told.map(5))

    def value(self, reference: str) -> Value:
        """Return what a reference means: an argument, or one output of an operation."""
        if reference in self._arguments:
            return self._arguments[reference]
        found = REFERENCE.fullmatch(reference)
        outputs = self.done[found["node"]] if found else []
        if found and found["output"] in UNREAD:
            raise FileFormatError(f"output '{shorten(reference)}', which inference does not need")
        index = int(found["index"] or 0) if found else 0
        if index >= len(outputs):
            raise FileFormatError(f"output '{shorten(reference)}' is not there")
        return outputs[index]


def _check_kind(node: Node) -> None:
    """Refuse what no operations of others make up for, before anything else is."""
    for kind, what in NEVER.items():
        if node.kind.startswith(kind):
            raise FileFormatError(f"operation '{shorten(node.name)}' ({node.kind}): {what}")


def _entry(tensor: Tensor) -> str:
    return tensor.entry


def _node_of(reference: str) -> str:
    return reference.partition(":")[0]
