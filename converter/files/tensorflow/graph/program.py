"""The function that a SavedModel serves: its nodes, its ends, and what it is given.

Source: function.proto, node_def.proto, saved_object_graph.proto in tensorflow/core
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from keronyx.converter.errors import FileFormatError, shorten
from keronyx.converter.files.saved import ObjectGraph
from keronyx.converter.files.tensorflow.bundle import DTYPES, STRING
from keronyx.converter.files.tensorflow.constants import array_of, strings_of
from keronyx.converter.files.tensorflow.graph.values import Held, Table, Value
from keronyx.converter.wire import Message

SERVED: Final = "serving_default"
INITIAL: Final = "__saved_model_init_op"
USER_OBJECT, CONSTANT, BARE = 4, 9, 8
"""Kinds of SavedObject."""


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
