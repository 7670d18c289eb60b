"""From a description to an ONNX model whose numbers are proven, wherever it was read."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from keronyx.asking import Manner, PathLike, Samples
from keronyx.converter.emit import emit, name_columns, opset_for, save, serialize
from keronyx.converter.errors import UsageError
from keronyx.converter.model import Model
from keronyx.converter.single_pass import settled
from keronyx.converter.wording import worded
from keronyx.live.backends import Prepared, save_bytes
from keronyx.runtime.proof.oddities import odd_weights, said_by_user

if TYPE_CHECKING:
    from onnx import ModelProto

    from keronyx.runtime.proof.report import Report
    from keronyx.runtime.session.predictor import Source


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """A model that was converted.

    ``model`` is the description, ``onnx`` the ModelProto, ``report`` what the check found (None
    where it was not asked for), ``path`` the file that was written, if one was.
    ``warnings`` say what is odd about the numbers, and why keronyx did not convert it itself.
    ``backend`` says who did: where that is "tf2onnx", and keronyx does not understand the model,
    ``model`` has inputs and outputs, but no layers.
    """

    model: Model
    opset: int
    ir_version: int | None = None
    path: str | None = None
    report: "Report | None" = None
    warnings: tuple[str, ...] = ()
    backend: Literal["direct", "tf2onnx"] = "direct"
    serialized: bytes | None = field(default=None, repr=False)

    @cached_property
    def onnx(self) -> "ModelProto":
        """The ONNX model, its weights inside."""
        from onnx import ModelProto  # noqa: PLC0415

        if self.serialized is None:
            return emit(self.model, opset=self.opset, ir_version=self.ir_version)
        proto: ModelProto = ModelProto.FromString(self.serialized)
        return proto


def convert_model(
    prepared: Prepared, output: PathLike | None, *, samples: Samples, how: Manner
) -> Conversion:
    """Convert a description, as ``keronyx.convert`` does; its errors are those of that."""
    prepared = _named(_adjusted(prepared, how), how)
    if prepared.serialized is not None and how.external_data:
        raise UsageError("external data", hint="tf2onnx puts a model's weights into it")
    notes: list[str] = []
    proof = _proof(prepared, samples, notes.append) if how.check else None
    written = _written(prepared, output, how, proof)
    report = proof.report if proof else None
    return Conversion(
        model=replace(prepared.model, sha256=settled(prepared.model.sha256)),
        opset=how.opset if prepared.serialized else opset_for(prepared.model, how.opset),
        ir_version=how.ir_version,
        path=None if output is None else os.fspath(output),
        report=report,
        warnings=_warnings(prepared, notes, report),
        backend=prepared.backend,
        serialized=written,
    )


def _written(
    prepared: Prepared, output: PathLike | None, how: Manner, proof: "Proof | None"
) -> bytes | None:
    """Write the model to a file, or else return it proven."""
    if output is None:
        return _proven(prepared, how, proof)
    _save(prepared, output, how, proof)
    return prepared.serialized


def _adjusted(prepared: Prepared, how: Manner) -> Prepared:
    """Return the model as it is to be seen; Keras would see another, and is not asked."""
    if prepared.serialized is not None and (how.adjusts or how.ir_version):
        what = "other shapes, names, outputs or an ir_version of what tf2onnx converts"
        raise UsageError(what)
    if not how.adjusts:
        return prepared
    live = None if how.rename or how.outputs else prepared.live
    return replace(prepared, model=how.adjusted(prepared.model), live=live)


def _named(prepared: Prepared, how: Manner) -> Prepared:
    """Return the model with the names of its columns, in the graph too where there is one."""
    if not how.columns:
        return prepared
    from keronyx.runtime.columns import checked  # noqa: PLC0415
    from keronyx.runtime.specs import specs_of  # noqa: PLC0415

    columns = checked(how.columns, specs_of(prepared.model.inputs))
    model, serialized = replace(prepared.model, columns=columns), prepared.serialized
    if serialized is not None:
        serialized = name_columns(serialized, model)
    return replace(prepared, model=model, serialized=serialized)


def _proven(prepared: Prepared, how: Manner, proof: "Proof | None") -> bytes:
    """Return the model in memory, once it is proven."""
    written = prepared.serialized or serialize(
        prepared.model, opset=how.opset, ir_version=how.ir_version
    )
    if proof is not None:
        proof(written)
    return written


def _save(prepared: Prepared, output: PathLike, how: Manner, proof: "Proof | None") -> None:
    """Write the model to a file, once it is proven."""
    if prepared.serialized is not None:
        save_bytes(prepared.serialized, output, prepared.path, proof)
        return
    save(
        prepared.model,
        output,
        opset=how.opset,
        ir_version=how.ir_version,
        external_data=how.external_data,
        force=how.force,
        verify=proof,
    )


def _warnings(prepared: Prepared, notes: list[str], report: "Report | None") -> tuple[str, ...]:
    model = prepared.model
    told = (
        *((prepared.note,) if prepared.note else ()),
        *model.notes,
        *said_by_user(model),
        *notes,
        *odd_weights(model),
        *(report.warnings if report else ()),
    )
    return tuple(map(worded, told))


class Proof:
    """Checks a graph before it takes its place; ``report`` is what was found."""

    report: "Report | None" = None

    def __init__(self, model: Model, samples: Mapping[str, Any] | None, live: Any = None) -> None:
        self._model = model
        self._samples = samples
        self._live = live

    def __call__(self, graph: "Source") -> None:
        """Raise CheckError when the numbers differ."""
        from keronyx.checking import check  # noqa: PLC0415
        from keronyx.runtime.proof.report import DifferenceError  # noqa: PLC0415

        self.report = check(graph, self._model, samples=self._samples, against=self._live)
        if not self.report.passed:
            raise DifferenceError(self.report, path=self._model.source)


def _proof(prepared: Prepared, samples: Samples, note: Callable[[str], None]) -> Proof:
    return Proof(prepared.model, read_samples(samples, prepared.model, note), prepared.live)


def read_samples(
    given: Samples, model: Model, note: Callable[[str], None]
) -> Mapping[str, Any] | None:
    """Return samples by name; a path is read: .npz, or a table, of which ``note`` is told."""
    if not isinstance(given, str | os.PathLike):
        return given
    from keronyx.runtime.specs import specs_of  # noqa: PLC0415
    from keronyx.runtime.tables.files import NAMED, read_arrays, read_inputs, suffix_of  # noqa: PLC0415

    if suffix_of(given) in NAMED:
        return read_inputs(given, specs_of(model.inputs), model.columns, note)
    return read_arrays(given)
