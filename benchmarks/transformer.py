"""Transformer encoders: what a prediction costs, beside Keras's own export and tf2onnx.

CPU time of the calling thread on one thread, as ``images.py`` takes it, for each net and batch
size. Exact GELU comes out of tf2onnx as an operator that there is not; it is spelled out here, so
that there is something to compare. Needs an interpreter with Keras 3 and tf2onnx:
``--keras-python PATH``.
"""

import argparse
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import inference
import numpy as np
import onnx
from images import HERE, OURS, agree, contenders, table
from onnx import helper, numpy_helper
from rich.console import Console
from threadpoolctl import threadpool_limits
from transformer_nets import NETS

import keronyx

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


def peers(source: Path, python: str) -> Iterator[tuple[str, bytes]]:
    """Yield the graphs of the other converters, those with an Erfc put right."""
    for route in ("export", "tf2onnx"):
        target = source.with_name(f"{route}.onnx")
        command = [python, str(HERE / "keras_routes.py"), route, str(source), str(target)]
        subprocess.run(command, check=False, capture_output=True)
        if target.exists():
            graph = target.read_bytes()
            spelled = mended(graph)
            yield f"{route}{MENDED}" if b"Erfc" in graph else route, spelled


def main() -> None:
    """Time every net at every batch size and print a table each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nets", nargs="+", default=list(NETS), choices=list(NETS))
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 32])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--keras-python", required=True, metavar="PATH")
    asked = parser.parse_args()
    console = Console()
    for name in asked.nets:
        with tempfile.TemporaryDirectory(prefix="keronyx-bench-") as folder, threadpool_limits(1):
            source = Path(folder) / f"{name}.keras"
            command = [asked.keras_python, str(HERE / "transformer_nets.py"), name, str(source)]
            subprocess.run(command, check=True, capture_output=True)
            made = keronyx.convert(source, check=False)
            graphs = {OURS: made.onnx.SerializeToString()}
            graphs |= dict(peers(source, asked.keras_python))
            (tensor,) = made.model.inputs.values()
            for batch in asked.batches:
                shape = (batch, *(size or 0 for size in tensor.sizes[1:]))
                x = np.random.default_rng(1).normal(size=shape).astype(np.float32)
                found = contenders(source, graphs, x, numpy=False)
                agree(found)
                console.print(table(f"{name}, batch {batch}", inference.timed(found, asked.rounds)))


if __name__ == "__main__":
    main()
