"""What a layer means by the version that wrote it: shapes, dtypes and refusals."""

import json
from fnmatch import fnmatch
from typing import Any

import corpus_cases as corpus
import pytest
from corpus_cases import Case

import keronyx
from keronyx.converter.dialect.casts import cast_of
from keronyx.converter.dialect.tables import of_version
from keronyx.converter.dialect.version import version_of
from keronyx.converter.layers.base import LAYERS
from keronyx.converter.layers.mixing import promote

RECORDED = corpus.cases(archive="versions")
CUT = (
    "ln_int-k3.11.*",
    "gn_int-*",
    "spectral_int-k3*",
    "spectral_embedding-k3*",
    "ln_int-k3.15.1-*",
)
WIDE = ("relu_[148]_int-*", "average_uint8-*")


def matching(*patterns: str) -> list[Any]:
    found = [case for case in RECORDED if any(fnmatch(case.id, each) for each in patterns)]
    return [pytest.param(case, id=case.id) for case in found]


def gives(case: Case) -> Any:
    """Return the dtype of what Keras gave."""
    return json.loads((case.folder / "case.json").read_text("utf-8"))["extra"]["gives"]


def read(case: Case) -> keronyx.Model:
    path, weights = corpus.source(case)
    return keronyx.read(path, weights=weights)


SHAPED = [each for each in matching("*one_hot*") if not fnmatch(each.id, "discretization*-json*")]


@pytest.mark.parametrize("case", SHAPED)
def test_one_hot_has_the_shape_of_its_version(case: Case) -> None:
    (output,) = read(case).outputs.values()
    (recorded,) = corpus.outputs(case)
    assert output.sizes == (None, *recorded.shape[1:])


def test_one_hot_was_recorded_on_both_sides_of_the_change() -> None:
    ranks = {
        (case.keras_version, case.format): corpus.outputs(case)[0].ndim
        for case in RECORDED
        if case.id.startswith("encoding_one_hot_column-")
    }
    kept = {key for key, rank in ranks.items() if rank == 3}
    assert kept == {("3.0.5", "keras"), ("3.3.3", "keras"), ("3.3.3", "json_wh5")}
    assert {("2.15.0", "h5"), ("3.4.0", "keras"), ("3.4.0", "json_wh5")} <= set(ranks) - kept


@pytest.mark.parametrize("case", matching("discretization_int_row-*", "*_int8-*"))
def test_integers_have_the_dtype_of_their_version(case: Case) -> None:
    (output,) = read(case).outputs.values()
    assert output.dtype == gives(case)


@pytest.mark.parametrize("case", matching("discretization_one_hot_*-json_wh5"))
def test_one_hot_of_a_version_that_is_not_told_is_refused(case: Case) -> None:
    with pytest.raises(keronyx.KeronyxError, match="does not tell the version"):
        read(case)


@pytest.mark.parametrize("case", matching(*CUT))
def test_what_keras_cuts_to_whole_numbers_is_refused(case: Case) -> None:
    with pytest.raises(keronyx.KeronyxError, match="cuts the output to whole numbers"):
        read(case)


@pytest.mark.parametrize("case", matching(*WIDE))
def test_what_integers_cannot_hold_is_refused(case: Case) -> None:
    with pytest.raises(keronyx.KeronyxError, match="give the model a float input"):
        read(case)


def test_a_cast_to_a_floating_dtype_is_read_and_no_other_operation() -> None:
    found = cast_of("cast", "Cast", {"dtype": "float16"})
    assert found is not None
    assert (found.config["target"], found.dtype.compute) == ("float16", "float16")
    assert cast_of("cast", "Cast", {"dtype": "int32"}) is None
    assert cast_of("cast", "Cast", {"dtype": "float16", "mode": "up"}) is None
    assert cast_of("exp", "Exp", {"dtype": "float16"}) is None


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("batch_shape",), (3, 0, 0)),
        (("batch_shape", "FloatDTypePolicy"), (3, 4, 0)),
        (("batch_shape", "DTypePolicy"), (3, 4, 0)),
        (("batch_shape", "DTypePolicy", "ragged"), (3, 9, 0)),
        (("batch_shape", "DTypePolicy", "ragged", "optional"), (3, 13, 0)),
        (("batch_input_shape", "ragged", "units"), (2, 0, 0)),
    ],
)
def test_words_tell_the_oldest_version_that_writes_them(words: Any, parts: Any) -> None:
    config = {"class_name": "Sequential", "config": dict.fromkeys(words)}
    assert version_of(None, config).parts == parts


def test_a_version_that_is_not_stated_is_no_reason_to_trust_integers() -> None:
    kind = LAYERS["LayerNormalization"]
    config = {"class_name": "Sequential", "config": {"batch_shape": None}}
    assert of_version(kind, version_of(None, config)) == {"cuts_integers": True}
    assert of_version(kind, version_of("3.10.0", config)) == {"cuts_integers": False}
    assert of_version(kind, version_of("2.15.0", config)) == {"cuts_integers": False}


@pytest.mark.parametrize(
    ("dtypes", "together"),
    [
        ("uint8 int8", "int16"),
        ("int8 uint16", "int32"),
        ("uint8 int16", "int16"),
        ("uint32 int32", "int64"),
        ("uint8 uint16", "uint16"),
        ("bool uint8", "uint8"),
        ("uint64 int8", "float32"),
        ("float16 bfloat16", "float32"),
        ("int64 float16", "float16"),
    ],
)
def test_dtypes_meet_where_they_do_in_keras(dtypes: str, together: str) -> None:
    assert promote(dtypes.split()) == together
