"""Layers that keras.applications has for itself, and sums and products in graphs of Keras 3.

``applications/make_applications.py`` recorded them.
"""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

import keronyx
from keronyx.converter.errors import UnsupportedConfigError, UnsupportedLayerError

PLACE: Final = Path(__file__).with_name("applications")
TOLERANCES: Final = {"float32": 1e-5, "float64": 1e-6, "mixed_float16": 1e-2}


@pytest.mark.parametrize("name", TOLERANCES)
def test_both_readings_give_keras_numbers(name: str) -> None:
    made = keronyx.convert(PLACE / f"{name}.keras")
    with np.load(PLACE / f"{name}.npz") as arrays:
        x, out = arrays["x"], arrays["out"].astype(np.float64)
    predict = keronyx.load(made.onnx.SerializeToString())
    for found in (predict(x), keronyx.evaluate(made.model, x)):
        (array,) = found.values()
        np.testing.assert_allclose(array, out, rtol=TOLERANCES[name], atol=TOLERANCES[name])
    assert made.report is not None
    assert made.report.passed
    assert not made.warnings


Change = Callable[[dict[str, Any]], None]


def changed(place: Path, change: Change) -> Path:
    """Copy the model, each layer of its config changed."""
    target = place / "changed.keras"
    with zipfile.ZipFile(PLACE / "float32.keras") as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "config.json":
                config = json.loads(data)
                for layer in config["config"]["layers"]:
                    change(layer)
                data = json.dumps(config).encode()
            new.writestr(name, data)
    return target


def test_a_class_of_the_same_name_elsewhere_is_a_user_s(tmp_path: Path) -> None:
    def moved(layer: dict[str, Any]) -> None:
        if layer["class_name"] == "LayerScale":
            layer["module"] = "mine.convnext"

    with pytest.raises(UnsupportedLayerError, match=r"'scale' \(LayerScale, from mine.convnext\)"):
        keronyx.read(changed(tmp_path, moved))


def test_one_whose_module_no_file_tells_is_a_user_s(tmp_path: Path) -> None:
    def bare(layer: dict[str, Any]) -> None:
        if layer["class_name"] in {"LayerScale", "CustomScaleLayer", "StochasticDepth"}:
            del layer["module"]

    with pytest.raises(UnsupportedLayerError, match="3 layers are not supported") as caught:
        keronyx.read(changed(tmp_path, bare))
    assert "'custom' (CustomScaleLayer, a custom class)" in str(caught.value)


def first_sum(operand: Any) -> Change:
    """Give the first sum of a tensor and a number another operand."""

    def change(layer: dict[str, Any]) -> None:
        if layer["class_name"] == "Add" and layer["module"].startswith("keras.src.ops"):
            args = layer["inbound_nodes"][0]["args"]
            args[:] = [each if isinstance(each, dict) else operand for each in args]

    return change


@pytest.mark.parametrize("operand", [None, "3", {"class_name": "__numpy__"}])
def test_operands_that_are_no_numbers_are_refused(tmp_path: Path, operand: Any) -> None:
    with pytest.raises(UnsupportedConfigError, match=r"layer 'add' \([Aa]dd\)"):
        keronyx.read(changed(tmp_path, first_sum(operand)))


def test_channels_have_to_fit(tmp_path: Path) -> None:
    def wider(layer: dict[str, Any]) -> None:
        if layer["class_name"] == "LayerScale":
            layer["config"]["projection_dim"] = 5

    with pytest.raises((UnsupportedConfigError, keronyx.KeronyxError), match="'scale'"):
        keronyx.read(changed(tmp_path, wider))


def test_an_input_may_be_given_by_name(tmp_path: Path) -> None:
    def named(layer: dict[str, Any]) -> None:
        for node in layer["inbound_nodes"] if layer["name"] in {"scale", "out"} else ():
            (tensor,) = node["args"]
            node |= {"args": [], "kwargs": {"inputs": tensor}}

    found = keronyx.convert(changed(tmp_path, named))
    assert found.onnx.graph == keronyx.convert(PLACE / "float32.keras").onnx.graph


def test_a_copy_is_still_the_model(tmp_path: Path) -> None:
    copy = shutil.copyfile(PLACE / "float32.keras", tmp_path / "copy.keras")
    assert keronyx.read(copy).inputs.keys() == {"x"}
    assert keronyx.read(changed(tmp_path, lambda _: None)).inputs.keys() == {"x"}
