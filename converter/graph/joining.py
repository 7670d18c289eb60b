"""Strings cut and put together again: what ONNX 20 has of text, for texts of any length."""

from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import sizes, squeeze, unsqueeze


def split(graph: Graph, text: Value, at: str) -> tuple[Value, Value]:
    """Return the pieces of each text, the last axis as wide as the most, and how many it has."""
    found = graph.ops("StringSplit", 2, text, shape=(*text.shape, None), delimiter=at)
    counts = Value(found[1].name, "int64", text.shape)
    graph.know(counts)
    return found[0], counts


def replaced(graph: Graph, text: Value, old: str, new: str, nothing: Value) -> Value:
    """Return texts (batch,) with one string in the place of every other.

    ``nothing`` are as many empty texts.
    """
    pieces, counts = split(graph, text, old)
    width = squeeze(graph, sizes(graph, pieces, 1, 2), 0)
    if new:
        between = _between(graph, pieces, counts, width, new)
        pieces = graph.op("StringConcat", between, pieces)
    return joined(graph, pieces, width, nothing)


def _between(graph: Graph, pieces: Value, counts: Value, width: Value, new: str) -> Value:
    """Return the string for every piece but the first and those that are not there."""
    zero, one = graph.constant(0, "int64"), graph.constant(1, "int64")
    places = graph.op("Range", zero, width, one, shape=(None,))
    there = graph.op("Less", places, unsqueeze(graph, counts, [1]), shape=pieces.shape)
    inside = graph.op("And", there, graph.op("Greater", places, zero), shape=pieces.shape)
    words = graph.text(new), graph.text("")
    return graph.op("Where", inside, *words, dtype="string", shape=pieces.shape)


def nothing_like(graph: Graph, text: Value) -> Value:
    """Return as many empty texts as there are texts (batch,)."""
    return graph.op("Expand", graph.text(""), sizes(graph, text, 0, 1), shape=text.shape)


def joined(graph: Graph, pieces: Value, count: Value, nothing: Value) -> Value:
    """Return the texts whose pieces are (batch, count), one after the other.

    A Loop, since onnxruntime's Scan of strings repeats what it has joined.
    """
    inner = graph.inner(graph.below("join"))
    place = inner.input(inner.below("place"), "int64", ())
    more = inner.input(inner.below("more"), "bool", ())
    before = inner.input(inner.below("before"), "string", nothing.shape)
    piece = inner.op("Gather", pieces, place, axis=1, shape=nothing.shape)
    inner.output(inner.below("going"), inner.op("Identity", more))
    inner.output(inner.below("after"), inner.op("StringConcat", before, piece))
    on = graph.constant(1, "bool")
    (end,) = graph.ops("Loop", 1, count, on, nothing, shape=nothing.shape, body=inner.body)
    text = Value(end.name, "string", nothing.shape)
    graph.know(text)
    return text
