"""Quantized products and tables, and tables that go back: nets that Keras 3.15 saved."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from emitting import run
from layer_case import tensor

import keronyx
from keronyx.converter.emit import emit
from keronyx.converter.errors import UnsupportedConfigError, WeightError
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.core import EinsumDense
from keronyx.converter.layers.embedding import ReversibleEmbedding
from keronyx.converter.layers.quantization import groups_of
from keronyx.converter.tensors import Variable

HERE = Path(__file__).with_name("quantized")
NAMES = sorted(each.stem for each in HERE.glob("*.keras"))

with np.load(HERE / "io.npz") as _arrays:
    NUMBERS = {key: _arrays[key] for key in _arrays.files}


@pytest.mark.parametrize("name", NAMES)
def test_both_readings_give_kerass_numbers(name: str) -> None:
    model = keronyx.read(HERE / f"{name}.keras")
    proto = emit(model)
    onnx.checker.check_model(proto, full_check=True)
    given, right = NUMBERS[f"{name}/in"], NUMBERS[f"{name}/out"]
    (exit_,) = model.outputs
    for made in (run(proto, given)[0], keronyx.evaluate(model, given)[exit_]):
        assert made.dtype == right.dtype
        np.testing.assert_allclose(made, right, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("mode", ["int8", "int4"])
def test_attention_whose_config_tells_nothing_of_its_kernels_is_refused(mode: str) -> None:
    """Keras 3.15.1 saved them so, and refuses to load them."""
    with pytest.raises(WeightError, match="has a quantized kernel, of which the config says") as no:
        keronyx.read(HERE / "refused" / f"attention_{mode}.keras")
    assert str(no.value).endswith("cannot load it itself; convert the model before it is quantised")


def test_float8_is_refused_with_what_to_do() -> None:
    with pytest.raises(UnsupportedConfigError, match="QuantizedFloat8DTypePolicy; convert the"):
        keronyx.read(HERE / "refused" / "dense_float8.keras")


def layer_of(name: str) -> Layer:
    return keronyx.read(HERE / f"{name}.keras").layers[-1]


def test_the_checks_of_their_conversion_pass() -> None:
    for name in ("two_blocks", "back_own_blocks"):
        report = keronyx.convert(HERE / f"{name}.keras").report
        assert report is not None
        assert report.passed


def test_variables_have_to_fit() -> None:
    product, x = layer_of("two_blocks"), tensor("x", 4, 5)
    assert isinstance(product, EinsumDense)
    short = Variable.of(np.zeros(4, np.float32))
    for name in ("g_idx", "kernel_scale", "kernel"):
        changed: dict[str, Any] = {name: short}
        with pytest.raises(WeightError, match=f"{name} has shape"):
            replace(product, **changed).results(x)
    far = replace(product, g_idx=Variable.of(np.full(5, 7, np.float32)))
    with pytest.raises(WeightError, match=r"g_idx names other groups than 0 \.\.\. 2"):
        groups_of(far, 3)


def test_what_is_no_matrix_is_refused_by_name() -> None:
    product = layer_of("two_int8")
    assert isinstance(product, EinsumDense)
    stepwise = Variable.of(np.zeros((4, 5, 2), np.int8))
    odd = replace(product, equation="abc,bcd->abd", kernel=stepwise)
    with pytest.raises(UnsupportedConfigError, match=r"quantization 'int8' of 'abc,bcd->abd'"):
        odd.results(tensor("x", 4, 5))


def test_the_way_back_is_told_what_it_takes() -> None:
    table = ReversibleEmbedding(
        name="both", input_dim=9, output_dim=5, embeddings=Variable.of(np.zeros((9, 5), np.float32))
    )
    with pytest.raises(UnsupportedConfigError, match=r"an input of shape .* for rows of 5"):
        table.results(tensor("x", 4), reverse=True)
    masked = replace(table, mask_zero=True)
    with pytest.raises(UnsupportedConfigError, match="mask_zero=True of a table that is called"):
        masked.results(tensor("x", 4, 5), reverse=True)
