"""C and C++ that keronyx prints give the numbers that Keras recorded, however they are compiled."""

import re
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import corpus_cases as corpus
import numpy as np
import pytest
from cases import Case
from code_native import FLAGS, FOLDERS, library, printed, recorded, trained
from code_programs import (
    GCC,
    GPP,
    NUMBERS,
    PRINTABLE,
    SAMPLED,
    cases_model,
    cases_rows,
    compiled,
    executed,
    merged,
    with_rows,
)
from emitting import chain, dense, numbers
from layer_case import alone, layer, tensor
from test_corpus import UNRECORDED, differs, matches

import keronyx
from keronyx.coding import record
from keronyx.converter.lower import lower
from keronyx.converter.model import Model
from keronyx.converter.tensors import Array

pytestmark = pytest.mark.skipif(not (GCC and GPP), reason="gcc and g++ are not installed")

ROWS = 9
"""A whole block of rows and one more."""


BUILDS = [(language, flags) for language in ("c", "cpp") for flags in FLAGS]
TRAINED = [
    pytest.param(
        *(folder, language, flags),
        id=f"{folder.name}-{language}-{flags}",
        marks=[] if (place + number) % len(BUILDS) == 0 else pytest.mark.sweep,
    )
    for place, folder in enumerate(FOLDERS)
    for number, (language, flags) in enumerate(BUILDS)
]
"""Every net and every build once; the other pairs are behind ``-m sweep``."""


@pytest.mark.parametrize(("folder", "language", "flags"), TRAINED)
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


LAST = [case for case in PRINTABLE if case not in SAMPLED]
CHOSEN = [
    *(SAMPLED[place::2] for place in range(2)),
    *(LAST[place::GROUPS] for place in range(GROUPS)),
]
"""A case of every layer and function in the first two; the others are behind ``-m sweep``."""

groups = pytest.mark.parametrize(
    "group",
    [
        pytest.param(group, marks=pytest.mark.sweep if group > 1 else [])
        for group in range(len(CHOSEN))
    ],
)


@groups
@pytest.mark.parametrize(("language", "flags"), [("c", "sanitized"), ("cpp", "O2")])
def test_single_layers_pass_their_selftest(
    language: str, flags: str, group: int, tmp_path: Path
) -> None:
    chosen = [case for case in CHOSEN[group] if "16" not in case.config.get("dtype", "")]
    double = group % 2 == 1
    program = with_rows(lower(cases_model(chosen), double=double), *cases_rows(ROWS, chosen))
    source = printed(program, language, tmp_path)
    code, said = executed(compiled(source, language, "-DKERONYX_SELFTEST", *FLAGS[flags]))
    assert code == 0, said


@groups
def test_single_layers_give_what_keras_gave(group: int, tmp_path: Path) -> None:
    chosen = CHOSEN[group]
    made = library(lower(cases_model(chosen)), tmp_path, *FLAGS["O3"])
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


EACH = 10
"""One of so many recorded models of the corpus is compiled."""


@cache
def corpus_models() -> tuple[tuple[corpus.Case, Model], ...]:
    found = []
    for case in corpus.cases(archive="dense", expect="ok")[::EACH]:
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
@pytest.mark.parametrize(
    "group",
    [
        group if group < 2 else pytest.param(group, marks=pytest.mark.sweep)
        for group in range(GROUPS)
    ],
)
def test_models_of_the_corpus_give_what_keras_recorded(group: int, tmp_path: Path) -> None:
    chosen = corpus_models()[group::GROUPS]
    assert len(chosen) > 20
    made = library(lower(merged([model for _, model in chosen])), tmp_path, "-O0")
    rows = max(len(array) for case, _ in chosen for array in corpus.inputs(case))
    inputs = [_repeated(array, rows) for case, _ in chosen for array in corpus.inputs(case)]
    found = made.predict(inputs, rows)
    recorded_ = [(case, array) for case, _ in chosen for array in corpus.outputs(case)]
    pairs = zip(recorded_, found, strict=True)
    said = [(case.id, differs(case, ours[: len(keras)], keras)) for (case, keras), ours in pairs]
    assert not [each for each in said if each[1]]


def _repeated(array: Array, rows: int) -> Array:
    return array[np.arange(rows) % len(array)]


def test_weights_are_exact(tmp_path: Path) -> None:
    odd = np.array([[1e-45, -3.4e38, np.inf, -0.0, 0.1, 1 / 3]], "f").T
    made = layer("Dense", units=1, use_bias=False, kernel=odd)
    made_double = layer("Dense", units=1, use_bias=False, dtype="float64", kernel=odd.astype("d"))
    for each, name in ((made, "float"), (made_double, "double")):
        text = keronyx.code(alone(each, tensor("x", 6)), double=name == "double")
        table = re.search(r"_kernel\[\]\)? = \{(.*?)\}", text, re.DOTALL)
        assert table
        words = [word.strip().removesuffix("f") for word in table[1].split(",") if word.strip()]
        found = [float("inf") if "INF" in word else float.fromhex(word) for word in words]
        np.testing.assert_array_equal(np.array(found, "d"), odd[:, 0].astype("d"))
    del tmp_path


@pytest.mark.parametrize(
    ("language", "flags"),
    [
        ("c", ["-O0"]),
        pytest.param("c", FLAGS["O3"], marks=pytest.mark.sweep),
        pytest.param("cpp", ["-O0"], marks=pytest.mark.sweep),
    ],
    ids=["c", "c-O3", "cpp"],
)
def test_a_large_net_is_little_code_and_much_data(
    language: str, flags: list[str], tmp_path: Path
) -> None:
    sizes = [784, 512, 512, 10]
    layers = [dense(b, a, f"d{a}_{b}") for a, b in pairwise(sizes)]
    model = chain(tensor("x", 784), layers)
    program = replace(lower(model), vectors=record(model, lower(model)))
    path = printed(program, language, tmp_path)
    text = path.read_text()
    assert len(text) < 18 * model.parameters
    lines = [line for line in text.splitlines() if not line.lstrip(" -").startswith("0x")]
    assert len(lines) < 500
    code, said = executed(compiled(path, language, *flags, "-DKERONYX_SELFTEST"))
    assert code == 0, said


UNITS = (1, 3, 65, 131, 150)
INPUTS = (1, 3, 4, 5, 8, 17, 70)


@pytest.mark.parametrize(
    "units",
    [each if each == 65 else pytest.param(each, marks=pytest.mark.sweep) for each in UNITS],
)
def test_products_of_all_sizes(units: int, tmp_path: Path) -> None:
    """Rows alone and in a batch, and rows of the model's own: fewer than a block, and more."""
    models = []
    for inputs in INPUTS:
        each = dense(units, inputs, "d", activation="relu", use_bias=bool(inputs % 2))
        shapes = ((inputs,), (3, inputs), (9, inputs), (10, inputs))
        models += [alone(each, tensor("x", *shape)) for shape in shapes]
    model = merged(models)
    shapes_ = [[size or 0 for size in each.sizes[1:]] for each in model.inputs.values()]
    rows = [numbers(ROWS, *shape) for shape in shapes_]
    wanted = keronyx.evaluate(model, dict(zip(model.inputs, rows, strict=True)))
    made = library(lower(model), tmp_path, "-O1")
    for batch in (True, False):
        for found, right in zip(
            made.predict(rows, ROWS, batch=batch), wanted.values(), strict=True
        ):
            np.testing.assert_allclose(found, right, rtol=1e-4, atol=1e-4)
