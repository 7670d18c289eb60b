"""Transformer encoders: what a prediction costs, beside Keras's own export and tf2onnx.

CPU time of the calling thread on one thread, as ``images.py`` takes it, for each net and batch
size. Exact GELU comes out of tf2onnx as an operator that there is not; it is spelled out here, so
that there is something to compare. Needs an interpreter with Keras 3 and tf2onnx:
``--keras-python PATH``.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import inference
import numpy as np
import onnx
from contest import Contest
from onnx import helper, numpy_helper
from transformer_nets import NETS

MENDED = ", Erfc spelled out"


def mended(graph: bytes) -> bytes:
    """Return a graph with ``1 - Erf`` in the place of each Erfc."""
    model = onnx.load_from_string(graph)
    one = numpy_helper.from_array(np.ones((), np.float32), "one")
    nodes: list[onnx.NodeProto] = []
    for node in model.graph.node:
        if node.op_type == "Erfc":
            erf = f"{node.output[0]}/erf"
            nodes.append(helper.make_node("Erf", node.input, [erf]))
            nodes.append(helper.make_node("Sub", ["one", erf], node.output))
        else:
            nodes.append(node)
    model.graph.initializer.append(one)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    serialized: bytes = model.SerializeToString()
    return serialized


def peers(source: Path, keras_pythons: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the graphs of the other converters, those with an Erfc put right."""
    for name, graph, _ in inference.routes(source, keras_pythons):
        yield (f"{name}{MENDED}", mended(graph)) if b"Erfc" in graph else (name, graph)


CONTEST = Contest(nets=list(NETS), saver="transformer_nets.py", peers=peers)

if __name__ == "__main__":
    CONTEST.main(__doc__)
