"""Tables of rows, and their way back."""

from typing import Any

import numpy as np

from keronyx.converter.errors import UsageError
from keronyx.converter.layers.embedding import Embedding, ReversibleEmbedding, Table
from keronyx.converter.layers.quantization import check_quantization
from keronyx.converter.tensors import Array, Variable
from keronyx.runtime.evaluate.core import as_int8, low_rank, unpacked
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers, working


@prepare_layer.register
def embedding(layer: Embedding, numbers: Numbers) -> Step:
    """``take(embeddings, cast(inputs, "int32"), axis=0)``: the cast drops fractions."""
    return _taking(layer, _rows(layer, numbers), numbers)


@prepare_layer.register
def reversible(layer: ReversibleEmbedding, numbers: Numbers) -> Step:
    """The same, or with ``reverse`` ``matmul(inputs, kernel)``, capped."""
    rows = _rows(layer, numbers)
    forward, cap = _taking(layer, rows, numbers), layer.logit_soft_cap
    kernel = rows.T if layer.reverse_embeddings is None else _back(layer, numbers)
    rounds = layer.quantize_inputs and layer.g_idx is None
    told = None if layer.dtype.quantization else layer.reverse_dtype
    dtype = working(told or layer.dtype.compute, numbers.precision)
    single = np.dtype("float64" if layer.dtype.compute == "float64" else "float32")

    def step(x: Array, *, reverse: bool = False) -> Array:
        if not reverse:
            return forward(x)
        given = as_int8(x, single) if rounds else x
        logits: Array = given.astype(dtype) @ kernel.astype(dtype)
        return logits if cap is None else np.tanh(logits / cap) * cap

    return step


def _taking(layer: Table, rows: Array, numbers: Numbers) -> Step:
    last = len(rows) - 1
    first = 0 if layer.clips is None else -len(rows)

    def step(x: Array) -> Array:
        ids = x if x.dtype.kind == "i" else x.astype(np.int64)
        if layer.clips:
            ids = np.clip(ids, 0, last)
        if ids.size and (ids.min() < first or ids.max() > last):
            wrong = ids[(ids < first) | (ids > last)][0]
            raise UsageError(f"id {wrong} is not among {first} ... {last}", layer=layer.label)
        chosen: Array = rows[ids].astype(numbers.dtype, copy=False)
        return chosen

    return step


def _rows(layer: Table, numbers: Numbers) -> Array:
    """Return the table as floats: ``stored / scale``, or of groups along a row."""
    update = low_rank(layer, layer.lora_embeddings_a, layer.lora_embeddings_b, numbers)
    check_quantization(layer, layer.embeddings_scale)
    if layer.embeddings_scale is None:
        rows = numbers.narrow(layer.embeddings)
    else:
        stored = _stored(layer, layer.embeddings, 1, numbers)[:, : layer.output_dim]
        scale = numbers(layer.embeddings_scale)
        if layer.embeddings_zero is None:
            rows = stored / scale[:, None]
        else:
            groups = layer.groups()
            zero = numbers(layer.embeddings_zero)
            rows = (stored - zero[:, groups]) * scale[:, groups]
    return rows if update is None else rows.astype(numbers.dtype) + update


def _back(layer: ReversibleEmbedding, numbers: Numbers) -> Array:
    """Return the kernel of the way back, which is its own, as floats (output_dim, input_dim)."""
    stored: Any = layer.reverse_embeddings
    if layer.reverse_embeddings_scale is None:
        return numbers(stored)
    whole = _stored(layer, stored, 0, numbers)[: layer.output_dim]
    scale = numbers(layer.reverse_embeddings_scale)
    if layer.reverse_embeddings_zero is None:
        return whole / scale
    groups = layer.groups()
    zero = numbers(layer.reverse_embeddings_zero)
    return (whole - zero[groups]) * scale[groups]


def _stored(layer: Table, variable: Variable, axis: int, numbers: Numbers) -> Array:
    """Return the integers that stand for numbers, those apart that share a byte along an axis."""
    stored = numbers(variable)
    if not str(layer.dtype.quantization).startswith("int4"):
        return stored
    return unpacked(stored, axis, 2 * stored.shape[1])
