"""docs/adding-a-layer.md: its lines, put where it says, read a model as Keras does."""

import importlib
import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import layer_case
import numpy as np
import pytest
from layer_case import Case

import keronyx
from keronyx.converter.architecture import LayerConfig
from keronyx.converter.dialect import tables, translate
from keronyx.converter.files.saved import SavedModel
from keronyx.converter.layers.base import LAYERS
from keronyx.converter.tensors import Array

HERE = Path(__file__).with_name("added")
DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "adding-a-layer.md"
BLOCK = re.compile(r"^```python\n# (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = dict(BLOCK.findall(DOCUMENT.read_text("utf-8")))
NAME = "UpSampling1D"


def module_of(path: str) -> ModuleType:
    return importlib.import_module("keronyx." + path.removesuffix(".py").replace("/", "."))


def put(path: str) -> dict[str, Any]:
    """Run a block of the document as lines at the end of the file that it names."""
    module = module_of(path)
    space = {**vars(module), "__name__": "added", "replace": replace}
    exec(compile(BLOCKS[path], path, "exec"), space)  # noqa: S102 - our own documentation
    return space


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the document's lines in place; what they enter is known not to be keronyx's own."""
    tables.layer_class(NAME)  # what would be read later would take its place
    kind = put("converter/layers/reshaping.py")[NAME]
    monkeypatch.setitem(LAYERS, NAME, kind)
    monkeypatch.setattr(module_of("converter/layers/reshaping.py"), NAME, kind, raising=False)
    for path in BLOCKS:
        if path.endswith("reshaping.py") and "/layers/" not in path and "/dialect/" not in path:
            put(path)
    words = put("converter/dialect/tables/reshaping.py")["WORDS"]
    # The layer itself stands in another family, with words of its own.
    others = {name: words for name, words in tables.RESPELLED.items() if name != NAME}
    monkeypatch.setattr(tables, "RESPELLED", others)
    monkeypatch.setattr(tables, "RENAMED", {**tables.RENAMED, **words.renamed})
    monkeypatch.setattr("keronyx.converter.dialect.layer.RENAMED", tables.RENAMED)


def recorded() -> tuple[Array, Array]:
    with np.load(HERE / "longer.npz") as arrays:
        return arrays["x"], arrays["longer"]


@pytest.mark.usefixtures("added")
def test_the_documentation_is_true(tmp_path: Path) -> None:
    rows, right = recorded()
    made = keronyx.convert(HERE / "longer.keras", tmp_path / "longer.onnx")
    assert made.report is not None
    assert made.report.passed
    found = keronyx.load(made.onnx)(rows)["longer"]
    np.testing.assert_allclose(found, right, rtol=1e-4, atol=1e-5)
    numbers = keronyx.evaluate(made.model, rows)["longer"]
    np.testing.assert_allclose(numbers, right, rtol=1e-4, atol=1e-5)
    assert [each.text for each in keronyx.formulas(made.model)][1].startswith("y = repeat(h1)")


@pytest.mark.usefixtures("added")
def test_its_loops_give_the_same_numbers() -> None:
    rows, right = recorded()
    space: dict[str, Any] = {"__name__": "generated"}
    text = keronyx.code(keronyx.read(HERE / "longer.keras"), "python")
    exec(compile(text, "generated", "exec"), space)  # noqa: S102 - our own code
    found = space["predict_batch"](rows)
    np.testing.assert_allclose(found, right, rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("added")
def test_older_words_are_read() -> None:
    config = {"name": "longer", "length": 3, "batch_input_shape": [None, 4, 2]}
    layers = [{"class_name": NAME, "config": config}]
    said = SavedModel(
        path="old.json",
        format="test",
        config={"class_name": "Sequential", "config": layers},
        weights=None,
        keras_version="1.2.2",
    )
    model, _ = translate(said)
    layer = model.layers[-1]
    assert isinstance(layer, LayerConfig)
    assert (layer.kind.__name__, layer.config["size"]) == (NAME, 3)


@pytest.mark.usefixtures("added")
def test_its_line_is_a_case() -> None:
    case = eval(BLOCKS["tests/cases.py"], {"Case": Case})  # noqa: S307 - our own documentation
    model = layer_case.build(case, {})
    (x,) = layer_case.inputs_of(case)
    found = keronyx.evaluate(model, x)["out"]
    np.testing.assert_allclose(found, np.repeat(x, 3, axis=1))


def test_every_face_is_named_in_the_document() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert all(f"`{path}`" in text for path in BLOCKS)
    assert len(BLOCKS) == 7
