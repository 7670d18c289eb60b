"""Steps through time that no operator of ONNX takes: a Scan, whose body is the graph of one."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import sizes
from keronyx.converter.tensors import Sizes

Step: TypeAlias = Callable[[Graph, Sequence[Value], Sequence[Value]], Sequence[Value]]
"""Adds one step to a graph: of the states before it and what is there at its time, those after."""


def scan(  # noqa: PLR0913 - all but four by name only
    graph: Graph,
    step: Step,
    states: Sequence[Value],
    given: Sequence[Value],
    *,
    backwards: bool = False,
    in_place: bool = False,
    shown: int = 0,
) -> tuple[Value, tuple[Value, ...]]:
    """Return one of the states after each step, in their order, and all of them at the end.

    ``given`` have time as their first axis. With ``backwards`` the steps begin at its end; with
    ``in_place`` what they return stands at their time.
    """
    inner = graph.inner(graph.below("step"))
    before = [_entering(inner, "before", each, each.shape) for each in states]
    now = [_entering(inner, "now", each, each.shape[1:]) for each in given]
    after = step(inner, before, now)
    for each in after:
        inner.output(inner.below("after"), each)
    inner.output(inner.below("shown"), inner.op("Identity", after[shown]))
    order: dict[str, Any] = {"scan_input_directions": [1] * len(given)} if backwards else {}
    if backwards and in_place:
        order["scan_output_directions"] = [1]
    found = graph.ops(
        "Scan",
        len(states) + 1,
        *states,
        *given,
        shape=(given[0].shape[0], *states[shown].shape),
        body=inner.body,
        num_scan_inputs=len(given),
        **order,
    )
    *made, every = found
    pairs = zip(made, states, strict=True)
    ends = tuple(Value(end.name, state.dtype, state.shape) for end, state in pairs)
    graph.know(*ends)
    return every, ends


def nothing_yet(graph: Graph, x: Value, axis: int, shape: Sizes) -> Value:
    """Return zeros, of which only the batch may be open: that of ``x``, on this axis."""
    rest = graph.integers([size or 0 for size in shape[1:]])
    batch = sizes(graph, x, axis, axis + 1)
    target = graph.op("Concat", batch, rest, axis=0, shape=(len(shape),))
    return graph.op("Expand", graph.constant(0, x.dtype), target, shape=shape)


def _entering(inner: Graph, name: str, value: Value, shape: Sizes) -> Value:
    return inner.input(inner.below(name), value.dtype, shape)
