"""Every recorded Keras model comes out right, in both readings, or is refused in one clear line."""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any, Literal

import corpus_cases as corpus
import numpy as np
import onnxruntime
import pytest
from corpus_cases import Array, Case
from sampling import sample

import keronyx

pytestmark = pytest.mark.corpus

HOME = {
    "A",
    "B",
    "C",
    "D",
    "F",
    "G",
    "dense",
    "conv",
    "random",
    "recurrent",
    "keras0",
    "S",
    "K",
    "X",
}
TABLE = Path(__file__).with_name("refusals.toml")
REFUSALS: list[dict[str, Any]] = tomllib.loads(TABLE.read_text("utf-8")).get("refusal", [])
ONNX_TYPES = {
    "tensor(bool)": "bool",
    "tensor(double)": "float64",
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(int16)": "int16",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(int8)": "int8",
    "tensor(string)": "object",
    "tensor(uint8)": "uint8",
}
# Of these the recorded numbers are not what the file itself says; the transposed convolution's
# options are told as left out.
UNRECORDED = (
    "hostile_swapped_ext-*",
    "hostile_json_dup_key-*",
    "hostile_zip_duplicate_member-*",
    "convt1d_outpad-k33-*",
)
# Of these the architecture alone is missing: their graph of operations is read.
GRAPHS = ("savedmodel_subclassed-*", "*_errors_subclassed_savedmodel_*")
# Of these Keras's float32 sums overflow on the way; what is left of them depends on their order.
OVERFLOWING = ("act_exponential-*", "extreme_weights-*")


@dataclass(frozen=True)
class Outcome:
    kind: Literal["right", "wrong", "refused", "broken"]
    words: str = ""


def read_numpy(case: Case) -> list[Array]:
    path, weights = corpus.source(case)
    model = keronyx.read(path, weights=weights, activations=corpus.activations(case))
    feeds = dict(zip(model.inputs, corpus.inputs(case), strict=True))
    answers = keronyx.evaluate(model, feeds)
    return [answers[name] for name in model.outputs]


def read_onnx(case: Case) -> list[Array]:
    path, weights = corpus.source(case)
    said = corpus.activations(case)
    made = keronyx.convert(path, weights=weights, activations=said, check=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        made.onnx.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    states = (state.before for state in made.model.states)
    given = (
        *corpus.inputs(case),
        *(np.zeros([size or 0 for size in each.sizes]) for each in states),
    )
    feeds = {
        value.name: array.astype(ONNX_TYPES[value.type])
        for value, array in zip(session.get_inputs(), given, strict=True)
    }
    answers: list[Array] = session.run(None, feeds)
    return answers[: len(made.model.outputs)]


def matches(case: Case, patterns: Iterable[str]) -> bool:
    return any(fnmatch(case.id, pattern) for pattern in patterns)


def differs(case: Case, answer: Array, recorded: Array) -> str:
    """Say how the answer differs from what Keras gave; nothing where it does not."""
    if answer.shape != recorded.shape:
        return f"shape {answer.shape}, Keras gave {recorded.shape}"
    if recorded.dtype.kind == "U":
        return "" if (answer.astype(str) == recorded).all() else "other strings"
    with np.errstate(over="ignore", invalid="ignore"):
        answer = answer.astype(recorded.dtype)
    ours, theirs = answer.astype(np.float64), recorded.astype(np.float64)
    if matches(case, OVERFLOWING):
        ours = np.where(np.isfinite(theirs), ours, theirs)
    largest = np.max(np.abs(theirs), initial=1, where=np.isfinite(theirs))
    atol = case.atol * largest
    if np.allclose(ours, theirs, rtol=case.rtol, atol=atol, equal_nan=True):
        return ""
    with np.errstate(invalid="ignore"):
        error = np.nanmax(np.abs(ours - theirs))
    return f"max |ours - Keras's| = {error:.3g} where |Keras's| reaches {largest:.3g}"


def compare(case: Case, answers: Sequence[Array]) -> Outcome:
    recorded = corpus.outputs(case)
    if len(answers) != len(recorded):
        return Outcome("wrong", f"{len(answers)} outputs, Keras gave {len(recorded)}")
    said = [differs(case, *pair) for pair in zip(answers, recorded, strict=True)]
    words = ", ".join(f"output {index}: {word}" for index, word in enumerate(said) if word)
    return Outcome("wrong", words) if words else Outcome("right")


@cache
def outcome(reading: Callable[[Case], list[Array]], case: Case) -> Outcome:
    try:
        answers = reading(case)
    except keronyx.KeronyxError as error:
        return Outcome("refused", str(error))
    except Exception as error:  # noqa: BLE001 - anything else that comes out is what we look for
        return Outcome("broken", f"{type(error).__name__}: {error}")
    return compare(case, answers)


def outcomes(case: Case) -> tuple[Outcome, Outcome]:
    return outcome(read_numpy, case), outcome(read_onnx, case)


def complaints(cases: Iterable[Case], fault: Callable[[Case, Outcome], bool]) -> list[str]:
    """Return one line for each reading of a case at fault."""
    return [
        f"{case.id} [{name}] {result.kind}: {result.words[:300]}"
        for case in cases
        for name, result in zip(("numpy", "onnx"), outcomes(case), strict=True)
        if fault(case, result)
    ]


def grouped(cases: Iterable[Case]) -> list[Any]:
    """Return a test parameter a family and Keras version, and one for the rest of a sweep."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        kind = "" if case in SAMPLE else "-rest"
        groups.setdefault(f"{case.family}-{case.keras_version}{kind}", []).append(case)
    return [
        pytest.param(group, id=name, marks=pytest.mark.sweep if name.endswith("-rest") else [])
        for name, group in sorted(groups.items())
    ]


def kinds(case: Case) -> Iterator[str]:
    """Yield the groups of which some are taken in every run."""
    yield f"{case.family}-{case.keras_version}-{case.expect}"
    yield case.format
    yield from case.layers


SAMPLE = frozenset(sample(corpus.cases(), lambda case: case.id, kinds, most=2))
"""Some of every family, Keras version, format and layer; the others are behind ``-m sweep``."""


def selected(refusal: dict[str, Any]) -> list[Case]:
    """Return the cases that an entry of refusals.toml speaks of."""
    layers = set(refusal.get("layers", []))
    patterns = refusal.get("cases", [])
    return [
        case for case in FAMILIES_AT_HOME if layers & set(case.layers) or matches(case, patterns)
    ]


FAMILIES_AT_HOME = corpus.cases(expect="ok", where=lambda case: case.family in HOME)
OTHER_FAMILIES = corpus.cases(expect="ok", where=lambda case: case.family not in HOME)
REFUSED = {case for refusal in REFUSALS for case in selected(refusal)}


def may_be_refused(case: Case) -> bool:
    return bool(case.may_refuse or case.hints) or case in REFUSED


@pytest.mark.parametrize("group", grouped(FAMILIES_AT_HOME))
def test_families_at_home_are_right(group: list[Case]) -> None:
    found = complaints(
        group,
        lambda case, result: (
            result.kind != "right"
            and not (result.kind == "refused" and may_be_refused(case))
            and not matches(case, UNRECORDED)
        ),
    )
    assert not found, "\n".join([f"{len(found)} complaints", *found])


IN_SPACE = [case for case in FAMILIES_AT_HOME if case.family in {"B", "conv"}]


@pytest.mark.parametrize("group", grouped(IN_SPACE))
def test_layers_over_space_pass_the_check(group: list[Case]) -> None:
    """Random rows, odd ones among them where both readings make the same of these."""
    for case in group:
        path, weights = corpus.source(case)
        if not may_be_refused(case):
            assert keronyx.convert(path, weights=weights).report is not None, case.id


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.sweep)])
@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal["reason"][:60])
def test_every_listed_refusal_is_still_true(refusal: dict[str, Any], *, whole: bool) -> None:
    every = selected(refusal)
    assert every, "no such case"
    cases = every if whole else sample(every, lambda case: case.id, lambda case: [case.family])
    passing = [
        case.id for case in cases if all(result.kind == "right" for result in outcomes(case))
    ]
    assert not passing, f"no longer refused, take them off {TABLE.name}: {passing}"


@pytest.mark.parametrize("group", grouped(OTHER_FAMILIES))
def test_other_families_are_right_or_refused(group: list[Case]) -> None:
    found = complaints(group, lambda _, result: result.kind not in {"right", "refused"})
    assert not found, "\n".join([f"{len(found)} complaints", *found])


@pytest.mark.parametrize("group", grouped(corpus.cases(expect="error")))
def test_broken_files_are_refused_in_one_line(
    group: list[Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = complaints(group, lambda case, result: not well_refused(case, result))
    assert not found, "\n".join([f"{len(found)} complaints", *found])
    assert list(tmp_path.iterdir()) == []


WEIGHTS_ALONE = corpus.cases(where=lambda case: case.format in {"h5w_only", "wh5_only"})


@pytest.mark.parametrize("case", WEIGHTS_ALONE, ids=lambda case: case.id)
def test_weights_alone_are_right_once_the_activations_are_said(case: Case) -> None:
    path, _ = corpus.source(case)
    model = keronyx.read(path, activations=["relu", "relu", "linear"])
    answers = keronyx.evaluate(model, corpus.inputs(case)[0])
    assert compare(case, list(answers.values())) == Outcome("right")


def well_refused(case: Case, result: Outcome) -> bool:
    if result.kind == "refused":
        return bool(result.words) and result.words.isprintable()
    if matches(case, GRAPHS):
        return result.kind == "right"
    return bool(case.may_refuse) and (result.kind == "right" or matches(case, UNRECORDED))
