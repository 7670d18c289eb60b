"""The trained nets of ``models/``: their cards are true, and keronyx predicts what Keras did."""

import csv
import hashlib
import runpy
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import keronyx

MODELS = Path(__file__).resolve().parents[1] / "models"
FOLDERS = sorted(path for path in MODELS.iterdir() if path.is_dir() and path.name[0] not in "._")
WORDS = ["python", "keras", "backend", "format", "data_set", "task", "architecture", "about"]

Arrays = dict[str, NDArray[Any]]


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def card(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "card.toml").read_text(encoding="utf-8"))


@pytest.fixture
def source(folder: Path, card: dict[str, Any]) -> list[str]:
    """The model, a file or a folder, and its weights where they are a second file."""
    return [str(folder / name) for name in tops(card)]


def tops(card: dict[str, Any]) -> list[str]:
    """Return the files of a model, of those in a folder this alone."""
    return [*dict.fromkeys(name.partition("/")[0] for name in card["sha256"])]


@pytest.fixture
def recorded(folder: Path) -> Arrays:
    with np.load(folder / "recorded.npz") as arrays:
        return dict(arrays)


def named_inputs(recorded: Arrays, names: Iterable[str]) -> Arrays:
    arrays = [array for key, array in recorded.items() if key.startswith("in_")]
    return dict(zip(names, arrays, strict=True))


def assert_as_recorded(outputs: Mapping[str, NDArray[Any]], recorded: Arrays) -> None:
    expected = [array for key, array in recorded.items() if key.startswith("out_")]
    for output, array in zip(outputs.values(), expected, strict=True):
        np.testing.assert_allclose(output, array, rtol=1e-4, atol=1e-5)


def test_evaluator_gives_what_keras_recorded(source: list[str], recorded: Arrays) -> None:
    model = keronyx.read(*source)
    assert_as_recorded(keronyx.evaluate(model, named_inputs(recorded, model.inputs)), recorded)


def test_graph_gives_what_keras_recorded(source: list[str], recorded: Arrays) -> None:
    conversion = keronyx.convert(source[0], weights=source[1] if len(source) > 1 else None)
    predict = keronyx.load(conversion.onnx.SerializeToString())
    assert_as_recorded(predict(named_inputs(recorded, conversion.model.inputs)), recorded)


def test_rows_to_try_are_the_first_recorded_ones(
    folder: Path, source: list[str], recorded: Arrays
) -> None:
    inputs = named_inputs(recorded, keronyx.read(*source).inputs)
    if len(inputs) > 1:
        with np.load(folder / "rows.npz") as rows:
            assert set(rows) == set(inputs)
            for name, array in inputs.items():
                np.testing.assert_array_equal(rows[name], array[:10])
        return
    (array,) = inputs.values()
    if array.ndim > 3:
        np.testing.assert_array_equal(np.load(folder / "rows.npy"), array[:10])
        return
    with (folder / "rows.csv").open(newline="", encoding="utf-8") as file:
        header, *lines = csv.reader(file)
    table = array.reshape(len(array), -1)
    assert len(set(header)) == table.shape[1]
    np.testing.assert_array_equal(np.array(lines, array.dtype), table[:10])


def test_card_is_complete_and_true(folder: Path, card: dict[str, Any]) -> None:
    assert all(isinstance(card[word], str) and card[word] for word in WORDS)
    assert card["held_out_rows"] > 0
    assert all(0 < value <= 1 for value in card["score"].values())
    assert card["score"]
    sums = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in card["sha256"]
    }
    assert card["sha256"] == sums


def test_folder_holds_what_the_readme_promises(folder: Path, card: dict[str, Any]) -> None:
    rows = {path.name for path in folder.glob("rows.*")}
    assert len(rows) == 1
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == {"make.py", "recorded.npz", "card.toml", *rows, *card["sha256"]}


def test_readme_is_what_the_cards_say() -> None:
    render = runpy.run_path(str(MODELS / "make_readme.py"))["render"]
    assert (MODELS / "README.md").read_text(encoding="utf-8") == render()


def test_six_nets_or_more_in_two_megabytes() -> None:
    assert len(FOLDERS) >= 6
    assert sum(path.stat().st_size for path in MODELS.rglob("*") if path.is_file()) < 2_000_000
