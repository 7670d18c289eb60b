"""Convolutions with a kernel for every place: all windows gathered, then a product for each."""

import math

import numpy as np

from keronyx.converter.emit.base import computed, emit_layer, numbers
from keronyx.converter.emit.functions import activate
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Value
from keronyx.converter.graph.operators import reshape, transpose
from keronyx.converter.layers.local import LocallyConnected, LocallyConnected1D, LocallyConnected2D
from keronyx.converter.several import present
from keronyx.converter.tensors import Array, Sizes


@emit_layer.register
def locally_connected(
    layer: LocallyConnected1D | LocallyConnected2D, graph: Graph, x: Value
) -> Value:
    """Gather what every window sees, as (places, batch, numbers), and multiply place by place."""
    sizes, channels = layer.entered(x.shape)
    made, total = layer.made(sizes), math.prod(sizes) * channels
    table = _table(layer, sizes, channels)
    places, count = table.shape
    first = layer.data_format == "channels_first"
    flat: Value = reshape(graph, x, (x.shape[0], total), lambda axis: (x, axis))
    if (table == total).any():
        pads = graph.integers([0, 0, 0, 1])
        flat = graph.op("Pad", flat, pads, shape=(x.shape[0], total + 1))
    seen = graph.op(
        "Gather", flat, graph.constant(table, "int64"), axis=1, shape=(x.shape[0], places, count)
    )
    kernel = computed(
        graph,
        layer,
        "kernel",
        (places, count, layer.filters),
        lambda: _by_place(layer, numbers(layer, "kernel"), table, total),
    )
    by_place = (places, x.shape[0], layer.filters)
    product = graph.op("MatMul", transpose(graph, seen, (1, 0, 2)), kernel, shape=by_place)
    turned = transpose(graph, product, (1, 2, 0) if first else (1, 0, 2))
    shape: Sizes = (*made, layer.filters)
    if first:
        shape = (layer.filters, *made)
    y = reshape(graph, turned, (x.shape[0], *shape), lambda axis: (turned, axis))
    if layer.use_bias:
        y = graph.op("Add", y, _bias(layer, graph, shape), shape=y.shape)
    return activate(graph, y, layer.activation)


def _bias(layer: LocallyConnected, graph: Graph, shape: Sizes) -> Value:
    known = tuple(present(shape))
    return computed(graph, layer, "bias", known, lambda: numbers(layer, "bias").reshape(known))


def _table(layer: LocallyConnected, sizes: tuple[int, ...], channels: int) -> Array:
    """Return where each number of each window lies in a row of the input; behind it, outside.

    The numbers of a window are in the order in which they lie there.
    """
    space = np.zeros((1, 1), np.int64)
    inside = np.ones((1, 1), bool)
    for axis, size in enumerate(sizes):
        width, stride = layer.kernel_size[axis], layer.strides[axis]
        before = width // 2 if layer.padding == "same" else 0
        starts = np.arange(layer.made_along(axis, size)) * stride - before
        along = starts[:, None] + np.arange(width)
        there = (along >= 0) & (along < size)
        space = _crossed(space * size, along, np.add)
        inside = _crossed(inside, there, np.logical_and)
    total = math.prod(sizes)
    own = np.arange(channels)
    if layer.data_format == "channels_first":
        table = space[:, None, :] + own[None, :, None] * total
        within = np.broadcast_to(inside[:, None, :], table.shape)
    else:
        table = space[:, :, None] * channels + own
        within = np.broadcast_to(inside[:, :, None], table.shape)
    return np.where(within, table, total * channels).reshape(len(space), -1)


def _crossed(first: Array, second: Array, joined: np.ufunc) -> Array:
    """Join (places, numbers) of some axes with those of one more."""
    pairs = joined(first[:, None, :, None], second[None, :, None, :])
    return np.asarray(pairs.reshape(len(first) * len(second), -1))


def _by_place(layer: LocallyConnected, kernel: Array, table: Array, total: int) -> Array:
    """Return the kernel as (places, numbers of a window, filters), 0 for what is outside."""
    if layer.implementation == 1:
        return kernel
    places, filters = len(table), layer.filters
    first = layer.data_format == "channels_first"
    if layer.implementation == 2:
        ends = (total, filters, places) if first else (total, places, filters)
        whole = kernel.reshape(ends)
        whole = np.moveaxis(whole, 1, 2) if first else whole
        none = np.zeros((1, places, filters), kernel.dtype)
        return np.concatenate([whole, none])[table, np.arange(places)[:, None]]
    place, own = np.arange(places)[:, None, None], np.arange(filters)
    outputs = own * places + place if first else place * filters + own
    outputs, sources = np.broadcast_arrays(outputs, table[..., None])
    inside = sources < total
    found = np.zeros(inside.shape, kernel.dtype)
    order = np.lexsort((sources[inside], outputs[inside]))
    values = np.empty(len(order), kernel.dtype)
    values[order] = kernel
    found[inside] = values
    return found
