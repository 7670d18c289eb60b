"""The check: it passes what is right, catches what is wrong, and names the layer at fault."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper

import keronyx
from keronyx.converter.emit import emit, emit_layer
from keronyx.converter.errors import CheckError, UsageError
from keronyx.converter.layers.base import DTypePolicy
from keronyx.converter.layers.core import Dense
from keronyx.converter.layers.normalization import LayerNormalization
from keronyx.converter.model import Connection, Model
from keronyx.converter.tensors import KerasTensor, Variable
from keronyx.runtime.evaluate import prepare_layer
from keronyx.runtime.proof.report import TOLERANCES, DifferenceError
from keronyx.runtime.proof.samples import BATCHES

MODELS = Path(__file__).resolve().parents[1] / "models"
FILES = {
    "breast-cancer": ["breast-cancer.keras"],
    "diabetes-33": ["diabetes-33.h5"],
    "digits": ["digits.keras"],
    "digits-embedding": ["digits-embedding.keras"],
    "digits-residual": ["digits-residual.keras"],
    "iris": ["iris.h5"],
    "wine": ["wine.json", "wine.weights.h5"],
}
RANDOM = np.random.default_rng(0)
Array = NDArray[Any]


def model_of(name: str) -> Model:
    return keronyx.read(*(MODELS / name / file for file in FILES[name]))


def recorded(name: str) -> dict[str, Array]:
    with np.load(MODELS / name / "recorded.npz") as arrays:
        return dict(arrays)


@pytest.mark.parametrize("name", FILES)
def test_real_models_pass_with_what_keras_recorded(name: str) -> None:
    model = model_of(name)
    report = keronyx.check(emit(model), model, samples=recorded(name))
    assert report.passed
    assert not report.sentence
    assert not report.warnings
    assert {(each.name, each.against) for each in report.differences} == {
        (output, against) for output in model.outputs for against in ("numpy", "expected")
    }
    assert all(each.rows >= sum(BATCHES) for each in report.differences if each.against == "numpy")


@pytest.mark.parametrize("name", FILES)
def test_real_models_pass_without_onnxruntime(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    model = model_of(name)
    report = keronyx.check(emit(model), model)
    assert report.passed
    assert report.engine.startswith("onnx.reference")


def tampered(name: str) -> Iterator[tuple[str, onnx.ModelProto]]:
    """Yield the model's graph with one initializer after the other changed a little."""
    graph = emit(model_of(name))
    for index, initializer in enumerate(graph.graph.initializer):
        array = numpy_helper.to_array(initializer)
        if array.dtype == np.float32:
            wrong = onnx.ModelProto()
            wrong.CopyFrom(graph)
            changed = numpy_helper.from_array(array * 1.01 + 0.01, initializer.name)
            wrong.graph.initializer[index].CopyFrom(changed)
            yield initializer.name, wrong


@pytest.mark.parametrize("name", FILES)
def test_every_changed_weight_is_caught_in_its_layer(name: str) -> None:
    model = model_of(name)
    names = []
    for initializer, graph in tampered(name):
        report = keronyx.check(graph, model)
        assert not report.passed, initializer
        layer = initializer.rpartition("/")[0]
        if layer != "constant":  # which layers share
            assert report.layer.startswith(f"layer '{layer}' ("), initializer
        names.append(initializer)
    assert len(names) >= 4


def change(graph: onnx.ModelProto, op_type: str, how: Callable[[onnx.NodeProto], None]) -> str:
    """Change the first node of a type, and return its layer's name."""
    node = next(node for node in graph.graph.node if node.op_type == op_type)
    how(node)
    layer: str = node.name.rpartition("/")[0]
    return layer


def set_epsilon(node: onnx.NodeProto) -> None:
    next(each for each in node.attribute if each.name == "epsilon").f = 0.01


def set_scale(node: onnx.NodeProto) -> None:
    node.attribute.append(onnx.helper.make_attribute("alpha", 1.01))


def subtract(node: onnx.NodeProto) -> None:
    node.op_type = "Sub"


def forget(node: onnx.NodeProto) -> None:
    node.op_type = "Identity"
    del node.attribute[:]


@pytest.mark.parametrize(
    ("name", "op_type", "how"),
    [
        ("digits-residual", "LayerNormalization", set_epsilon),
        ("digits-residual", "Gemm", set_scale),
        ("digits-residual", "Add", subtract),
        ("digits-residual", "Softmax", forget),
        ("digits", "Relu", forget),
        ("iris", "Add", subtract),
        ("wine", "Tanh", forget),
    ],
)
def test_every_changed_node_is_caught_in_its_layer(
    name: str, op_type: str, how: Callable[[onnx.NodeProto], None]
) -> None:
    model = model_of(name)
    graph = emit(model)
    layer = change(graph, op_type, how)
    report = keronyx.check(graph, model)
    assert not report.passed
    assert report.layer.startswith(f"layer '{layer}' (")
    assert report.layer in report.sentence


def test_swapped_outputs_are_caught() -> None:
    model = model_of("iris")
    graph = emit(model)
    species, width = (output.name for output in graph.graph.output)
    for node in graph.graph.node:
        names = {species: width, width: species}
        node.output[:] = [names.get(name, name) for name in node.output]
    report = keronyx.check(graph, model)
    assert not report.passed


@pytest.fixture
def wrong_emission() -> Iterator[None]:
    """Let the ONNX reading get layer normalisation wrong by a little."""
    right = emit_layer.dispatch(LayerNormalization)

    def wrong(layer: LayerNormalization, graph: Any, x: Any) -> Any:
        return graph.op("Mul", right(layer, graph, x), 1.001)

    emit_layer.register(LayerNormalization, wrong)
    yield
    emit_layer.register(LayerNormalization, right)


@pytest.fixture
def wrong_evaluation() -> Iterator[None]:
    """Let the NumPy reading get layer normalisation wrong by a little."""
    right = prepare_layer.dispatch(LayerNormalization)

    def wrong(layer: LayerNormalization, numbers: Any) -> Any:
        step = right(layer, numbers)
        return lambda x: step(x) * 1.001

    prepare_layer.register(LayerNormalization, wrong)
    yield
    prepare_layer.register(LayerNormalization, right)


@pytest.mark.parametrize("fault", ["wrong_emission", "wrong_evaluation"])
def test_a_wrong_reading_is_caught_in_its_layer_and_nothing_is_written(
    fault: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    request.getfixturevalue(fault)
    source = MODELS / "digits-residual" / "digits-residual.keras"
    with pytest.raises(CheckError, match=r"check: layer 'layer_normalization' \(Layer") as caught:
        keronyx.convert(source, tmp_path / "model.onnx")
    assert isinstance(caught.value, DifferenceError)
    assert caught.value.report.layer == "layer 'layer_normalization' (LayerNormalization)"
    assert list(tmp_path.iterdir()) == []


def test_wrong_expectations_fail() -> None:
    model = model_of("wine")
    samples = recorded("wine")
    samples["out_0"][3, 1] += 1e-3
    report = keronyx.check(emit(model), model, samples=samples)
    assert not report.passed
    assert report.worst is not None
    assert report.worst.against == "expected"
    assert report.worst.at == (3, 1)
    assert "output 'dense_3' differs: max |onnx - expected| = 1.0e-03" in report.sentence


def test_samples_go_by_name_too() -> None:
    model = model_of("wine")
    (given,) = model.inputs
    (output,) = model.outputs
    arrays = recorded("wine")
    for key in (output, f"out/{output}"):
        samples = {given: arrays["in_0"], key: arrays["out_0"]}
        assert keronyx.check(emit(model), model, samples=samples).passed


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        ({"x": [[0.0] * 13]}, "'x' is no input or output"),
        ({"out_0": [[0.0] * 3]}, "no input"),
        ({"in_0": [[0.0] * 12]}, "shape"),
        ({"in_0": [[0.0] * 13] * 2, "out_0": [[0.0] * 3]}, "numbers of rows"),
    ],
)
def test_samples_that_do_not_fit_are_refused(samples: Any, words: str) -> None:
    model = model_of("wine")
    with pytest.raises(UsageError, match=words):
        keronyx.check(emit(model), model, samples=samples)


def test_another_model_is_another_model() -> None:
    with pytest.raises(UsageError, match="2 inputs, the Keras model 1"):
        keronyx.check(emit(model_of("iris")), model_of("wine"))
    assert not keronyx.check(emit(model_of("digits")), model_of("digits-residual")).passed


def test_rows_that_float32_cannot_compute_are_left_out_and_told() -> None:
    weights = [np.eye(4, dtype=np.float32), np.ones((4, 4), np.float32)]
    weights[1][:2] = -1
    result = keronyx.convert(weights, activations=["exponential", "linear"], use_bias=False)
    assert result.report is not None
    assert result.report.passed
    assert "left out" in result.warnings[0]


def test_nan_among_the_weights_converts_with_a_warning() -> None:
    kernel = RANDOM.standard_normal((3, 2)).astype(np.float32)
    kernel[1, 1] = np.nan
    result = keronyx.convert([kernel, np.zeros(2, np.float32)], activations="linear")
    assert result.report is not None
    assert result.report.passed
    assert result.warnings == ("layer 'dense_1' (Dense): kernel holds 1 NaN and 0 infinities",)


def test_conversion_without_a_check() -> None:
    kernels = [np.ones((3, 2), np.float32)]
    result = keronyx.convert(kernels, activations="relu", use_bias=False, check=False)
    assert result.report is None
    assert [output.name for output in result.onnx.graph.output] == ["dense_1"]
    with pytest.raises(UsageError, match="samples without a check"):
        keronyx.convert([np.ones((3, 2))], activations="relu", check=False, samples={})


def test_sixteen_bits_are_compared_as_such() -> None:
    kernel = Variable.of(RANDOM.standard_normal((8, 4)).astype(np.float16))
    half = DTypePolicy("float16", "float16")
    layer = Dense(name="d", units=4, use_bias=False, kernel=kernel, dtype=half)
    source = KerasTensor(name="x", shape=(None, 8), dtype="float16")
    output = KerasTensor(name="d", shape=(None, 4), dtype="float16")
    model = Model(
        name="m",
        inputs={"x": source},
        outputs={"d": output},
        connections=(Connection(layer=layer, inputs=(source,), outputs=(output,)),),
    )
    report = keronyx.check(emit(model), model)
    assert report.passed
    assert report.differences[0].tolerance == TOLERANCES["float16"]


def cancelling(bias: float) -> list[Array]:
    """Return weights whose second layer sums thousands to about one, before its sigmoid."""
    random = np.random.default_rng(1)
    wide = random.normal(size=(4, 64)) * 3e4
    left_over = np.linalg.svd(wide)[2][4:].T @ random.normal(size=(60, 2))
    narrow = left_over + np.linalg.pinv(wide) @ random.normal(size=(4, 2))
    return [a.astype(np.float32) for a in (wide, np.zeros(64), narrow, np.full(2, bias))]


def test_what_cancels_within_one_layer_is_rounding_and_a_mistake_is_a_mistake() -> None:
    result = keronyx.convert(cancelling(0.5), activations=["linear", "sigmoid"])
    assert result.report is not None
    assert result.report.passed
    assert "left out" in result.warnings[0]
    wrong = keronyx.convert(cancelling(0.6), activations=["linear", "sigmoid"], check=False)
    report = keronyx.check(wrong.onnx, result.model)
    assert not report.passed
    assert "'dense_2'" in report.layer
