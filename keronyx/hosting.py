"""The whole way from a Keras file, or an ONNX model of ours, to a project that runs it."""

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Unpack

from keronyx.asking import Asked, PathLike, Reading
from keronyx.conversion import Conversion, convert
from keronyx.converter.emit import DEFAULT_OPSET
from keronyx.converter.errors import (
    FileFormatError,
    UnsupportedConfigError,
    UsageError,
    os_reason,
    shorten,
)
from keronyx.converter.version import __version__
from keronyx.loading import graph_of
from keronyx.runtime.columns import checked, from_metadata
from keronyx.runtime.hosts import (
    HOSTS,
    Facts,
    Kept,
    check_ports,
    facts_of,
    kept_of,
    new_folder,
    record,
    record_of_graph,
    write_project,
)
from keronyx.runtime.proof.domains import domains
from keronyx.runtime.session.batches import batch_of
from keronyx.runtime.session.predictor import Predictor, Source, load

if TYPE_CHECKING:
    from onnx import ModelProto, TensorProto

MODEL: Final = "model.onnx"


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project that was written: its ``folder``, the ``facts`` that it knows of its model.

    ``conversion`` is None where the model was ONNX already.
    """

    folder: str
    to: str
    facts: Facts
    conversion: Conversion | None = None


def host(  # noqa: PLR0913 - all but three by name only
    source: Any,
    to: str,
    folder: PathLike,
    *,
    opset: int = DEFAULT_OPSET,
    name: str = "",
    shape: Mapping[str, tuple[int, ...]] | None = None,
    columns: Sequence[str] = (),
    classes: Sequence[str] = (),
    **said: Unpack[Reading],
) -> Project:
    """Write a project in another language that runs a model in onnxruntime: cpp, csharp, node, web.

    ``source`` is what ``read`` takes, with ``said`` by name, which is converted and checked; or an
    ONNX model that keronyx wrote: a path, its bytes, a ``Conversion``. ``folder`` must be new or
    empty. ``shape`` has those of the rows whose sizes the model leaves open, by input; ``columns``
    are the names of a table's columns in the model's
    order, by default those that the ONNX model has, ``classes`` those of the outputs' values.
    Raises UsageError for what is asked wrongly, and whatever ``convert`` raises.
    """
    if to not in HOSTS:
        known = ", ".join(f"{key} ({what})" for key, what in HOSTS.items())
        raise UsageError(f"no host {shorten(repr(to))}", hint=f"the hosts are {known}")
    with new_folder(folder) as place:
        made = _put_model(Asked.of(source, **said), place, opset, columns)
        title = name or _title(source, made)
        facts = _write(to, place, made, title, shape, columns, classes)
    return Project(folder=str(folder), to=to, facts=facts, conversion=made)


def _put_model(asked: Asked, place: Path, opset: int, columns: Sequence[str]) -> Conversion | None:
    """Convert the model into the project, or copy it where it is ONNX already."""
    graph = graph_of(asked.source)
    if graph is None:
        given: dict[str, Any] = {"weights": asked.weights, "biases": asked.biases}
        given |= {**vars(asked.told), "replace": asked.replace, "opset": opset, "columns": columns}
        return convert(asked.source, place / MODEL, **given)
    if asked.replace or not asked.is_alone:
        what = "an ONNX model has its own weights and activations"
        raise UsageError(what, path=str(asked.source) if asked.is_file else "")
    _put_graph(graph, place)
    return None


def _put_graph(graph: Source, place: Path) -> None:
    """Copy an ONNX model into the project, from its file or from memory."""
    if isinstance(graph, str | os.PathLike):
        _copy(Path(graph), place)
        return
    (place / MODEL).write_bytes(
        graph if isinstance(graph, bytes) else graph.SerializeToString(deterministic=True)
    )


def _title(source: Any, made: Conversion | None) -> str:
    """Return what a project calls its model: as its file is called, or the model itself."""
    if isinstance(source, str | os.PathLike):
        return Path(source).stem
    return made.model.name if made else "model"


def _write(  # noqa: PLR0913, PLR0917 - what is left of host's
    to: str,
    place: Path,
    made: Conversion | None,
    title: str,
    shape: Mapping[str, tuple[int, ...]] | None,
    columns: Sequence[str],
    classes: Sequence[str],
) -> Facts:
    """Write everything but the model."""
    head = _head(place / MODEL)
    predict: Predictor = load(place / MODEL, engine="onnxruntime", threads=1)
    check_ports(predict.inputs, predict.outputs)
    vectors = (
        record(made.model, predict, shape)
        if made
        else record_of_graph(predict, shape, head["weights"])
    )
    facts = facts_of(
        title,
        predict.inputs,
        predict.outputs,
        vectors,
        opset=head["opset"],
        source_sha256=head["source_sha256"],
        version=__version__,
        external_data=next(iter(head["places"]), ""),
        columns=checked(columns, predict.inputs) or from_metadata(predict.metadata, predict.inputs),
        classes=classes,
        states=_kept(to, predict),
        taken=list(domains(made.model).values()) if made else (),
    )
    write_project(to, facts, vectors, place)
    return facts


def _kept(to: str, predict: Predictor) -> tuple[Kept, ...]:
    """Return what a model keeps; raises UnsupportedConfigError where the host cannot."""
    kept = kept_of(predict.pairs, predict.states, predict.inputs)
    if kept and to == "web" and batch_of(predict.inputs) != 1:
        raise UnsupportedConfigError(
            f"a stateful model that takes {batch_of(predict.inputs)} rows at a time",
            hint="a page predicts them one by one; --to node, cpp and csharp take several",
        )
    return kept


def _head(path: Path) -> dict[str, Any]:
    """Return what an ONNX model says of itself; refuse one that is not ours.

    ``places`` are the files of its weights, ``weights`` their types.
    """
    model = _opened(path)
    if model.producer_name != "keronyx":
        raise UsageError(
            "this ONNX model was not written by keronyx",
            hint="give the Keras file instead",
            path=str(path),
        )
    facts = {entry.key: entry.value for entry in model.metadata_props}
    return {
        "opset": _opset(model),
        "source_sha256": facts.get("source_sha256", ""),
        "places": _places(model.graph.initializer),
        "weights": _types(model.graph.initializer),
    }


def _opset(model: "ModelProto") -> int:
    """Return the version of ONNX's own operators."""
    return next((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), 0)


def _types(tensors: Iterable["TensorProto"]) -> set[str]:
    """Return the names of the types that tensors have."""
    import onnx  # noqa: PLC0415

    names = {code: name.lower() for name, code in onnx.TensorProto.DataType.items()}
    return {names.get(tensor.data_type, "") for tensor in tensors}


def _places(weights: Iterable["TensorProto"]) -> set[str]:
    """Return the names of the files in which weights are."""
    entries = chain.from_iterable(tensor.external_data for tensor in weights)
    return {entry.value for entry in entries if entry.key == "location"}


def _opened(path: Path) -> "ModelProto":
    import onnx  # noqa: PLC0415

    try:
        return onnx.load(path, load_external_data=False)
    # protobuf's own errors have no root in common with those of the file system.
    except Exception as error:
        raise FileFormatError("onnx cannot read the model", path=str(path)) from error


def _copy(source: Path, place: Path) -> None:
    """Copy a model, and its weights where they lie in the file beside it."""
    beside = source.with_name(f"{source.name}.data")
    places = _head(source)["places"]
    if places - {beside.name}:
        raise UsageError("its weights are not in one file beside it", path=str(source))
    shutil.copyfile(source, place / MODEL)
    if places:
        _copy_weights(beside, place)


def _copy_weights(beside: Path, place: Path) -> None:
    try:
        shutil.copyfile(beside, place / beside.name)
    except OSError as error:
        what = f"the model's weights: {os_reason(error)}"
        raise FileFormatError(what, path=str(beside)) from error
