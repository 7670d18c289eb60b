"""C and C++ that keronyx prints: compiled by gcc and g++, run, and compared with Keras."""

import re
import shutil
import subprocess
import time
import tomllib
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import corpus_cases as corpus
import numpy as np
import pytest
from cases import Case
from code_programs import (
    GCC,
    GPP,
    NUMBERS,
    PRINTABLE,
    SANITIZED,
    STRICT,
    Library,
    cases_model,
    cases_rows,
    compiled,
    executed,
    merged,
    with_rows,
)
from emitting import chain, dense, numbers
from layer_case import Builder, alone, layer, tensor
from test_corpus import UNRECORDED, differs, matches

import keronyx
from keronyx.coding import print_code, record
from keronyx.converter.code import Options, Program, lower, printer
from keronyx.converter.code.weights import pack
from keronyx.converter.model import Array, Model

pytestmark = pytest.mark.skipif(not (GCC and GPP), reason="gcc and g++ are not installed")

MODELS = Path(__file__).resolve().parents[1] / "models"
FOLDERS = sorted(path for path in MODELS.iterdir() if path.is_dir() and path.name[0] not in "._")
FLAGS = {
    "O2": ["-O2"],
    "O3": ["-O3", "-march=native"],
    "sanitized": SANITIZED,
}
SUFFIX = {"c": "net.c", "cpp": "net.hpp"}
ROWS = 9
"""A whole block of rows and one more."""


@cache
def trained(folder: Path) -> Model:
    card = tomllib.loads((folder / "card.toml").read_text(encoding="utf-8"))
    return keronyx.read(*(str(folder / name) for name in card["sha256"]))


def recorded(folder: Path) -> tuple[list[Array], list[Array]]:
    with np.load(folder / "recorded.npz") as arrays:
        given = [arrays[name] for name in arrays if name.startswith("in_")]
        return given, [arrays[name] for name in arrays if name.startswith("out_")]


def printed(program: Program, language: str, place: Path, weights_file: str | None = None) -> Path:
    """Write a program and return the file."""
    path = place / SUFFIX[language]
    path.write_text(printer(language)(program, Options(weights_file=weights_file)))
    if weights_file:
        (place / weights_file).write_bytes(pack(program).data)
    return path


def library(program: Program, place: Path, *flags: str) -> Library:
    path = printed(program, "c", place)
    return Library(program, compiled(path, "c", *flags, "-fPIC", "-shared", output="net.so"))


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("language", ["c", "cpp"])
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_trained_nets_give_what_keras_recorded(
    folder: Path, language: str, flags: str, tmp_path: Path
) -> None:
    # The weights in a file and double precision take turns with the plain form.
    double, weights = flags == "sanitized", "net.bin" if flags == "O2" else None
    program = with_rows(lower(trained(folder), double=double), *recorded(folder))
    source = printed(program, language, tmp_path, weights)
    made = compiled(source, language, "-DKERONYX_SELFTEST", *FLAGS[flags])
    code, said = executed(made, *([str(tmp_path / weights)] if weights else []))
    assert (code, ": right" in said) == (0, True), said


GROUPS = 6
"""Single layers go into several programs: what a compiler does grows faster than they do."""


@pytest.mark.parametrize("group", range(GROUPS))
@pytest.mark.parametrize(("language", "flags"), [("c", "sanitized"), ("cpp", "O2")])
def test_single_layers_pass_their_selftest(
    language: str, flags: str, group: int, tmp_path: Path
) -> None:
    exact = [case for case in PRINTABLE if "16" not in case.config.get("dtype", "")]
    chosen = exact[group::GROUPS]
    program = with_rows(lower(cases_model(chosen)), *cases_rows(ROWS, chosen))
    source = printed(program, language, tmp_path)
    code, said = executed(compiled(source, language, "-DKERONYX_SELFTEST", *FLAGS[flags]))
    assert code == 0, said


@pytest.mark.parametrize("group", range(GROUPS))
@pytest.mark.parametrize("double", [False, True])
def test_single_layers_give_what_keras_gave(
    double: bool,  # noqa: FBT001
    group: int,
    tmp_path: Path,
) -> None:
    chosen = PRINTABLE[group::GROUPS]
    flags = FLAGS["O2"] if double else FLAGS["O3"]
    made = library(lower(cases_model(chosen), double=double), tmp_path, *flags)
    inputs, outputs = cases_rows(ROWS, chosen)
    for batch in (True, False):
        found = made.predict(inputs, ROWS, batch=batch)
        pairs = zip(chosen, found, outputs, strict=True)
        assert not [case.name for case, ours, keras in pairs if not _alike(case, ours, keras)]


def _alike(case: Case, ours: Array, keras: Array) -> bool:
    rtol, atol = (1e-2, 1e-2) if "16" in case.config.get("dtype", "") else (1e-4, 1e-5)
    theirs = keras.astype(np.float64)
    near = np.allclose(ours.astype(np.float64), theirs, rtol=rtol, atol=atol, equal_nan=True)
    return ours.shape == keras.shape and near


def test_every_single_layer_has_its_own_numbers() -> None:
    assert {case.layer for case in PRINTABLE} >= {"Dense", "EinsumDense", "Embedding", "Dot"}
    assert all(f"{case.name}/out" in NUMBERS for case in PRINTABLE)


SAMPLE = 10
"""One of so many recorded models of the corpus is compiled."""


@cache
def corpus_models() -> tuple[tuple[corpus.Case, Model], ...]:
    found = []
    for case in corpus.cases(archive="dense", expect="ok")[::SAMPLE]:
        path, weights = corpus.source(case)
        try:
            model = keronyx.read(path, weights, activations=corpus.activations(case))
            lower(model)
        except keronyx.KeronyxError:
            continue
        if not matches(case, UNRECORDED):
            found.append((case, model))
    return tuple(found)


@pytest.mark.corpus
@pytest.mark.parametrize("group", range(GROUPS))
def test_models_of_the_corpus_give_what_keras_recorded(group: int, tmp_path: Path) -> None:
    chosen = corpus_models()[group::GROUPS]
    assert len(chosen) > 20
    made = library(lower(merged([model for _, model in chosen])), tmp_path, "-O1")
    rows = max(len(array) for case, _ in chosen for array in corpus.inputs(case))
    inputs = [_repeated(array, rows) for case, _ in chosen for array in corpus.inputs(case)]
    found = made.predict(inputs, rows)
    recorded_ = [(case, array) for case, _ in chosen for array in corpus.outputs(case)]
    pairs = zip(recorded_, found, strict=True)
    said = [(case.id, differs(case, ours[: len(keras)], keras)) for (case, keras), ours in pairs]
    assert not [each for each in said if each[1]]


def _repeated(array: Array, rows: int) -> Array:
    return array[np.arange(rows) % len(array)]


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_selftest_fails_for_a_wrong_number(language: str, tmp_path: Path) -> None:
    folder = MODELS / "diabetes-33"
    inputs, outputs = recorded(folder)
    outputs[0][3] *= 1.001
    program = with_rows(lower(trained(folder)), inputs, outputs)
    made = compiled(printed(program, language, tmp_path), language, "-DKERONYX_SELFTEST")
    code, said = executed(made)
    assert code == 1
    assert re.search(r"diabetes_33: 16 rows, largest difference 0\.\d+: wrong", said)


def test_selftest_fails_for_a_number_that_is_none(tmp_path: Path) -> None:
    folder = MODELS / "diabetes-33"
    inputs, outputs = recorded(folder)
    outputs[0][3] = np.nan
    program = with_rows(lower(trained(folder)), inputs, outputs)
    code, said = executed(compiled(printed(program, "c", tmp_path), "c", "-DKERONYX_SELFTEST"))
    assert (code, "largest difference nan: wrong" in said) == (1, True)


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_weights_of_another_file_are_not_loaded(language: str, tmp_path: Path) -> None:
    folder = MODELS / "iris"
    program = with_rows(lower(trained(folder)), *recorded(folder))
    source = printed(program, language, tmp_path, "net.bin")
    made, weights = compiled(source, language, "-DKERONYX_SELFTEST"), tmp_path / "net.bin"
    whole = weights.read_bytes()
    assert executed(made, str(weights))[0] == 0
    flipped = bytearray(whole)
    flipped[200] ^= 1
    for broken in (whole[:-1], bytes(flipped), b"KXW2" + whole[4:], b""):
        weights.write_bytes(broken)
        code, said = executed(made, str(weights))
        assert (code, said) == (2, "iris: no weights; name their file\n")
    assert executed(made)[0] == 2


def hostile() -> Model:
    """Return a model all of whose names want to break out, or are words of a language."""
    x = tensor('*/ int evil(void) { return 1; } /* " \\', 3)
    y, z = tensor("for", 3), tensor("expf", 3)
    build = Builder(x, y, z)
    names = [
        "??/",
        "a\nb",
        "a b",
        "int",
        "row",
        "kx_max_float32",
        "☃",
        'q"); system("x',
        "\\",
        "*/",
    ]
    value = build.call(layer("Maximum", "net_predict"), x, y, z)
    for name in names:
        value = build.call(dense(3, 3, name, activation="gelu"), value)
    value = build.call(layer("Softmax", "*/ #error"), value)
    model = build.model(**{"class": value, "CLASS": value, "1st": x})
    return replace(model, name='net"*/\n#error', source='a"*/\n.h5', keras_version="*/\\")


@pytest.mark.parametrize("weights", [None, '*/\n".bin'])
@pytest.mark.parametrize("language", ["c", "cpp"])
def test_names_cannot_break_out(language: str, weights: str | None, tmp_path: Path) -> None:
    made = print_code(hostile(), language, Options(weights_file=weights), name="net")
    assert made.text.isascii()
    path, file = tmp_path / SUFFIX[language], tmp_path / "weights"
    path.write_text(made.text)
    file.write_bytes(made.weights or b"")
    code, said = executed(compiled(path, language, "-DKERONYX_SELFTEST"), str(file))
    assert code == 0, said


def test_letters_of_loops_may_be_names(tmp_path: Path) -> None:
    letters = [*"abcdefghijklmnopqrstuvwxyz", "v0", "t9", "i0"]
    build = Builder(*(tensor(letter, 20) for letter in letters))
    value = build.call(layer("Add", "a"), *build.inputs.values())
    value = build.call(layer("LayerNormalization", "n", gamma=numbers(20), beta=numbers(20)), value)
    value = build.call(layer("Softmax", "s"), build.call(dense(70, 20, "w"), value))
    model = build.model(A=value, B=build.call(dense(1, 70, "one"), value))
    for language in ("c", "cpp"):
        path = tmp_path / SUFFIX[language]
        path.write_text(keronyx.code(model, language))
        code, said = executed(compiled(path, language, "-DKERONYX_SELFTEST"))
        assert code == 0, said


MAIN = """
#define KERONYX_DECLARATIONS
#include "net.c"
#include <stdio.h>

int main(void)
{
    const IDS ids[4] = {GIVEN};
    float out[12] = {0};
    printf("%d", net_predict_batch(2, ids, out));
    return 0;
}
"""


@pytest.mark.parametrize(
    ("dtype", "given", "code"),
    [
        ("int32", "0, 1, 2, 4", 0),
        ("int32", "0, 1, -1, 4", 1),
        ("int32", "0, 1, 2, 5", 2),
        ("float32", "0, 0.5f, 4.99f, -0.5f", 0),
        ("float32", "0, 1, 5.0f, 1", 2),
        ("float32", "0, 1, (float)NAN, 1", 1),
        ("float32", "0, 1, 1e30f, 1", 2),
    ],
)
@pytest.mark.parametrize("language", ["c", "cpp"])
def test_an_id_that_is_none_is_an_error(
    language: str, dtype: str, given: str, code: int, tmp_path: Path
) -> None:
    made = layer("Embedding", input_dim=5, output_dim=3, embeddings=numbers(5, 3))
    (tmp_path / "net.c").write_text(
        keronyx.code(alone(made, tensor("x", 2, dtype=dtype)), name="net")
    )
    text = MAIN.replace("IDS", {"int32": "int32_t", "float32": "float"}[dtype])
    main = tmp_path / ("main.c" if language == "c" else "main.cpp")
    main.write_text(f"#include <math.h>\n{text.replace('GIVEN', given)}")
    flags = ["-fsanitize=undefined", "-fno-sanitize-recover=all", *STRICT]
    for command in (
        [str(GCC), "-std=c99", *flags, "-c", "net.c", "-o", "net.o"],
        [str(GCC if language == "c" else GPP), *flags, main.name, "net.o", "-o", "main", "-lm"],
    ):
        subprocess.run(command, cwd=tmp_path, check=True)
    assert executed(tmp_path / "main") == (0, str(code))


ARRAYS = """
#include "net.hpp"
#include "net.hpp"

int main()
{
    std::array<float, 33> features{};
    std::array<float, 1> progression{};
    static_assert(noexcept(diabetes_33::predict(features, progression)));
    return diabetes_33::predict(features, progression);
}
"""


def test_cpp_takes_arrays_of_the_right_size_only(tmp_path: Path) -> None:
    printed(lower(trained(MODELS / "diabetes-33")), "cpp", tmp_path)
    main = tmp_path / "main.cpp"
    main.write_text(ARRAYS)
    assert executed(compiled(main, "cpp")) == (0, "")
    main.write_text(ARRAYS.replace("float, 33", "float, 32"))
    with pytest.raises(AssertionError, match="no matching function"):
        compiled(main, "cpp")


def test_large_scratch_is_the_callers(tmp_path: Path) -> None:
    net = [dense(256, 4, "wide", activation="relu"), dense(2, 256, "narrow")]
    model = chain(tensor("x", 300, 4), net)
    for language, wanted in (("c", "m_workspace *workspace)"), ("cpp", "Workspace &workspace)")):
        text = keronyx.code(model, language)
        assert wanted in text
        path = tmp_path / SUFFIX[language]
        path.write_text(text)
        code, said = executed(compiled(path, language, "-O2", "-DKERONYX_SELFTEST"))
        assert code == 0, said


def test_nothing_is_allocated_and_nothing_changes_between_calls(tmp_path: Path) -> None:
    path = printed(lower(cases_model(PRINTABLE[::3])), "c", tmp_path)
    assert not re.search(r"\b(malloc|calloc|realloc|free|alloca|new|throw)\b", path.read_text())
    command = [str(GCC), "-O0", "-c", str(path), "-o", str(tmp_path / "net.o")]
    subprocess.run(command, check=True)
    symbols = [shutil.which("nm") or "nm", str(tmp_path / "net.o")]
    listed = subprocess.run(symbols, check=True, capture_output=True, text=True)
    kinds = {line.split()[-2] for line in listed.stdout.splitlines()}
    assert kinds <= {"T", "t", "r", "R", "U"}


def test_without_recorded_rows_there_is_no_selftest(tmp_path: Path) -> None:
    path = printed(lower(trained(MODELS / "diabetes-33")), "c", tmp_path)
    with pytest.raises(AssertionError, match="no rows were recorded"):
        compiled(path, "c", "-DKERONYX_SELFTEST")


def test_weights_are_exact(tmp_path: Path) -> None:
    odd = np.array([[1e-45, -3.4e38, np.inf, -0.0, 0.1, 1 / 3]], "f").T
    made = layer("Dense", units=1, use_bias=False, kernel=odd)
    made_double = layer("Dense", units=1, use_bias=False, dtype="float64", kernel=odd.astype("d"))
    for each, name in ((made, "float"), (made_double, "double")):
        text = keronyx.code(alone(each, tensor("x", 6)), double=name == "double")
        table = re.search(r"_kernel\[6\] = \{(.*?)\}", text, re.DOTALL)
        assert table
        words = [word.strip().removesuffix("f") for word in table[1].split(",") if word.strip()]
        found = [float("inf") if "INF" in word else float.fromhex(word) for word in words]
        np.testing.assert_array_equal(np.array(found, "d"), odd[:, 0].astype("d"))
    del tmp_path


def test_a_large_net_compiles_in_seconds(tmp_path: Path) -> None:
    sizes = [784, 512, 512, 10]
    layers = [dense(b, a, f"d{a}_{b}") for a, b in pairwise(sizes)]
    model = chain(tensor("x", 784), layers)
    program = replace(lower(model), vectors=record(model, lower(model)))
    for language in ("c", "cpp"):
        path = printed(program, language, tmp_path)
        start = time.perf_counter()
        made = compiled(path, language, "-O3", "-march=native", "-DKERONYX_SELFTEST")
        assert time.perf_counter() - start < 30
        code, said = executed(made)
        assert code == 0, said


UNITS = (1, 2, 3, 64, 65, 131, 150)
INPUTS = (1, 3, 4, 5, 8, 17, 70)


@pytest.mark.parametrize("units", UNITS)
def test_products_of_all_sizes(units: int, tmp_path: Path) -> None:
    """Rows alone and in a batch, and rows of the model's own: fewer than a block, and more."""
    models = []
    for inputs in INPUTS:
        each = dense(units, inputs, "d", activation="relu", use_bias=bool(inputs % 2))
        shapes = ((inputs,), (3, inputs), (9, inputs), (16, inputs))
        models += [alone(each, tensor("x", *shape)) for shape in shapes]
    model = merged(models)
    shapes_ = [[size or 0 for size in each.shape[1:]] for each in model.inputs.values()]
    rows = [numbers(ROWS, *shape) for shape in shapes_]
    wanted = keronyx.evaluate(model, dict(zip(model.inputs, rows, strict=True)))
    made = library(lower(model), tmp_path, "-O1")
    for batch in (True, False):
        for found, right in zip(
            made.predict(rows, ROWS, batch=batch), wanted.values(), strict=True
        ):
            np.testing.assert_allclose(found, right, rtol=1e-4, atol=1e-4)
