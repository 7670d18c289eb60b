"""Convert any Keras file to ONNX without Keras, run it, and prove the numbers.

    result = keronyx.convert("model.h5", "model.onnx")
    predict = keronyx.load("model.onnx")

Importing keronyx imports nothing but the errors; everything else is loaded when it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from keronyx.converter.errors import (
    CheckError,
    FileFormatError,
    KeronyxError,
    UnsupportedConfigError,
    UnsupportedLayerError,
    UsageError,
    WeightError,
)
from keronyx.converter.version import __version__

if TYPE_CHECKING:
    from keronyx.coding import code
    from keronyx.conversion import Conversion, convert, read
    from keronyx.converter.formula import LayerFormula, formulas
    from keronyx.converter.model import Model
    from keronyx.runtime.check import check
    from keronyx.runtime.evaluate import evaluate
    from keronyx.runtime.report import Report
    from keronyx.runtime.session import Predictor, load
    from keronyx.runtime.trace import Trace
    from keronyx.tracing import trace

__all__ = [
    "CheckError",
    "Conversion",
    "FileFormatError",
    "KeronyxError",
    "LayerFormula",
    "Model",
    "Predictor",
    "Report",
    "Trace",
    "UnsupportedConfigError",
    "UnsupportedLayerError",
    "UsageError",
    "WeightError",
    "__version__",
    "check",
    "code",
    "convert",
    "evaluate",
    "formulas",
    "load",
    "read",
    "trace",
]

_HOMES = {
    "Conversion": "keronyx.conversion",
    "LayerFormula": "keronyx.converter.formula",
    "Model": "keronyx.converter.model",
    "Predictor": "keronyx.runtime.session",
    "Report": "keronyx.runtime.report",
    "Trace": "keronyx.runtime.trace",
    "check": "keronyx.runtime.check",
    "code": "keronyx.coding",
    "convert": "keronyx.conversion",
    "evaluate": "keronyx.runtime.evaluate",
    "formulas": "keronyx.converter.formula",
    "load": "keronyx.runtime.session",
    "read": "keronyx.conversion",
    "trace": "keronyx.tracing",
}
"""Where each name of the interface comes from."""


def __getattr__(name: str) -> Any:
    """Load a name of the interface at its first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'keronyx' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
