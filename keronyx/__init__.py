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
    MissingFileError,
    Reason,
    UnsupportedConfigError,
    UnsupportedLayerError,
    UsageError,
    WeightError,
)
from keronyx.converter.version import __version__

if TYPE_CHECKING:
    from keronyx.coding import code
    from keronyx.conversion import convert, read
    from keronyx.converter.dialect.custom import layer_scope
    from keronyx.converter.emit.base import emit_layer, weight
    from keronyx.converter.formula import LayerFormula
    from keronyx.converter.graph.building import Graph
    from keronyx.converter.graph.nodes import Value
    from keronyx.converter.layers.base import Layer, variable
    from keronyx.converter.limits import limits
    from keronyx.converter.model import Model
    from keronyx.converter.tensors import Variable
    from keronyx.converting import Conversion
    from keronyx.custom import register_layer, unregister_layer
    from keronyx.hosting import Project, host
    from keronyx.loading import load
    from keronyx.runtime.evaluate.model import prepare_layer
    from keronyx.runtime.evaluate.precision import Numbers
    from keronyx.runtime.proof.report import Report
    from keronyx.runtime.session.predictor import Predictor
    from keronyx.tracing import Trace, trace
    from keronyx.training import keras_callback
    from keronyx.using import check, evaluate, formulas

__all__ = [
    "CheckError",
    "Conversion",
    "FileFormatError",
    "Graph",
    "KeronyxError",
    "Layer",
    "LayerFormula",
    "MissingFileError",
    "Model",
    "Numbers",
    "Predictor",
    "Project",
    "Reason",
    "Report",
    "Trace",
    "UnsupportedConfigError",
    "UnsupportedLayerError",
    "UsageError",
    "Value",
    "Variable",
    "WeightError",
    "__version__",
    "check",
    "code",
    "convert",
    "emit_layer",
    "evaluate",
    "formulas",
    "host",
    "keras_callback",
    "layer_scope",
    "limits",
    "load",
    "prepare_layer",
    "read",
    "register_layer",
    "trace",
    "unregister_layer",
    "variable",
    "weight",
]

_HOMES = {
    "Conversion": "keronyx.converting",
    "Graph": "keronyx.converter.graph.building",
    "Layer": "keronyx.converter.layers.base",
    "LayerFormula": "keronyx.converter.formula",
    "Model": "keronyx.converter.model",
    "Numbers": "keronyx.runtime.evaluate.precision",
    "Predictor": "keronyx.runtime.session.predictor",
    "Project": "keronyx.hosting",
    "Report": "keronyx.runtime.proof.report",
    "Trace": "keronyx.tracing",
    "Value": "keronyx.converter.graph.nodes",
    "Variable": "keronyx.converter.tensors",
    "check": "keronyx.using",
    "code": "keronyx.coding",
    "convert": "keronyx.conversion",
    "emit_layer": "keronyx.converter.emit.base",
    "evaluate": "keronyx.using",
    "formulas": "keronyx.using",
    "host": "keronyx.hosting",
    "keras_callback": "keronyx.training",
    "layer_scope": "keronyx.converter.dialect.custom",
    "limits": "keronyx.converter.limits",
    "load": "keronyx.loading",
    "prepare_layer": "keronyx.runtime.evaluate.model",
    "read": "keronyx.conversion",
    "register_layer": "keronyx.custom",
    "trace": "keronyx.tracing",
    "unregister_layer": "keronyx.custom",
    "variable": "keronyx.converter.layers.base",
    "weight": "keronyx.converter.emit.base",
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
