"""Preprocessing layers."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from keronyx.converter.emit.base import computed, emit_layer, inner, numbers, weight
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast, reduce, unsqueeze
from keronyx.converter.graph.proto import ML_DOMAIN
from keronyx.converter.layers.preprocessing import (
    CategoryEncoding,
    Discretization,
    Encoding,
    IntegerLookup,
    Normalization,
    Rescaling,
    StringLookup,
    Vocabulary,
)
from keronyx.converter.tensors import Array

SMALLEST_DEVIATION: Final = 1e-7
UNKNOWN: Final = -1
"""The id that fills no slot."""
ONE_OF_SEVERAL: Final = -2
"""What stands for a token out of the vocabulary where there are several ids for these."""


@emit_layer.register
def rescaling(layer: Rescaling, graph: Graph, x: Value) -> Value:
    """Mul and Add, where they change anything."""
    scale = np.asarray(layer.scale)
    if layer.in_front(x.shape):
        scale = scale[:, None, None]
    if np.any(scale != 1):
        x = graph.op("Mul", x, graph.constant(scale, x.dtype))
    if np.any(np.asarray(layer.offset) != 0):
        x = graph.op("Add", x, graph.constant(layer.offset, x.dtype))
    return x


@emit_layer.register
def normalization(layer: Normalization, graph: Graph, x: Value) -> Value:
    """Subtract, then divide, as Keras does: a mean far from 0 would drown a folded summand."""
    kept = {axis % x.rank: x.shape[axis] for axis in layer.axis or ()}
    sizes = tuple(size for _, size in sorted(kept.items()) if size is not None)
    if len(sizes) < len(kept):
        raise layer.refuse(f"axis={layer.axis} has no fixed size")
    shape = tuple(kept.get(axis) or 1 for axis in range(min(kept, default=x.rank), x.rank))

    def statistic(name: str) -> Array:
        given = getattr(layer, f"input_{name}")
        array = numbers(layer, name) if given is None else _stated(layer, name, sizes)
        return np.broadcast_to(array.astype(np.float64), sizes).reshape(shape)

    def spread() -> Array:
        with np.errstate(invalid="ignore"):
            return np.maximum(np.sqrt(statistic("variance")), SMALLEST_DEVIATION)

    mean = computed(graph, layer, "mean", shape, lambda: statistic("mean"))
    deviation = computed(graph, layer, "deviation", shape, spread)
    if layer.invert:
        return graph.op("Add", graph.op("Mul", x, deviation), mean)
    return graph.op("Div", graph.op("Sub", x, mean), deviation)


def _stated(layer: Normalization, name: str, sizes: tuple[int, ...]) -> Array:
    """Return what the config gives, without the axes of size 1 in front that are too many."""
    array = np.asarray(getattr(layer, f"input_{name}"), np.float64)
    for size in array.shape[: max(array.ndim - len(sizes), 0)]:
        if size != 1:
            break
        array = array[0]
    same = zip(reversed(array.shape), reversed(sizes), strict=False)
    if array.ndim > len(sizes) or any(size not in (1, wanted) for size, wanted in same):
        raise layer.refuse(f"{name} of shape {array.shape} for axes of sizes {sizes}")
    return array


@emit_layer.register
def category_encoding(
    layer: CategoryEncoding, graph: Graph, x: Value, weights: Value | None = None
) -> Value:
    """The slots that equal an id."""
    return slots(layer, graph, x, weights)


@emit_layer.register
def discretization(layer: Discretization, graph: Graph, x: Value) -> Value:
    """How many boundaries are not above the number, all of them for NaN, in float32 as Keras."""
    bounds = np.asarray(layer.bin_boundaries, np.float32)
    kept = x.is_float and not layer.narrows
    column = unsqueeze(graph, x if kept else cast(graph, x, "float32"), [-1])
    shape = (*x.shape, len(bounds))
    above = graph.op("Less", column, graph.constant(bounds, column.dtype), shape=shape)
    counted = cast(graph, graph.op("Not", above), "int64")
    return slots(layer, graph, reduce(graph, "ReduceSum", counted, [-1], keepdims=False))


def slots(layer: Encoding, graph: Graph, ids: Value, weights: Value | None = None) -> Value:
    """Turn ids into what the output mode asks for; ids without a slot fill none."""
    if layer.output_mode == "int":
        return ids
    dtype = inner(layer.dtype.compute)
    ids = cast(graph, ids, "int64")
    single = _is_single(layer, ids)
    column = ids if single else unsqueeze(graph, ids, [-1])
    places = graph.integers(range(layer.depth))
    hit = graph.op("Equal", column, places, shape=(*column.shape[:-1], layer.depth))
    if weights is None:
        hits = cast(graph, hit, dtype)
    else:
        hits = _weighed(graph, hit, cast(graph, weights, dtype), single=single)
    if not single and layer.output_mode != "one_hot":
        summed = "ReduceMax" if layer.output_mode == "multi_hot" else "ReduceSum"
        hits = reduce(graph, summed, hits, [1], keepdims=False)
    if isinstance(layer, Vocabulary) and layer.output_mode == "tf_idf":
        return graph.op("Mul", hits, frequencies(layer, graph, dtype))
    return hits


def _is_single(layer: Encoding, ids: Value) -> bool:
    """Tell rows of one id whose axis becomes that of the slots."""
    squeezed = layer.output_mode != "one_hot" or layer.squeezes is True
    return squeezed and ids.rank > 1 and ids.shape[-1] == 1


def _weighed(graph: Graph, hit: Value, weights: Value, *, single: bool) -> Value:
    """Put weights where ids hit. Not a product: a slot is 0 whatever other slots weigh."""
    weights = weights if single else unsqueeze(graph, weights, [-1])
    zero = graph.constant(0, weights.dtype)
    return graph.op("Where", hit, weights, zero, dtype=weights.dtype, shape=hit.shape)


def frequencies(layer: Vocabulary, graph: Graph, dtype: str) -> Value:
    """Return the weight of every slot: unknown tokens get the average, empty slots nothing."""
    if layer.idf_weights is not None:
        return cast(graph, weight(graph, layer, "idf_weights"), dtype)
    given = np.asarray(layer.input_idf_weights, np.float64)
    unknown = np.full(layer.unknown_ids, given.mean())
    known = np.concatenate([unknown, given])
    return graph.constant(np.pad(known, (0, layer.depth - len(known))), dtype)


@emit_layer.register
def string_lookup(layer: StringLookup, graph: Graph, x: Value) -> Value:
    """A LabelEncoder from or to strings."""
    check_text(layer, (*layer.vocabulary, layer.mask_token or "", layer.oov_token))
    return _lookup(layer, graph, x, "strings")


def check_text(layer: Vocabulary, tokens: Iterable[str]) -> None:
    """Raise UnsupportedConfigError for tokens that are no text."""
    if any(not token.isascii() and _is_broken(token) for token in tokens):
        raise layer.refuse("a vocabulary with half characters, which are no text")


def _is_broken(token: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in token)


@emit_layer.register
def integer_lookup(layer: IntegerLookup, graph: Graph, x: Value) -> Value:
    """A LabelEncoder from integers to integers."""
    return _lookup(layer, graph, x, "int64s")


def _lookup(layer: StringLookup | IntegerLookup, graph: Graph, x: Value, kind: str) -> Value:
    if not layer.vocabulary:
        raise layer.refuse("an empty vocabulary")
    if layer.invert:
        ids = cast(graph, x, "int64")
        return encode(graph, ids, _tokens(layer), layer.oov_token, ("int64s", kind))
    tokens = x if kind == "strings" else cast(graph, x, "int64")
    ids = encode(graph, tokens, _ids(layer), _unknown(layer), (kind, "int64s"))
    return slots(layer, graph, _spread(layer, graph, tokens, ids))


def _unknown(layer: StringLookup | IntegerLookup) -> int:
    """Return what stands for tokens out of the vocabulary."""
    return {0: UNKNOWN, 1: _start(layer)}.get(layer.num_oov_indices, ONE_OF_SEVERAL)


def _spread(layer: StringLookup | IntegerLookup, graph: Graph, tokens: Value, ids: Value) -> Value:
    """Give integers out of the vocabulary the id of their modulus, where there are several."""
    if layer.num_oov_indices < 2:
        return ids
    start = _start(layer)
    rest = graph.op("Mod", tokens, graph.constant(layer.num_oov_indices, "int64"))
    own = graph.op("Add", rest, graph.constant(start, "int64")) if start else rest
    beyond = graph.op("Equal", ids, graph.constant(ONE_OF_SEVERAL, "int64"))
    return graph.op("Where", beyond, own, ids, dtype="int64", shape=ids.shape)


def _start(layer: StringLookup | IntegerLookup) -> int:
    """Return the first id behind the mask token's, which only ids have, no slots."""
    return int(layer.mask_token is not None and layer.output_mode == "int")


def _ids(layer: StringLookup | IntegerLookup) -> dict[Any, int]:
    first = _start(layer) + layer.num_oov_indices
    ids = {token: first + place for place, token in enumerate(layer.vocabulary)}
    if layer.mask_token is not None:
        ids[layer.mask_token] = 0 if layer.output_mode == "int" else UNKNOWN
    return ids


def _tokens(layer: StringLookup | IntegerLookup) -> dict[int, Any]:
    first = _start(layer) + layer.num_oov_indices
    tokens = {first + place: token for place, token in enumerate(layer.vocabulary)}
    return tokens if layer.mask_token is None else {0: layer.mask_token, **tokens}


def encode(
    graph: Graph, x: Value, table: Mapping[Any, Any], otherwise: Any, kinds: tuple[str, str]
) -> Value:
    """Look values up; ``kinds`` are ONNX's words for the type of keys and values."""
    keys, values = kinds
    attributes = {
        f"keys_{keys}": tuple(table),
        f"values_{values}": tuple(table.values()),
        f"default_{values[:-1]}": otherwise,
    }
    dtype = "string" if values == "strings" else "int64"
    return graph.op("LabelEncoder", x, domain=ML_DOMAIN, dtype=dtype, **attributes)
