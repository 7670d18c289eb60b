"""Live models: read without a file, they give the graph that their saved file gives."""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras_models import (
    GRAPHS,
    KERAS_3,
    LOOKUPS,
    PACKAGES,
    Maker,
    installed,
    made,
    mlp,
    nested,
    numbers,
)
from keras_models import subclassed_graph as subclassed
from onnx import ModelProto

import keronyx

DIGITS = Path(__file__).resolve().parents[1] / "models" / "digits" / "digits.keras"
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(params=PACKAGES)
def keras(request: pytest.FixtureRequest) -> Any:
    return installed(request.param)


def without_hash(model: ModelProto) -> bytes:
    """Return the bytes of a model but for the hash of its source, which a live one has not."""
    copy = ModelProto()
    copy.CopyFrom(model)
    kept = [each for each in copy.metadata_props if each.key != "source_sha256"]
    del copy.metadata_props[:]
    copy.metadata_props.extend(kept)
    return bytes(copy.SerializeToString())


@pytest.mark.parametrize("maker", [*GRAPHS, *KERAS_3, *LOOKUPS])
def test_the_graph_of_the_saved_file_byte_for_byte(
    keras: Any, maker: Maker, tmp_path: Path
) -> None:
    model = made(maker, keras)
    path = tmp_path / "model.keras"
    model.save(path)
    live = keronyx.convert(model)
    assert without_hash(live.onnx) == without_hash(keronyx.convert(path).onnx)
    assert live.backend == "direct"
    assert live.report is not None
    assert live.report.passed
    assert not live.warnings
    assert live.report.witness.startswith(f"Keras {keras.__version__}")
    assert {(each.name, each.against) for each in live.report.differences} == {
        (name, against) for name in live.model.outputs for against in ("numpy", "keras")
    }


@pytest.mark.parametrize("maker", GRAPHS)
def test_the_graph_of_the_saved_hdf5_file(keras: Any, maker: Maker, tmp_path: Path) -> None:
    model = made(maker, keras)
    path = tmp_path / "model.h5"
    model.save(path)
    assert without_hash(keronyx.convert(model).onnx) == without_hash(keronyx.convert(path).onnx)


def test_keronyx_imports_no_keras_by_itself() -> None:
    installed("keras")
    code = (
        "import sys, keronyx; keronyx.convert(sys.argv[1]); keronyx.check, keronyx.keras_callback; "
        "print(*{'keras', 'tf_keras', 'tensorflow', 'jax', 'torch', 'tf2onnx'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(DIGITS)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.split() == []


def test_no_file_is_written(keras: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model = mlp(keras)

    def refuse(*_given: Any, **_named: Any) -> None:
        raise AssertionError("a temporary file")

    for name in ("mkdtemp", "mkstemp", "NamedTemporaryFile", "TemporaryDirectory", "TemporaryFile"):
        monkeypatch.setattr(tempfile, name, refuse)
    assert keronyx.convert(model).model.parameters == model.count_params()


def test_a_description_keeps_the_weights_it_was_read_with(keras: Any) -> None:
    model = mlp(keras)
    described = keronyx.read(model)
    x = numbers(3, 33)
    (before,) = keronyx.evaluate(described, x).values()
    model.set_weights([np.zeros_like(each) for each in model.get_weights()])
    (after,) = keronyx.evaluate(described, x).values()
    np.testing.assert_array_equal(before, after)


def test_a_model_that_is_being_trained_goes_on(keras: Any) -> None:
    model = mlp(keras)
    model.compile(loss=type("Odd", (), {"__call__": lambda _self, y, p: (y - p) ** 2})())
    assert keronyx.convert(model).report is not None


def calling(keras: Any, function: Callable[..., Any], **layers: Any) -> Any:
    """Return a subclassed model with these layers and this call."""

    class Mine(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(name="mine")
            for name, layer in layers.items():
                setattr(self, name, layer)

        call = function

    return Mine()


def test_a_subclassed_model_becomes_the_graph_that_it_is(keras: Any) -> None:
    layers = keras.layers

    def call(self: Any, x: Any, training: Any = None) -> Any:
        y = self.norm(self.dense(x), training=training)
        return self.last(self.add([y, self.dense(x)]))

    parts = {"dense": layers.Dense(3, activation="relu"), "norm": layers.BatchNormalization()}
    model = calling(keras, call, **parts, last=layers.Dense(2, name="last"), add=layers.Add())
    x = numbers(4, 5)
    model(x)
    made = keronyx.convert(model)
    assert made.backend == "direct"
    assert made.model.name == "mine"
    assert list(made.model.inputs) == ["x"]
    assert made.model.inputs["x"].sizes == (None, 5)
    assert list(made.model.outputs) == ["last"]
    found = keronyx.load(made.onnx)(x)["last"]
    np.testing.assert_allclose(found, np.asarray(model.predict(x, verbose=0)), 1e-5, 1e-6)


def test_a_subclassed_model_on_dictionaries(keras: Any) -> None:
    def call(self: Any, given: Any) -> Any:
        return {"u": self.last(self.dense(given["q"])), "r": self.dense(given["p"])}

    layers = keras.layers
    model = calling(keras, call, dense=layers.Dense(3), last=layers.Dense(2))
    model({"q": numbers(4, 5), "p": numbers(4, 5)})
    made = keronyx.convert(model)
    assert made.backend == "direct"
    assert list(made.model.inputs) == ["p", "q"]
    assert list(made.model.outputs) == ["r", "u"]


def test_a_subclassed_model_on_a_list(keras: Any) -> None:
    def call(self: Any, pair: Any) -> Any:
        return [self.dense(self.join([pair[0], pair[1]])), self.dense(self.join(pair[::-1]))]

    layers = keras.layers
    model = calling(keras, call, dense=layers.Dense(3, name="dense"), join=layers.Concatenate())
    model([numbers(4, 5), numbers(4, 5)])
    made = keronyx.convert(model)
    assert list(made.model.inputs) == ["pair_0", "pair_1"]
    assert list(made.model.outputs) == ["dense", "dense_1"]


def test_a_graph_with_a_class_of_its_own(keras: Any) -> None:
    made = keronyx.convert(subclassed(keras))
    assert made.backend == "direct"
    assert list(made.model.inputs) == ["x"]


def test_subclassed_models_within_a_graph(keras: Any) -> None:
    if not hasattr(keras, "ops"):
        pytest.skip("Keras 2 cannot put layers together once more")
    layers = keras.layers
    inner = calling(keras, lambda self, x: self.dense(x), dense=layers.Dense(5))
    x = keras.Input((3,))
    model = keras.Model(x, layers.Dense(2)(inner(subclassed(keras)(x))))
    made = keronyx.convert(model)
    assert made.backend == "direct"
    assert {layer.name for layer in made.model.layers} >= {f"mine/{inner.dense.name}"}


def test_keras_is_a_witness_that_can_object(keras: Any) -> None:
    model = mlp(keras)
    graph = keronyx.convert(model).onnx
    weights = model.get_weights()
    described = keronyx.read(model)
    weights[0] = weights[0] * 1.01
    model.set_weights(weights)
    report = keronyx.check(graph, described, against=model)
    assert {each.against: each.passed for each in report.differences} == {
        "numpy": True,
        "keras": False,
    }
    assert not report.passed
    assert "max |onnx - keras|" in report.sentence
    assert not report.layer


def test_a_live_model_is_description_and_witness(keras: Any) -> None:
    model = nested(keras)
    report = keronyx.check(keronyx.convert(model).onnx, model)
    assert {each.against for each in report.differences} == {"numpy", "keras"}


def test_a_witness_that_does_not_speak_is_done_without(
    keras: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = mlp(keras)
    monkeypatch.setattr(type(model), "__call__", lambda *_given, **_named: 1 / 0)
    report = keronyx.convert(model).report
    assert report is not None
    assert {each.against for each in report.differences} == {"numpy"}
    assert "division by zero" in report.warnings[0]
    assert not report.witness


def test_models_never_built(keras: Any) -> None:
    sequential = keras.Sequential([keras.layers.Dense(2)])
    model = calling(keras, lambda self, x: self.dense(x), dense=keras.layers.Dense(2))
    for each in (sequential, model):
        with pytest.raises(keronyx.UsageError, match=r"never built.*call it once.*input_shape"):
            keronyx.convert(each)


def test_a_layer_is_no_model(keras: Any) -> None:
    with pytest.raises(keronyx.UsageError, match="a layer, not a model"):
        keronyx.convert(keras.layers.Dense(2))


def test_a_live_model_has_its_own_weights(keras: Any) -> None:
    with pytest.raises(keronyx.UsageError, match="its own weights"):
        keronyx.convert(mlp(keras), activations="relu")


def test_layers_that_keras_cannot_serialize_are_named(keras: Any) -> None:
    class Odd(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x + 1

        def get_config(self) -> Any:
            raise RuntimeError("no")

    x = keras.Input((3,))
    model = keras.Model(x, Odd(name="odd")(x))
    with pytest.raises(keronyx.UnsupportedLayerError, match=r"'odd' \(Odd, a custom class\)"):
        keronyx.convert(model, backend="direct")


def test_other_ways_take_live_models(keras: Any) -> None:
    model = mlp(keras)
    x = numbers(2, 33)
    (expected,) = keronyx.evaluate(keronyx.read(model), x).values()
    np.testing.assert_allclose(keronyx.trace(model, x).layers[-1].values, expected, 1e-5, 1e-6)
    assert "def predict" in keronyx.code(model, "python")
