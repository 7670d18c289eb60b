"""Work grows as files do: twice the layers, paths, names or members take twice the steps.

Steps are the lines that run and the calls of C functions, which are the same on every machine;
nothing here is timed.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import saved_files as write
from described import entry, functional, model_of, sequential, source

from keronyx.converter.emit import serialize
from keronyx.converter.errors import KeronyxError
from keronyx.converter.files import read_saved
from keronyx.converter.files.markup import parse_json
from keronyx.converter.files.saved import LayerGroups
from keronyx.converter.files.yaml_text import parse_yaml
from keronyx.converter.formula import formulas
from keronyx.converter.limits import limits
from keronyx.converter.scan import scan
from keronyx.runtime.evaluate import evaluate

GROWTH: Final = 2.1
"""Most steps for twice the size; what is sorted takes a little more than 2."""


def steps(work: Callable[[], object]) -> int:
    """Count the lines and calls meanwhile."""
    count = 0

    def line(_frame: object, _event: str, _argument: object) -> Any:
        nonlocal count
        count += 1
        return line

    def call(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "c_call"

    before = sys.gettrace(), sys.getprofile()
    sys.setprofile(call)
    sys.settrace(line)
    try:
        work()
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    return count


def linear(make: Callable[[int], Callable[[], object]], size: int) -> None:
    """Assert that the work for four times the size grows no faster than that."""
    make(2)()  # what is loaded or remembered once
    one, four = (steps(make(size * factor)) for factor in (1, 4))
    assert one > size / 2
    assert four <= GROWTH**2 * one


def activation(name: str, *sources: str) -> dict[str, Any]:
    return entry("Activation", name, *sources, activation="relu")


def chain(size: int) -> dict[str, Any]:
    return sequential(source(), *(activation(f"a{index}") for index in range(size)))


def backwards(size: int) -> dict[str, Any]:
    """A long chain that the file lists from its end."""
    layers = [activation(f"a{i}", f"a{i - 1}" if i else "x") for i in range(size)]
    return functional([*layers[::-1], source()], [f"a{size - 1}"])


def wide(size: int) -> dict[str, Any]:
    layers = [activation(f"a{index}", "x") for index in range(size)]
    joined = entry("Concatenate", "c", *(layer["name"] for layer in layers))
    return functional([source(), *layers, joined], ["c"])


def one_layer_of_many_inputs(size: int) -> dict[str, Any]:
    return functional([source(), entry("Add", "a", *["x"] * size)], ["a"])


def many_inputs(size: int) -> dict[str, Any]:
    names = [f"x{index}" for index in range(size)]
    return functional([*map(source, names), entry("Add", "a", *names)], ["a"])


def many_outputs(size: int) -> dict[str, Any]:
    names = [f"a{index}" for index in range(size)]
    return functional([source(), *(activation(name, "x") for name in names)], names)


def the_same_output(size: int) -> dict[str, Any]:
    return functional([source(), activation("a", "x")], ["a"] * size)


def diamonds(size: int) -> dict[str, Any]:
    """A graph of 2 to the power of ``size`` paths."""
    layers = [entry("Add", f"a{i}", *[f"a{i - 1}" if i else "x"] * 2) for i in range(size)]
    return functional([source(), *layers], [f"a{size - 1}"])


def shared(size: int) -> dict[str, Any]:
    """One layer that is called on what it gave before."""
    layer = activation("a", "x")
    layer["inbound_nodes"] += [[["a", index, 0, {}]] for index in range(size - 1)]
    config = functional([source(), layer], ["a"])
    config["config"]["output_layers"] = [["a", size - 1, 0]]
    return config


def nested(size: int) -> dict[str, Any]:
    config = functional([source(), activation("a", "x")], ["a"], "m")
    for _ in range(size - 1):
        inner = config | {"name": "p", "inbound_nodes": [[["x", 0, 0, {}]]]}
        config = functional([source(), activation("a", "x"), inner], ["p"], "m")
    return config


def names_that_clash(size: int) -> dict[str, Any]:
    """Names that are alike once they are spelled with letters and digits."""
    odd = ["".join(" /.-"[index >> 2 * at & 3] for at in range(5)) for index in range(size)]
    layers = [activation(f"a{name}b{'c' * (i >> 10)}", "x") for i, name in enumerate(odd)]
    return functional([source(), *layers], [layer["name"] for layer in layers])


def unused(size: int) -> dict[str, Any]:
    layers = [activation(f"a{index}", "x") for index in range(size)]
    return functional([source(), *layers], ["a0"])


def returning_their_input(size: int) -> dict[str, Any]:
    layers = [entry("Dropout", f"a{i}", f"a{i - 1}" if i else "x", rate=0.5) for i in range(size)]
    return functional([source(), *layers], [f"a{size - 1}"])


def inputs_behind_a_chain(size: int) -> dict[str, Any]:
    """Keras 1 may name a layer that returns its input in the place of an input."""
    config = returning_their_input(size)
    config["config"]["input_layers"] = [[f"a{size - 1}", 0, 0]] * size
    return config


GRAPHS: Final = (
    chain,
    backwards,
    wide,
    one_layer_of_many_inputs,
    many_inputs,
    many_outputs,
    the_same_output,
    diamonds,
    shared,
    names_that_clash,
    unused,
    returning_their_input,
    inputs_behind_a_chain,
)


def described_and_emitted(config: dict[str, Any]) -> Callable[[], object]:
    return lambda: serialize(model_of(config, LayerGroups(())))


@pytest.mark.parametrize("graph", GRAPHS)
def test_graphs(graph: Callable[[int], dict[str, Any]]) -> None:
    linear(lambda size: described_and_emitted(graph(size)), 80)


def test_nested_models() -> None:
    linear(lambda size: described_and_emitted(nested(size)), 15)


@pytest.mark.parametrize("graph", [chain, wide, diamonds, shared, many_outputs])
def test_formulas_and_numbers(graph: Callable[[int], dict[str, Any]]) -> None:
    def work(size: int) -> Callable[[], object]:
        model = model_of(graph(size), LayerGroups(()))
        return lambda: (formulas(model), evaluate(model, {"x": np.zeros((1, 3), np.float32)}))

    linear(work, 60)


def test_models_that_multiply_are_refused_before_they_do() -> None:
    """Twice the calls at every level: in the text a line each, in the graph as many again."""
    for inner in ([activation("a", "x")], []):
        config = functional([source(), *inner], ["a" if inner else "x"], "m")
        for _ in range(6):
            twice = {"name": "p", "inbound_nodes": [[["x", 0, 0, {}]], [["p", 1, 0, {}]]]}
            config = functional([source(), config | twice], ["p"], "m")
            config["config"]["output_layers"] = [["p", 2, 0]]
        with limits(layer_calls=50), pytest.raises(KeronyxError, match="layer-calls"):
            model_of(config, LayerGroups(()))


def test_wrapped_models_that_multiply_are_refused_before_they_do() -> None:
    config = functional([source(), activation("a", "x")], ["a"], "m")
    for level in range(5):
        layer = entry("TimeDistributed", "t", "x", layer=config)
        layer["inbound_nodes"].append([["t", 0, 0, {}]])
        config = functional([source("x", *[2] * (level + 1), 3), layer], ["t"], "m")
        config["config"]["output_layers"] = [["t", 1, 0]]
    with limits(layer_calls=20), pytest.raises(KeronyxError, match="layer-calls"):
        model_of(config, LayerGroups(()))


def hdf5(folder: Path, size: int) -> Path:
    def put(root: Any) -> None:
        layers = [entry("Dense", f"d{index}", units=3) for index in range(size)]
        layers[0]["config"]["batch_input_shape"] = [None, 3]
        root.attrs["model_config"] = json.dumps(sequential(*layers))
        weights = root.create_group("model_weights")
        weights.attrs["layer_names"] = [layer["name"] for layer in layers]
        for layer in layers:
            group = weights.create_group(layer["name"])
            group.attrs["weight_names"] = ["kernel", "bias"]
            group["kernel"], group["bias"] = np.eye(3, dtype=np.float32), np.zeros(3, np.float32)

    return write.hdf5(folder / f"{size}.h5", put)


def tree(folder: Path, size: int) -> Path:
    def put(root: Any) -> None:
        for index in range(size):
            root[f"layers/dense_{index}/vars/0"] = np.zeros(3, np.float32)

    members = write.keras_members(model__weights__h5=write.tree_bytes(put))
    return write.archive(folder / f"{size}.keras", members)


def archive(folder: Path, size: int) -> Path:
    members = write.keras_members() | {f"assets/{index}": b"a" for index in range(size)}
    return write.archive(folder / f"{size}.keras", members)


def manifest(folder: Path, size: int) -> Path:
    weights = [write.weight(str(index), write.BIAS) for index in range(size)]
    data = write.BIAS.tobytes() * size
    paths = [f"{index}.bin" for index in range(size)]
    folder /= str(size)
    shard = len(data) // size
    write.folder(folder, {name: data[i * shard :][:shard] for i, name in enumerate(paths)})
    return write.tfjs(folder, weightsManifest=[{"paths": paths, "weights": weights}])


FILES: Final = (hdf5, tree, archive, manifest)


@pytest.mark.parametrize("file", FILES)
def test_files(tmp_path: Path, file: Callable[[Path, int], Path]) -> None:
    def work(size: int) -> Callable[[], object]:
        path = file(tmp_path, size)
        return lambda: (read_saved(path), scan(str(path)))

    linear(work, 30)


TEXTS: Final[dict[str, Callable[[int], Callable[[], object]]]] = {
    "json": lambda n: lambda: parse_json(json.dumps([{"a": i} for i in range(n)]), "it"),
    "json depth": lambda n: lambda: parse_json("[" * n + "]" * n, "it"),
    "yaml": lambda n: lambda: parse_yaml("a:\n" + "- {b: 1}\n" * n, "it"),
    "yaml aliases": lambda n: lambda: parse_yaml("a: &a [1]\nb:\n" + "- *a\n" * n, "it"),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_texts(kind: str) -> None:
    linear(TEXTS[kind], 40)
