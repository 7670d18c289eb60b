"""Turn the axes in front of what has a number for each channel, where the channels come last.

onnxruntime goes through such a factor channel by channel: with the channels behind the batch each
is one long run, with the channels last it is as many runs as there are places.
"""

from collections.abc import Iterator
from dataclasses import replace

from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Initializer, Node, Value
from keronyx.converter.passes.moving import ELEMENTWISE, order_of
from keronyx.converter.passes.wires import Wires
from keronyx.converter.several import picked
from keronyx.converter.tensors import Array

_TAKEN = frozenset(ELEMENTWISE.split())


def turn_early(graph: Graph) -> None:
    """Put each Transpose in front of the operators that a weight along the last axis joins."""
    wires = Wires.of(graph)
    changed: dict[str, list[Node]] = {}
    for node in filter(_takes_last_away, graph.nodes):
        line = list(_line(graph, node, wires))
        if line:
            moved = _moved(graph, node, line[::-1], wires)
            changed |= {each.name: [] for each in line} | {node.name: moved}
    graph.nodes = [new for node in graph.nodes for new in changed.get(node.name, [node])]


def _takes_last_away(node: Node) -> bool:
    return node.op_type == "Transpose" and order_of(node)[-1] != len(order_of(node)) - 1


def _line(graph: Graph, turn: Node, wires: Wires) -> Iterator[Node]:
    """Yield what comes before a Transpose, back to the first that has a weight by channels."""
    waiting: list[Node] = []
    node = wires.before(turn)
    while node is not None and wires.private(node) and _is_alone(graph, node, wires):
        waiting.append(node)
        if any(_is_along_last(wires.weights[name]) for name in _weights(node, wires)):
            yield from waiting
            waiting = []
        node = wires.before(node)


def _is_alone(graph: Graph, node: Node, wires: Wires) -> bool:
    """Tell whether an operator takes one tensor, of the shape that it gives, and weights."""
    if (
        node.op_type not in _TAKEN
        or node.domain
        or len(_weights(node, wires)) + 1 < len(node.inputs)
    ):
        return False
    first, result = (graph.values[name] for name in (node.inputs[0], node.outputs[0]))
    return node.inputs[0] not in wires.weights and first.shape == result.shape


def _weights(node: Node, wires: Wires) -> list[str]:
    return [name for name in node.inputs[1:] if name in wires.weights]


def _is_along_last(weight: Initializer) -> bool:
    return bool(weight.shape) and weight.shape[-1] > 1


def _moved(graph: Graph, turn: Node, line: list[Node], wires: Wires) -> list[Node]:
    """Return the Transpose and then the operators, of which the last gives what it gave."""
    order = order_of(turn)
    source = graph.values[line[0].inputs[0]]
    entry = _turned(graph, source, f"{turn.outputs[0]}/early", order)
    made = [replace(turn, inputs=(source.name,), outputs=(entry.name,))]
    before = entry.name
    for node in line:
        given = [_brought(graph, wires.weights[name], order) for name in node.inputs[1:]]
        result = _turned(graph, graph.values[node.outputs[0]], f"{node.outputs[0]}/moved", order)
        made.append(replace(node, inputs=(before, *given), outputs=(result.name,)))
        before = result.name
    made[-1] = replace(made[-1], outputs=turn.outputs)
    return made


def _turned(graph: Graph, value: Value, name: str, order: list[int]) -> Value:
    """Return what a value is with its axes in another order, under a new name."""
    shape = picked(value.shape, order)
    found = replace(value, name=graph.unique(name), shape=shape)
    graph.know(found)
    return found


def _brought(graph: Graph, weight: Initializer, order: list[int]) -> str:
    """Return a weight that broadcasts with the turned tensor as it did before."""
    if not any(size > 1 for size in weight.shape):
        return weight.name
    whole = (1,) * (len(order) - len(weight.shape)) + weight.shape
    shape = picked(whole, order)

    def load() -> Array:
        return weight.load().reshape(whole).transpose(order)

    return graph.derived(weight, shape, load).name
