"""Tables of rows, and their way back."""

from functools import partial

import numpy as np

from keronyx.converter.emit.base import Given, computed, emit_layer, inner, rounded, weight
from keronyx.converter.emit.low_rank import low_rank
from keronyx.converter.emit.quantized import nibbles, quantized_product
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import cast, linear, transpose
from keronyx.converter.layers.embedding import Embedding, ReversibleEmbedding, Table
from keronyx.converter.layers.quantization import check_quantization
from keronyx.converter.tensors import Array, Variable


@emit_layer.register
def embedding(layer: Embedding, graph: Graph, x: Value) -> Value:
    """Gather rows of the table."""
    return _gathered(layer, graph, x)


def _gathered(layer: Table, graph: Graph, x: Value) -> Value:
    """Gather rows; like Keras on the CPU it fails for ids from input_dim on, unless these clip.

    Gather counts negative ids from the end, as Keras does since 3.3.
    """
    ids = x if x.dtype in {"int32", "int64"} else cast(graph, x, "int32")
    if layer.clips:
        ids = graph.op("Clip", ids, 0, layer.input_dim - 1)
    shape = (*x.shape, layer.output_dim)
    return graph.op("Gather", _rows(layer, graph), ids, axis=0, shape=shape)


@emit_layer.register
def reversible(
    layer: ReversibleEmbedding, graph: Graph, x: Value, *, reverse: Given = False
) -> Value:
    """Rows, or products with all of them."""
    if not reverse:
        return _gathered(layer, graph, x)
    if layer.dtype.quantization:
        products = _product_of_quantized(layer, graph, cast(graph, x, inner(layer.dtype.compute)))
    else:
        dtype = inner(layer.reverse_dtype or layer.dtype.compute)
        products = linear(graph, cast(graph, x, dtype), _turned(layer, graph, dtype), None)
    cap = layer.logit_soft_cap
    if cap is None:
        return products
    return graph.op("Mul", graph.op("Tanh", graph.op("Div", products, cap)), cap)


def _rows(layer: Table, graph: Graph) -> Value:
    """Return the table, with what was quantized or adapted put in."""
    check_quantization(layer, layer.embeddings_scale)
    if layer.embeddings_scale is None and layer.lora_embeddings_a is None:
        return weight(graph, layer, "embeddings")
    shape = (layer.input_dim, layer.output_dim)
    return computed(graph, layer, "embeddings", shape, lambda: _numbers(layer))


def _numbers(layer: Table) -> Array:
    plain = layer.embeddings.load() if layer.embeddings_scale is None else _dequantized(layer)
    return rounded(plain + low_rank(layer, "embeddings"), layer.dtype.compute)


def _dequantized(layer: Table) -> Array:
    """Return the rows that the integers stand for."""
    scale = _load(layer.embeddings_scale)
    whole = _integers(layer, "embeddings", 1)[:, : layer.output_dim].astype(np.float32)
    if layer.embeddings_zero is None:
        return whole / scale[:, None]
    group = layer.groups()
    return (whole - _load(layer.embeddings_zero)[:, group]) * scale[:, group]


def _integers(layer: Table, name: str, axis: int) -> Array:
    """Return stored integers, with those apart that share a byte along an axis."""
    variable: Variable = getattr(layer, name)
    stored = variable.load().astype(np.int8)
    packed = str(layer.dtype.quantization).startswith("int4")
    return nibbles(stored, axis) if packed else stored


def _load(variable: Variable | None) -> Array:
    if variable is None:
        raise TypeError("a quantized table without its scale")
    return variable.load().astype(np.float32)


def _turned(layer: ReversibleEmbedding, graph: Graph, dtype: str) -> Value:
    """Return the kernel of the way back: the table on its side, or one of its own."""
    if layer.reverse_embeddings is not None:
        return cast(graph, weight(graph, layer, "reverse_embeddings"), dtype)
    return cast(graph, transpose(graph, _rows(layer, graph), (1, 0)), dtype)


def _product_of_quantized(layer: ReversibleEmbedding, graph: Graph, x: Value) -> Value:
    """Return the products with integers, of inputs that are rounded too where Keras does so."""
    shape = (layer.output_dim, layer.input_dim)
    blocks = layer.g_idx is not None
    if not layer.quantize_inputs or blocks:
        kernel = computed(graph, layer, "reverse", shape, partial(_reverse, layer))
        return linear(graph, x, kernel, None)
    load = partial(_reverse_integers, layer)
    kernel = computed(graph, layer, "reverse", shape, load)
    tied = layer.reverse_embeddings is None
    name = "embeddings_scale" if tied else "reverse_embeddings_scale"
    return quantized_product(graph, x, kernel, weight(graph, layer, name))


def _reverse_integers(layer: ReversibleEmbedding) -> Array:
    """Return the integers of the way back as (output_dim, input_dim)."""
    if layer.reverse_embeddings is None:
        return _integers(layer, "embeddings", 1)[:, : layer.output_dim].T
    return _integers(layer, "reverse_embeddings", 0)[: layer.output_dim]


def _reverse(layer: ReversibleEmbedding) -> Array:
    """Return the kernel of the way back that integers stand for."""
    if layer.reverse_embeddings is None:
        return _dequantized(layer).T
    whole = _reverse_integers(layer).astype(np.float32)
    scale = _load(layer.reverse_embeddings_scale)
    if layer.reverse_embeddings_zero is None:
        return whole / scale
    group = layer.groups()
    return (whole - _load(layer.reverse_embeddings_zero)[group]) * scale[group]
