"""Leave out nodes whose outputs nobody reads, and outputs that a node need not give."""

from dataclasses import replace
from typing import Final

from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.nodes import Node

OPTIONAL: Final = {"GRU", "LSTM", "RNN"}
"""Operators any output of which may be left out; runtimes then take no memory for it."""


def leave_out(graph: Graph) -> None:
    """Keep what leads to an output, in its order."""
    wanted = {*graph.renamed}
    kept = []
    for node in reversed(graph.nodes):
        if wanted & {*node.outputs}:
            wanted |= {*node.inputs}
            kept.append(_told(node, wanted) if node.op_type in OPTIONAL else node)
    graph.nodes = kept[::-1]


def _told(node: Node, wanted: set[str]) -> Node:
    """Return a node without the outputs that nobody reads."""
    outputs = [name if name in wanted else "" for name in node.outputs]
    while not outputs[-1]:
        outputs.pop()
    return replace(node, outputs=tuple(outputs))
