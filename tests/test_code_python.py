"""Source code in Python, with NumPy and without: it runs, and gives what Keras recorded."""

import ast
import subprocess
import sys
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import generated
import numpy as np
import pytest
from layer_case import alone, layer, tensor

import keronyx
from keronyx.converter.lower import lower
from keronyx.converter.program.language import Options, Program
from keronyx.converter.program.weights import pack
from keronyx.converter.source.python import write

NUMPY = Options()
PURE = Options(pure=True)

both = pytest.mark.parametrize("options", [NUMPY, PURE], ids=["numpy", "pure"])


def loaded(text: str, file: str = "net.py") -> dict[str, Any]:
    """Run a file as a module, and return what it defines."""
    module: dict[str, Any] = {"__name__": "net", "__file__": file}
    exec(compile(text, file, "exec"), module)  # noqa: S102 - that is what is tested
    return module


def complaints(programs: Iterable[tuple[str, Program]], options: Options) -> list[str]:
    found = []
    for name, program in programs:
        largest, wrong = loaded(write(program, options))["selftest"]()
        if wrong:
            found.append(f"{name}: {wrong} numbers are off, by up to {largest}")
    return found


def selftest(path: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *flags, str(path), "--selftest"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def large() -> Program:
    """Return 784-512-512-10."""
    rng = np.random.default_rng(0)
    sizes = (784, 512, 512, 10)
    kernels = [rng.standard_normal(pair).astype(np.float32) / 28 for pair in pairwise(sizes)]
    biases = [np.zeros(size, np.float32) for size in sizes[1:]]
    return lower(keronyx.read((kernels, biases), activations=["relu", "relu", "softmax"]))


@pytest.mark.corpus
@both
@generated.in_part
def test_every_model_gives_what_keras_recorded(options: Options, *, whole: bool) -> None:
    every = {**generated.programs(whole=whole), **generated.doubles(whole=whole)}
    found = complaints(every.items(), options)
    assert not found, "\n".join([f"{len(found)} complaints", *found])


@generated.in_part
def test_most_of_the_corpus_becomes_source_code(*, whole: bool) -> None:
    names = {case.id for case in generated.chosen(whole=whole)}
    assert len(names) > (500 if whole else 90)
    assert len(names & generated.programs(whole=whole).keys()) > (0.99 if whole else 0.97) * len(
        names
    )


@both
def test_keywords_may_be_names(options: Options) -> None:
    assert loaded(write(generated.keywords(), options))["selftest"]()[1] == 0


@generated.in_part
@both
def test_random_programs_do_what_their_definition_says(options: Options, *, whole: bool) -> None:
    found = complaints(generated.drawn(whole=whole), options)
    assert not found, "\n".join(found)


@both
@pytest.mark.parametrize("name", generated.HOSTILE, ids=ascii)
def test_hostile_names_stay_names(name: str, options: Options) -> None:
    text = write(generated.hostile(name), options)
    assert text.isascii()
    assert loaded(text)["selftest"]()[1] == 0
    kinds = {type(node) for node in ast.parse(text).body}
    assert kinds <= {ast.Expr, ast.Import, ast.FunctionDef, ast.Assign, ast.If}
    strings = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Expr)]
    assert all(isinstance(n.value, ast.Constant | ast.Call) for n in strings)


@both
def test_file_runs_by_itself_and_says_how_it_went(tmp_path: Path, options: Options) -> None:
    program = generated.nets()["iris"]
    path = tmp_path / "iris.py"
    path.write_text(write(program, options))
    # Without site-packages, the pure file has the standard library and nothing else.
    done = selftest(path, *(["-I", "-S"] if options.pure else []))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{program.name}: 16 rows, largest difference ")
    assert done.stdout.endswith(": right\n")
    path.write_text(write(generated.corrupted(program), options))
    done = selftest(path)
    assert done.returncode == 1
    assert "difference 1.0" in done.stdout or "difference 0.99" in done.stdout
    assert done.stdout.endswith(": wrong (1 numbers)\n")
    usage = subprocess.run([sys.executable, str(path)], capture_output=True, check=False)
    assert usage.returncode


@both
def test_only_numpy_is_imported(options: Options) -> None:
    tree = ast.parse(write(generated.nets()["digits-residual"], options))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in imports for alias in node.names}
    assert names <= {*sys.stdlib_module_names, *(() if options.pure else ("numpy",))}
    assert ("numpy" in names) is not options.pure


@both
def test_weights_are_exact_to_the_last_bit(options: Options) -> None:
    program = generated.nets()["digits-residual"]
    module = loaded(write(program, options))
    for constant in program.constants:
        held = np.array(module[constant.name.upper()], constant.dtype)
        if options.pure and constant.name.endswith("kernel"):
            held = held.T
        assert held.tobytes() == constant.values.tobytes()


@both
def test_double_computes_in_double(options: Options) -> None:
    rng = np.random.default_rng(3)
    kernel = rng.standard_normal((5, 4))
    model = keronyx.read([kernel, rng.standard_normal(4)], activations="gelu")
    x = rng.standard_normal((6, 5))
    (expected,) = keronyx.evaluate(model, x).values()
    made = loaded(write(lower(model, double=True), options))["predict_batch"](x)
    np.testing.assert_allclose(np.array(made), expected, rtol=1e-13)


@both
def test_same_program_is_the_same_text(options: Options) -> None:
    program = generated.nets()["iris"]
    assert write(program, options) == write(program, options)


@both
def test_weights_file_is_read_from_beside_and_checked(tmp_path: Path, options: Options) -> None:
    program = generated.nets()["iris"]
    name = "the w'ei\"ghts #1.bin"
    path = tmp_path / "iris.py"
    path.write_text(write(program, Options(weights_file=name, pure=options.pure)))
    data = bytearray(pack(program).data)
    (tmp_path / name).write_bytes(data)
    assert selftest(path).returncode == 0
    data[-65] ^= 1
    (tmp_path / name).write_bytes(data)
    done = selftest(path)
    assert done.returncode == 1
    assert "is not the weights file" in done.stderr


def test_row_is_a_batch_of_one_in_the_shapes_of_the_model() -> None:
    program = generated.programs()["time_distributed_dense"]
    module = loaded(write(program, NUMPY))
    assert program.vectors is not None
    rows = program.vectors.inputs[0].reshape(-1, *program.inputs[0].shape)
    batch = module["predict_batch"](rows)
    assert batch.shape == (len(rows), *program.outputs[0].shape)
    np.testing.assert_allclose(module["predict"](rows[1]), batch[1], rtol=1e-6)
    assert module["predict_batch"](rows[:0]).shape == (0, *program.outputs[0].shape)


@pytest.mark.parametrize("none", [[], np.empty((0, 2, 3)), np.empty((0, 2, 3), np.float32)])
def test_no_rows_give_no_rows(none: Any) -> None:
    x = tensor("x", 2, 3)
    model = alone(layer("Reshape", target_shape=[6]), x)
    found = loaded(write(lower(model), NUMPY))["predict_batch"](none)
    assert (found.shape, found.dtype.name) == ((0, 6), "float32")
    assert loaded(write(lower(model), PURE))["predict_batch"]([]) == []


def test_callers_arrays_are_left_alone_and_results_are_the_callers() -> None:
    x = tensor("x", 2, 3)
    model = alone(layer("Reshape", target_shape=[6]), x)
    module = loaded(write(lower(model), NUMPY))
    given = np.ones((2, 2, 3), np.float32)
    made = module["predict_batch"](given)
    made[:] = 7
    assert (given == 1).all()


@both
def test_wrong_inputs_are_refused(options: Options) -> None:
    module = loaded(write(generated.nets()["iris"], options))
    with pytest.raises(ValueError, match="sepal"):
        module["predict"]([1.0, 2.0, 3.0], [1.0])
    with pytest.raises(ValueError, match="number of rows"):
        module["predict_batch"]([[1.0, 2.0]] * 2, [[1.0]])


@both
def test_ids_are_checked(options: Options) -> None:
    predict = loaded(write(generated.nets()["digits-embedding"], options))["predict"]
    levels = [3] * 64
    assert len(predict(levels)) == 10
    for wrong in (-1, 17):
        with pytest.raises(ValueError, match="'embedding'"):
            predict([*levels[1:], wrong])
    with pytest.raises((ValueError, TypeError)):
        predict([*levels[1:], 1.5])


@both
def test_large_net_is_little_more_than_its_weights(options: Options) -> None:
    text = write(large(), options)
    assert len(text) < 5_000_000
    assert len(loaded(text)["predict"]([0.5] * 784)) == 10
