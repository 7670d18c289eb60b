"""What the benchmarks of single nets share: the nets saved, the graphs made, the turns taken."""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import inference
import numpy as np
from nets import Array
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

import keronyx
from keronyx.converter.model import Model
from keronyx.runtime.evaluate import Evaluator

HERE: Final = Path(__file__).resolve().parent
OURS, HAND, NUMPY = "keronyx graph", "graph by hand", "keronyx's NumPy reading, float64"

Graphs = Mapping[str, bytes]


def drawn(model: Model, batch: int) -> Array:
    """Draw what a model with one floating input takes."""
    (tensor,) = model.inputs.values()
    shape = (batch, *(size or 0 for size in tensor.sizes[1:]))
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


def in_graphs(_model: Model, graphs: Graphs, x: Array) -> inference.Contenders:
    """Return a call of each graph, by name."""
    found = {}
    for name, graph in graphs.items():
        wanted = len(inference.session(graph).get_inputs())
        if wanted == 1:
            found[name] = inference.runner(graph, x)
        else:
            sys.stderr.write(f"{name}: a graph that asks for {wanted} inputs\n")
    return found


def in_numpy(model: Model, x: Array) -> inference.Contenders:
    """Return a call of our NumPy reading, by name."""
    evaluator = Evaluator(model, "float64")
    return {NUMPY: lambda: evaluator(x)}


@dataclass(frozen=True, kw_only=True)
class Contest:
    """Nets that ``saver`` saves under Keras, and what is timed of each.

    ``others`` makes graphs by hand, by name; ``peers`` those of other converters; ``contenders``
    what is called of them all at one batch size, ``slow`` what is called at the first one alone.
    """

    nets: Sequence[str]
    saver: str
    batches: Sequence[int] = (1, 32)
    rounds: int = 10
    others: Callable[[str, Model], Graphs] = lambda _name, _model: {}
    peers: Callable[[Path, Sequence[str]], Iterator[tuple[str, bytes]]] = inference.peers
    rows: Callable[[Model, int], Array] = drawn
    contenders: Callable[[Model, Graphs, Array], inference.Contenders] = in_graphs
    slow: Callable[[Model, Array], inference.Contenders] = lambda _model, _x: {}

    def main(self, description: str | None) -> None:
        """Time every net at every batch size and print a table each."""
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("--nets", nargs="+", default=self.nets, choices=self.nets)
        parser.add_argument("--batches", nargs="+", type=int, default=self.batches)
        parser.add_argument("--rounds", type=int, default=self.rounds)
        parser.add_argument("--keras-python", required=True, metavar="PATH")
        asked = parser.parse_args()
        for name in asked.nets:
            with tempfile.TemporaryDirectory(prefix="keronyx-bench-") as place:
                source = Path(place) / f"{name}.keras"
                command = [asked.keras_python, str(HERE / self.saver), name, str(source)]
                subprocess.run(command, check=True, capture_output=True)
                with threadpool_limits(1):
                    self._time(name, source, asked)

    def _time(self, name: str, source: Path, asked: argparse.Namespace) -> None:
        made = keronyx.convert(source, check=False)
        graphs = {
            OURS: made.onnx.SerializeToString(),
            **self.others(name, made.model),
            **dict(self.peers(source, [asked.keras_python])),
        }
        for batch in asked.batches:
            x = self.rows(made.model, batch)
            found = dict(self.contenders(made.model, graphs, x))
            if batch == asked.batches[0]:
                found |= self.slow(made.model, x)
            agree(found)
            best = inference.timed(found, asked.rounds)
            Console().print(table(f"{name}, batch {batch}", best))


def agree(found: inference.Contenders) -> None:
    """Stop where a contender computes something else than our graph."""
    right = found[OURS]()
    for name, call in found.items():
        answer = call()
        answer = next(iter(answer.values())) if isinstance(answer, dict) else answer
        if not np.allclose(answer, right, rtol=1e-3, atol=1e-5):
            raise SystemExit(f"{name} differs by {np.max(np.abs(answer - right)):.2g}")


def table(title: str, best: Mapping[str, float]) -> Table:
    """Return the times, and what our graph takes of each."""
    made = Table("", "ms a call", "ours, of this", title=title)
    for name, best_ns in best.items():
        made.add_row(name, f"{best_ns / 1e6:.2f}", f"{best[OURS] / best_ns:.3f}")
    return made
