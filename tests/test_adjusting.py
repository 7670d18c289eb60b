"""A model is converted as its caller wants to see it: old opsets, fixed sizes, names, outputs."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from replacing import described_as, nested

import keronyx
from keronyx.cli import main
from keronyx.converter.files.saved import WeightGroup
from keronyx.converter.model import Model
from keronyx.converter.tensors import Variable

MODELS = Path(__file__).resolve().parents[1] / "models"
DIGITS = MODELS / "digits" / "digits.keras"
X = np.linspace(0, 16, 192, dtype=np.float32).reshape(3, 64)


@pytest.fixture(scope="module")
def right() -> dict[str, Any]:
    trace = keronyx.trace(DIGITS, X)
    return {layer.formula.layer: layer.values for layer in trace.layers}


def values(made: keronyx.Conversion, x: Any = X) -> dict[str, Any]:
    return keronyx.load(made)(x)


@pytest.mark.parametrize("opset", [9, 10, 11, 12])
def test_old_opsets(opset: int, right: dict[str, Any]) -> None:
    made = keronyx.convert(DIGITS, opset=opset)
    assert made.report
    assert made.report.passed
    assert (made.onnx.opset_import[0].version, made.onnx.ir_version) == (opset, opset - 5)
    onnx.checker.check_model(made.onnx, full_check=True)
    np.testing.assert_allclose(values(made)["digit"], right["digit"], rtol=1e-4, atol=1e-5)


SPELLED: list[tuple[list[dict[str, Any]], list[int | None]]] = [
    ([{"class_name": "Softmax", "config": {"axis": -1}}], [None, 4]),
    ([{"class_name": "ReLU", "config": {"max_value": 2.0}}], [None, 4]),
    ([{"class_name": "ZeroPadding1D", "config": {"padding": [1, 2]}}], [None, 3, 4]),
    ([{"class_name": "Cropping1D", "config": {"cropping": [1, 0]}}], [None, 3, 4]),
    ([{"class_name": "UnitNormalization", "config": {"axis": -1}}], [None, 4]),
    ([{"class_name": "Reshape", "config": {"target_shape": [2, 2]}}], [None, 4]),
    ([{"class_name": "GlobalMaxPooling1D", "config": {}}], [None, 3, 4]),
    ([{"class_name": "Lambda", "config": {"name": "l"}}], [None, 4]),
    ([{"class_name": "RepeatVector", "config": {"n": 3}}], [None, 4]),
]


def of_layers(layers: list[dict[str, Any]], shape: list[int | None]) -> Model:
    source = {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": shape}}
    named = [{**each, "config": {"name": "l", **each["config"]}} for each in layers]
    given = (
        {"l": "sum(x[:, 1:3] * x[:, ::2], axis=1)"} if layers[0]["class_name"] == "Lambda" else {}
    )
    return described_as(nested(source, *named, name="net"), given)


@pytest.mark.parametrize("opset", [9, 10, 11, 12, 13])
@pytest.mark.parametrize("case", SPELLED, ids=lambda case: str(case[0][0]["class_name"]))
def test_operators_are_spelled_as_they_were(case: Any, opset: int) -> None:
    if case[0][0]["class_name"] == "Lambda" and opset == 9:
        with pytest.raises(
            keronyx.UnsupportedConfigError, match=r"'l'.*opset 9: Slice takes no st"
        ):
            keronyx.convert(of_layers(*case), opset=opset)
        return
    made = keronyx.convert(of_layers(*case), opset=opset)
    assert made.report
    assert made.report.passed
    onnx.checker.check_model(made.onnx, full_check=True)


@pytest.mark.parametrize(
    ("layers", "shape", "words"),
    [
        (SPELLED[0][0], [None, 3, 4], ""),
        ([{"class_name": "Softmax", "config": {"axis": 1}}], [None, 3, 4], "other axes"),
        ([{"class_name": "Lambda", "config": {}}], [None, 4], "takes no steps"),
    ],
)
def test_what_had_no_spelling_is_refused(layers: Any, shape: Any, words: str) -> None:
    if not words:
        report = keronyx.convert(of_layers(layers, shape), opset=9).report
        assert report is not None
        assert report.passed
        return
    with pytest.raises(keronyx.UnsupportedConfigError, match=rf"{words}.*; ask for a later opset"):
        keronyx.convert(of_layers(layers, shape), opset=9)


@pytest.mark.parametrize("more", [{"opset": 8}, {"ir_version": 3}, {"ir_version": 99}])
def test_versions_that_are_not_written(more: dict[str, Any]) -> None:
    with pytest.raises(keronyx.UsageError, match=r"; keronyx writes [49] to "):
        keronyx.convert(DIGITS, **more)


def test_an_old_ir_version_has_no_metadata_of_nodes(tmp_path: Path) -> None:
    for path in (None, tmp_path / "a.onnx"):
        made = keronyx.convert(DIGITS, path, opset=21, ir_version=8)
        assert made.onnx.ir_version == 8
        assert not any(len(node.metadata_props) for node in made.onnx.graph.node)
        assert made.onnx.graph.node[0].doc_string


def steps() -> Model:
    source = {
        "class_name": "InputLayer",
        "config": {"name": "x", "batch_input_shape": [None] * 2 + [4]},
    }
    dense = {"class_name": "Dense", "config": {"name": "d", "units": 2, "activation": "relu"}}
    weights = [("d/kernel:0", (4, 2)), ("d/bias:0", (2,))]
    group = tuple(Variable.of(np.ones(size, np.float32), name) for name, size in weights)
    return described_as(nested(source, dense, name="net"), {}, WeightGroup("d", group))


def sizes(values: Any) -> list[list[int | str]]:
    dims = [value.type.tensor_type.shape.dim for value in values]
    return [[each.dim_value or each.dim_param for each in dim] for dim in dims]


@pytest.mark.parametrize("shape", [(1, 7, 4), [1, 7, 4]])
def test_sizes_are_fixed_everywhere(shape: Any) -> None:
    made = keronyx.convert(steps(), shape={"x": shape})
    graph = made.onnx.graph
    assert (sizes(graph.input), sizes(graph.output)) == ([[1, 7, 4]], [[1, 7, 2]])
    assert made.report
    assert set(made.report.batches) == {1}


def test_rows_alone_are_fixed() -> None:
    graph = keronyx.convert(steps(), shape={"x": (7, 4)}).onnx.graph
    assert sizes(graph.input) == [["batch", 7, 4]]
    assert sizes(graph.output) == [["batch", 7, 2]]


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ({"y": (1, 7, 4)}, "a shape of 'y'; the inputs are 'x'"),
        ({"x": (1, 7, 5)}, r"shape 1,7,5 of 'x'; it takes \(\?, \?, 4\)"),
        ({"x": (7,)}, "shape 7 of 'x'"),
        ({"x": (0, 7, 4)}, "shape 0,7,4 of 'x'"),
        ({"x": (1, "n", 4)}, "shape 1,n,4"),
    ],
)
def test_sizes_that_cannot_be(shape: Any, words: str) -> None:
    with pytest.raises(keronyx.UsageError, match=words):
        keronyx.convert(steps(), shape=shape)


def test_other_names(right: dict[str, Any]) -> None:
    made = keronyx.convert(DIGITS, rename={"pixels": "image", "digit": "class"})
    assert [each.name for each in made.onnx.graph.input] == ["image"]
    np.testing.assert_allclose(values(made, {"image": X})["class"], right["digit"], atol=1e-5)


@pytest.mark.parametrize(
    ("rename", "words"),
    [
        ({"pixel": "image"}, "nothing to rename is called 'pixel'; there are 'pixels', 'digit'"),
        ({"pixels": "digit"}, "two inputs or outputs of one name"),
        ({"pixels": ""}, "two inputs or outputs of one name"),
    ],
)
def test_names_that_cannot_be(rename: Any, words: str) -> None:
    with pytest.raises(keronyx.UsageError, match=words):
        keronyx.convert(DIGITS, rename=rename)


def test_other_outputs(right: dict[str, Any]) -> None:
    made = keronyx.convert(DIGITS, outputs=["dense_1"])
    assert "digit" not in {layer.name for layer in made.model.layers}
    np.testing.assert_allclose(values(made)["dense_1"], right["dense_1"], rtol=1e-4, atol=1e-5)
    both = values(keronyx.convert(DIGITS, outputs=["digit", "dense_1"], rename={"dense_1": "code"}))
    assert list(both) == ["digit", "code"]
    np.testing.assert_allclose(both["digit"], right["digit"], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(both["code"], right["dense_1"], rtol=1e-4, atol=1e-5)


def test_an_input_that_nothing_needs_goes() -> None:
    iris = MODELS / "iris" / "iris.h5"
    layers = keronyx.read(iris).connections
    first = next(each for each in layers if [t.name for t in each.inputs] == ["sepal"])
    made = keronyx.convert(iris, outputs=[first.layer.name])
    assert list(made.model.inputs) == ["sepal"]


def test_outputs_that_are_none() -> None:
    with pytest.raises(keronyx.UsageError, match="no layer 'nope'; the layers are 'rescaling'"):
        keronyx.convert(DIGITS, outputs=["nope"])


def test_what_is_adjusted_in_another_process() -> None:
    asked: dict[str, Any] = {"rename": {"digit": "out"}, "shape": {"pixels": (2, 64)}, "opset": 11}
    here, there = (keronyx.convert(DIGITS, **asked, isolate=each) for each in (False, True))
    assert here.onnx == there.onnx
    assert list(there.model.outputs) == ["out"]


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "d.onnx"
    said = ["--opset", "9", "--ir-version", "4", "--shape", "pixels=1,64", "--rename", "digit=out"]
    asked = ["convert", str(DIGITS), "-o", str(target), *said, "--outputs", "digit,dense_1", "-q"]
    assert main(asked) == 0
    found = onnx.load(target)
    assert (found.opset_import[0].version, found.ir_version) == (9, 4)
    assert [each.name for each in found.graph.output] == ["out", "dense_1"]
    assert sizes(found.graph.input) == [[1, 64]]
    for option, value in (("--rename", "digit"), ("--shape", "pixels=a"), ("--outputs", ",")):
        assert main(["convert", str(DIGITS), option, value]) == 2
    assert "--rename 'digit'; as in --rename dense_2=price" in capsys.readouterr().err
