"""Texts in the operators for strings of opset 20: made alike, cut into words, looked up."""

import string
from typing import Any, Final

from keronyx.converter.emit.base import emit_layer, inner
from keronyx.converter.emit.preprocessing import UNKNOWN, check_text, encode, frequencies
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.joining import nothing_like, replaced, split
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import END, cast, reduce, sizes
from keronyx.converter.layers.texts import TextVectorization

SPACES: Final = "\t\n\v\f\r"
"""What separates words beside the space."""


@emit_layer.register
def text_vectorization(layer: TextVectorization, graph: Graph, x: Value) -> Value:
    """The ids of words, side by side, or the slots that they fill."""
    check_text(layer, layer.vocabulary)
    if layer.split is None:
        return _looked_up(layer, graph, _standardized(layer, graph, x))
    words, _ = split(graph, _standardized(layer, graph, _flat(graph, x)), " ")
    if layer.ngrams is not None:
        words = _runs(layer, graph, _packed(graph, words, graph.op("Equal", words, graph.text(""))))
    return _looked_up(layer, graph, words)


def _standardized(layer: TextVectorization, graph: Graph, x: Value) -> Value:
    """Replace letter by letter: a StringNormalizer would make more small than A to Z."""
    changes = {letter: letter.lower() for letter in string.ascii_uppercase if layer.lowers}
    changes |= dict.fromkeys(string.punctuation if layer.strips else "", "")
    changes |= dict.fromkeys(SPACES if layer.split else "", " ")
    if not changes:
        return x
    text = _flat(graph, x)
    nothing = nothing_like(graph, text)
    for old, new in changes.items():
        text = replaced(graph, text, old, new, nothing)
    return text if x.rank == 1 else graph.op("Reshape", text, sizes(graph, x, 0, 2), shape=x.shape)


def _flat(graph: Graph, x: Value) -> Value:
    """Return texts on one axis."""
    return x if x.rank == 1 else graph.op("Reshape", x, graph.integers([-1]), shape=(None,))


def _looked_up(layer: TextVectorization, graph: Graph, words: Value) -> Value:
    """Look words up; the empty one is none."""
    ids = encode(graph, words, _ids(layer), int(layer.output_mode == "int"), ("strings", "int64s"))
    if layer.output_mode != "int":
        return _counted(layer, graph, ids)
    return _as_long(layer, graph, ids) if layer.split else _cut(layer, graph, ids)


def _ids(layer: TextVectorization) -> dict[Any, int]:
    """Return the id of every word, and of the empty one."""
    is_slot = layer.output_mode != "int"
    ids = {word: place for place, word in enumerate(layer.vocabulary, 2 - is_slot)}
    return {"": UNKNOWN if is_slot else 0, **ids}


def _counted(layer: TextVectorization, graph: Graph, ids: Value) -> Value:
    """Count the ids of every text, without a slot for each of them."""
    dtype, places = inner(layer.dtype.compute), tuple(range(layer.depth))
    counts = graph.op(
        "TfIdfVectorizer",
        _padded(graph, ids, 1, UNKNOWN),
        dtype="float32",
        shape=(ids.shape[0], layer.depth),
        mode="TF",
        min_gram_length=1,
        max_gram_length=1,
        max_skip_count=0,
        ngram_counts=(0,),
        ngram_indexes=places,
        pool_int64s=places,
    )
    if layer.output_mode == "multi_hot":
        counts = graph.op("Min", counts, 1.0)
    counts = cast(graph, counts, dtype)
    if layer.output_mode != "tf_idf":
        return counts
    return graph.op("Mul", counts, frequencies(layer, graph, dtype))


def _as_long(layer: TextVectorization, graph: Graph, ids: Value) -> Value:
    """Move the ids of no word behind the others, and leave as many of them as are asked for."""
    padded = _padded(graph, ids, layer.output_sequence_length or 1, 0)
    none = graph.op("Equal", padded, graph.constant(0, "int64"))
    packed = _packed(graph, padded, none)
    if layer.output_sequence_length is not None:
        return _first(graph, packed, graph.integers([layer.output_sequence_length]))
    counts = reduce(graph, "ReduceSum", cast(graph, graph.op("Not", none), "int64"), [-1])
    longest = reduce(graph, "ReduceMax", counts, [0], keepdims=False)
    return _first(graph, packed, longest)


def _cut(layer: TextVectorization, graph: Graph, ids: Value) -> Value:
    """Leave as many ids of each row as are asked for, zeros where there are fewer."""
    length = layer.output_sequence_length
    if length is None:
        return ids
    return _first(graph, _padded(graph, ids, length, 0), graph.integers([length]), length)


def _first(graph: Graph, ids: Value, count: Value, length: int | None = None) -> Value:
    shape = (ids.shape[0], length)
    zero, axis = graph.integers([0]), graph.integers([1])
    return graph.op("Slice", ids, zero, count, axis, shape=shape)


def _padded(graph: Graph, ids: Value, count: int, value: int) -> Value:
    """Put ``count`` times the same id behind those of each row."""
    shape = (ids.shape[0], None)
    behind = graph.integers([0, 0, 0, count])
    return graph.op("Pad", ids, behind, graph.constant(value, "int64"), shape=shape)


def _packed(graph: Graph, x: Value, none: Value) -> Value:
    """Move what is none behind the rest of its row: TopK leaves equals in their order."""
    there = cast(graph, graph.op("Not", none), "int64")
    _, places = graph.ops("TopK", 2, there, sizes(graph, x, 1, 2), shape=x.shape, axis=1)
    return graph.op("GatherElements", x, places, axis=1)


def _runs(layer: TextVectorization, graph: Graph, words: Value) -> Value:
    """Return the runs of words of every length side by side, "" where there are too few words."""
    runs = [_run(graph, words, length) for length in layer.lengths]
    return graph.op("Concat", *runs, axis=1, shape=words.shape)


def _run(graph: Graph, words: Value, length: int) -> Value:
    """Join words that follow one another, as many as ``length``; words stand before any gap."""
    run = last = _from(graph, words, 0, length)
    for place in range(1, length):
        last = _from(graph, words, place, length)
        run = graph.op("StringConcat", graph.op("StringConcat", run, graph.text(" ")), last)
    nothing = graph.text("")
    missing = graph.op("Equal", last, nothing)
    return graph.op("Where", missing, nothing, run, dtype="string", shape=words.shape)


def _from(graph: Graph, words: Value, start: int, length: int) -> Value:
    """Return the words that are at this place of a run."""
    end = start + 1 - length
    bounds = (graph.integers([each]) for each in (start, end if end < 0 else END, 1))
    return graph.op("Slice", words, *bounds)
