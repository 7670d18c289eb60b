"""Join a factor and a summand for each channel to one BatchNormalization."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Initializer, Node
from keronyx.converter.passes.wires import Wires
from keronyx.converter.tensors import Array


def join_scales(graph: Graph) -> None:
    """Put one node in the place of each Mul that an Add alone uses, both by channels.

    onnxruntime computes it in one pass, in the layout of the convolutions beside it.
    """
    wires = Wires.of(graph)
    gone: set[str] = set()
    for index, node in enumerate(graph.nodes):
        before = _product_before(node, wires)
        terms = None if before is None else _terms(graph, before, node, wires.weights)
        if before is not None and terms is not None:
            graph.nodes[index] = _joined(graph, before, node, *terms)
            gone.add(before.name)
    graph.nodes = [node for node in graph.nodes if node.name not in gone]


def _product_before(node: Node, wires: Wires) -> Node | None:
    """Return the Mul that an Add takes, if nothing else does."""
    before = wires.before(node) if node.op_type == "Add" else None
    alone = before is not None and before.op_type == "Mul" and wires.private(before)
    return before if alone else None


def _terms(
    graph: Graph, product: Node, total: Node, weights: Mapping[str, Initializer]
) -> tuple[Initializer, Initializer] | None:
    """Return the factor and the summand, if they are weights with a number for each channel."""
    x = graph.values[product.inputs[0]]
    scale, shift = weights.get(product.inputs[1]), weights.get(total.inputs[1])
    if scale is None or shift is None or x.rank < 3 or x.dtype != "float32":
        return None
    wanted = (1, x.shape[1], *(1,) * (x.rank - 2))
    return (scale, shift) if scale.shape == shift.shape == wanted else None


def _joined(
    graph: Graph, product: Node, total: Node, scale: Initializer, shift: Initializer
) -> Node:
    channels = scale.shape[1]
    inputs = [
        graph.derived(term, (channels,), partial(_flat, term)).name for term in (scale, shift)
    ]
    inputs += [graph.constant(np.full(channels, number), "float32").name for number in (0.0, 1.0)]
    return replace(
        total,
        op_type="BatchNormalization",
        inputs=(product.inputs[0], *inputs),
        attributes={"epsilon": 0.0},
    )


def _flat(term: Initializer) -> Array:
    return term.load().reshape(-1)
