"""Runs through the functions of a program, with those that they call inlined."""

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from keronyx.converter.errors import FileFormatError, shorten
from keronyx.converter.files.tensorflow.graph.program import Node, Program
from keronyx.converter.files.tensorflow.graph.values import Tensor, Value
from keronyx.converter.limits import current, limited
from keronyx.converter.wire import Message

CALLS: Final = frozenset({"PartitionedCall", "StatefulPartitionedCall"})

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

Operate: TypeAlias = Callable[[Node, list[Value]], list[Value]]


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
