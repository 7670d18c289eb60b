"""The whole way from a Keras file to an ONNX model whose numbers are proven."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from keronyx.converter.describe import describe
from keronyx.converter.emit import DEFAULT_OPSET, emit, save, serialize
from keronyx.converter.errors import UsageError
from keronyx.converter.files import read_saved
from keronyx.converter.files.saved import SavedModel
from keronyx.converter.model import Model
from keronyx.runtime.oddities import odd_weights

if TYPE_CHECKING:
    from onnx import ModelProto

    from keronyx.runtime.report import Report
    from keronyx.runtime.session import Source

LIVE: Final = frozenset({"keras", "tf_keras", "tensorflow"})
"""Packages whose models are alive in memory."""

PathLike = str | os.PathLike[str]


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """A model that was converted.

    ``model`` is the description, ``onnx`` the ModelProto, ``report`` what the check found (None
    where it was not asked for), ``path`` the file that was written, if one was. ``warnings`` say
    what is odd about the numbers.
    """

    model: Model
    opset: int
    path: str | None = None
    report: "Report | None" = None
    warnings: tuple[str, ...] = ()
    serialized: bytes | None = field(default=None, repr=False)

    @cached_property
    def onnx(self) -> "ModelProto":
        """The ONNX model, its weights inside."""
        from onnx import ModelProto  # noqa: PLC0415

        if self.serialized is None:
            return emit(self.model, opset=self.opset)
        proto: ModelProto = ModelProto.FromString(self.serialized)
        return proto


def read(
    source: Any,
    weights: PathLike | None = None,
    *,
    biases: Iterable[Any] | None = None,
    activations: Sequence[str] | str | None = None,
) -> Model:
    """Describe a Keras model: a file, an architecture and its ``weights``, or bare weights.

    Bare weights are an .npz or .npy file, a folder of these, or arrays in memory: what
    ``get_weights()`` returns, kernels alone with ``biases`` beside, or a tuple of both lists. They
    need ``activations``: one for all layers, or one for each.
    """
    if _is_live(source):
        raise UsageError(
            "a live Keras model",
            hint='save it first: model.save("model.keras"), then name the file',
        )
    if isinstance(source, str | os.PathLike):
        if biases is not None:
            raise UsageError("biases go with weights in memory, not with a file")
        return describe(read_saved(source, weights=weights), activations=activations)
    if weights is not None:
        raise UsageError("a weights file goes with an architecture file, not with arrays")
    return describe(_from_arrays(source, biases), activations=activations)


def _is_live(source: Any) -> bool:
    """Tell a model in memory by its classes' packages, without importing any."""
    names = {(kind.__module__.split(".")[0], kind.__name__) for kind in type(source).__mro__}
    return any(package in LIVE and name in {"Model", "Layer"} for package, name in names)


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
    opset: int = DEFAULT_OPSET,
    check: bool = True,
    samples: PathLike | Mapping[str, Any] | None = None,
    external_data: bool | None = None,
) -> Conversion:
    """Convert a Keras model to ONNX, and compare the numbers of both.

    ``source``, ``weights``, ``biases`` and ``activations`` are those of ``read``. With ``output``
    the model is written to a file, once the check has passed. ``samples`` are more inputs to
    check, with the outputs expected of them or without: an .npz file, or arrays by name.
    ``external_data`` puts the weights in a file beside (by default above 2 GB).

    Raises:
        CheckError: the numbers differ; its ``report`` says where. Nothing is written.
        KeronyxError: another of its kinds, for whatever else cannot be converted.
    """
    if samples is not None and not check:
        raise UsageError("samples without a check")
    if output is None and external_data:
        raise UsageError("external data without an output file")
    if output is not None and not Path(output).name:
        raise UsageError("is a folder", hint="give a file name in it", path=os.fspath(output))
    model = read(source, weights, biases=biases, activations=activations)
    proof = Proof(model, read_samples(samples)) if check else None
    serialized = None
    if output is not None:
        save(model, output, opset=opset, external_data=external_data, verify=proof)
    else:
        serialized = serialize(model, opset=opset)
        if proof is not None:
            proof(serialized)
    report = proof.report if proof else None
    return Conversion(
        model=model,
        opset=opset,
        path=None if output is None else os.fspath(output),
        report=report,
        warnings=odd_weights(model) + (report.warnings if report else ()),
        serialized=serialized,
    )


class Proof:
    """Checks a graph before it takes its place; ``report`` is what was found."""

    report: "Report | None" = None

    def __init__(self, model: Model, samples: Mapping[str, Any] | None) -> None:
        self._model = model
        self._samples = samples

    def __call__(self, graph: "Source") -> None:
        """Raise CheckError when the numbers differ."""
        from keronyx.runtime.check import check  # noqa: PLC0415
        from keronyx.runtime.report import DifferenceError  # noqa: PLC0415

        self.report = check(graph, self._model, samples=self._samples)
        if not self.report.passed:
            raise DifferenceError(self.report, path=self._model.source)


def read_samples(given: PathLike | Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return samples by name; a path is read."""
    if given is None or isinstance(given, Mapping):
        return given
    from keronyx.runtime.tables import read_arrays  # noqa: PLC0415

    return read_arrays(given)
