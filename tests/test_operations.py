"""Operations between the layers of a graph: Keras's own numbers, dtypes and refusals."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import corpus_cases as corpus
import pytest
from corpus_cases import Case
from emitting import run
from sampling import swept
from test_corpus import compare, read_numpy, read_onnx
from witnesses import Witness, of_saved_operations

import keronyx
from keronyx.converter.dialect.tables import operations
from keronyx.converter.emit import emit
from keronyx.converter.layers.promotion import result_type

PROMOTED = json.loads((Path(__file__).parent / "operations/promotion.json").read_text("utf-8"))
CASES = [
    case
    for archive in ("operations", "functions")
    for case in corpus.cases(archive=archive, expect="ok")
]
REFUSED = {
    "opk_rot90_1-k3-keras": "half a turn of unequal sides is another thing on each of the backends",
}
"""What is refused although Keras ran it, and why."""
LAYERS = {"InputLayer", "Functional"}


def is_ours(case: Case) -> bool:
    """Tell a case of which every operation is in the tables."""
    return bool(operations().keys() >= {*case.layers} - LAYERS)


def kinds(case: Case) -> Iterator[Any]:
    """Yield the class of ours that each operation is, of which some are taken in every run."""
    yield from (operations()[name].kind for name in case.layers if name in operations())


OURS = [case for case in CASES if is_ours(case)]
OTHERS = [case for case in CASES if not is_ours(case)]


@pytest.mark.parametrize("dtypes", PROMOTED)
def test_dtypes_are_promoted_as_keras_does(dtypes: str) -> None:
    assert result_type(*dtypes.split()) == PROMOTED[dtypes]


@pytest.mark.parametrize("case", swept(OURS, lambda case: case.id, kinds, most=4))
def test_both_readings_give_what_keras_gave(case: Case) -> None:
    recorded = corpus.outputs(case)
    try:
        readings = [read_numpy(case), read_onnx(case)]
    except keronyx.UnsupportedConfigError:
        assert case.may_refuse or case.id in REFUSED
        return
    for answers in readings:
        assert compare(case, answers).words == ""
        for answer, wanted in zip(answers, recorded, strict=True):
            assert wanted.dtype.kind == "U" or answer.dtype == wanted.dtype


@pytest.mark.parametrize("witness", [*of_saved_operations()], ids=lambda witness: witness.name)
def test_odd_numbers_doubles_and_integers_are_as_keras_has_them(witness: Witness) -> None:
    graph = emit(witness.model)
    readings = keronyx.evaluate(witness.model, witness.inputs).values(), run(graph, *witness.inputs)
    for found in map(list, readings):
        assert [each.dtype for each in found] == [each.dtype for each in witness.wanted]
        assert witness.agrees(found)


def test_the_check_looks_into_a_tensor_at_places_that_there_are() -> None:
    """Places are inputs of the model here, of which the check draws any number otherwise."""
    (case,) = (case for case in CASES if case.id == "opk_take_along_axis_2-k3-keras")
    path, _ = corpus.source(case)
    assert keronyx.convert(path).report is not None


@pytest.mark.parametrize("case", swept(OTHERS, lambda case: case.id, lambda _: [""], most=20))
def test_other_operations_are_refused_by_name(case: Case) -> None:
    outcome = read_or_refused(case)
    assert case.may_refuse or outcome in ("", "refused")


def read_or_refused(case: Case) -> str:
    """Return what else an error says than that layers are not supported."""
    path, weights = corpus.source(case)
    try:
        keronyx.read(path, weights=weights)
    except keronyx.UnsupportedLayerError:
        return "refused"
    except keronyx.KeronyxError as error:
        return str(error)
    return ""
