"""Layers of users, by the classes and functions that they register."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import corpus_cases as corpus
import numpy as np
import pytest
from corpus_cases import Array

import keronyx
from keronyx.converter.errors import UnsupportedConfigError, UnsupportedLayerError, UsageError

HERE = Path(__file__).with_name("replaced")
DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "custom-layers.md"
FILES = sorted(HERE.glob("keras?.[hk]*"))
BEND = "where(x > 0, x, 0.3 * exp(minimum(x, 0)) - 0.3)"
REPLACE = {"rescale": "x / 127.5 - 1", "block/squared": "x * x", "bend": BEND}


def recorded_of(path: Path) -> dict[str, Array]:
    with np.load(HERE / f"{path.stem}.npz") as arrays:
        return dict(arrays)


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    with keronyx.layer_scope():
        yield


def scaled(graph: Any, x: Any, scale: Any, shift: Any, *, temperature: float = 1.0) -> Any:
    return graph.op("Add", graph.op("Div", graph.op("Mul", x, scale), temperature), shift)


def scaled_numbers(x: Array, scale: Array, shift: Array, temperature: float) -> Array:
    result: Array = x * scale / temperature + shift
    return result


def same(graph: Any, x: Any) -> Any:
    del graph
    return x


def test_there_are_models_to_test() -> None:
    assert len(FILES) == 4


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_the_documentation_is_true(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(path, "model.keras")
    recorded = recorded_of(path)
    blocks = re.findall(
        r"^```python\n(.*?)^```", DOCUMENT.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(blocks) == 2
    space: dict[str, Any] = {"__name__": "example"}
    for block in blocks:
        exec(compile(block, str(DOCUMENT), "exec"), space)  # noqa: S102 - our own documentation
        result = space["result"]
        assert result.report.passed
        assert not any("compared with themselves" in warning for warning in result.warnings)
        found = keronyx.load(result.onnx)(recorded["rows"])["scores"]
        np.testing.assert_allclose(found, recorded["scores"], rtol=1e-4, atol=1e-5)
        numbers = keronyx.evaluate(result.model, recorded["rows"])["scores"]
        np.testing.assert_allclose(numbers, recorded["scores"], rtol=1e-4, atol=1e-5)
    assert (tmp_path / "model.onnx").exists()


@pytest.mark.parametrize("numpy", [None, scaled_numbers])
@pytest.mark.parametrize("name", ["Mine>Calibrate", "Calibrate"])
def test_a_function_of_operators(name: str, numpy: Any) -> None:
    keronyx.register_layer(name, variables=["scale", "shift"], numpy=numpy)(scaled)
    for path in FILES:
        made = keronyx.convert(path, replace=REPLACE)
        themselves = [each for each in made.warnings if "compared with themselves" in each]
        assert len(themselves) == (numpy is None)
        assert made.report is not None
        assert set(themselves) <= set(made.report.warnings)
        recorded = recorded_of(path)
        for found in (
            keronyx.load(made.onnx)(recorded["rows"]),
            keronyx.evaluate(made.model, recorded["rows"]),
        ):
            np.testing.assert_allclose(found["scores"], recorded["scores"], rtol=1e-4, atol=1e-5)
        (formula,) = [each for each in keronyx.formulas(made.model) if each.kind == "Calibrate"]
        assert "Calibrate(" in formula.text
        with pytest.raises(UnsupportedLayerError, match="not in source code"):
            keronyx.code(made.model, "c")


def test_a_wrong_numpy_reading_is_noticed() -> None:
    def wrong(x: Array, scale: Array, shift: Array, temperature: float) -> Array:
        result: Array = x * scale + shift / temperature
        return result

    keronyx.register_layer("Calibrate", variables=["scale", "shift"], numpy=wrong)(scaled)
    with pytest.raises(keronyx.CheckError, match=r"layer 'calibrate' \(Calibrate\) is the first"):
        keronyx.convert(FILES[0], replace=REPLACE)


@pytest.mark.corpus
def test_recorded_layers_of_every_version() -> None:
    def times(graph: Any, x: Any, k: Any) -> Any:
        return graph.op("Mul", x, k)

    keronyx.register_layer("MyScale", variables=["k"], numpy=lambda x, k: x * k)(times)
    found = corpus.cases(
        where=lambda case: "custom_layer" in case.id and case.format != "savedmodel"
    )
    assert len(found) >= 4
    for case in found:
        path, weights = corpus.source(case)
        made = keronyx.convert(path, weights=weights)
        outputs = keronyx.load(made.onnx)(list(corpus.inputs(case)))
        for array, wanted in zip(outputs.values(), corpus.outputs(case), strict=True):
            np.testing.assert_allclose(array, wanted, rtol=1e-4, atol=1e-5)


def test_shapes_are_what_onnx_infers() -> None:
    def halved(graph: Any, x: Any, scale: Any, shift: Any, *, temperature: float) -> Any:
        y = scaled(graph, x, scale, shift, temperature=temperature)
        starts, ends, axes = (graph.integers([each]) for each in (0, 2, 1))
        return graph.op("Slice", y, starts, ends, axes)

    keronyx.register_layer("Calibrate", variables=["scale", "shift"])(halved)
    with pytest.raises(keronyx.WeightError, match=r"kernel has shape \(5, 3\), expected \(2, 3\)"):
        keronyx.read(FILES[0], replace=REPLACE)


def test_nodes_that_are_none_are_refused_with_the_layer() -> None:
    def broken(graph: Any, x: Any, scale: Any, shift: Any, *, temperature: float) -> Any:
        return graph.op("MatMul", x, graph.op("Concat", scale, shift, axis=0), temperature)

    keronyx.register_layer("Calibrate", variables=["scale", "shift"])(broken)
    with pytest.raises(UnsupportedConfigError, match=r"'calibrate' \(Calibrate\): its ONNX nodes"):
        keronyx.read(FILES[0], replace=REPLACE)


def test_a_key_without_a_field_is_refused() -> None:
    def bare(graph: Any, x: Any, scale: Any, shift: Any) -> Any:
        return scaled(graph, x, scale, shift)

    register = keronyx.register_layer("Calibrate", variables=["scale", "shift"])
    register(bare)
    with pytest.raises(UnsupportedConfigError, match="no field for 'temperature'"):
        keronyx.read(FILES[0], replace=REPLACE)
    keronyx.unregister_layer("Calibrate")
    keronyx.register_layer("Calibrate", variables=["scale", "shift"], ignored=["temperature"])(bare)
    assert keronyx.read(FILES[0], replace=REPLACE).parameters


def test_a_class_without_readings_is_refused() -> None:
    @keronyx.register_layer("Calibrate")
    @dataclass(frozen=True, kw_only=True, eq=False)
    class Unread(keronyx.Layer):
        temperature: float
        scale: keronyx.Variable = keronyx.variable()  # noqa: RUF009
        shift: keronyx.Variable = keronyx.variable()  # noqa: RUF009

    model = keronyx.read(FILES[0], replace=REPLACE)
    assert any(isinstance(layer, Unread) for layer in model.layers)
    with pytest.raises(UnsupportedLayerError, match=r"\(Unread, it has no ONNX reading\)"):
        keronyx.convert(FILES[0], replace=REPLACE)
    with pytest.raises(UnsupportedLayerError, match="it has no NumPy reading"):
        keronyx.evaluate(model, np.zeros((1, 6), np.float32))


@pytest.mark.parametrize("name", ["Dense", "Lambda", "Sequential", "TimeDistributedDense", ""])
def test_names_of_keras_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="which Keras has itself"):
        keronyx.register_layer(name)(same)


def test_what_cannot_be_registered() -> None:
    @dataclass(frozen=True, kw_only=True, eq=False)
    class Odd(keronyx.Layer):
        sizes: list[int]

    class Bare(keronyx.Layer):
        pass

    def any_keys(graph: Any, x: Any, **rest: Any) -> Any:
        return same(graph, x) if rest else x

    def a_name(graph: Any, x: Any, *, name: str) -> Any:
        return same(graph, x) if name else x

    cases: list[tuple[Any, str]] = [
        (Odd, "Odd.sizes is declared list; declare int"),
        (Bare, "Bare is no dataclass"),
        (int, "derive it from keronyx.Layer"),
        (any_keys, r"a function with \*\*"),
        (a_name, "called name or dtype"),
    ]
    for target, words in cases:
        with pytest.raises(UsageError, match=words):
            keronyx.register_layer("Mine>Odd")(target)
    with pytest.raises(UsageError, match="no layer 'Mine>Odd' is registered"):
        keronyx.unregister_layer("Mine>Odd")
    keronyx.register_layer("Mine>Odd")(same)
    with pytest.raises(UsageError, match="'Mine>Odd' is registered already"):
        keronyx.register_layer("Mine>Odd")(same)


def test_a_scope_forgets_what_was_registered_in_it() -> None:
    with keronyx.layer_scope():
        keronyx.register_layer("Mine>Here")(same)
    with pytest.raises(UsageError, match="no layer"):
        keronyx.unregister_layer("Mine>Here")
