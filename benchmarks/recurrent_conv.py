"""Nets of ConvLSTM2D: what a prediction costs, beside Keras's own export and tf2onnx.

CPU time of the calling thread on one thread, as ``images.py`` takes it, for each net and batch
size. Needs an interpreter with Keras 3 and tf2onnx: ``--keras-python PATH``.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import inference
import numpy as np
from frame_nets import FRAMES
from images import HERE, OURS, agree, contenders, table
from rich.console import Console
from threadpoolctl import threadpool_limits

import keronyx


def main() -> None:
    """Time every net at every batch size and print a table each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nets", nargs="+", default=FRAMES, choices=FRAMES)
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--keras-python", required=True, metavar="PATH")
    asked = parser.parse_args()
    console = Console()
    for name in asked.nets:
        with tempfile.TemporaryDirectory(prefix="keronyx-bench-") as folder, threadpool_limits(1):
            source = Path(folder) / f"{name}.keras"
            command = [asked.keras_python, str(HERE / "frame_nets.py"), name, str(source)]
            subprocess.run(command, check=True, capture_output=True)
            made = keronyx.convert(source, check=False)
            graphs = {OURS: made.onnx.SerializeToString()}
            graphs |= dict(inference.peers(source, [asked.keras_python]))
            (tensor,) = made.model.inputs.values()
            for batch in asked.batches:
                shape = (batch, *(size or 0 for size in tensor.sizes[1:]))
                x = np.random.default_rng(1).normal(size=shape).astype(np.float32)
                found = contenders(source, graphs, x, numpy=False)
                agree(found)
                console.print(table(f"{name}, batch {batch}", inference.timed(found, asked.rounds)))


if __name__ == "__main__":
    main()
