"""Programs to print as source code: of the trained nets, the single layers and the corpus."""

import builtins
import keyword
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import corpus_cases as corpus
import numpy as np
import pytest
from code_native import trained
from code_programs import NUMBERS, PRINTABLE, SAMPLED, WINDOWED, with_rows
from layer_case import Builder, build, inputs_of, layer, tensor
from random_programs import random_program
from sampling import sample
from test_corpus import FAMILIES_AT_HOME, OVERFLOWING, matches, may_be_refused

import keronyx
from keronyx.coding import record
from keronyx.converter.lower import lower
from keronyx.converter.model import Model
from keronyx.converter.program.language import Program
from keronyx.converter.tensors import Array

MODELS = Path(__file__).resolve().parents[1] / "models"
NARROW = {"float16", "bfloat16"}

EVERY = 3
"""One in so many of the corpus becomes source code in a sweep."""

in_part = pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.sweep)])
"""Tests take a part in every run, and the whole in a sweep."""

NOT_PRINTED = {"B", "conv"}
OLDER = {"CuDNNGRU", "CuDNNLSTM", "GroupedQueryAttention"}
"""Other names of layers without source code."""
"""Families of the corpus that source code refuses by name."""

HOSTILE = (
    "*/ throw 1; /*",
    '"""\nimport nothing\n"""',
    "'''",
    "two\r\nlines // \n#if 0\n#endif",
    "back\\slash\\",
    "\\u002a/ \\N{BULLET}",
    "</script><!-- x --> ]]>",
    "größe ☃ \U0001d4b3 \u2028 \ud800",
    "class",
    "np",
    "rows",
    "scratch_0",
    "kx_i",
    "i",
    "r",
    "t0",
    "console",
    "rowSums",
    "System",
    "Predict",
    "${process.exit(9)} `",
    '@"{0}" $"{1}" %s',
    "\x00\x7f\x1b[2J",
    "__proto__",
    "",
    "a" * 300,
)
"""Names that would be something else in a source file."""

WORDS = """
abstract alignas alignof and and_eq arguments as asm async auto await base bitand bitor bool break
byte case catch char char16_t char32_t char8_t checked class co_await co_return co_yield compl
complex concept const const_cast consteval constexpr constinit continue debugger decimal decltype
default delegate delete do double dynamic dynamic_cast else enum eval event explicit export extends
extern false field file finally fixed float for foreach friend from function get global goto if
imaginary implements implicit import in init inline instanceof int interface internal is let lock
long managed module mutable nameof namespace native new noexcept noreturn not not_eq notnull null
nullptr object operator or or_eq out override package params partial private protected public
readonly record ref register reinterpret_cast remove required requires restrict return sbyte scoped
sealed select set short signed sizeof stackalloc static static_assert static_cast string struct
super switch template this thread_local throw true try typedef typeid typename typeof uint ulong
unchecked undefined union unmanaged unsafe unsigned ushort using value var virtual void volatile
wchar_t when where while with xor xor_eq yield
int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t size_t ptrdiff_t exp expf tanh
tanhf log logf sqrt sqrtf fabs fabsf erf erff memcpy memcmp memset printf fopen stdin stdout stderr
main argc argv errno linux unix std math numpy np predict predict_batch selftest row rows weights
workspace data size load detail keronyx a b c i j k l m n o p q r s t w x y z v0 t0 index n0 bytes
file found largest wrong code file_bytes console process fetch atob window document module exports
require globalthis int infinity nan infinity_ inf system console math array decode work program
"""
"""Keywords of all languages, and what their libraries and our own files call things."""


def recorded(
    model: Model, inputs: Sequence[Array], outputs: Sequence[Array], name: str
) -> Program | None:
    """Return a program with what Keras answered; None where source code cannot have the model."""
    try:
        program = lower(model, name=name)
    except keronyx.KeronyxError:
        return None
    narrow = any(each.dtype.compute in NARROW for each in model.layers)
    rtol = 2e-2 if narrow else 1e-4
    finite = [array[np.isfinite(array)] for array in outputs]
    largest = max(float(np.max(np.abs(array), initial=1)) for array in finite)
    return with_rows(program, inputs, outputs, (rtol, rtol * largest / 10))


def _nets() -> Iterator[tuple[str, Model, Sequence[Array], Sequence[Array]]]:
    for folder in sorted(MODELS.iterdir()):
        if folder.is_dir() and folder.name[0] not in "._":
            model = trained(folder)
            with np.load(folder / "recorded.npz") as arrays:
                given = [arrays[key] for key in arrays if key.startswith("in_")]
                expected = [arrays[key] for key in arrays if key.startswith("out_")]
            yield folder.name, model, given, expected


def _layers() -> Iterator[tuple[str, Model, Sequence[Array], Sequence[Array]]]:
    for case in PRINTABLE:
        yield case.name, build(case, NUMBERS), inputs_of(case), [NUMBERS[f"{case.name}/out"]]


def chosen(*, whole: bool = False) -> list[corpus.Case]:
    """Return the cases of the corpus that are to become source code: some of every kind, or all."""
    return candidates() if whole else sample(candidates(), lambda case: case.id, _kinds, most=1)


def _kinds(case: corpus.Case) -> list[str]:
    return [*case.layers, case.format, f"{case.family} {case.keras_version}"]


@cache
def candidates() -> list[corpus.Case]:
    some = [each for each in FAMILIES_AT_HOME if each.family not in NOT_PRINTED][::EVERY]
    at_home = [each for each in some if not each.id.startswith("x_")]  # layers are lost there
    plain = [each for each in at_home if not (WINDOWED | OLDER) & set(each.layers)]
    return [each for each in plain if not (may_be_refused(each) or matches(each, OVERFLOWING))]


def _corpus(*, whole: bool) -> Iterator[tuple[str, Model, Sequence[Array], Sequence[Array]]]:
    for case in chosen(whole=whole):
        path, weights = corpus.source(case)
        model = keronyx.read(path, weights=weights, activations=corpus.activations(case))
        yield case.id, model, corpus.inputs(case), corpus.outputs(case)


@cache
def programs(*, whole: bool = False) -> Mapping[str, Program]:
    """Return programs by the name of their case; they call themselves case_N."""
    found = dict(nets())
    for name, model, given, expected in (*_layers(), *_corpus(whole=whole)):
        program = recorded(model, given, expected, f"case_{len(found)}")
        if program is not None:
            found[name] = program
    return found


@cache
def nets() -> Mapping[str, Program]:
    """Return the programs of the trained nets."""
    found: dict[str, Program] = {}
    for name, model, given, expected in _nets():
        program = recorded(model, given, expected, f"case_{len(found)}")
        if program is not None:
            found[name] = program
    return found


@cache
def doubles(*, whole: bool = False) -> Mapping[str, Program]:
    """Return single layers computed in double, with what the NumPy reading gives."""
    found = {}
    for case in PRINTABLE if whole else SAMPLED:
        model = build(case, NUMBERS)
        program = lower(model, double=True)
        found[f"{case.name} in double"] = replace(program, vectors=record(model, program))
    return {name: program for name, program in found.items() if program.vectors is not None}


def hostile(name: str, **more: str) -> Program:
    """Return the program of a net in which everything is called the same, unless said otherwise."""
    rng = np.random.default_rng(0)

    def weights(*shape: int) -> Array:
        return rng.standard_normal(shape).astype(np.float32)

    net = Builder(tensor("a", 3), tensor("b", 3))
    dense = [
        layer("Dense", name, units=3, activation="softmax", kernel=weights(3, 3), bias=weights(3))
        for _ in range(2)
    ]
    made = [net.call(each, x) for each, x in zip(dense, net.inputs.values(), strict=True)]
    both = net.call(layer("Concatenate", name), *made)
    ids = net.call(layer("Dense", name, units=2, activation="gelu", kernel=weights(6, 2)), both)
    model = net.model(a=both, b=ids)
    model = replace(
        model,
        name=more.get("model", name),
        source=name or "file",
        keras_version=name,
        inputs=dict(zip((name, f"{name} "), model.inputs.values(), strict=True)),
        outputs=dict(zip((f"{name}  ", f"{name}   "), model.outputs.values(), strict=True)),
    )
    given = [weights(4, 3), weights(4, 3)]
    answers = keronyx.evaluate(model, dict(zip(model.inputs, given, strict=True)))
    return with_rows(lower(model), given, list(answers.values()))


def keywords() -> Program:
    """Return the program of a net whose inputs are called like the words of every language."""
    words = sorted({*WORDS.split(), *keyword.kwlist, *keyword.softkwlist, *dir(builtins)})
    net = Builder(*(tensor(word, 2) for word in words))
    added = net.call(layer("Add", "while"), *net.inputs.values())
    rng = np.random.default_rng(1)
    kernel = rng.standard_normal((2, 3)).astype(np.float32)
    made = net.call(layer("Dense", "for", units=3, activation="softmax", kernel=kernel), added)
    model = net.model(**{"return": made, "class": added})
    given = [rng.standard_normal((3, 2)).astype(np.float32) for _ in words]
    answers = keronyx.evaluate(model, dict(zip(model.inputs, given, strict=True)))
    return with_rows(lower(model, name="net"), given, list(answers.values()))


def drawn(*, whole: bool) -> Iterator[tuple[str, Program]]:
    """Yield random programs by their seeds."""
    for seed in range(80 if whole else 20):
        yield f"seed {seed}", random_program(seed, "net")


def corrupted(program: Program) -> Program:
    """Return the program with one recorded number that is not what it computes."""
    assert program.vectors is not None
    outputs = [array.copy() for array in program.vectors.outputs]
    outputs[-1][-1, -1] += 1
    return replace(program, vectors=replace(program.vectors, outputs=tuple(outputs)))
