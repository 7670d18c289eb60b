"""Whole networks in the manner of keras.io's examples: layers and operations of all kinds."""

import corpus_cases as corpus
import pytest
from corpus_cases import Case
from sampling import rank, swept
from test_corpus import compare, read_numpy, read_onnx

import keronyx

NETWORKS = corpus.cases(archive="architectures")


@pytest.mark.parametrize(
    "case", swept(NETWORKS, lambda case: case.id, lambda case: [rank(case.id) % 4], most=2)
)
def test_a_whole_network_gives_what_keras_gave(case: Case) -> None:
    path, weights = corpus.source(case)
    made = keronyx.convert(path, weights=weights)
    assert made.report is not None
    assert made.report.passed
    for answers in (read_numpy(case), read_onnx(case)):
        assert compare(case, answers).words == ""
