"""Dense kernels after GPTQ: as source code, as formulas, and refused where they are damaged."""

from dataclasses import replace
from typing import Any

import corpus_cases as corpus
import numpy as np
import pytest

import keronyx
from keronyx.converter.errors import WeightError
from keronyx.converter.layers.core import Dense
from keronyx.converter.model import Model
from keronyx.converter.tensors import Variable

CASES = corpus.cases(archive="quantized", expect="ok", where=lambda case: "-k313-keras" in case.id)
LOST = corpus.cases(archive="quantized", where=lambda case: case.keras_version >= "3.14")


def read(case: corpus.Case) -> Model:
    return keronyx.read(corpus.source(case)[0])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_source_code_gives_what_keras_gave(case: corpus.Case) -> None:
    if "mixed" in case.id:
        pytest.skip("source code computes in 32 bits and in 64")
    program: dict[str, Any] = {"__name__": "program"}
    exec(keronyx.code(read(case), "python", double=True), program)  # noqa: S102 - our own code
    (recorded,) = corpus.outputs(case)
    found = np.asarray(program["predict_batch"](*corpus.inputs(case)))
    np.testing.assert_allclose(found.reshape(recorded.shape), recorded, 1e-4, 1e-5)


def test_the_formula_tells_how_the_kernel_is_kept() -> None:
    case = next(case for case in CASES if case.id.startswith("gptq_4-"))
    first = keronyx.formulas(read(case))[0]
    kernel = "transpose((kernel - kernel_zero[:, g_idx]) ⊙ kernel_scale[:, g_idx])"
    assert first.text == f"h1 = relu(x · {kernel} + bias)   (12) → (8)"
    assert "by units" in first.note


@pytest.mark.parametrize("case", LOST, ids=lambda case: case.id)
def test_files_without_zero_points_say_so(case: corpus.Case) -> None:
    with pytest.raises(keronyx.KeronyxError) as caught:
        read(case)
    said = str(caught.value)
    assert "zero points" in said or "of EinsumDense" in said
    assert ("3.12 or 3.13" in said) == ("without its zero points" in said)


def quantized_layer() -> Dense:
    case = next(case for case in CASES if case.id.startswith("gptq_4_order-"))
    layers = read(case).layers
    return next(each for each in layers if isinstance(each, Dense) and each.by_units)


@pytest.mark.parametrize("group", [-1.0, 6.0, np.nan, 1e30])
def test_groups_that_there_are_not(group: float) -> None:
    layer = quantized_layer()
    assert layer.g_idx is not None
    assert sorted(set(layer.groups())) == list(range(6))
    broken = layer.g_idx.load().copy()
    broken[2] = group
    damaged = replace(layer, g_idx=Variable.of(broken, "g_idx"))
    with pytest.raises(WeightError, match=r"other groups than 0 \.\.\. 5"):
        damaged.groups()


def test_a_kernel_of_another_type() -> None:
    layer = quantized_layer()
    other = replace(layer, kernel=Variable.of(layer.kernel.load().astype("float32"), "kernel"))
    with pytest.raises(WeightError, match="kernel is float32, expected uint8"):
        other.infer_shape((None, 12))
