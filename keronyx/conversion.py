"""The whole way from a Keras file to an ONNX model whose numbers are proven."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as changed
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from keronyx.converter.description import describe
from keronyx.converter.description.chain import Told
from keronyx.converter.dialect.replace import Replacing
from keronyx.converter.emit import DEFAULT_OPSET, emit, name_columns, save, serialize
from keronyx.converter.errors import UsageError
from keronyx.converter.files import read_saved
from keronyx.converter.files.saved import SavedModel
from keronyx.converter.graph.recognise import ONNX
from keronyx.converter.model import Model
from keronyx.converter.overwriting import refuse_other, refuse_same
from keronyx.live.backends import Backend, Prepared, prepare, save_bytes
from keronyx.live.package import is_live
from keronyx.runtime.proof.oddities import odd_weights, said_by_user

if TYPE_CHECKING:
    from onnx import ModelProto

    from keronyx.runtime.proof.report import Report
    from keronyx.runtime.session.predictor import Source

PathLike = str | os.PathLike[str]


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
            return emit(self.model, opset=self.opset)
        proto: ModelProto = ModelProto.FromString(self.serialized)
        return proto


def read(  # noqa: PLR0913 - all but two by name only
    source: Any,
    weights: PathLike | None = None,
    *,
    biases: Iterable[Any] | None = None,
    activations: Sequence[str] | str | None = None,
    order: Sequence[str] | None = None,
    use_bias: bool = True,
    replace: Mapping[str, str] | None = None,
    isolate: bool = False,
) -> Model:
    """Describe a Keras model: a file, an architecture and its ``weights``, or bare weights.

    Or a live model of Keras 2 or 3, on any backend; a subclassed one is traced through its calls.
    Bare weights are an .npz or .npy file, a folder of these, or arrays in memory: what
    ``get_weights()`` returns, kernels alone with ``biases`` beside, or a tuple of both lists. They
    need ``activations``: one for all layers, or one for each. ``order`` names their layers one
    after the other, where the file does not say it; ``use_bias=False`` says that none has a bias.

    ``replace`` says what layers and activations compute whose code is not run, by their names, as
    in ``{"lambda": "x / 127.5 - 1"}``; docs/expressions.md has all that can be said.

    ``isolate`` reads files in a process of their own, for files from anywhere: whatever they make
    a C library do becomes an error.
    """
    Replacing.of(replace)  # told before anything is read
    told = Told(activations, order, use_bias)
    if isolate and not isinstance(source, str | os.PathLike):
        raise UsageError("isolation is for files", hint="what is in memory needs none")
    if is_live(source):
        if told or not weights is biases is None:
            raise UsageError("a live model has its own weights and activations")
        return _from_live(source, replace)
    if isinstance(source, str | os.PathLike):
        if biases is not None:
            raise UsageError("biases go with weights in memory, not with a file")
        if isolate:
            from keronyx.isolation.remote import read_apart  # noqa: PLC0415

            return read_apart(source, weights, told, replace)
        saved = read_saved(source, weights=weights)
        return describe(saved, **vars(told), replace=replace)
    if weights is not None:
        raise UsageError("a weights file goes with an architecture file, not with arrays")
    return describe(_from_arrays(source, biases), **vars(told), replace=replace)


def _from_live(model: Any, replace: Mapping[str, str] | None) -> Model:
    from keronyx.live.reading import saved_from_live  # noqa: PLC0415

    return describe(saved_from_live(model), replace=replace)


def _from_arrays(source: Any, biases: Iterable[Any] | None) -> SavedModel:
    from keronyx.converter.files.arrays import saved_from_arrays  # noqa: PLC0415

    if not isinstance(source, Iterable) or isinstance(source, bytes | Mapping):
        raise UsageError(
            f"cannot convert {type(source).__name__}", hint="give a path, or a list of arrays"
        )
    if biases is None and _is_pair(source):
        source, biases = source
    return saved_from_arrays(source, biases)


def _is_pair(source: Any) -> bool:
    """Tell (kernels, biases) from the kernel and the bias of a single layer."""
    if not isinstance(source, tuple) or len(source) != 2 or not len(source[0]):
        return False
    return isinstance(source[0], list | tuple) and np.ndim(source[0][0]) > 1


def convert(  # noqa: PLR0913 - the whole interface of the package; all but two by name only
    source: Any,
    output: PathLike | None = None,
    *,
    weights: PathLike | None = None,
    biases: Iterable[Any] | None = None,
    activations: Sequence[str] | str | None = None,
    order: Sequence[str] | None = None,
    use_bias: bool = True,
    replace: Mapping[str, str] | None = None,
    opset: int = DEFAULT_OPSET,
    check: bool = True,
    samples: PathLike | Mapping[str, Any] | None = None,
    external_data: bool | None = None,
    isolate: bool = False,
    backend: Backend = "auto",
    trust: bool = False,
    force: bool = False,
    columns: Sequence[str] = (),
) -> Conversion:
    """Convert a Keras model to ONNX, and compare the numbers of both.

    ``source``, ``weights``, ``biases``, ``activations``, ``order``, ``use_bias``, ``replace`` and
    ``isolate`` are those of ``read``; with ``isolate`` all of the work is done in the other
    process. With ``output`` the model is written to a file, once the check has passed.
    ``samples`` are more inputs to check, with the outputs expected of them or without: an .npz
    file, or arrays by name; or inputs alone in a .csv, .tsv or .json file. ``columns`` are the
    names that tables have for the values of a row, in the order of the model; they are kept in the
    ONNX model, for ``predict``. ``external_data`` puts the weights in a file beside (by default
    above 2 GB).

    A live model is compared with its own Keras as well. ``backend`` is "direct" for keronyx alone,
    "tf2onnx" for TensorFlow and tf2onnx, and by default the latter for what the former refuses.
    These need a live model, or with ``trust`` they load the file with the installed Keras, which
    can run code in it.

    ``output`` may replace an ONNX model, but no other file, and may not have the suffix of another
    kind of file, such as .h5 or .npz, except with ``force``.

    Raises:
        CheckError: the numbers differ; its ``report`` says where. Nothing is written.
        KeronyxError: another of its kinds, for whatever else cannot be converted.
    """
    if samples is not None and not check:
        raise UsageError("samples without a check")
    if output is None and external_data:
        raise UsageError("external data without an output file")
    if output is not None:
        _refuse_output(output, [source, weights, samples], force=force)
    told = Told(activations, order, use_bias)
    options: dict[str, Any] = {"opset": opset, "check": check, "external_data": external_data}
    options |= {"force": force, "columns": list(columns)}
    if isolate:
        if biases is not None:
            raise UsageError("biases go with weights in memory, not with a file")
        if trust or backend == "tf2onnx":
            raise UsageError("isolation with another converter", hint="one or the other")
        from keronyx.isolation.remote import convert_apart  # noqa: PLC0415

        options |= {"weights": weights, "told": told, "replace": replace}
        return convert_apart(source, output, samples=samples, **options)
    prepared = prepare(
        source,
        lambda: read(source, weights, biases=biases, **vars(told), replace=replace),
        backend=backend,
        trust=trust,
        opset=opset,
    )
    return convert_model(prepared, output, samples=samples, **options)


def _refuse_output(output: PathLike, read: Iterable[Any], *, force: bool) -> None:
    """Raise UsageError where the ONNX model would take the name or the place of something else."""
    if not Path(output).name:
        raise UsageError("is a folder", hint="give a file name in it", path=os.fspath(output))
    refuse_same(output, *(each for each in read if isinstance(each, str | os.PathLike)))
    refuse_other(output, ONNX, force=force)


def convert_model(  # noqa: PLR0913 - what is left of convert's
    model: Model | Prepared,
    output: PathLike | None,
    *,
    opset: int,
    check: bool,
    samples: PathLike | Mapping[str, Any] | None,
    external_data: bool | None,
    force: bool = False,
    columns: Sequence[str] = (),
) -> Conversion:
    """Convert a description, as ``convert`` does."""
    prepared = Prepared(model=model) if isinstance(model, Model) else model
    model, serialized = _named(prepared.model, columns), prepared.serialized
    if serialized is not None and columns:
        serialized = name_columns(serialized, model)
    notes: list[str] = []
    if serialized is not None and external_data:
        raise UsageError("external data", hint="tf2onnx puts a model's weights into it")
    given = read_samples(samples, model, notes.append) if check else None
    proof = Proof(model, given, prepared.live) if check else None
    if output is not None and serialized is not None:
        save_bytes(serialized, output, prepared.path, proof)
    elif output is not None:
        save(model, output, opset=opset, external_data=external_data, force=force, verify=proof)
    else:
        serialized = serialized or serialize(model, opset=opset)
        if proof is not None:
            proof(serialized)
    report = proof.report if proof else None
    return Conversion(
        model=model,
        opset=opset,
        path=None if output is None else os.fspath(output),
        report=report,
        warnings=(
            *((prepared.note,) if prepared.note else ()),
            *model.notes,
            *said_by_user(model),
            *notes,
            *odd_weights(model),
            *(report.warnings if report else ()),
        ),
        backend=prepared.backend,
        serialized=serialized,
    )


def _named(model: Model, columns: Sequence[str]) -> Model:
    """Return the model with the names of its columns."""
    if not columns:
        return model
    from keronyx.runtime.session.predictor import specs_of  # noqa: PLC0415
    from keronyx.runtime.tables.columns import checked  # noqa: PLC0415

    return changed(model, columns=checked(columns, specs_of(model.inputs)))


class Proof:
    """Checks a graph before it takes its place; ``report`` is what was found."""

    report: "Report | None" = None

    def __init__(self, model: Model, samples: Mapping[str, Any] | None, live: Any = None) -> None:
        self._model = model
        self._samples = samples
        self._live = live

    def __call__(self, graph: "Source") -> None:
        """Raise CheckError when the numbers differ."""
        from keronyx.runtime.proof.checking import check  # noqa: PLC0415
        from keronyx.runtime.proof.report import DifferenceError  # noqa: PLC0415

        self.report = check(graph, self._model, samples=self._samples, against=self._live)
        if not self.report.passed:
            raise DifferenceError(self.report, path=self._model.source)


def read_samples(
    given: PathLike | Mapping[str, Any] | None, model: Model, note: Callable[[str], None]
) -> Mapping[str, Any] | None:
    """Return samples by name; a path is read: .npz, or a table, of which ``note`` is told."""
    if given is None or isinstance(given, Mapping):
        return given
    from keronyx.runtime.session.predictor import specs_of  # noqa: PLC0415
    from keronyx.runtime.tables.files import NAMED, read_arrays, read_inputs, suffix_of  # noqa: PLC0415

    if suffix_of(given) in NAMED:
        return read_inputs(given, specs_of(model.inputs), model.columns, note)
    return read_arrays(given)
