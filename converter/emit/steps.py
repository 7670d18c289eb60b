"""One step of a cell, written out in operators."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import parts
from keronyx.converter.layers.functions import Expressed, Function

Activate: TypeAlias = Callable[[Graph, Value, Function], Value]


def takes_each_number(function: Function) -> bool:
    """Tell whether an activation takes each number for itself, whatever stands beside it."""
    return "axis" not in function.arguments and not isinstance(function, Expressed)


def opened(
    graph: Graph, sums: Value, count: int, function: Function, activate: Activate
) -> tuple[Value, ...]:
    """Split what comes to gates on axis 1, and activate each; all at once if that is the same."""
    counts = [(sums.shape[1] or 0) // count] * count
    if takes_each_number(function):
        return parts(graph, activate(graph, sums, function), counts, 1)
    return tuple(activate(graph, each, function) for each in parts(graph, sums, counts, 1))


def long_short(
    graph: Graph, gates: Sequence[Value], new: Value, carry: Value, own: Callable[[Value], Value]
) -> list[Value]:
    """Return h and c after a step, of the gates i, f and o, the candidate, and c before it."""
    inward, forget, outward = gates
    kept = graph.op("Mul", forget, carry)
    after = graph.op("Add", kept, graph.op("Mul", inward, new))
    return [graph.op("Mul", outward, own(after)), after]
