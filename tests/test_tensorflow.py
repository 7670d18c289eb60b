"""TensorFlow's files: every byte of them is checked, and nothing outside their folder is opened."""

import json
import shutil
from pathlib import Path
from typing import Any

import corpus_cases as corpus
import numpy as np
import pytest
import saved_files
import tensorflow_files as write

import keronyx
from keronyx.cli import main
from keronyx.converter.errors import FileFormatError, KeronyxError, WeightError
from keronyx.converter.files import read_architecture
from keronyx.converter.files.saved import NamedVariables, ObjectGraph

KERNEL, BIAS = write.SMALL
DENSE = {
    "class_name": "Sequential",
    "config": {
        "name": "s",
        "layers": [
            {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 2], "name": "x"}},
            {"class_name": "Dense", "config": {"name": "d", "units": 3, "activation": "linear"}},
        ],
    },
    "keras_version": "2.15.0",
    "backend": "tensorflow",
}


def case(name: str) -> Path:
    return corpus.unpacked("savedmodel") / name


def copied(tmp_path: Path, name: str) -> Path:
    return Path(shutil.copytree(case(name) / "saved_model", tmp_path / name))


def variables(path: Path) -> dict[str, Any]:
    weights = read_architecture(path).weights
    assert weights is not None
    return {name: each.load() for name, each in weights.listed()}


def test_a_checkpoint_by_each_of_its_names(tmp_path: Path) -> None:
    prefix = write.dense(tmp_path / "w.ckpt", KERNEL, BIAS)
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "/of/its/author/w.ckpt"\n')
    names = ("w.ckpt", "w.ckpt.index", "w.ckpt.data-00000-of-00001", "checkpoint", "")
    for name in names:
        found = variables(prefix.parent / name)
        assert [*found] == ["layer-0/kernel", "layer-0/bias"]
        np.testing.assert_array_equal(found["layer-0/kernel"], KERNEL)


def test_a_folder_of_several_checkpoints(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write.dense(tmp_path / name, KERNEL, BIAS)
    with pytest.raises(FileFormatError, match="a folder of 2 checkpoints; name one"):
        read_architecture(tmp_path)


def test_weights_of_a_checkpoint(tmp_path: Path) -> None:
    saved_files.text(tmp_path / "m.json", json.dumps(DENSE))
    write.dense(tmp_path / "w", KERNEL, BIAS)
    model = keronyx.read(tmp_path / "m.json", weights=tmp_path / "w")
    row = np.array([[1.0, 2.0]], np.float32)
    np.testing.assert_allclose(keronyx.evaluate(model, {"x": row})["d"], [[7, 10, 13]])


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        ({"layer-0": 1, "layer-1": 1, "layer-2": 1}, "3 layers in the checkpoint, 2 in the"),
        ({"layer-1": 1}, "0 models where one is expected"),
        ({"layer-0": 1, "layer-2": 1}, "layer 1 of model '' is missing in the file"),
        ({"layer-0": 4}, "'layer-0' leads to object 4 of 4; the file is damaged"),
        ({"layer-0": 2}, "layer 'd' has 1 variables, its config asks for 2"),
    ],
)
def test_objects_of_another_architecture(
    tmp_path: Path, edges: dict[str, int], message: str
) -> None:
    saved_files.text(tmp_path / "m.json", json.dumps(DENSE))
    graph = write.objects((edges, ""), ({"kernel": 2, "bias": 3}, ""), ({}, "k"), ({}, "b"))
    write.checkpoint(tmp_path / "w", {"k": KERNEL, "b": BIAS}, graph)
    with pytest.raises(KeronyxError, match=message):
        keronyx.read(tmp_path / "m.json", weights=tmp_path / "w")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"d/kernel": KERNEL, "d/bias": BIAS, "d/kernel/Adam": KERNEL, "beta1_power": BIAS}, ""),
        ({"d/kernel": KERNEL}, "no variable 'd/bias' in the checkpoint"),
        ({"d/kernel": KERNEL, "d/bias": BIAS, "e/bias": BIAS}, "'e/bias' belongs to no layer"),
        ({"d_1/kernel": KERNEL, "d_1/bias": BIAS}, "no variable 'd/kernel' in the checkpoint"),
    ],
)
def test_variables_by_name(tmp_path: Path, names: dict[str, Any], message: str) -> None:
    saved_files.text(tmp_path / "m.json", json.dumps(DENSE))
    write.checkpoint(tmp_path / "w", names)
    assert isinstance(read_architecture(tmp_path / "w").weights, NamedVariables)
    if message:
        with pytest.raises(WeightError, match=message):
            keronyx.read(tmp_path / "m.json", weights=tmp_path / "w")
    else:
        assert keronyx.read(tmp_path / "m.json", weights=tmp_path / "w").parameters == 9


def test_every_byte_of_a_checkpoint_counts(tmp_path: Path) -> None:
    """A bit that is turned, or a file that is cut, is told; what TensorFlow skips may pass."""
    prefix = write.dense(tmp_path / "w", KERNEL, BIAS)
    expected = variables(prefix)
    for name in ("w.index", "w.data-00000-of-00001"):
        whole = (tmp_path / name).read_bytes()
        for place in range(len(whole)):
            turned = bytearray(whole)
            turned[place] ^= 1 << place % 8
            for data in (bytes(turned), whole[:place]):
                (tmp_path / name).write_bytes(data)
                told = _told(prefix)
                assert told is None or np.array_equal(
                    told["layer-0/kernel"], expected["layer-0/kernel"]
                )
                assert told is None or name == "w.index", place
        (tmp_path / name).write_bytes(whole)
    assert _told(prefix) is not None


def _same(told: dict[str, Any], expected: dict[str, Any]) -> bool:
    return all(np.array_equal(told[name], expected[name]) for name in expected)


def _told(prefix: Path) -> dict[str, Any] | None:
    try:
        return variables(prefix)
    except KeronyxError:
        return None


def test_types_that_no_layer_has(tmp_path: Path) -> None:
    graph = write.objects(({"layer-0": 1}, ""), ({"kernel": 2}, ""), ({}, "k"))
    write.checkpoint(tmp_path / "w", {"k": np.ones(2, np.complex64)}, graph)
    with pytest.raises(WeightError, match="'k' holds complex64, which no layer has"):
        read_architecture(tmp_path / "w")


def test_data_that_lie_outside(tmp_path: Path) -> None:
    """A symbolic link does not lead out of the folder, whichever file it stands for."""
    folder = copied(tmp_path, "s_lookup_file-tf215-savedmodel")
    for name in ("variables/variables.index", "saved_model.pb", "assets/words.txt"):
        outside = tmp_path / "outside"
        (folder / name).rename(outside)
        (folder / name).symlink_to(outside)
        with pytest.raises(KeronyxError, match="is a symbolic link that leaves the folder"):
            keronyx.read(folder)
        (folder / name).unlink()
        outside.rename(folder / name)
    assert keronyx.read(folder).layers[0].vocabulary == ("red", "green", "blue", "été", "x y")  # type: ignore[attr-defined]


def test_an_asset_that_is_a_path(tmp_path: Path) -> None:
    folder = copied(tmp_path, "s_lookup_file-tf215-savedmodel")
    whole = (folder / "saved_model.pb").read_bytes()
    (folder / "saved_model.pb").write_bytes(
        whole.replace(b"\x12\x09words.txt", b"\x12\x09../ds.txt")
    )
    with pytest.raises(FileFormatError, match=r"'\.\./ds\.txt' is not the plain name of an asset"):
        keronyx.read(folder)


def test_variables_of_another_model(tmp_path: Path) -> None:
    folder = copied(tmp_path, "s_seq_mlp-tf215-savedmodel")
    shutil.rmtree(folder / "variables")
    other = case("s_func_multi-tf215-savedmodel") / "saved_model" / "variables"
    shutil.copytree(other, folder / "variables")
    with pytest.raises(WeightError, match=r"in the checkpoint; saved_model\.pb and its variables"):
        keronyx.read(folder)


def test_a_vocabulary_that_is_lost(tmp_path: Path) -> None:
    """Keras 2.4 writes no vocabulary at all; a lookup without one would give other numbers."""
    folder = case("k_lookup_adapt-tf215-ckpt")
    config = json.loads((folder / "model.json").read_text())
    for layer in config["config"]["layers"]:
        layer["config"].pop("vocabulary", None)
    saved_files.text(tmp_path / "m.json", json.dumps(config))
    with pytest.raises(WeightError, match="no vocabulary in the file"):
        keronyx.read(tmp_path / "m.json", weights=folder / "ckpt")


def test_the_command_line_reads_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = case("k_seq_mlp-tf215-ckpt")
    out = tmp_path / "m.onnx"
    weights = str(folder / "ckpt" / "model.ckpt")
    assert main(["convert", str(folder / "model.json"), "--weights", weights, "-o", str(out)]) == 0
    assert "check passed" in capsys.readouterr().out
    broken = case("s_broken_data_crc-tf215") / "saved_model"
    assert main(["convert", str(broken), "-o", str(tmp_path / "n.onnx")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "variable 'left/kernel' is damaged: its CRC is wrong" in said
    assert not (tmp_path / "n.onnx").exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "s_frozen-tf115/frozen_model.pb",
            r"a frozen graph of TensorFlow 1; .*model\.save",
        ),
        ("s_simple_save-tf115/saved_model", r"a graph of TensorFlow 1, .*model\.save"),
        ("k_v1_format-tf115/ckpt/model.ckpt", r"a checkpoint of TensorFlow 0's format \(V1\)"),
        ("k_v1_format-tf115/ckpt", r"a checkpoint of TensorFlow 0's format \(V1\)"),
    ],
)
def test_what_tensorflow_1_wrote(name: str, words: str) -> None:
    with pytest.raises(KeronyxError, match=words):
        keronyx.read(case(name))


def test_objects_have_paths() -> None:
    saved = read_architecture(case("k_seq_mlp-tf215-tfckpt") / "ckpt")
    assert isinstance(saved.weights, ObjectGraph)
    names = [name for name, _ in saved.weights.listed()]
    assert "model/layer_with_weights-0/kernel" in names or "model/layer-0/kernel" in names
    assert "save_counter" in names


def test_weights_without_an_architecture(capsys: pytest.CaptureFixture[str]) -> None:
    """Every variable is told by the attributes that lead to it; lists of all come last."""
    saved = case("s_subclassed-tf215-savedmodel") / "saved_model" / "variables" / "variables"
    assert main(["inspect", str(saved), "--json"]) == 2
    said = json.loads(capsys.readouterr().out)
    shapes = {each["name"]: tuple(each["shape"]) for each in said["layers"]}
    assert shapes == {
        "one/kernel": (4, 5),
        "one/bias": (5,),
        "blocks/0/kernel": (5, 4),
        "blocks/0/bias": (4,),
        "blocks/1/kernel": (4, 3),
        "blocks/1/bias": (3,),
        "side/b/kernel": (5, 3),
    }
    weights = read_architecture(saved).weights
    assert weights is not None
    for told, (_, variable) in zip(said["layers"], weights.listed(), strict=True):
        numbers = variable.load().astype(np.float64)
        assert told["mean"] == pytest.approx(numbers.mean(), abs=1e-12)
        assert told["spread"] == pytest.approx(numbers.std(), abs=1e-12)


def test_the_order_of_a_subclassed_model(tmp_path: Path) -> None:
    """Attributes are in no order; nothing but the user tells which layer is called first."""
    rng = np.random.default_rng(1)
    arrays = {name: rng.normal(size=(3, 3)).astype(np.float32) for name in ("a", "b")}
    biases = {f"{name}b": rng.normal(size=3).astype(np.float32) for name in arrays}
    graph = write.objects(
        ({"one": 1, "two": 2, "optimizer": 7, "variables": 1}, ""),
        ({"kernel": 3, "bias": 4}, ""),
        ({"kernel": 5, "bias": 6}, ""),
        *(({}, key) for key in ("a", "ab", "b", "bb")),
        ({"iter": 8}, ""),
        ({}, "i"),
    )
    prefix = write.checkpoint(tmp_path / "w", arrays | biases | {"i": np.ones(1, np.int64)}, graph)
    with pytest.raises(WeightError, match=r"in which order its 2 layers come: one .* these fit"):
        keronyx.read(prefix, activations="tanh")
    model = keronyx.read(prefix, activations="tanh", order=["two", "one"])
    row = np.ones((1, 3), np.float32)
    between = np.tanh(row @ arrays["b"] + biases["bb"])
    (found,) = keronyx.evaluate(model, {"input": row}).values()
    expected = np.tanh(between @ arrays["a"] + biases["ab"])
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_what_holds_operations_alone() -> None:
    """What is in the way is told by name, with the way out."""
    match = r"XlaCallModule.*StableHLO, as JAX exports it; .*no layers of Keras, .*model\.save\("
    with pytest.raises(KeronyxError, match=match):
        keronyx.read(case("s_k3_mlp-k3jax-export") / "saved_model")
