"""What a live model takes and gives, where its layers are for others to convert."""

import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from keronyx.converter.errors import Reason, Unsupported, UnsupportedLayerError, shorten
from keronyx.converter.model import Model
from keronyx.converter.tensors import KerasTensor
from keronyx.live.calls import Call, apply, call_of
from keronyx.live.package import Package, first_line, package_of
from keronyx.live.reading import path_of
from keronyx.live.structure import leaves
from keronyx.live.traced import symbolic


def interface_of(live: Any) -> Model:
    """Describe the inputs and outputs of a live model as ``describe`` would name them.

    The description has no connections, so it is not ``computable``. Raises UsageError for a model
    that was never built, UnsupportedLayerError where Keras cannot tell what it returns.
    """
    call, package = call_of(live), package_of(live)
    return Model(
        name=live.name,
        inputs={spec.name: _tensor(spec, spec.name) for spec in call.specs},
        outputs={
            # No input has such a name, even where it is an output itself.
            name: _tensor(each, f"{name} of {live.name}")
            for name, each in _outputs(live, call, package)
        },
        connections=(),
        keras_version=package.version,
        source=path_of(live),
    )


def _tensor(tensor: Any, name: str) -> KerasTensor:
    dtype = getattr(tensor.dtype, "name", tensor.dtype)
    return KerasTensor(name=name, shape=tuple(tensor.shape), dtype=dtype)


def _outputs(live: Any, call: Call, package: Package) -> Iterator[tuple[str, Any]]:
    """Yield the names and tensors of a model's outputs: keys, layers, or else "output"."""
    named = _graph_outputs if getattr(live, "outputs", None) else _called_outputs
    found = list(named(live, call, package))
    return zip(_numbered([name for name, _ in found]), (each for _, each in found), strict=True)


def _graph_outputs(live: Any, _call: Call, _package: Package) -> Iterator[tuple[str, Any]]:
    nested = isinstance(getattr(live, "output", None), Mapping | list | tuple)
    for key, tensor in leaves(live.output if nested else live.outputs):
        yield key or tensor._keras_history[0].name, tensor  # noqa: SLF001 - no other way


def _called_outputs(live: Any, call: Call, package: Package) -> Iterator[tuple[str, Any]]:
    found = list(leaves(_called(live, call, package)))
    for index, (key, tensor) in enumerate(found):
        yield key or (f"output_{index}" if len(found) > 1 else "output"), tensor


def _called(live: Any, call: Call, package: Package) -> Any:
    """Call a model as a whole on symbolic inputs, which give symbolic outputs."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return apply(live, live, call, {s.name: symbolic(s, package) for s in call.specs})
    # A user's code runs here, and can raise anything.
    except Exception as error:
        detail = f"cannot be called on symbolic inputs: {shorten(first_line(error), 120)}"
        told = Unsupported(live.name, type(live).__name__, detail, Reason.UNTRACED)
        raise UnsupportedLayerError([told]) from error


def _numbered(names: Iterable[str]) -> Iterator[str]:
    """Number names that come again."""
    taken: set[str] = set()
    for name in names:
        unique, number = name, 0
        while unique in taken:
            number += 1
            unique = f"{name}_{number}"
        taken.add(unique)
        yield unique
