"""Every entrance takes a model in any form, and tells what is wrong in Python."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import keronyx
from keronyx.cli import main
from keronyx.converter.wording import command_line, worded

MODELS = Path(__file__).resolve().parents[1] / "models"
DIGITS = MODELS / "digits" / "digits.keras"
DIABETES = MODELS / "diabetes-33" / "diabetes-33.h5"
ROWS = np.linspace(-1, 1, 99, dtype=np.float32).reshape(3, 33)

FORMS: dict[str, Callable[[], Any]] = {
    "a path": lambda: DIABETES,
    "the text of a path": lambda: str(DIABETES),
    "the bytes of a file": DIABETES.read_bytes,
    "a description": lambda: keronyx.read(DIABETES),
    "a conversion": lambda: keronyx.convert(DIABETES, check=False),
}


def outputs(result: dict[str, Any]) -> Any:
    (found,) = result.values()
    return found


@pytest.fixture(scope="module")
def expected() -> Any:
    return outputs(keronyx.load(keronyx.convert(DIABETES).onnx)(ROWS))


@pytest.mark.parametrize("form", FORMS)
def test_every_entrance_takes_every_form(form: str, expected: Any) -> None:
    source = FORMS[form]()
    found = [
        keronyx.load(source)(ROWS),
        keronyx.load(keronyx.convert(source, check=False))(ROWS),
        keronyx.evaluate(source, ROWS),
        keronyx.trace(source, ROWS).outputs,
    ]
    for each in found:
        np.testing.assert_allclose(outputs(each), expected, rtol=1e-4, atol=1e-5)
    assert [each.layer for each in keronyx.formulas(source)] == [
        each.layer for each in keronyx.formulas(DIABETES)
    ]
    assert keronyx.check(keronyx.convert(DIABETES), source).passed


def test_numpy_runs_a_keras_file(expected: Any) -> None:
    predict = keronyx.load(DIABETES, engine="numpy")
    assert predict.engine == "numpy"
    np.testing.assert_allclose(outputs(predict(ROWS)), expected, rtol=1e-4, atol=1e-5)
    graph = keronyx.convert(DIABETES, check=False)
    np.testing.assert_allclose(
        outputs(keronyx.load(graph, engine="numpy")(ROWS)), expected, rtol=1e-4, atol=1e-5
    )


def test_the_bytes_of_an_archive_are_its_file() -> None:
    data = DIGITS.read_bytes()
    made, right = keronyx.convert(data, check=False), keronyx.convert(DIGITS, check=False)
    assert (made.model.source, made.model.sha256) == ("bytes in memory", right.model.sha256)
    assert made.onnx.graph == right.onnx.graph
    with pytest.raises(keronyx.FileFormatError, match=r"^bytes in memory: .*is damaged"):
        keronyx.convert(data[:4000] + b"damage" + data[4006:], check=False)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"abc", "bytes in memory: plain text"),
        (b'{"a": 1}', "a file of kind json; give its path"),
        (b"\x93NUMPY", "a file of kind npy; give its path"),
    ],
)
def test_bytes_that_are_no_model(data: bytes, words: str) -> None:
    with pytest.raises(keronyx.FileFormatError, match=words):
        keronyx.read(data)


def test_what_does_not_go_with_a_form() -> None:
    with pytest.raises(keronyx.UsageError, match="has its own weights and activations"):
        keronyx.evaluate(keronyx.read(DIABETES), ROWS, activations="relu")
    with pytest.raises(keronyx.UsageError, match="weights beside a file in memory"):
        keronyx.read(DIABETES.read_bytes(), "w.h5")
    graph = keronyx.convert(DIABETES, check=False)
    with pytest.raises(keronyx.UsageError, match="an ONNX model has its own"):
        keronyx.load(graph, activations="relu")
    with pytest.raises(keronyx.UsageError, match="no ONNX model to check; give that first"):
        keronyx.check(DIABETES, graph)


def test_a_missing_file_is_missing_to_python_too(tmp_path: Path) -> None:
    path = tmp_path / "none.h5"
    for use in (keronyx.convert, keronyx.load, keronyx.read, keronyx.formulas, keronyx.trace):
        with pytest.raises(FileNotFoundError, match="no such file") as caught:
            use(path)
        found = caught.value
        assert isinstance(found, keronyx.MissingFileError)
        assert (found.errno, found.filename) == (errno.ENOENT, str(path))
    with pytest.raises(FileNotFoundError):
        keronyx.convert(path, isolate=True)
    with pytest.raises(FileNotFoundError):
        keronyx.convert(DIABETES, samples=tmp_path / "none.csv")


def test_a_project_of_anything(tmp_path: Path) -> None:
    graph = keronyx.convert(DIABETES)
    for number, source in enumerate((graph, graph.onnx, FORMS["the bytes of a file"]())):
        made = keronyx.host(source, "node", tmp_path / str(number))
        assert isinstance(made, keronyx.Project)
        assert (tmp_path / str(number) / "model.onnx").exists()


@pytest.mark.parametrize(
    ("said", "python"),
    [
        ("give --activations relu,relu,linear", 'give activations=["relu", "relu", "linear"]'),
        ("with --columns NAME,NAME,...", 'with columns=["NAME", "NAME", ...]'),
        ("; --no-bias (use_bias=False)", "; use_bias=False"),
        ("with --no-check", "with check=False"),
        ("or say --force", "or say force=True"),
        (
            "--limit zip-members=N or --limit text-depth=N",
            "keronyx.limits(zip_members=N) or keronyx.limits(text_depth=N)",
        ),
        ("--replace '<lambda>=EXPR'", 'replace={"<lambda>": "EXPR"}'),
        ("--replace act=EXPR says", 'replace={"act": "EXPR"} says'),
        ("as in --shape steps=10,4", 'as in shape={"steps": (10, 4)}'),
        ("as in --shape steps=10", 'as in shape={"steps": (10,)}'),
        ("give them with --weights", "give them with weights="),
        ("with --weights-file", "with --weights-file"),
        ("my--trust", "my--trust"),
    ],
)
def test_options_are_told_as_arguments(said: str, python: str) -> None:
    assert worded(said) == python
    with command_line():
        assert worded(said) == said


def test_the_command_line_tells_its_own_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "w.npz"
    np.savez(path, np.ones((2, 2)), np.ones(2))
    assert main(["convert", str(path)]) == 2
    assert "or give --activations relu,relu,linear" in capsys.readouterr().err
    with pytest.raises(keronyx.UsageError) as caught:
        keronyx.convert(path)
    assert 'or give activations=["relu", "relu", "linear"]' in str(caught.value)
