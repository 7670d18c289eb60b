"""A layer stands in its faces, in its dialect's table, in its test, and nowhere else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import onnx
import pytest
from catalogue import LAYERS

ROOT = Path(__file__).resolve().parents[1]
HOUSE = ("converter", "runtime", "keronyx")

FACES = (
    "converter/layers",
    "converter/emit",
    "converter/formula",
    "converter/lower",
    "converter/dialect/tables",
    "runtime/evaluate",
    "runtime/proof/domains",
)
"""Folders in which a layer stands in the file that is called like its family."""

ALLOWED = {
    "converter/dialect/arithmetic.py": "operations that are called as layers are",
    "converter/expression/functions.py": "the words of the little language, and what they are",
    "converter/emit/core_folded.py": "a part of the core family's reading",
    "converter/emit/core_einsum.py": "a part of the core family's reading",
    "converter/emit/low_rank.py": "a part of the core family's reading",
    "converter/emit/multi_head.py": "the products of attention are layers of the core family",
    "converter/formula/multi_head.py": "the products of attention are layers of the core family",
    "converter/layers/multi_head.py": "the products of attention are layers of the core family",
    "converter/emit/cells.py": "a part of the recurrent family's reading",
    "converter/emit/steps.py": "a part of the recurrent family's reading",
    "converter/emit/quantized.py": "a part of the core family's reading",
    "converter/lower/quantized.py": "a part of the core family's reading",
    "converter/lower/core_einsum.py": "a part of the core family's reading",
    "converter/dialect/logic.py": "operations on masks that are written out as layers",
    "converter/description/masks.py": "what stands for a mask that is named for a model",
    "converter/description/chain.py": "bare weights are a chain of Dense layers",
    "runtime/compare/in_layers.py": "mistakes that people make in a layer",
    "runtime/compare/in_norms.py": "mistakes that people make in a normalisation",
    "runtime/compare/in_wires.py": "mistakes that people make between layers",
    "runtime/compare/patterns.py": "mistakes that people make with what trains",
}
"""Other files that name layers, and why."""

OPERATORS = frozenset(schema.name for schema in onnx.defs.get_all_schemas())
"""In these folders, a string that is one of them is no layer's name."""
WRITES_ONNX = (
    *("converter/emit", "converter/graph", "converter/passes"),
    *("converter/expression", "keronyx/live"),
)

NAMES_OPERATIONS = ("converter/dialect/tables/ops_", "converter/files/tensorflow/graph/")
"""Operations, Keras's and TensorFlow's, some of which are called like layers or become some."""


def sources() -> Iterator[tuple[str, ast.Module]]:
    for folder in HOUSE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def words(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    """Yield identifiers and exact strings (True), documentation aside."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name):
                yield name, False
            case ast.alias(name=name) | ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield name, False
            case ast.Constant(value=str(text)):
                yield text, True


def mentions() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {name: set() for name in LAYERS}
    for path, tree in sources():
        for word, is_text in words(tree):
            writes = path.startswith(WRITES_ONNX) and word in OPERATORS
            operator = is_text and (writes or path.startswith(NAMES_OPERATIONS))
            if word in found and not operator:
                found[word].add(path)
    return found


MENTIONS = mentions()


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_a_layer_stands_in_files_of_one_name(name: str) -> None:
    family = LAYERS[name].__module__.rpartition(".")[2]
    faces = {f"{face}/{family}.py" for face in FACES}
    assert f"converter/layers/{family}.py" in MENTIONS[name]
    assert MENTIONS[name] - faces - set(ALLOWED) == set()


def test_nothing_is_allowed_that_is_not_needed() -> None:
    assert set().union(*MENTIONS.values()) >= set(ALLOWED)
