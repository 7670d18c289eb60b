"""Nets of convolutions: what a prediction costs, what the check's NumPy reading costs beside it.

For each net and batch size, CPU time of the calling thread on one thread: our graph, the best one
made by hand, and what Keras's own export and tf2onnx make of the file. Needs an interpreter with
Keras 3 and tf2onnx: ``--keras-python PATH``. The contenders take turns; their answers are compared
before anything is timed.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import inference
import numpy as np
from hand_images import BY_HAND, weights_of
from nets import Array
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

import keronyx
from keronyx.runtime.evaluate import Evaluator

HERE = Path(__file__).resolve().parent
OURS, HAND, NUMPY = "keronyx graph", "graph by hand", "keronyx's NumPy reading, float64"


def agree(found: inference.Contenders) -> None:
    """Stop where a contender computes something else than our graph."""
    right = found[OURS]()
    for name, call in found.items():
        answer = call()
        answer = next(iter(answer.values())) if isinstance(answer, dict) else answer
        if not np.allclose(answer, right, rtol=1e-3, atol=1e-5):
            raise SystemExit(f"{name} differs by {np.max(np.abs(answer - right)):.2g}")


def contenders(
    source: Path, graphs: Mapping[str, bytes], x: Array, *, numpy: bool
) -> inference.Contenders:
    """Return what is timed, by name."""
    found = {}
    for name, graph in graphs.items():
        wanted = len(inference.session(graph).get_inputs())
        if wanted == 1:
            found[name] = inference.runner(graph, x)
        else:
            sys.stderr.write(f"{name}: a graph that asks for {wanted} inputs\n")
    if numpy:
        evaluator = Evaluator(keronyx.read(source), "float64")
        found[NUMPY] = lambda: evaluator(x)
    return found


def table(title: str, best: Mapping[str, float]) -> Table:
    """Return the times, and what our graph takes of each."""
    made = Table("", "ms a call", "ours, of this", title=title)
    for name, best_ns in best.items():
        made.add_row(name, f"{best_ns / 1e6:.2f}", f"{best[OURS] / best_ns:.3f}")
    return made


def main() -> None:
    """Time every net at every batch size and print a table each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nets", nargs="+", default=list(BY_HAND), choices=list(BY_HAND))
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 32])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--keras-python", required=True, metavar="PATH")
    asked = parser.parse_args()
    console = Console()
    for name in asked.nets:
        with tempfile.TemporaryDirectory(prefix="keronyx-bench-") as folder, threadpool_limits(1):
            source = Path(folder) / f"{name}.keras"
            command = [asked.keras_python, str(HERE / "image_nets.py"), name, str(source)]
            subprocess.run(command, check=True, capture_output=True)
            made = keronyx.convert(source, check=False)
            graphs = {
                OURS: made.onnx.SerializeToString(),
                HAND: BY_HAND[name](weights_of(made.model)),
                **dict(inference.peers(source, [asked.keras_python])),
            }
            (tensor,) = made.model.inputs.values()
            for batch in asked.batches:
                shape = (batch, *(size or 0 for size in tensor.sizes[1:]))
                x = np.random.default_rng(1).normal(size=shape).astype(np.float32)
                found = contenders(source, graphs, x, numpy=batch == asked.batches[0])
                agree(found)
                best = inference.timed(found, asked.rounds)
                console.print(table(f"{name}, batch {batch}", best))


if __name__ == "__main__":
    main()
