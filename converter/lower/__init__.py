"""Lower a description to the little language: every layer becomes loops over numbers."""

from collections.abc import Iterator
from itertools import chain
from pathlib import PurePath

from keronyx.converter.errors import UsageError
from keronyx.converter.lower.allocate import allocated
from keronyx.converter.lower.base import lower_layer
from keronyx.converter.lower.builder import Builder
from keronyx.converter.lower.fuse import fused
from keronyx.converter.lower.graph import enter, leave, run, whole
from keronyx.converter.model import Model
from keronyx.converter.program.language import Program
from keronyx.converter.program.names import identifier
from keronyx.converter.program.walking import reads
from keronyx.converter.version import __version__

__all__ = ["lower", "lower_layer"]


def lower(model: Model, *, double: bool = False, name: str = "") -> Program:
    """Return the program of a model, in float or in double.

    ``name`` is what source code calls it, by default the model's name. Raises one error that tells
    every layer that source code cannot have, and sizes that are not known.
    """
    called = _identifier(name, model)
    code = Builder("float64" if double else "float32", called)
    inputs = enter(model, code)
    outputs, fixed = leave(model, code, run(model, code, [*map(whole, inputs)]))
    statements, scratch = allocated(fused(code.statements, list(fixed)), fixed, code.scratch)
    used = {*chain.from_iterable(map(reads, statements))}
    return Program(
        name=called,
        title=model.name,
        real=code.real,
        inputs=inputs,
        outputs=outputs,
        constants=tuple(each for each in code.constants.values() if each in used),
        scratch=tuple(scratch),
        statements=tuple(statements),
        facts=tuple(_facts(model)),
    )


def _identifier(name: str, model: Model) -> str:
    """Return what source code calls a model; a name that was asked for must be one already."""
    called = identifier(name or model.name, "model")
    if name and called != name:
        raise UsageError(f"the name {name!r}", hint=f"as in {called!r}: a lower-case identifier")
    return called


def _facts(model: Model) -> Iterator[str]:
    """Yield where the model comes from; no path, no clock."""
    yield f"made by keronyx {__version__}"
    if model.source:
        yield f"from {PurePath(model.source).name}"
    if model.keras_version:
        yield f"saved by Keras {model.keras_version}"
    if model.sha256:
        yield f"SHA-256 of the file {model.sha256}"
