"""Rewrite a graph into one that does the same in fewer operators, knowing ONNX and no Keras."""

from typing import Final

from keronyx.converter.graph.building import Graph
from keronyx.converter.passes.borders import fold_pads
from keronyx.converter.passes.entering import turn_early
from keronyx.converter.passes.needed import leave_out
from keronyx.converter.passes.normal import join_scales
from keronyx.converter.passes.turning import turn

__all__ = ["simplify"]

SPATIAL: Final = {"AveragePool", "Conv", "ConvTranspose", "MaxPool"}
"""Operators that want the channels in front, for which it pays to move everything else."""

STEPPING: Final = {"GRU", "LSTM", "RNN"}
"""Operators that want time in front of the batch, for which it pays to move what lies between."""


def simplify(graph: Graph) -> None:
    """Rewrite a graph that convolves, pools or steps through time; others stay as they are."""
    kinds = {node.op_type for node in graph.nodes}
    if kinds & STEPPING:
        leave_out(graph)
    if kinds & (SPATIAL | STEPPING):
        turn(graph)
    if kinds & SPATIAL:
        turn_early(graph)
        fold_pads(graph)
        join_scales(graph)
    graph.prune()
