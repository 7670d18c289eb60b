"""Every refusal of what is a user's own names a way out that works, and none that does not."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from replacing import SOURCE, X, described, described_as, nested, values

import keronyx
from keronyx.cli import main
from keronyx.converter.description import describe
from keronyx.converter.errors import KeronyxError, UsageError
from keronyx.converter.files.saved import SavedModel, VariableTree, WeightGroup
from keronyx.converter.tensors import Variable
from keronyx.live.trusted import complaint, load_trusted

CODE = ["4wEAAAAA", None, None]
LAMBDAS = [
    {"value": CODE},
    {"class_name": "__lambda__", "config": {"value": CODE}},
    "<lambda>",
]


def active(name: str, activation: Any) -> dict[str, Any]:
    return {"class_name": "Activation", "config": {"name": name, "activation": activation}}


@pytest.mark.parametrize("activation", LAMBDAS)
def test_an_activation_without_a_name_is_replaced(activation: Any) -> None:
    for key in ("<lambda>", "a/activation"):
        model = described(active("a", activation), replace={key: "x * x"})
        np.testing.assert_allclose(values(model), X * X)
    with pytest.raises(KeronyxError) as caught:
        described(active("a", activation), replace={})
    assert 'say what it computes with replace={"a/activation": "EXPR"}' in str(caught.value)


def test_several_without_a_name_are_told_apart() -> None:
    layers = [active("a", LAMBDAS[0]), active("b", LAMBDAS[0])]
    model = described(*layers, replace={"a/activation": "x + 1", "b/activation": "x * 2"})
    np.testing.assert_allclose(values(model), (X + 1) * 2)
    with pytest.raises(UsageError, match="2 activations are a <lambda>") as caught:
        described(*layers, replace={"<lambda>": "x * x"})
    assert '"a/activation": "EXPR"' in str(caught.value)
    one = described(*layers, replace={"a/activation": "x + 1", "<lambda>": "x * 2"})
    np.testing.assert_allclose(values(one), (X + 1) * 2)


MINE = {"class_name": "Pack>MyMixer", "config": {"name": "mix"}}
NUMBERS = (Variable.of(np.ones(4, np.float32), "w"),)


def test_a_class_with_variables_is_to_be_registered() -> None:
    with pytest.raises(KeronyxError) as caught:
        described_as(nested(SOURCE, MINE, name="net"), {}, WeightGroup("mix", NUMBERS))
    assert "MyMixer has variables: register it, as docs/custom-layers.md" in str(caught.value)
    assert "EXPR" not in str(caught.value)
    tree = VariableTree({"layers/my_mixer": NUMBERS})
    saved = SavedModel(
        path="n.keras", format="t", config=nested(SOURCE, MINE), weights=tree, keras_version="3.8.0"
    )
    with pytest.raises(KeronyxError, match="MyMixer has variables"):
        describe(saved)


def test_a_class_without_variables_can_be_said() -> None:
    with pytest.raises(KeronyxError) as caught:
        described(MINE, replace={})
    assert 'replace={"mix": "EXPR"} says what such a layer computes' in str(caught.value)
    assert "variables" not in str(caught.value)
    model = described(MINE, replace={"mix": "x + 1"})
    np.testing.assert_allclose(values(model), X + 1)


def test_a_model_of_a_class_is_to_be_given_alive() -> None:
    net = {"class_name": "Net", "config": {"trainable": True}, "registered_name": "Net"}
    with pytest.raises(KeronyxError) as caught:
        described_as(net, {})
    said = str(caught.value)
    assert 'keronyx.convert(model); or load it with Keras, trust=True imports=["MODULE"]' in said


def test_weights_of_other_layers_go_with_their_architecture() -> None:
    tree = VariableTree({"layers/conv2d": NUMBERS})
    saved = SavedModel(path="w.h5", format="t", config=None, weights=tree)
    with pytest.raises(KeronyxError, match=r"class conv2d.*write model\.to_json\(\)") as caught:
        describe(saved, activations="relu")
    assert "order" not in str(caught.value)


def test_what_keras_complains_of_in_the_end_is_told() -> None:
    said = (
        "<class 'Sequential'> could not be deserialized properly.\n\nconfig={'a': 1}\n\n"
        "Exception encountered: Could not locate\nclass 'Mine'. Full object config: {'a': 2}"
    )
    assert complaint(TypeError(said)) == "Could not locate class 'Mine'"
    assert complaint(TypeError()) == "TypeError"


def test_modules_are_imported_for_files_that_are_trusted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "net.keras")
    assert main(["convert", path, "--import", "mine"]) == 2
    assert "modules to import without --trust" in capsys.readouterr().err
    with pytest.raises(UsageError, match="modules to import without trust=True"):
        keronyx.convert(path, imports=["mine"])


@pytest.mark.keras
def test_a_class_of_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keras = pytest.importorskip("keras")
    code = "import keras\nclass Twice(keras.layers.Layer):\n    def call(self, x): return x + x\n"
    (tmp_path / "my_layers.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    net = keras.Sequential([keras.Input((3,)), __import__("my_layers").Twice()])
    net.save("net.keras")
    monkeypatch.delitem(sys.modules, "my_layers")
    with pytest.raises(KeronyxError, match=r"Twice.*--import MODULE|Twice.*imports="):
        load_trusted("net.keras")
    assert load_trusted("net.keras", ["my_layers"]).layers[-1].name == net.layers[-1].name
    with pytest.raises(UsageError, match="module 'none_such' cannot be imported"):
        load_trusted("net.keras", ["none_such"])
