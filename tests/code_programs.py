"""What the tests of source code share: many models in one, compilers, and the language's rules."""

import ctypes
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
from cases import CASES, Case, build, inputs_of, records
from catalogue import LAYERS
from sampling import sample

from keronyx.converter.layers.nested import with_held
from keronyx.converter.model import Model
from keronyx.converter.program.expressions import (
    FUNCTIONS,
    At,
    Binary,
    Call,
    Expression,
    Local,
    Result,
    Select,
    Take,
)
from keronyx.converter.program.language import Program, Vectors
from keronyx.converter.program.memory import REALS, Constant, Port
from keronyx.converter.program.statements import Check, Comment, Fold, Map, Product, Statement
from keronyx.converter.program.walking import expressions, walk
from keronyx.converter.tensors import Array, KerasTensor

GCC, GPP = shutil.which("gcc"), shutil.which("g++")
STRICT = ["-Wall", "-Wextra", "-Werror", "-pedantic"]
STANDARDS = {"c": [GCC or "gcc", "-std=c99"], "cpp": [GPP or "g++", "-std=c++17", "-x", "c++"]}
SANITIZED = ["-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]

# What has no source code: strings, masking in a type that C lacks, sums over the batch.
OVER_BATCH = {f"act_{name}_0" for name in ("softmax", "log_softmax", "sparsemax", "glu")}


def of_families(*families: str) -> set[str]:
    """Return the layers whose descriptions stand in files of these names."""
    return {name for name, kind in LAYERS.items() if kind.__module__.rpartition(".")[2] in families}


WINDOWED = of_families(
    *(
        "adaptive",
        "attention",
        "conv_lstm",
        "convolutional",
        "deconvolution",
        "histograms",
        "images",
    ),
    *("local", "multi_head", "pipeline", "pooling", "recurrent", "spatial", "spectrograms"),
) | {"ReversibleEmbedding"}
"""Layers that have no source code yet."""

NUMBERS = records()


def windowed(model: Model) -> bool:
    """Tell whether a model has one of them, or holds it."""
    return any(type(each).__name__ in WINDOWED for each in with_held(model.layers))


def is_spread(case: Case) -> bool:
    """Tell whether a case gives unknown integers one of several ids."""
    several = case.config.get("num_oov_indices", 1) > 1
    return case.layer == "IntegerLookup" and several and not case.config.get("invert")


WITHOUT = {
    *(case.name for case in CASES if case.layer in {"StringLookup", "TextVectorization"}),
    *(case.name for case in CASES if is_spread(case)),
    *(case.name for case in CASES if windowed(build(case, NUMBERS))),
    *("masking_mixed", *OVER_BATCH),
}
PRINTABLE = tuple(case for case in CASES if case.name not in WITHOUT)


def kind(case: Case) -> list[str]:
    """Tell the layer of a case, or the function that it applies."""
    return [case.layer if case.layer != "Activation" else str(case.config["activation"])]


SAMPLED = sample(PRINTABLE, lambda case: case.name, kind, most=1)
"""A case of every layer and function."""


def compiled(source: Path, language: str, *flags: str, output: str = "program") -> Path:
    """Compile a file and return the program; warnings are errors."""
    target = source.with_name(output)
    before = STANDARDS[language]
    command = [*before, *flags, *STRICT, str(source), "-o", str(target), "-lm"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:4000]
    return target


def executed(program: Path, *arguments: str) -> tuple[int, str]:
    """Run a program and return its exit code and what it said."""
    command = [str(program), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def with_rows(
    program: Program,
    inputs: Sequence[Array],
    outputs: Sequence[Array],
    tolerance: tuple[float, float] = (1e-4, 1e-5),
) -> Program:
    """Return the program with recorded rows."""
    ports = (*program.inputs, *program.outputs)
    flat = [
        np.asarray(array, port.buffer.dtype).reshape(-1, port.buffer.size)
        for port, array in zip(ports, (*inputs, *outputs), strict=True)
    ]
    count = len(program.inputs)
    rtol, atol = tolerance
    made = Vectors(inputs=tuple(flat[:count]), outputs=tuple(flat[count:]), rtol=rtol, atol=atol)
    return replace(program, vectors=made)


def merged(models: Sequence[Model]) -> Model:
    """Return one model that computes all of them, side by side."""
    inputs: dict[str, KerasTensor] = {}
    outputs: dict[str, KerasTensor] = {}
    connections = []
    for number, model in enumerate(models):
        known: dict[str, KerasTensor] = {}

        def renamed(
            tensor: KerasTensor, number: int = number, known: dict[str, KerasTensor] = known
        ) -> KerasTensor:
            shape = (None, *tensor.shape[1:])
            new = replace(tensor, name=f"m{number}/{tensor.name}", shape=shape)
            return known.setdefault(tensor.name, new)

        inputs |= {f"m{number}_{name}": renamed(t) for name, t in model.inputs.items()}
        for connection in model.connections:
            sources, targets = (
                tuple(renamed(tensor) for tensor in tensors)
                for tensors in (connection.inputs, connection.outputs)
            )
            connections.append(replace(connection, inputs=sources, outputs=targets))
        outputs |= {f"m{number}_{name}": renamed(t) for name, t in model.outputs.items()}
    return Model(name="merged", inputs=inputs, outputs=outputs, connections=tuple(connections))


def cases_model(cases: Sequence[Case] = PRINTABLE) -> Model:
    """Return one model of single layers."""
    return merged([build(case, NUMBERS) for case in cases])


def repeated(array: Array, rows: int) -> Array:
    """Return as many rows, those that there are again and again."""
    return array[np.arange(rows) % len(array)]


def cases_rows(rows: int, cases: Sequence[Case] = PRINTABLE) -> tuple[list[Array], list[Array]]:
    """Return the inputs of single layers and what Keras gave for them, as many rows of each."""
    inputs = [repeated(array, rows) for case in cases for array in inputs_of(case)]
    outputs = [repeated(NUMBERS[f"{case.name}/out"], rows) for case in cases]
    return inputs, outputs


class Library:
    """A program's C code as a shared library."""

    def __init__(self, program: Program, path: Path) -> None:
        self.program = program
        self._library = ctypes.CDLL(str(path))

    def predict(self, inputs: Sequence[Array], rows: int, *, batch: bool = True) -> list[Array]:
        """Return the outputs; all rows in one call, or one by one."""
        name = self.program.name
        pairs = zip(inputs, self.program.inputs, strict=True)
        given = [np.ascontiguousarray(a.astype(p.buffer.dtype)).reshape(rows, -1) for a, p in pairs]
        outputs = [np.zeros((rows, *p.shape), p.buffer.dtype) for p in self.program.outputs]
        every = [*given, *outputs]
        if batch:
            call = getattr(self._library, f"{name}_predict_batch")
            assert call(ctypes.c_size_t(rows), *[_pointer(array) for array in every]) == 0
            return outputs
        call = getattr(self._library, f"{name}_predict")
        for row in range(rows):
            assert call(*[_pointer(array[row : row + 1]) for array in every]) == 0
        return outputs


def _pointer(array: Array) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def broken_rules(program: Program) -> Iterator[str]:
    """Yield whatever in a program is not as the language has it."""
    names = [each.name for each in (*program.constants, *program.scratch)]
    names += [port.buffer.name for port in (*program.inputs, *program.outputs)]
    if len({*names, program.name}) != len(names) + 1:
        yield "a name occurs twice"
    known = {*program.constants, *program.scratch, *_buffers(program.inputs)}
    for number, statement in enumerate(program.statements):
        for rule in _broken(statement):
            yield f"{number} {type(statement).__name__}: {rule}"
        if not isinstance(statement, Comment | Check):
            known.add(statement.target.buffer)
        used = (part.buffer for part, _ in _places(statement))
        if not known.issuperset(used):
            yield f"{number}: an unknown buffer"


def _buffers(ports: Sequence[Port]) -> set[object]:
    return {port.buffer for port in ports}


def _places(statement: Statement) -> Iterator[tuple[At, tuple[int, ...]]]:
    """Yield every element of a statement, with the axes that it sees."""
    if isinstance(statement, Comment):
        return
    axes = statement.axes
    inner = statement.kept if isinstance(statement, Fold) else axes
    for root in expressions(statement):
        own = axes if isinstance(statement, Fold) and root is statement.value else inner
        yield from ((part, own) for part in walk(root) if isinstance(part, At))
    if not isinstance(statement, Check):
        yield statement.target, inner
    if isinstance(statement, Product):
        yield statement.source, (statement.rows, statement.inputs)


def _broken(statement: Statement) -> Iterator[str]:
    for at, axes in _places(statement):
        if len(at.strides) != len(axes):
            yield "strides and axes differ"
            continue
        ends = [stride * (size - 1) for stride, size in zip(at.strides, axes, strict=True)]
        corners = [at.offset + sum(each) for each in product(*((0, end) for end in ends[:8]))]
        if min(corners) < 0 or max(corners) >= at.buffer.size:
            yield f"{at.buffer.name} is left"
    for root in expressions(statement):
        for part in walk(root):
            yield from _ill_typed(part)
    if isinstance(statement, Map | Fold | Product):
        yield from _wrong_steps(statement)


def _wrong_steps(statement: Map | Fold | Product) -> Iterator[str]:
    target = statement.target
    if statement.steps[-1].dtype != target.dtype:
        yield f"{statement.steps[-1].dtype} into {target.dtype}"
    if isinstance(target.buffer, Constant):
        yield "a constant is written"
    for number, step in enumerate(statement.steps):
        parts = list(walk(step))
        if any(isinstance(part, Local) and not 0 <= part.step < number for part in parts):
            yield "a step before its time"
        if isinstance(statement, Map) and any(isinstance(part, Result) for part in parts):
            yield "a result of nothing"
        own = [part for part in parts if isinstance(part, At) and part.buffer is target.buffer]
        if any(part != target for part in own):
            yield "another element of the target"
    if target.buffer in _consumed(statement):
        yield "its source is its target"


def _consumed(statement: Map | Fold | Product) -> set[object]:
    """Return what a fold folds, or a product multiplies."""
    if isinstance(statement, Product):
        return {statement.source.buffer}
    if isinstance(statement, Fold):
        return {part.buffer for part in walk(statement.value) if isinstance(part, At)}
    return set()


def _ill_typed(part: Expression) -> Iterator[str]:
    match part:
        case Binary():
            if part.left.dtype != part.right.dtype:
                yield f"{part.left.dtype} {part.operator} {part.right.dtype}"
            if part.operator == "/" and part.left.dtype not in REALS:
                yield "a division of integers"
        case Call():
            kinds = {argument.dtype for argument in part.arguments}
            if len(kinds) != 1 or len(part.arguments) != FUNCTIONS[part.function]:
                yield f"{part.function} of {kinds}"
        case Select():
            if part.condition.dtype != "bool" or part.then.dtype != part.other.dtype:
                yield "a choice of different types"
        case Take():
            if not part.index.dtype.startswith("int"):
                yield "an index that is no integer"
