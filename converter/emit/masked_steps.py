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


def time_first(graph: Graph, x: Value, mask: Value | None = None) -> Value:
    """Return (time, batch, features), under a mask with what counts in front, in its order.

    What stands behind it are the other steps, or anything. What an Embedding gives is looked up
    once its ids stand as they have to: there is less of them to move.
    """
    if mask is None:
        return graph.once(("time first", x.name), lambda: _time_first(graph, x))
    return graph.once(("in front", x.name, mask.name), lambda: _in_front(graph, x, mask))


def counting_in_front(graph: Graph, mask: Value) -> Value:
    """Tell which steps in front count, once they stand there: (time, batch, 1)."""
    many = unsqueeze(graph, lengths(graph, mask), [1])
    found = graph.op("LessOrEqual", _numbered(graph, mask), many, dtype="bool", shape=mask.shape)
    return unsqueeze(graph, transpose(graph, found, (1, 0)), [2])


def one_step_at_least(graph: Graph, steps: Value) -> Value:
    """Have a runtime say that there is no step, of which some end the process: Keras raises too.

    The first step is looked up, which fails where there is none, and what is made of it is needed.
    """
    time, *row = steps.shape
    if time is not None:
        return steps
    first = graph.op("Gather", steps, graph.constant(0, "int64"), axis=0, shape=tuple(row))
    target = graph.op(
        "Concat", graph.integers([0]), graph.op("Shape", first, shape=(2,)), axis=0, shape=(3,)
    )
    return graph.op("Reshape", steps, target, shape=steps.shape)


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


def _time_first(graph: Graph, x: Value) -> Value:
    found = _embedded(graph, x)
    if found is None:
        return transpose(graph, x, TIME_FIRST)
    rows, ids = found
    return _looked_up(graph, rows, ids)


def _in_front(graph: Graph, x: Value, mask: Value) -> Value:
    found = _embedded(graph, x)
    if found is None:
        order = graph.once(("order", mask.name), lambda: _order(graph, mask))
        return transpose(graph, graph.op("GatherND", x, order, batch_dims=1), TIME_FIRST)
    rows, ids = found
    place = _place(graph, mask)
    return _looked_up(graph, rows, graph.op("ScatterElements", ids, place, ids, axis=1))


def _embedded(graph: Graph, x: Value) -> tuple[Value, Value] | None:
    """Return the rows and the ids (batch, time) of which an Embedding made a value, if one did."""
    node = next((each for each in reversed(graph.nodes) if x.name in each.outputs), None)
    if node is None or node.op_type != "Gather" or node.attributes.get("axis") != 0:
        return None
    rows, ids = (graph.values[name] for name in node.inputs)
    return (rows, ids) if rows.rank == ids.rank == 2 else None


def _looked_up(graph: Graph, rows: Value, ids: Value) -> Value:
    turned = transpose(graph, ids, (1, 0))
    return graph.op(
        "Gather", rows, turned, axis=0, dtype=rows.dtype, shape=(*turned.shape, rows.shape[1])
    )


def _order(graph: Graph, mask: Value) -> Value:
    """Where each step in front stands: the largest are the ones, and of equals the first."""
    time = mask.shape[1]
    count = sizes(graph, mask, 1, 2) if time is None else graph.integers([time])
    _, found = graph.ops("TopK", 2, _counting(graph, mask), count, shape=mask.shape)
    order = Value(found.name, "int64", found.shape)
    graph.know(order)
    return unsqueeze(graph, order, [2])


def _places(graph: Graph, mask: Value, *, backwards: bool, zeros: bool) -> Value:
    """Where the output of each step stands; behind those that count are zeros."""
    if zeros:
        place = _place(graph, mask)
    elif backwards:
        place = _counted(graph, mask, exclusive=True)
    else:
        place = graph.op("Sub", _counted(graph, mask), 1)
    return unsqueeze(graph, cast(graph, place, "int64"), [2])


def _place(graph: Graph, mask: Value) -> Value:
    """The place of each step with what counts in front, counted from the end for the others."""
    key = ("place", mask.name)
    one = graph.constant(1, "int32")

    def make() -> Value:
        sides = (one, _numbered(graph, mask))
        back = graph.op("Where", mask, *sides, dtype="int32", shape=mask.shape)
        return graph.op("Sub", _counted(graph, mask), back)

    return graph.once(key, make)


def _numbered(graph: Graph, mask: Value) -> Value:
    """1 for the first step, 2 for the second."""
    time = mask.shape[1]
    if time is not None:
        return graph.constant([range(1, time + 1)], "int32")
    others = cast(graph, graph.op("Not", mask), "int32")
    every = graph.op("Add", _counting(graph, mask), others)
    return graph.op("CumSum", every, graph.constant(1, "int64"))


def _counted(graph: Graph, mask: Value, *, exclusive: bool = False, reverse: bool = False) -> Value:
    """How many steps up to each one count, or from each one on."""
    how: dict[str, Any] = {"exclusive": int(exclusive), "reverse": int(reverse)}
    said = {name: value for name, value in how.items() if value}
    ones, axis = _counting(graph, mask), graph.constant(1, "int64")
    return graph.once(("counted", mask.name, *said), lambda: graph.op("CumSum", ones, axis, **said))
