"""Bare weights are chained as they say or as is said beside them; what stays open is refused."""

import json
import sys
from pathlib import Path
from typing import Any, TypeAlias

import h5py
import numpy as np
import pytest

import keronyx
from keronyx.cli import main
from keronyx.converter.errors import UsageError, WeightError
from keronyx.hosting import host

Capture: TypeAlias = pytest.CaptureFixture[str]

HERE = Path(__file__).with_name("subclassed")
WORDS = HERE / "words.weights.h5"
ACTIVATIONS = ["relu", "tanh", "relu", "linear"]
ORDER = ["dense_one", "dense_two", "dense_three", "dense_3"]
TELLS = "does not say in which order"


def right(found: Any, name: str) -> None:
    """Hold what was computed against what Keras gave."""
    with np.load(HERE / "io.npz") as arrays:
        np.testing.assert_allclose(found, arrays[f"{name}/out_0"], rtol=1e-4, atol=1e-5)


def inputs(name: str) -> Any:
    with np.load(HERE / "io.npz") as arrays:
        return arrays[f"{name}/in_0"]


def check(name: str, **said: Any) -> keronyx.Conversion:
    """Convert a recorded model, and hold both readings against Keras."""
    made = keronyx.convert(HERE / f"{name}.weights.h5", **said)
    (by_graph,) = keronyx.load(made.onnx)(inputs(name)).values()
    (by_numpy,) = keronyx.evaluate(made.model, inputs(name)).values()
    right(by_graph, name)
    right(by_numpy, name)
    return made


def test_attributes_in_words_are_no_order(capsys: Capture) -> None:
    assert main(["convert", str(WORDS), "--activations", "relu", "-o", "never.onnx"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "its 4 layers come: dense_one (3, 5) and (5,), dense_three (5, 5) and (5,)" in said
    one, two = "dense_one,dense_three,dense_two,dense_3", ",".join(ORDER)
    assert f"these fit: {one} or {two};" in said
    assert "--order" in said
    assert not Path("never.onnx").exists()


@pytest.mark.parametrize("order", [ORDER, tuple(ORDER), [*ORDER[:3], "layers/dense_3"]])
def test_the_order_that_is_said_is_keras_s(order: Any) -> None:
    assert check("words", activations=ACTIVATIONS, order=order).warnings == ()


def test_another_order_gives_other_numbers() -> None:
    order = [ORDER[0], ORDER[2], ORDER[1], ORDER[3]]
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check("words", activations=ACTIVATIONS, order=order)


@pytest.mark.parametrize("name", ["digits", "sequential"])
def test_numbers_are_an_order(name: str) -> None:
    assert check(name, activations="tanh").warnings == ()


def test_the_only_order_that_fits_is_taken_and_told() -> None:
    (note,) = check("tapered", activations=["relu", "relu", "linear"]).warnings
    assert note.endswith("dense,dense_1,end is the only one that fits")
    assert TELLS in note


def test_what_is_no_dense_layer_is_no_bias() -> None:
    with pytest.raises(WeightError, match="'layers/layer_normalization', a layer of class"):
        keronyx.read(HERE / "normalized.weights.h5", activations="linear")


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        (["one", *ORDER], "the order names 'one', which is not there; the names are dense_one, "),
        ([*ORDER, "dense_two"], "the order names 'dense_two' twice"),
        ([*ORDER, "layers/dense_3"], "the order names 'layers/dense_3' twice"),
        (ORDER[1:], "the order leaves out dense_one; name every layer once"),
        ([], "the order leaves out dense_one, dense_three, dense_two, dense_3"),
        ("dense_one", "the order 'dense_one'; give a list of names"),
    ],
)
def test_an_order_that_names_other_layers(order: Any, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        keronyx.read(WORDS, activations="relu", order=order)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_order_in_which_nothing_fits() -> None:
    with pytest.raises(WeightError, match=r"'dense_two' with shape \(5, 5\) continues no chain"):
        keronyx.read(WORDS, activations="relu", order=[ORDER[3], *ORDER[1:3], ORDER[0]])


def test_every_command_takes_an_order(tmp_path: Path, capsys: Capture) -> None:
    np.save(tmp_path / "x.npy", inputs("words"))
    said = ["--activations", ",".join(ACTIVATIONS), "--order", ", ".join(ORDER)]
    rows = ["--input", str(tmp_path / "x.npy")]
    onnx, answers = str(tmp_path / "w.onnx"), str(tmp_path / "y.npy")
    commands = [
        ["convert", str(WORDS), "-o", onnx],
        ["check", onnx, str(WORDS)],
        ["predict", str(WORDS), *rows, "-o", answers],
        ["trace", str(WORDS), *rows],
        ["code", str(WORDS), "--to", "python", "-o", str(tmp_path / "made.py"), "--pure"],
        ["host", str(WORDS), "--to", "node", "-o", str(tmp_path / "node")],
    ]
    for command in commands:
        assert main([*command, *said]) == 0
    assert not capsys.readouterr().err
    right(np.load(answers), "words")


def test_python_takes_an_order_everywhere(tmp_path: Path) -> None:
    said: dict[str, Any] = {"activations": ACTIVATIONS, "order": ORDER}
    trace = keronyx.trace(WORDS, inputs("words"), **said)
    right(trace.layers[-1].values, "words")
    assert "dense_4" in keronyx.code(WORDS, "c", **said)
    assert host(WORDS, "node", tmp_path / "node", **said).conversion is not None


@pytest.mark.skipif(sys.platform != "linux", reason="a process of its own is for Linux")
def test_isolation_takes_an_order() -> None:
    said: dict[str, Any] = {"activations": ACTIVATIONS, "order": ORDER, "isolate": True}
    check("words", **said)
    (found,) = keronyx.evaluate(keronyx.read(WORDS, **said), inputs("words")).values()
    right(found, "words")
    with pytest.raises(WeightError, match=TELLS):
        keronyx.convert(WORDS, activations="relu", isolate=True)
    tapered = HERE / "tapered.weights.h5"
    assert TELLS in keronyx.convert(tapered, activations="relu", isolate=True).warnings[0]


def arrays_of(path: Path) -> dict[str, Any]:
    """Return the arrays of a weights file by name, as a walk through HDF5 lists them."""
    found: dict[str, Any] = {}

    def enter(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = item[()]

    with h5py.File(path) as file:
        file.visititems(enter)
    return found


@pytest.mark.parametrize("spelled", ["{layer}/vars/{number}", "{layer}_{role}", "{layer}.{role}"])
def test_what_is_copied_from_hdf5_has_no_order_either(tmp_path: Path, spelled: str) -> None:
    arrays = {}
    for name, array in arrays_of(WORDS).items():
        layer, _, number = name.rpartition("/vars/")
        role = ("kernel", "bias")[int(number)]
        key = spelled.format(layer=layer.removeprefix("layers/"), role=role, number=number)
        arrays[key] = array
    np.savez(tmp_path / "w.npz", **dict(sorted(arrays.items())))
    with pytest.raises(WeightError, match=TELLS):
        keronyx.read(tmp_path / "w.npz", activations=ACTIVATIONS)
    model = keronyx.read(tmp_path / "w.npz", activations=ACTIVATIONS, order=ORDER)
    (found,) = keronyx.evaluate(model, inputs("words")).values()
    right(found, "words")


def test_an_architecture_and_arrays_without_an_order(tmp_path: Path) -> None:
    layers = [
        {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, 3]}},
        *(
            {"class_name": "Dense", "config": {"name": name, "units": units, "activation": each}}
            for name, units, each in zip(ORDER, (5, 5, 5, 2), ACTIVATIONS, strict=True)
        ),
    ]
    config = {"class_name": "Sequential", "config": {"name": "net", "layers": layers}}
    (tmp_path / "net.json").write_text(json.dumps({**config, "keras_version": "3.15.1"}))
    arrays = {
        name.removeprefix("layers/").replace("/vars/0", "_kernel").replace("/vars/1", "_bias"): each
        for name, each in arrays_of(WORDS).items()
    }
    np.savez(tmp_path / "named.npz", **dict(sorted(arrays.items())))
    model = keronyx.read(tmp_path / "net.json", tmp_path / "named.npz")
    (found,) = keronyx.evaluate(model, inputs("words")).values()
    right(found, "words")
    other = {name.replace("dense", "layer"): each for name, each in sorted(arrays.items())}
    np.savez(tmp_path / "other.npz", **other)
    with pytest.raises(WeightError, match="cannot be told; number them, as in 0_kernel"):
        keronyx.read(tmp_path / "net.json", tmp_path / "other.npz")


def test_shards_have_no_order_either() -> None:
    shards = HERE / "words.weights.json"
    with pytest.raises(WeightError, match=TELLS):
        keronyx.read(shards, activations=ACTIVATIONS)
    model = keronyx.read(shards, activations=ACTIVATIONS, order=ORDER)
    (found,) = keronyx.evaluate(model, inputs("words")).values()
    right(found, "words")


@pytest.mark.parametrize("before", ["", "net/"])
def test_keras_s_own_numbers_against_the_order_of_the_list(tmp_path: Path, before: str) -> None:
    """``{v.path: v for v in model.weights}`` of layers that were made in another order."""
    arrays = arrays_of(WORDS)
    places = ("dense_one", "dense_two", "dense_three", "layers/dense_3")
    names = dict(zip(places, ("dense", "dense_2", "dense_1", "dense_3"), strict=True))
    listed = {
        f"{before}{name}/{role}": arrays[f"{place}/vars/{number}"]
        for place, name in names.items()
        for number, role in enumerate(("kernel", "bias"))
    }
    np.savez(tmp_path / "w.npz", **listed)
    with pytest.raises(WeightError, match=r"these fit: dense,dense_1,.* or dense,dense_2,"):
        keronyx.read(tmp_path / "w.npz", activations=ACTIVATIONS)
    order = list(names.values())
    model = keronyx.read(tmp_path / "w.npz", activations=ACTIVATIONS, order=order)
    (found,) = keronyx.evaluate(model, inputs("words")).values()
    right(found, "words")
