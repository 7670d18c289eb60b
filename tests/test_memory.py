"""A conversion takes memory in proportion to the weights, the check of the numbers included."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import h5py
import numpy as np
import pytest

UNITS: Final = 8192
LAYERS: Final = 2
WEIGHTS: Final = LAYERS * UNITS * (UNITS + 1) * 4
BASE: Final = 300_000_000

MEASURE: Final = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
"""Linux counts the memory of whoever starts a process towards its peak: this one is small."""


def large_model(path: Path) -> Path:
    """Write a model whose weights count: half a gigabyte."""
    layers = []
    with h5py.File(path, "w") as file:
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [f"d{index}".encode() for index in range(LAYERS)]
        for index in range(LAYERS):
            config = {"name": f"d{index}", "units": UNITS, "activation": "linear"}
            if index == 0:
                config["batch_input_shape"] = [None, UNITS]
            layers.append({"class_name": "Dense", "config": config})
            dense = group.create_group(f"d{index}")
            dense.attrs["weight_names"] = [b"kernel:0", b"bias:0"]
            dense["kernel:0"] = np.full((UNITS, UNITS), 1e-3, np.float32)
            dense["bias:0"] = np.arange(UNITS, dtype=np.float32)
        config = {"name": "large", "layers": layers}
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": config})
        file.attrs["keras_version"] = "2.4.0"
    return path


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="counts the memory as Linux does")
@pytest.mark.parametrize("options", [[], ["--no-check"]])
def test_conversion_takes_twice_the_weights_at_most(tmp_path: Path, options: list[str]) -> None:
    source = large_model(tmp_path / "large.h5")
    target = tmp_path / "large.onnx"
    command = [sys.executable, "-m", "keronyx", "convert", str(source), "-o", str(target), "-q"]
    measured = subprocess.run(
        [sys.executable, "-c", MEASURE, *command, *options],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert target.stat().st_size > WEIGHTS
    assert int(measured.stdout) * 1024 <= 2 * WEIGHTS + BASE
    source.unlink()
    target.unlink()
