"""The ONNX reading of Keras: a description becomes a graph of ONNX operators."""

import json
import os
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keronyx.converter.emit.base import emit_layer
from keronyx.converter.emit.fold import fold_batch_normalization
from keronyx.converter.emit.model import build, exposed
from keronyx.converter.errors import UsageError, printable
from keronyx.converter.graph import older, wire
from keronyx.converter.graph.building import Graph
from keronyx.converter.graph.proto import NEWEST, OLDEST_IR
from keronyx.converter.graph.proto import ir_version as ir_version_of
from keronyx.converter.graph.save import beside, to_bytes, to_file
from keronyx.converter.layers.expressed import given_texts
from keronyx.converter.layers.nested import with_held
from keronyx.converter.model import Model
from keronyx.converter.passes import simplify

if TYPE_CHECKING:
    from onnx import ModelProto

__all__ = [
    "DEFAULT_OPSET",
    "LOWEST_OPSET",
    "OLDEST_OPSET",
    "emit",
    "emit_layer",
    "exposed",
    "name_columns",
    "newest_opset",
    "opset_for",
    "save",
    "serialize",
]

OLDEST_OPSET: Final = older.FIRST
"""The oldest in which every layer can be written."""
LOWEST_OPSET: Final = 9
"""The oldest of all, in which layers are refused that need younger operators."""
DEFAULT_OPSET: Final = 17
KNOWN_TO_ALL: Final = 21
"""The newest opset of the oldest onnx that keronyx takes; above it the installed one is asked."""


def emit(
    model: Model,
    *,
    opset: int = DEFAULT_OPSET,
    ir_version: int | None = None,
    fold: bool = True,
    expose: bool = False,
) -> "ModelProto":
    """Return the model as ONNX, with its weights inside.

    Inputs and outputs have the names and the order of ``model.inputs`` and ``model.outputs``, with
    characters that cannot be shown replaced, and numbered where they would clash; behind them come
    the states of stateful layers, and the metadata say which pairs they are. ``fold`` puts
    batch normalisations into the Dense before them. ``expose`` adds every layer's output as an
    output, those of ``exposed(model)`` in that order, and folds nothing. ``ir_version`` is by
    default the smallest that the opset needs. Raises UsageError for an opset or an ir_version that
    cannot be, or more than 2 GB.
    """
    from onnx import ModelProto  # noqa: PLC0415 (costs more than all the rest)

    proto = ModelProto()
    proto.ParseFromString(
        serialize(model, opset=opset, ir_version=ir_version, fold=fold, expose=expose)
    )
    return proto


def serialize(
    model: Model,
    *,
    opset: int = DEFAULT_OPSET,
    ir_version: int | None = None,
    fold: bool = True,
    expose: bool = False,
) -> bytes:
    """Return the bytes of ``emit(model)``, without importing onnx."""
    graph = _graph(model, opset, ir_version, fold=fold, expose=expose)
    return to_bytes(graph, _metadata(model, graph))


def save(  # noqa: PLR0913 - all but two by name only
    model: Model,
    path: str | os.PathLike[str],
    *,
    opset: int = DEFAULT_OPSET,
    ir_version: int | None = None,
    external_data: bool | None = None,
    force: bool = False,
    verify: Callable[[Path], None] | None = None,
) -> None:
    """Write the model to a file that appears whole or not at all.

    The weights are read one after the other and not kept. With ``external_data`` (by default above
    2 GB) those of 1 KiB and more go to ``<path>.data`` beside it, each where it can be mapped into
    memory; only with ``force`` they replace a file there that is not the weights of the model at
    ``path``. ``verify`` is called with the path of the finished file before it takes its place;
    what it raises leaves everything as it was. Raises UsageError where the file cannot be written,
    or would replace one that the model is read from.
    """
    target = Path(path)
    _refuse_source(model, target)
    graph = _graph(model, opset, ir_version, fold=True, expose=False)
    to_file(
        graph,
        _metadata(model, graph),
        target,
        external_data=external_data,
        force=force,
        verify=verify,
    )


def newest_opset() -> int:
    """Return the newest opset that keronyx writes and the installed onnx knows."""
    from onnx.defs import onnx_opset_version  # noqa: PLC0415 (costs more than all the rest)

    return min(NEWEST, onnx_opset_version())


def opset_for(model: Model, opset: int) -> int:
    """Return the opset that is written where this one is asked for.

    The default gives way where a layer needs a newer one; any other is refused then, with an
    UnsupportedConfigError.
    """
    layer = max(with_held(model.layers), key=attrgetter("least_opset"), default=None)
    least = 0 if layer is None else layer.least_opset
    if layer is not None and opset < least and opset != DEFAULT_OPSET:
        raise layer.refuse(f"opset {opset}", f"ask for opset {least} or newer")
    return max(opset, least)


def _graph(model: Model, opset: int, ir_version: int | None, *, fold: bool, expose: bool) -> Graph:
    model.require_computable()
    _check_versions(opset, ir_version)
    opset = opset_for(model, opset)
    graph = _built(model, max(opset, older.FIRST), fold=fold, expose=expose)
    if opset < older.FIRST:
        older.lower(graph, opset)
    graph.ir_version = ir_version
    return graph


def _check_versions(opset: int, ir_version: int | None) -> None:
    """Raise UsageError for versions that are not written."""
    if opset < LOWEST_OPSET or (opset > KNOWN_TO_ALL and opset > newest_opset()):
        raise UsageError(
            f"opset {opset}", hint=f"keronyx writes {LOWEST_OPSET} to {newest_opset()}"
        )
    newest = ir_version_of(newest_opset()) if ir_version else 0
    if ir_version is not None and not OLDEST_IR <= ir_version <= newest:
        what = f"ir_version {ir_version}"
        raise UsageError(what, hint=f"keronyx writes {OLDEST_IR} to {newest}")


def _built(model: Model, opset: int, *, fold: bool, expose: bool) -> Graph:
    if expose or not fold:
        return build(model, opset, expose=expose)
    graph = build(fold_batch_normalization(model), opset)
    simplify(graph)
    return graph


def _metadata(model: Model, graph: Graph) -> dict[str, str]:
    given = dict.fromkeys(given_texts(model.layers))
    facts = {
        "keras_version": model.keras_version,
        "replaced": "; ".join(f"{what} = {text}" for what, text in given),
        "source_sha256": model.sha256,
    }
    said = {name: printable(fact) for name, fact in facts.items() if fact}
    return said | _columns(model) | _states(model, graph)


def _columns(model: Model) -> dict[str, str]:
    """Return the names of a row's values as a list in JSON, which is ASCII whatever they are."""
    return {"columns": json.dumps(model.columns)} if model.columns else {}


def _states(model: Model, graph: Graph) -> dict[str, str]:
    """Return which output gives what an input takes at the next call, by their names there."""
    before = graph.inputs[len(model.inputs) :]
    after = graph.outputs[len(model.outputs) :]
    named = {start.name: end.name for start, end in zip(before, after, strict=False)}
    return {"states": json.dumps(named)} if model.states else {}


def name_columns(serialized: bytes, model: Model) -> bytes:
    """Add a model's names of columns to the metadata of a ModelProto that others wrote."""
    return serialized + wire.pairs(14, _columns(model))


def _refuse_source(model: Model, target: Path) -> None:
    variables = (each for layer in model.layers for each in layer.variables().values())
    read = {model.source, *(each.extent[0] for each in variables if each.extent)}
    for path in (target, beside(target)):
        if any(_is_same(path, own) for own in read):
            raise UsageError(
                "would replace the model it is made from",
                hint="choose another name",
                path=str(path),
            )


def _is_same(path: Path, other: str) -> bool:
    try:
        return path.samefile(other)
    except (OSError, ValueError):  # one of them is not there
        return False
