"""A callback for ``fit`` that writes checked ONNX models: at the end, or the best so far."""

import importlib
import math
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from keronyx.converter.errors import KeronyxError, UsageError
from keronyx.converter.graph.recognise import ONNX
from keronyx.converter.overwriting import refuse_name

if TYPE_CHECKING:
    from keronyx.converter.files import PathLike

PACKAGES: Final = ("keras", "tf_keras", "tensorflow.keras")
MODES: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "min": lambda value, best: value < best,
    "max": lambda value, best: value > best,
}
RISING: Final = ("acc", "auc", "fmeasure", "precision", "recall", "f1", "r2", "iou")
"""Words in the names of metrics that are better the larger they are."""


def keras_callback(
    path: "PathLike",
    *,
    monitor: str | None = None,
    mode: str = "auto",
    keras: Any = None,
    **options: Any,
) -> Any:
    """Return a ``keras.callbacks.Callback`` that writes the model to an ONNX file.

    Without ``monitor`` that happens once, when training has ended. With it, after every epoch in
    which the metric of this name was the best so far, as ``ModelCheckpoint(save_best_only=True)``
    saves; ``path`` may then hold "{epoch}" and "{val_loss}" as there. ``mode`` is "min", "max" or
    "auto", which goes by the name. ``keras`` is the package of the model, where several are loaded.
    ``options`` are those of ``keronyx.convert``. What was written last is the callback's
    ``conversion``.

    A check that fails writes nothing. While training goes on, what cannot be written is a warning;
    at the end it is raised. A model that cannot be converted at all is refused before the first
    epoch, where it is built by then.

    Raises UsageError where Keras is not installed, or where ``path`` has the suffix of another kind
    of file, such as .keras.
    """
    if mode not in {"auto", *MODES}:
        raise UsageError(f"mode {mode!r}", hint=f"use auto, {', '.join(MODES)}")
    base = (keras or _keras()).callbacks.Callback
    if not options.get("force"):
        refuse_name(path, ONNX)
    kind = type("OnnxCheckpoint", (_Writing, base), {"__doc__": _Writing.__doc__})
    return kind(str(path), monitor, mode, options)


def _keras() -> Any:
    """Return the Keras that is loaded already, else the one that is installed."""
    for name in PACKAGES:
        if name in sys.modules:
            return sys.modules[name]
    loaded = getattr(sys.modules.get("tensorflow"), "keras", None)
    if loaded is not None:
        return loaded
    try:
        return importlib.import_module("keras")
    except ImportError as error:
        from keronyx.live.trusted import INSTALL  # noqa: PLC0415

        raise UsageError("Keras is not installed", hint=INSTALL) from error


class _Writing:
    """Writes the model that is trained to a checked ONNX file."""

    model: Any
    conversion: Any = None

    def __init__(
        self, path: str, monitor: str | None, mode: str, options: Mapping[str, Any]
    ) -> None:
        super().__init__()
        self._path = path
        self._monitor = monitor
        rising = any(word in (monitor or "") for word in RISING)
        self._better = MODES["max" if mode == "max" or (mode == "auto" and rising) else "min"]
        self._best = math.nan
        self._options = options

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Refuse now what could only be refused after training."""
        del logs
        self._best = math.nan
        if getattr(self.model, "built", False):
            self._prepare()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Write the model where it is the best so far."""
        if self._monitor is None:
            return
        value = (logs or {}).get(self._monitor)
        if value is None:
            known = ", ".join(sorted(logs or {})) or "none"
            warnings.warn(
                f"keronyx: no metric '{self._monitor}', nothing is written; there are: {known}",
                stacklevel=2,
            )
        elif math.isnan(self._best) or self._better(float(value), self._best):
            self._best = float(value)
            try:
                self.conversion = self._convert(_filled(self._path, epoch, logs or {}))
            except KeronyxError as error:
                warnings.warn(f"keronyx: epoch {epoch + 1} is not written: {error}", stacklevel=2)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Write the model that training ends with, where no best one is asked for."""
        del logs
        if self._monitor is None:
            self.conversion = self._convert(self._path)

    def _prepare(self) -> None:
        from keronyx.conversion import read  # noqa: PLC0415
        from keronyx.converter.emit import DEFAULT_OPSET  # noqa: PLC0415
        from keronyx.live.backends import prepare  # noqa: PLC0415

        model, options = self.model, self._options
        prepare(
            model,
            lambda: read(model, replace=options.get("replace")),
            backend=options.get("backend", "auto"),
            trust=False,
            opset=options.get("opset", DEFAULT_OPSET),
        )

    def _convert(self, path: str) -> Any:
        from keronyx.conversion import convert  # noqa: PLC0415

        return convert(self.model, path, **self._options)


def _filled(path: str, epoch: int, logs: Mapping[str, Any]) -> str:
    """Put the epoch, counted from 1, and the metrics into a path, as ModelCheckpoint does."""
    try:
        return path.format(epoch=epoch + 1, **logs)
    except (KeyError, IndexError, ValueError) as error:
        known = ", ".join(["epoch", *sorted(logs)])
        raise UsageError(f"{path!r} names what there is not", hint=f"there are {known}") from error
