"""What source code cannot have is refused by name, once, and nothing else is."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from cases import CASES, build
from code_programs import (
    NUMBERS,
    PRINTABLE,
    WITHOUT,
)
from layer_case import Builder, alone, layer, tensor

import keronyx
from keronyx.converter.errors import UnsupportedConfigError, UnsupportedLayerError, UsageError
from keronyx.converter.layers.nested import Nested
from keronyx.converter.lower import lower
from keronyx.converter.source import printer

REFUSED: list[tuple[Any, type[keronyx.KeronyxError], str]] = [
    (
        alone(layer("StringLookup", vocabulary=["a"]), tensor("x", 1, dtype="string")),
        UnsupportedLayerError,
        "StringLookup, not in source code",
    ),
    (
        alone(layer("Identity"), tensor("x", None, 3)),
        UnsupportedConfigError,
        r"input 'x' of shape \(\?, \?, 3\); source code needs every size",
    ),
    (
        alone(layer("Identity"), tensor("x", 1, dtype="string")),
        UnsupportedConfigError,
        "input 'x' holds string",
    ),
    (
        alone(layer("Softmax", axis=0), tensor("x", 3)),
        UnsupportedConfigError,
        "axis 0 is the batch; source code computes one row at a time",
    ),
    (
        alone(layer("Masking", dtype="mixed_float16"), tensor("x", 2, 3)),
        UnsupportedConfigError,
        "masking in float16",
    ),
]


@pytest.mark.parametrize(("model", "kind", "words"), REFUSED)
def test_what_source_code_cannot_have_is_refused_by_name(
    model: Any, kind: type[keronyx.KeronyxError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        lower(model)


def test_a_layer_is_refused_once_however_often_it_is_called() -> None:
    x = tensor("x", 1, dtype="string")
    unknown, known = layer("StringLookup", "s", vocabulary=["a"]), layer("Identity", "i")
    build_ = Builder(x)
    y = build_.call(known, build_.call(known, build_.call(unknown, x)))
    model = build_.model(y=y)
    masked = (replace(each, arguments={"mask": x}) for each in model.connections)
    with pytest.raises(UnsupportedLayerError) as caught:
        lower(replace(model, connections=tuple(masked)))
    assert tuple(each[:3] for each in caught.value.layers) == (
        ("s", "StringLookup", "not in source code"),
        ("i", "Identity", "several outputs or named tensors"),
    )


def test_calls_within_a_wrapped_model_are_refused_too() -> None:
    inner = Builder(tensor("u", 3))
    model = inner.model(out=inner.call(layer("Identity", "i"), inner.inputs["u"]))
    masked = (replace(each, arguments={"use_causal_mask": True}) for each in model.connections)
    nested = Nested(name="block", model=replace(model, connections=tuple(masked)))
    with pytest.raises(UnsupportedLayerError, match="several outputs or named tensors"):
        lower(alone(nested, tensor("x", 3)))


def test_statistics_of_the_batch_are_refused() -> None:
    ones: dict[str, Any] = {
        name: np.ones(3, "f") for name in ("gamma", "beta", "running_mean", "running_std")
    }
    made = layer("LegacyBatchNormalization", mode=2, variance=True, **ones)
    with pytest.raises(UnsupportedConfigError, match="mode=2, by the statistics of the batch"):
        lower(alone(made, tensor("x", 3)))


def test_only_strings_and_narrow_masks_are_without_code() -> None:
    for case in CASES:
        if case.name in WITHOUT:
            with pytest.raises(keronyx.KeronyxError):
                lower(build(case, NUMBERS))
    assert len(PRINTABLE) > 150


def test_fixed_batches_of_different_sizes_are_refused() -> None:
    x, y = replace(tensor("x", 3), shape=(2, 3)), replace(tensor("y", 3), shape=(4, 3))
    build_ = Builder(x, y)
    out = build_.call(layer("Identity"), x)
    with pytest.raises(UnsupportedConfigError, match="batches of different sizes"):
        lower(build_.model(a=out, b=y))


def test_a_language_that_there_is_not() -> None:
    with pytest.raises(UsageError, match="no code in language 'cobol'; the languages are c, cpp"):
        printer("cobol")


def test_a_name_that_is_none() -> None:
    with pytest.raises(UsageError, match="the name 'My Net'; as in 'my_net'"):
        lower(alone(layer("Identity"), tensor("x", 3)), name="My Net")
