"""The networks of the benchmarks, written as Keras 2.15 would save them, without Keras.

``python nets.py NAME FILE.h5`` writes one; ``chain`` gives its weights in the order they are used.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import h5py
import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float32]

EPSILON = 1e-3
VARIABLES = {
    "Dense": ("kernel:0", "bias:0"),
    "BatchNormalization": ("gamma:0", "beta:0", "moving_mean:0", "moving_variance:0"),
    "LayerNormalization": ("gamma:0", "beta:0"),
}
NORMALIZATION: dict[str, Any] = {"axis": [1], "epsilon": EPSILON, "center": True, "scale": True}


@dataclass
class Net:
    """Layers as they are added: each is (class, config, sources, arrays)."""

    name: str
    width: int
    seed: int = 7
    layers: list[tuple[str, dict[str, Any], list[str], list[Array]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        shape = [None, self.width]
        said = {"batch_input_shape": shape, "sparse": False, "ragged": False, "name": "x"}
        self.layers.append(("InputLayer", {**said, "dtype": "float32"}, [], []))

    def add(self, kind: str, config: dict[str, Any], *arrays: Array, after: str = "") -> str:
        """Add a layer after the last one (and after one more, if named); return its name."""
        name = f"{kind.lower()}_{len(self.layers)}"
        sources = [str(self.layers[-1][1]["name"])] + ([after] if after else [])
        config = {"name": name, "trainable": True, "dtype": "float32", **config}
        self.layers.append((kind, config, sources, [*arrays]))
        return name

    def dense(self, units: int, activation: str = "linear") -> str:
        """Add a Dense layer with weights of a trained one's size."""
        deviation = 1 / np.sqrt(self.width)
        kernel = self.random.normal(0, deviation, (self.width, units)).astype(np.float32)
        self.width = units
        config = {"units": units, "activation": activation, "use_bias": True}
        return self.add("Dense", config, kernel, self._around(0))

    def batch_normalization(self) -> str:
        """Add a BatchNormalization layer that does something."""
        arrays = [self._around(1), self._around(0), self._around(0), np.abs(self._around(1))]
        return self.add("BatchNormalization", {**NORMALIZATION, "momentum": 0.99}, *arrays)

    def layer_normalization(self) -> str:
        """Add a LayerNormalization layer that does something."""
        return self.add("LayerNormalization", NORMALIZATION, self._around(1), self._around(0))

    def _around(self, mean: float) -> Array:
        return self.random.normal(mean, 0.1, self.width).astype(np.float32)

    def config(self) -> dict[str, Any]:
        """Return what the file's attribute model_config says."""
        layers = [
            {
                "class_name": kind,
                "config": config,
                "name": config["name"],
                "inbound_nodes": [[[source, 0, 0, {}] for source in sources]] if sources else [],
            }
            for kind, config, sources, _ in self.layers
        ]
        ends = {"input_layers": [["x", 0, 0]], "output_layers": [[layers[-1]["name"], 0, 0]]}
        said = {"name": self.name, "trainable": True, "layers": layers, **ends}
        return {"class_name": "Functional", "config": said}

    def save(self, path: Path) -> None:
        """Write the legacy HDF5 layout."""
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = json.dumps(self.config())
            weights = file.create_group("model_weights")
            for attributes in (file.attrs, weights.attrs):
                attributes["keras_version"] = "2.15.0"
                attributes["backend"] = "tensorflow"
            weights.attrs["layer_names"] = [
                config["name"].encode() for _, config, *_ in self.layers
            ]
            for kind, config, _, arrays in self.layers:
                group = weights.create_group(config["name"])
                names = [f"{config['name']}/{name}" for name in VARIABLES.get(kind, ())]
                group.attrs["weight_names"] = np.array(names, "S")
                for name, array in zip(names, arrays, strict=True):
                    group.create_dataset(name, data=array)


def small() -> Net:
    """33-64-32-1: what is left when the work itself is next to nothing."""
    net = Net("small", 33)
    net.dense(64, "relu")
    net.dense(32, "relu")
    net.dense(1)
    return net


def digits() -> Net:
    """784-512-512-10 with batch normalisation and dropout."""
    net = Net("digits", 784)
    for _ in range(2):
        net.dense(512, "relu")
        net.batch_normalization()
        net.add("Dropout", {"rate": 0.5, "noise_shape": None, "seed": None})
    net.dense(10, "softmax")
    return net


def residual() -> Net:
    """20 blocks of x + Dense(gelu(Dense(LayerNormalization(x)))), 128 wide."""
    net = Net("residual", 64)
    carried = net.dense(128)
    for _ in range(20):
        net.layer_normalization()
        net.dense(128, "gelu")
        net.dense(128)
        carried = net.add("Add", {}, after=carried)
    net.dense(10, "softmax")
    return net


def wide() -> Net:
    """Half a gigabyte of weights."""
    net = Net("wide", 4096)
    for _ in range(8):
        net.dense(4096, "relu")
    return net


NETS = {"small": small, "digits": digits, "residual": residual, "wide": wide}


def chain(net: Net) -> Iterator[tuple[str, dict[str, Any], list[Array]]]:
    """Yield (class, config, arrays) of every layer that computes something, in order."""
    for kind, config, _, arrays in net.layers:
        if kind not in {"InputLayer", "Dropout"}:
            yield kind, config, arrays


if __name__ == "__main__":
    NETS[sys.argv[1]]().save(Path(sys.argv[2]))
