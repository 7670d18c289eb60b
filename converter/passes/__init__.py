"""Rewrite a graph into one that does the same in fewer operators, knowing ONNX and no Keras."""

from typing import Final

from keronyx.converter.graph.building import Graph
from keronyx.converter.passes.borders import fold_pads
from keronyx.converter.passes.entering import turn_early
from keronyx.converter.passes.normal import join_scales
from keronyx.converter.passes.turning import turn

__all__ = ["simplify"]

SPATIAL: Final = {"AveragePool", "Conv", "ConvTranspose", "MaxPool"}
"""Operators that want the channels in front, for which it pays to move everything else."""


def simplify(graph: Graph) -> None:
    """Rewrite a graph that convolves or pools; others stay as they are."""
    if any(node.op_type in SPATIAL for node in graph.nodes):
        turn(graph)
        turn_early(graph)
        fold_pads(graph)
        join_scales(graph)
        graph.prune()
