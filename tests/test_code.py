"""The little language: what layers become, what is refused, and what is written."""

import zlib
from pathlib import Path

import corpus_cases as corpus
import numpy as np
import pytest
from catalogue import LAYERS
from code_programs import (
    WINDOWED,
    broken_rules,
    cases_model,
    merged,
)
from emitting import batch_norm, chain, dense
from layer_case import Builder, alone, layer, tensor

import keronyx
from keronyx.coding import print_code, record
from keronyx.converter.errors import UsageError
from keronyx.converter.lower import lower, lower_layer
from keronyx.converter.program.expressions import Call
from keronyx.converter.program.language import Options, Program
from keronyx.converter.program.names import RESERVED, Names, identifier
from keronyx.converter.program.statements import Comment, Fold, Map, Product
from keronyx.converter.program.walking import walk
from keronyx.converter.program.weights import ALIGNMENT, HEADER, pack
from keronyx.converter.source import PRINTERS, printer
from keronyx.converter.source.texts import comment_text

MODELS = Path(__file__).resolve().parents[1] / "models"
DIABETES = MODELS / "diabetes-33" / "diabetes-33.h5"
OUTSIDE = {"StringLookup", "TextVectorization", *WINDOWED}
"""Layers without source code: strings need memory that grows, and windows loops of their own."""


def kinds(program: Program) -> list[str]:
    return [type(each).__name__ for each in program.statements if not isinstance(each, Comment)]


def test_every_other_layer_is_lowered() -> None:
    ours = (kind for kind in lower_layer.registry if kind.__module__.startswith("keronyx."))
    known = {kind.__name__ for kind in ours}
    assert set(LAYERS) - known == OUTSIDE


@pytest.mark.parametrize("double", [False, True])
def test_programs_keep_the_rules_of_the_language(double: bool) -> None:  # noqa: FBT001
    assert list(broken_rules(lower(cases_model(), double=double))) == []


@pytest.mark.corpus
def test_programs_of_the_corpus_keep_the_rules() -> None:
    found = {}
    for case in corpus.cases(archive="dense", expect="ok")[::9]:
        path, weights = corpus.source(case)
        try:
            program = lower(keronyx.read(path, weights, activations=corpus.activations(case)))
        except keronyx.KeronyxError:
            continue
        found[case.id] = list(broken_rules(program))
    assert len(found) > 100
    assert not {key: rules for key, rules in found.items() if rules}


def test_what_follows_a_dense_is_done_in_its_loop() -> None:
    relu = layer("ReLU", "relu")
    layers = [dense(4, 3, "a"), batch_norm(4), relu, layer("Dropout", "drop"), dense(2, 4, "b")]
    program = lower(chain(tensor("x", 3), layers))
    assert kinds(program) == ["Product", "Product"]
    assert len(program.scratch) == 1
    texts = [each.text for each in program.statements if isinstance(each, Comment)]
    assert texts == [
        "a (Dense)",
        "bn (BatchNormalization)",
        "relu (ReLU)",
        "drop (Dropout)",
        "b (Dense)",
    ]


def test_reshaping_copies_nothing() -> None:
    shapes = [layer("Reshape", "r", target_shape=[2, 6]), layer("Permute", "p", dims=[2, 1])]
    program = lower(chain(tensor("x", 3, 4), [*shapes, layer("ReLU", "relu")]))
    assert kinds(program) == ["Map"]
    assert program.scratch == ()


def test_concatenate_is_written_in_place() -> None:
    x, y = tensor("x", 3), tensor("y", 2)
    build_ = Builder(x, y)
    parts = [build_.call(dense(4, 3, "a"), x), build_.call(dense(5, 2, "b"), y)]
    program = lower(build_.model(out=build_.call(layer("Concatenate", "c"), *parts)))
    assert kinds(program) == ["Product", "Product"]
    assert program.scratch == ()


def test_memory_is_used_again() -> None:
    program = lower(chain(tensor("x", 8), [dense(8, 8, f"d{n}") for n in range(6)]))
    assert [buffer.size for buffer in program.scratch] == [8, 8]


def test_an_output_may_be_an_input_or_another_output() -> None:
    x = tensor("x", 3)
    build_ = Builder(x)
    y = build_.call(dense(2, 3), x)
    program = lower(build_.model(same=x, first=y, second=y))
    assert len({port.buffer for port in program.outputs}) == 3
    assert list(broken_rules(program)) == []


def test_shared_steps_are_computed_once() -> None:
    program = lower(alone(layer("Activation", activation="mish"), tensor("x", 5)))
    (statement,) = (each for each in program.statements if isinstance(each, Map))
    calls = [part for step in statement.steps for part in walk(step) if isinstance(part, Call)]
    assert sorted(call.function for call in calls) == ["abs", "exp", "log1p", "neg", "tanh"]


def test_time_distributed_is_one_more_loop() -> None:
    inner = {"class_name": "Dense", "config": {"units": 2}}
    weights = {"layer/kernel": np.ones((3, 2), "f"), "layer/bias": np.ones(2, "f")}
    from layer_case import describe  # noqa: PLC0415

    made = describe("TimeDistributed", {"layer": inner}, weights)
    program = lower(alone(made, tensor("x", 7, 3)))
    (statement,) = (each for each in program.statements if isinstance(each, Product))
    assert (statement.rows, statement.inputs, statement.units) == (7, 3, 2)


def test_softmax_is_four_loops() -> None:
    program = lower(alone(layer("Softmax"), tensor("x", 5)))
    assert kinds(program) == ["Fold", "Map", "Fold", "Map"]
    assert [each.operator for each in program.statements if isinstance(each, Fold)] == [
        "max",
        "sum",
    ]


def test_programs_are_the_same_every_time() -> None:
    model = keronyx.read(DIABETES)
    for language in PRINTERS:
        first, second = (print_code(model, language, Options()).text for _ in range(2))
        assert first == second


def test_memory_is_shared_alike_wherever_objects_lie() -> None:
    model = keronyx.read(MODELS / "iris" / "iris.h5")
    programs = [lower(model) for _ in range(20)]
    assert len({printer("c")(program, Options()) for program in programs}) == 1


def test_names_are_identifiers_in_every_language() -> None:
    names = Names(["net"])
    found = [names.unique(text, "x") for text in ("a/b", "a b", "A_b", "", "7up", "for", "kx_a")]
    assert found == ["a_b", "a_b_2", "a_b_3", "x", "x_7up", "x_for", "x_kx_a"]
    assert identifier("ünïcode ☃") == "unicode"
    assert identifier("☃", "model") == "model"
    assert not {identifier(word) for word in RESERVED} & RESERVED
    assert len(identifier("n" * 500)) < 60


@pytest.mark.parametrize(
    "text", ["*/", "/*", "\\", "a\nb", '"', "`${x}`", "??/", "\x00", "☃", "'''"]
)
def test_comments_cannot_be_left(text: str) -> None:
    said = comment_text(f"a{text}b")
    assert said.isascii()
    assert said.isprintable()
    assert not any(mark in said for mark in ("*/", "/*", "\\", '"', "`", "${", "?", "'''"))


def test_weights_are_packed_with_a_checksum() -> None:
    program = lower(keronyx.read(DIABETES))
    packed = pack(program)
    assert packed.data[:4] == b"KXW1"
    assert packed.checksum == zlib.crc32(packed.data[HEADER:])
    assert int.from_bytes(packed.data[8:16], "little") == len(packed.data)
    for constant in program.constants:
        start = packed.offsets[constant.name]
        assert start % ALIGNMENT == 0
        found = np.frombuffer(packed.data, "<f4", constant.size, start)
        np.testing.assert_array_equal(found, constant.values.ravel())


def test_recorded_rows_are_finite_and_within_reach_of_float() -> None:
    twice = [layer("Activation", name, activation="exponential") for name in ("a", "b")]
    model = chain(tensor("x", 30), twice)
    vectors = record(model, lower(model))
    assert vectors is not None
    assert 0 < vectors.rows < 12
    assert all(np.isfinite(array).all() for array in vectors.outputs)


def test_nothing_is_recorded_where_nothing_is_finite() -> None:
    kernel = np.full((3, 2), np.nan, "f")
    model = alone(layer("Dense", units=2, use_bias=False, kernel=kernel), tensor("x", 3))
    assert record(model, lower(model)) is None


def test_code_in_python() -> None:
    text = keronyx.code(DIABETES, "c")
    assert "int diabetes_33_predict(const float *restrict features" in text
    named = keronyx.code(keronyx.read(DIABETES), "cpp", name="net", double=True)
    assert "namespace keronyx::net {" in named
    assert "double *__restrict" in named


def test_pure_is_for_python() -> None:
    with pytest.raises(UsageError, match="pure code in c"):
        keronyx.code(DIABETES, "c", pure=True)


def test_many_inputs_are_combined_a_few_at_a_time() -> None:
    build_ = Builder(*(tensor(f"x{number}", 2) for number in range(2000)))
    total = build_.call(layer("Average", "a"), *build_.inputs.values())
    program = lower(build_.model(y=build_.call(layer("Maximum", "m"), total, total)))
    for language in PRINTERS:
        assert len(printer(language)(program, Options())) > 10_000


def test_models_side_by_side_are_one_program() -> None:
    model = merged([keronyx.read(DIABETES)] * 2)
    program = lower(model)
    assert len(program.outputs) == 2
    assert list(broken_rules(program)) == []
