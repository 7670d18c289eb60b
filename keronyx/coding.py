"""The whole way from a Keras file to source code that proves itself on recorded rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from pathlib import Path, PurePath
from typing import Any, Final, Unpack

import numpy as np

from keronyx.asking import Asked, PathLike, Reading
from keronyx.conversion import described
from keronyx.converter.errors import UsageError
from keronyx.converter.lower import lower
from keronyx.converter.model import Model
from keronyx.converter.program.language import Options, Program, Vectors
from keronyx.converter.program.memory import Port
from keronyx.converter.program.weights import pack
from keronyx.converter.source import printer
from keronyx.converter.tensors import Array, KerasTensor
from keronyx.runtime.evaluate import Evaluator
from keronyx.runtime.proof.samples import draw

TOLERANCES: Final = {"float32": (1e-4, 1e-5), "float64": (1e-8, 1e-8)}
"""What a self-test allows, relative and absolute, by the program's floating type."""

MARGIN: Final = 0.1
"""Rows are recorded where float32 and float64 agree within this part of the tolerance."""

NUMBERS: Final = 20_000
"""Most inputs and outputs that are recorded, about."""


@dataclass(frozen=True, kw_only=True)
class SourceCode:
    """A printed program: its text, and the bytes of the weights file if it has one."""

    program: Program
    text: str
    weights: bytes | None = None


def code(
    source: Any,
    to: str = "c",
    *,
    double: bool = False,
    name: str = "",
    pure: bool = False,
    **said: Unpack[Reading],
) -> str:
    """Return source code of a model that needs nothing but its language: c, cpp ....

    ``source`` is what ``read`` takes, and ``said`` what that takes by name. ``double`` computes in
    64 bits, ``name`` is what the code calls itself, ``pure`` is Python without NumPy. Raises
    UnsupportedLayerError or UnsupportedConfigError where the model has what source code cannot
    have.
    """
    model = described(Asked.of(source, **said))
    return print_code(model, to, Options(pure=pure), double=double, name=name).text


def print_code(
    model: Model, to: str, options: Options, *, double: bool = False, name: str = ""
) -> SourceCode:
    """Lower a model, record rows for its self-test, and print it."""
    write = printer(to)
    if options.pure and to != "python":
        raise UsageError(f"pure code in {to}", hint="only Python can do with NumPy or without")
    program = lower(model, double=double, name=name)
    program = changed(program, vectors=record(model, program))
    text = write(program, options)
    packed = pack(program).data if options.weights_file else None
    return SourceCode(program=program, text=text, weights=packed)


def record(model: Model, program: Program) -> Vectors | None:
    """Return rows that were drawn, and their outputs; None where no row has finite ones.

    In float, only rows whose outputs hardly depend on rounding are kept.
    """
    rtol, atol = TOLERANCES[program.real]
    exact = Rows(model, program, Evaluator(model, "float64"))
    kept = exact.finite
    if program.real == "float32":
        kept &= Rows(model, program, Evaluator(model, "float32")).near(exact, rtol, atol)
    size = sum(port.buffer.size for port in (*program.inputs, *program.outputs))
    places = np.flatnonzero(kept)[: max(NUMBERS // size, 1)]
    if not len(places):
        return None
    return Vectors(
        inputs=_chosen(program.inputs, exact.inputs, places),
        outputs=_chosen(program.outputs, exact.outputs, places),
        rtol=rtol,
        atol=atol,
    )


def _chosen(ports: Sequence[Port], arrays: Sequence[Array], places: Array) -> tuple[Array, ...]:
    """Return these rows of every array, in the type of its port."""
    return tuple(
        array[places].astype(port.buffer.dtype) for port, array in zip(ports, arrays, strict=True)
    )


class Rows:
    """Drawn inputs and their outputs, a row each: (rows, size), the outputs in float64."""

    def __init__(self, model: Model, program: Program, evaluator: Evaluator) -> None:
        traces = list(map(evaluator.trace, draw(model)))

        def columns(tensors: Mapping[str, KerasTensor], ports: Sequence[Port]) -> list[Array]:
            return [
                np.concatenate(
                    [trace[tensor.name].reshape(-1, port.buffer.size) for trace in traces]
                )
                for tensor, port in zip(tensors.values(), ports, strict=True)
            ]

        self.inputs = columns(model.inputs, program.inputs)
        self.outputs = [
            array.astype(np.float64) for array in columns(model.outputs, program.outputs)
        ]
        self.finite = np.all([np.isfinite(a).all(axis=1) for a in self.outputs], axis=0)

    def near(self, exact: "Rows", rtol: float, atol: float) -> Array:
        """Tell which rows differ from the exact ones by a small part of the tolerances."""
        with np.errstate(invalid="ignore"):
            found = [
                np.abs(a - b) <= MARGIN * (atol + rtol * np.abs(b))
                for a, b in zip(self.outputs, exact.outputs, strict=True)
            ]
        rows: Array = np.all([each.all(axis=1) for each in found], axis=0)
        return rows


def refuse_sources(model: Model, *sources: str | None, targets: Iterable[PathLike]) -> None:
    """Refuse to write a file that the model is read from: a source, or one with its weights."""
    read = {*filter(None, (*sources, model.source, *_holders(model)))}
    for target in targets:
        if any(_is_same(target, own) for own in read):
            raise UsageError(
                "would replace the model it is made from",
                hint="choose another name",
                path=str(target),
            )


def _holders(model: Model) -> Iterator[str]:
    """Yield the files that hold the model's weights."""
    for layer in model.layers:
        for variable in layer.variables().values():
            if variable.extent:
                yield variable.extent[0]


def _is_same(path: PathLike, other: str) -> bool:
    try:
        return Path(path).samefile(other)
    except (OSError, ValueError):  # one of them is not there
        return False


def weights_name(output: PathLike, weights_file: PathLike | None) -> str | None:
    """Return the bare name of a weights file, which goes beside the source."""
    if weights_file is None:
        return None
    path, beside = PurePath(weights_file), PurePath(output).parent
    if not path.name or path.parent not in {PurePath(), beside} or path == PurePath(output):
        raise UsageError(
            f"the weights file {str(weights_file)!r}", hint="give a file name beside the source"
        )
    return path.name
