"""What one prediction costs: CPU time of the calling thread, the least of many calls.

The contenders take turns in short blocks, in one process and on one thread, so that what slows one
slows all. Their answers are compared before anything is timed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnxruntime
from hand import OPSET, blas_alone, numpy_chain, onnx_graph
from nets import NETS, Array, Net
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

import keronyx
from keronyx.runtime.evaluate import Evaluator

HERE = Path(__file__).resolve().parent
OURS, CHAIN, BLAS = "keronyx graph, onnxruntime", "NumPy by hand", "BLAS products alone"
EVALUATOR = "keronyx evaluator, float32"
BLOCK_NS = 2_000_000

Call = Callable[[], Any]
Contenders = dict[str, Call]


def session(graph: bytes) -> onnxruntime.InferenceSession:
    """Open a graph on one thread, with everything that onnxruntime optimises by default."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def runner(graph: bytes, x: Array) -> Call:
    """Return one call of a graph with one input."""
    opened = session(graph)
    feeds = {opened.get_inputs()[0].name: x}
    return lambda: opened.run(None, feeds)[0]


def routes(source: Path, keras_pythons: Sequence[str]) -> Iterator[tuple[str, bytes, bool]]:
    """Yield what the other converters make of the file, where they make something.

    The last tells whether the route ended well: onnxruntime opens what it made.
    """
    for number, python in enumerate(keras_pythons):
        for route in ("export", "tf2onnx"):
            target = source.with_name(f"{route}-{number}.onnx")
            command = [python, str(HERE / "keras_routes.py"), route, str(source), str(target)]
            done = subprocess.run(command, check=False, capture_output=True)
            if target.exists():
                name = f"{route} ({Path(python).parents[1].name})"
                yield name, target.read_bytes(), done.returncode == 0


def peers(source: Path, keras_pythons: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the graphs that the other converters make of the file, where they make one."""
    for name, graph, ended_well in routes(source, keras_pythons):
        if ended_well:
            yield name, graph


def contenders(net: Net, source: Path, others: Mapping[str, bytes], x: Array) -> Contenders:
    """Return what is timed, by name; ours first."""
    evaluator = Evaluator(keronyx.read(source), "float32")
    chain = numpy_chain(net)
    ours = keronyx.convert(source, check=False).onnx.SerializeToString()
    newest = keronyx.convert(source, check=False, opset=OPSET).onnx.SerializeToString()
    found: Contenders = {
        OURS: runner(ours, x),
        f"the same at opset {OPSET}": runner(newest, x),
        "graph by hand, onnxruntime": runner(onnx_graph(net), x),
        CHAIN: lambda: chain(x),
        BLAS: blas_alone(net, len(x)),
        EVALUATOR: lambda: evaluator(x),
    }
    for name, graph in others.items():
        try:
            found[name] = runner(graph, x)
        except (Fail, InvalidGraph) as error:
            sys.stderr.write(f"{name}: {str(error)[:200]}\n")
    return found


def agree(found: Contenders) -> None:
    """Stop where a contender computes something else than the NumPy chain."""
    right = found[CHAIN]()
    for name, call in found.items():
        answer = call()
        answer = next(iter(answer.values())) if isinstance(answer, dict) else answer
        if name != BLAS and not np.allclose(answer, right, rtol=1e-3, atol=1e-5):
            worst = np.max(np.abs(answer - right))
            raise SystemExit(f"{name} differs from {CHAIN} by {worst:.2g}")


def block(call: Call, calls: int) -> float:
    """Return the thread's CPU nanoseconds for one call, averaged over a block."""
    start = time.thread_time_ns()
    for _ in range(calls):
        call()
    return (time.thread_time_ns() - start) / calls


def timed(found: Contenders, rounds: int) -> dict[str, float]:
    """Return the best block of each contender, taken in turn."""
    calls = {name: max(1, int(BLOCK_NS / block(call, 3))) for name, call in found.items()}
    best = dict.fromkeys(found, float("inf"))
    for _ in range(rounds):
        for name, call in found.items():
            best[name] = min(best[name], block(call, calls[name]))
    return best


def table(title: str, best: Mapping[str, float]) -> Table:
    """Return the times, with what the graph of each contender costs of ours."""
    made = Table("", "us a call", "of our graph", "of the NumPy chain", title=title)
    for name, best_ns in best.items():
        ratios = (f"{best_ns / best[reference]:.2f}" for reference in (OURS, CHAIN))
        made.add_row(name, f"{best_ns / 1000:.1f}", *ratios)
    return made


def main() -> None:
    """Time every net at every batch size and print a table each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nets", nargs="+", default=["small", "digits", "residual"])
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 256, 1024])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--keras-python", action="append", default=[], metavar="PATH")
    asked = parser.parse_args()
    console = Console()
    for name in asked.nets:
        net = NETS[name]()
        with tempfile.TemporaryDirectory(prefix="keronyx-bench-") as folder, threadpool_limits(1):
            source = Path(folder) / f"{name}.h5"
            net.save(source)
            others = dict(peers(source, asked.keras_python))
            for batch in asked.batches:
                width = net.layers[0][1]["batch_input_shape"][1]
                x = np.random.default_rng(1).normal(size=(batch, width)).astype(np.float32)
                found = contenders(net, source, others, x)
                agree(found)
                console.print(table(f"{name}, batch {batch}", timed(found, asked.rounds)))


if __name__ == "__main__":
    main()
