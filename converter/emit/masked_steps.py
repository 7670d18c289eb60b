"""Steps that a mask leaves out: the others go in front of them, and their outputs back again.

ONNX's recurrent operators know lengths, not masks: what counts has to stand in front. Behind a
row's length they give zeros, and for a row of length 0 states of zeros.
"""

from typing import Any

from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import (
    END,
    cast,
    reduce,
    sizes,
    transpose,
    unsqueeze,
    where,
)

TIME_FIRST = (1, 0, 2)


def lengths(graph: Graph, mask: Value) -> Value:
    """How many steps of each row count: (batch,), int32."""
    key = ("lengths", mask.name)
    return graph.once(
        key, lambda: reduce(graph, "ReduceSum", _counting(graph, mask), [1], keepdims=False)
    )


def in_front(graph: Graph, x: Value, mask: Value) -> Value:
    """Return (time, batch, features) with what counts in front, in its order.

    What stands behind it are the other steps, or anything.
    """
    return graph.once(("in front", x.name, mask.name), lambda: _in_front(graph, x, mask))


def counting_in_front(graph: Graph, mask: Value) -> Value:
    """Tell which steps in front count, once they stand there: (time, batch, 1)."""
    largest = graph.once(("largest", mask.name), lambda: _counting(graph, mask))
    return cast(graph, unsqueeze(graph, transpose(graph, largest, (1, 0)), [2]), "bool")


def put_back(graph: Graph, steps: Value, mask: Value, *, backwards: bool, zeros: bool) -> Value:
    """Return (batch, time, units) of outputs (time, batch, units) that stand in front.

    A step that does not count shows what the step before it does, behind it for ``backwards``,
    and zeros where there is none; with ``zeros`` it always does.
    """
    key = ("places", mask.name, str(backwards and not zeros), str(zeros))
    places = graph.once(key, lambda: _places(graph, mask, backwards=backwards, zeros=zeros))
    turned = transpose(graph, steps, TIME_FIRST)
    found = graph.op("GatherND", turned, places, batch_dims=1)
    graph.once(("in front", found.name, mask.name), lambda: steps)
    return found


def zeroed(graph: Graph, y: Value, mask: Value) -> Value:
    """Zeros for the steps of (batch, time, units) that do not count."""
    return where(graph, unsqueeze(graph, mask, [2]), y, 0.0)


def zeroed_end(graph: Graph, y: Value, mask: Value, *, backwards: bool) -> Value:
    """Zeros for the rows of (batch, units) whose last step does not count, or first one."""
    place = graph.constant(0 if backwards else -1, "int64")
    last = graph.op("Gather", mask, place, axis=1, shape=mask.shape[:1])
    return where(graph, unsqueeze(graph, last, [1]), y, 0.0)


def states_after(graph: Graph, mask: Value, before: Value, after: Value) -> Value:
    """States (batch, units) after all steps: those before the first where no step counts."""
    none = graph.op("Equal", lengths(graph, mask), graph.constant(0, "int32"))
    return where(graph, unsqueeze(graph, none, [1]), before, after)


def starting(graph: Graph, y: Value, state: Value, mask: Value, *, backwards: bool) -> Value:
    """The state for the steps of (batch, time, units) before the first that counts."""
    seen = _counted(graph, mask, reverse=backwards)
    none = graph.op("Equal", seen, graph.constant(0, "int32"))
    return where(graph, unsqueeze(graph, none, [2]), unsqueeze(graph, state, [1]), y)


def backwards_in_time(graph: Graph, y: Value) -> Value:
    """(batch, time, ...) from the last step to the first."""
    bounds = (graph.integers([each]) for each in (-1, -END, 1, -1))
    return graph.op("Slice", y, *bounds)


def _counting(graph: Graph, mask: Value) -> Value:
    return graph.once(("counting", mask.name), lambda: cast(graph, mask, "int32"))


def _in_front(graph: Graph, x: Value, mask: Value) -> Value:
    order = graph.once(("order", mask.name), lambda: _order(graph, mask))
    return transpose(graph, graph.op("GatherND", x, order, batch_dims=1), TIME_FIRST)


def _order(graph: Graph, mask: Value) -> Value:
    """Where each step in front stands: the largest are the ones, and of equals the first."""
    time = mask.shape[1]
    count = sizes(graph, mask, 1, 2) if time is None else graph.integers([time])
    largest, found = graph.ops("TopK", 2, _counting(graph, mask), count, shape=mask.shape)
    graph.once(("largest", mask.name), lambda: largest)
    order = Value(found.name, "int64", found.shape)
    graph.know(order)
    return unsqueeze(graph, order, [2])


def _places(graph: Graph, mask: Value, *, backwards: bool, zeros: bool) -> Value:
    """Where the output of each step stands; zeros stand last wherever a step does not count."""
    ones = _counting(graph, mask)
    if backwards and not zeros:
        place = _counted(graph, mask, exclusive=True)
    else:
        seen = _counted(graph, mask)
        place = graph.op("Sub", graph.op("Mul", seen, ones) if zeros else seen, 1)
    return unsqueeze(graph, cast(graph, place, "int64"), [2])


def _counted(graph: Graph, mask: Value, *, exclusive: bool = False, reverse: bool = False) -> Value:
    """How many steps up to each one count, or from each one on."""
    how: dict[str, Any] = {"exclusive": int(exclusive), "reverse": int(reverse)}
    said = {name: value for name, value in how.items() if value}
    ones, axis = _counting(graph, mask), graph.constant(1, "int64")
    return graph.once(("counted", mask.name, *said), lambda: graph.op("CumSum", ones, axis, **said))
