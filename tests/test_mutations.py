"""A constant flipped in either reading turns the check red: neither can be wrong unseen."""

import ast
import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from cases import CASES, records
from layer_case import Case, build, inputs_of

from keronyx.converter.emit import activations as emit_activations
from keronyx.converter.emit import core as emit_core
from keronyx.converter.emit import emit
from keronyx.converter.emit import functions as emit_functions
from keronyx.converter.emit import merging as emit_merging
from keronyx.converter.emit import normalization as emit_normalization
from keronyx.converter.emit import preprocessing as emit_preprocessing
from keronyx.converter.emit import quantized as emit_quantized
from keronyx.runtime.evaluate import (
    activations,
    core,
    evaluate,
    functions,
    merging,
    normalization,
    preprocessing,
)

MODULES = [
    *(emit_activations, emit_core, emit_functions, emit_merging, emit_normalization),
    *(emit_preprocessing, emit_quantized),
    *(activations, core, functions, merging, normalization, preprocessing),
]

KERAS_1 = "Keras 1 only: its numbers are in tests/corpus"
DOUBLE = "the spelling for float64, whose cases are in test_emit.py"
FOLDED = "folding, which test_emit.py compares with the unfolded graph"

# Constants that no case here can show, by module and function.
UNSEEN = {
    ("emit.activations", "s_re_lu"): KERAS_1,
    ("emit.activations", "p_re_lu"): DOUBLE,
    ("emit.core", "highway"): KERAS_1,
    ("emit.merging", "BOUND"): KERAS_1,
    ("emit.normalization", "_by_deviation"): KERAS_1,
    ("emit.normalization", "scale_and_shift"): FOLDED,
    ("evaluate.functions", "SATURATED"): "a bound: erf is 1 beyond it",
    ("evaluate.merging", "COSINE_BOUND"): KERAS_1,
    ("evaluate.normalization", "_by_sample"): KERAS_1,
}

NUMBERS = records()

# Where Keras itself rounds to 16 bits, its own numbers are too far off to show a flip.
EXACT = [case for case in CASES if "16" not in str(case.config.get("dtype"))]


def short_name(module: ModuleType) -> str:
    return ".".join(module.__name__.split(".")[-2:])


def floats_of(module: ModuleType) -> Iterator[tuple[int, int, float]]:
    """Return line, column and value of every float in the module that a case can show."""
    for statement in ast.parse(inspect.getsource(module)).body:
        match statement:
            case ast.FunctionDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
                if (short_name(module), name) in UNSEEN:
                    continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Constant) and isinstance(node.value, float):
                yield node.lineno, node.col_offset, node.value


class Flip(ast.NodeTransformer):
    def __init__(self, line: int, column: int) -> None:
        self.place = (line, column)

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        if (node.lineno, node.col_offset) == self.place:
            return ast.copy_location(ast.Constant(1.5 * node.value + 0.25), node)  # type: ignore[operator]
        return node


def install(module: ModuleType, tree: ast.Module) -> None:
    """Run the source again in the module: the functions of layers register themselves anew."""
    exec(compile(tree, str(module.__file__), "exec"), module.__dict__)  # noqa: S102


def run_graph(case: Case) -> Any:
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    found = []
    for opset in (17, 20):
        graph = emit(build(case, NUMBERS), opset=opset).SerializeToString()
        session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        names = [each.name for each in session.get_inputs()]
        found += session.run(None, dict(zip(names, inputs_of(case), strict=True)))
    return found


def run_numpy(case: Case) -> Any:
    return [evaluate(build(case, NUMBERS), inputs_of(case))["out"]]


def differs(case: Case, run: Any) -> bool:
    wanted = NUMBERS[f"{case.name}/out"]
    try:
        found = run(case)
    except Exception:  # noqa: BLE001 - a mutant may fail in any way; that is seen, too
        return True
    return any(unlike(each, wanted) for each in found)


def unlike(found: Any, wanted: Any) -> bool:
    if wanted.dtype.kind in "US":
        return bool(found.astype(str).tolist() != wanted.astype(str).tolist())
    close = np.allclose(found, wanted, rtol=1e-4, atol=1e-5, equal_nan=True)
    return found.shape != wanted.shape or not close


def mutants() -> Iterator[Any]:
    for module in MODULES:
        for line, column, value in floats_of(module):
            name = f"{short_name(module)}:{line}:{column}={value}"
            yield pytest.param(module, line, column, id=name)


@pytest.mark.parametrize(("module", "line", "column"), list(mutants()))
def test_a_flipped_constant_is_seen(module: ModuleType, line: int, column: int) -> None:
    source = inspect.getsource(module)
    run = run_graph if ".emit." in module.__name__ else run_numpy
    flipped = ast.fix_missing_locations(Flip(line, column).visit(ast.parse(source)))
    try:
        install(module, flipped)
        assert any(differs(case, run) for case in EXACT)
    finally:
        install(module, ast.parse(source))


@pytest.mark.parametrize("run", [run_graph, run_numpy])
def test_nothing_is_seen_where_nothing_was_flipped(run: Any) -> None:
    """Installing a module again changes nothing, so that a flip is all that a mutant has."""
    for module in MODULES:
        install(module, ast.parse(inspect.getsource(module)))
    assert [case.name for case in EXACT if differs(case, run)] == []
