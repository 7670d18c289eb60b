"""Recorded models give what Keras gave once their Lambdas are said."""

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import corpus_cases as corpus
import numpy as np
import pytest
from replacing import BEND

import keronyx
from keronyx.converter.errors import UnsupportedConfigError, UnsupportedLayerError

HERE = Path(__file__).with_name("replaced")
FILES = sorted(HERE.glob("keras?.[hk]*"))
CALIBRATE = {"rescale": "x / 127.5 - 1", "squared": "x * x", "bend": BEND}
SAID = {
    "lambda_python-*": {"squared": "x * x"},
    "lambda_named-*": {"named_fn": "x + 1.0"},
    "lambda_output_shape-*": {"with_shape_fn": "x[:, :2]"},
    "lambda_in_nested-*": {"lambda*": "x * 2.0"},
    "custom_activation_fn-*": {"my_act": "x * 0.5"},
    "*_errors_lambda_layer_*": {"lambda*": "x * 2 + 1"},
    "*_errors_merge_lambda_*": {"merge*": "x[0] - x[1]"},
}
"""What the generators of these recorded models say in Python."""


def recorded() -> Iterator[corpus.Case]:
    for case in corpus.cases(expect="error"):
        if any(fnmatch(case.id, pattern) for pattern in SAID):
            yield case


def replacements(case: corpus.Case) -> dict[str, str]:
    """Return what is said of a case, for layers by the names that its file gives them."""
    said = next(said for pattern, said in SAID.items() if fnmatch(case.id, pattern))
    path, weights = corpus.source(case)
    with pytest.raises((UnsupportedLayerError, UnsupportedConfigError)) as caught:
        keronyx.read(path, weights)
    names = [name for name, *_ in getattr(caught.value, "layers", ())] or list(said)
    return {
        name: text for name in names for pattern, text in said.items() if fnmatch(name, pattern)
    }


@pytest.mark.corpus
@pytest.mark.parametrize("case", list(recorded()), ids=lambda case: case.id)
def test_recorded_models_give_what_keras_gave(case: corpus.Case) -> None:
    path, weights = corpus.source(case)
    replace = replacements(case)
    assert replace
    made = keronyx.convert(path, weights=weights, replace=replace)
    assert [("computed as" in warning) for warning in made.warnings] == [True] * len(replace)
    inputs, outputs = list(corpus.inputs(case)), corpus.outputs(case)
    for found in (keronyx.load(made.onnx)(inputs), keronyx.evaluate(made.model, inputs)):
        for array, wanted in zip(found.values(), outputs, strict=True):
            np.testing.assert_allclose(array, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.corpus
def test_no_code_runs_whatever_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for case in corpus.cases(where=lambda case: fnmatch(case.id, "hostile_lambda_payload-*")):
        path, _ = corpus.source(case)
        keronyx.convert(path, replace={"lambda": "x * 2"}, check=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_what_is_said_of_a_layer_with_variables_is_refused(path: Path) -> None:
    with pytest.raises(keronyx.WeightError):
        keronyx.read(path, replace={**CALIBRATE, "calibrate": "x"})
