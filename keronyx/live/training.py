"""What a callback for ``fit`` does in a training: when a model is written, and as what."""

import importlib
import math
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from keronyx.converter.errors import KeronyxError, UsageError

PACKAGES: Final = ("keras", "tf_keras", "tensorflow.keras")
MODES: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "min": lambda value, best: value < best,
    "max": lambda value, best: value > best,
}
RISING: Final = ("acc", "auc", "fmeasure", "precision", "recall", "f1", "r2", "iou")
"""Words in the names of metrics that are better the larger they are."""


@dataclass(frozen=True)
class Aim:
    """Which metric a model is written for, and what is better of two values; None for any."""

    monitor: str | None
    better: Callable[[float, float], bool]

    @classmethod
    def of(cls, monitor: str | None, mode: str) -> "Aim":
        """Return what "min", "max" or "auto" means; raises UsageError for another mode."""
        if mode not in {"auto", *MODES}:
            raise UsageError(f"mode {mode!r}", hint=f"use auto, {', '.join(MODES)}")
        return cls(monitor, MODES[_usual_mode(monitor or "") if mode == "auto" else mode])


def writing_class(keras: Any = None) -> Any:
    """Return the class of callbacks that write, for this Keras or the one that is loaded.

    Raises UsageError where Keras is not installed.
    """
    base = (keras or _keras()).callbacks.Callback
    return type("OnnxCheckpoint", (_Writing, base), {"__doc__": _Writing.__doc__})


def _usual_mode(monitor: str) -> str:
    """Return whether more or less of a metric is better, as Keras tells it by the name."""
    return "max" if any(word in monitor for word in RISING) else "min"


def _keras() -> Any:
    """Return the Keras that is loaded already, else the one that is installed."""
    loaded = (sys.modules[name] for name in PACKAGES if name in sys.modules)
    within = getattr(sys.modules.get("tensorflow"), "keras", None)
    return next(loaded, within) or _installed_keras()


def _installed_keras() -> Any:
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
        self,
        path: str,
        aim: Aim,
        refuse: Callable[[Any], None],
        write: Callable[[Any, str], Any],
    ) -> None:
        super().__init__()
        self._path = path
        self._aim = aim
        self._best = math.nan
        self._refuse = refuse
        self._write = write

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Refuse now what could only be refused after training."""
        del logs
        self._best = math.nan
        if getattr(self.model, "built", False):
            self._refuse(self.model)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Write the model where it is the best so far."""
        if self._aim.monitor is None:
            return
        metrics = logs or {}
        value = metrics.get(self._aim.monitor)
        if value is None:
            self._warn_of_metrics(metrics)
        elif self._is_best(float(value)):
            self._best = float(value)
            self._write_best(epoch, metrics)

    def _is_best(self, value: float) -> bool:
        return math.isnan(self._best) or self._aim.better(value, self._best)

    def _warn_of_metrics(self, logs: Mapping[str, Any]) -> None:
        known = ", ".join(sorted(logs)) or "none"
        what = f"no metric '{self._aim.monitor}', nothing is written; there are: {known}"
        warnings.warn(f"keronyx: {what}", stacklevel=3)

    def _write_best(self, epoch: int, logs: Mapping[str, Any]) -> None:
        try:
            self.conversion = self._write(self.model, _filled(self._path, epoch, logs))
        except KeronyxError as error:
            warnings.warn(f"keronyx: epoch {epoch + 1} is not written: {error}", stacklevel=3)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Write the model that training ends with, where no best one is asked for."""
        del logs
        if self._aim.monitor is None:
            self.conversion = self._write(self.model, self._path)


def _filled(path: str, epoch: int, logs: Mapping[str, Any]) -> str:
    """Put the epoch, counted from 1, and the metrics into a path, as ModelCheckpoint does."""
    try:
        return path.format(epoch=epoch + 1, **logs)
    except (KeyError, IndexError, ValueError) as error:
        known = ", ".join(["epoch", *sorted(logs)])
        raise UsageError(f"{path!r} names what there is not", hint=f"there are {known}") from error
