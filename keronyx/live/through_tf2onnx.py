"""Models that keronyx refuses, converted by TensorFlow and tf2onnx, with the names that ours have.

Both are imported when they are needed, never before.
"""

import importlib
import importlib.util
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final

import numpy as np

from keronyx.converter.errors import Reason, Unsupported, UnsupportedLayerError, UsageError, shorten
from keronyx.converter.model import Model
from keronyx.converter.several import called
from keronyx.converter.tensors import Array
from keronyx.live.calls import apply, call_of
from keronyx.live.divisions import DOWN, TO_ZERO
from keronyx.live.interface import interface_of
from keronyx.live.mended import keep_constants, mended
from keronyx.live.package import first_line, package_of
from keronyx.live.reading import path_of
from keronyx.live.structure import leaves

LARGEST: Final = 1 << 31
"""protobuf reads no message of this size or more."""


def is_there(live: Any) -> bool:
    """Tell whether a live model computes with TensorFlow, and tf2onnx is installed."""
    return on_tensorflow(live) and importlib.util.find_spec("tf2onnx") is not None


def on_tensorflow(live: Any) -> bool:
    """Tell whether a live model computes with TensorFlow."""
    return package_of(live).backend == "tensorflow"


def convert_through(
    live: Any, *, opset: int, path: str = "", sha256: str = ""
) -> tuple[Model, bytes]:
    """Convert a live model on TensorFlow; return its interface and its ONNX model.

    ``path`` and ``sha256`` are those of the file that it was loaded from.

    Raises:
        UsageError: tf2onnx is not installed, the backend is another, the opset too new, the model
            was never built, or it has more than 2 GB of weights.
        UnsupportedLayerError: TensorFlow cannot trace the model, or tf2onnx leaves something in it
            that is not ONNX.
    """
    tensorflow, tf2onnx = _imported(live)
    newest = max(tf2onnx.constants.OPSET_TO_IR_VERSION)
    if opset > newest:
        raise UsageError(f"opset {opset}", hint=f"tf2onnx writes opsets to {newest}")
    model = interface_of(live)
    model = replace(model, source=path or model.source, sha256=sha256)
    if live.count_params() * 4 >= LARGEST:
        raise UsageError("more than 2 GB of weights, which tf2onnx cannot write into one file")
    signature = _signature(model, tensorflow)
    try:
        with _silence():
            function = tensorflow.function(_flat(live), autograph=False)
            traced = function.get_concrete_function(*signature)
            proto, _ = tf2onnx.convert.from_function(_Traced(traced), signature, opset=opset)
    # A user's code runs here, and TensorFlow's.
    except Exception as error:
        raise refused(live, f"tf2onnx cannot convert it: {first_line(error)}") from error
    keep_constants(proto, dict(_captured(traced)))
    what = mended(proto, model, f"tf2onnx {tf2onnx.__version__}", _divisions(traced))
    if what:
        raise refused(live, what)
    return model, proto.SerializeToString(deterministic=True)


def _signature(model: Model, tensorflow: Any) -> list[Any]:
    """Return what TensorFlow is to call the model on."""
    return [
        tensorflow.TensorSpec(tensor.sizes, tensor.dtype, name=f"in_{index}")
        for index, tensor in enumerate(model.inputs.values())
    ]


def refused(live: Any, reason: str) -> UnsupportedLayerError:
    """Return the error that says why a model cannot be converted this way."""
    detail = shorten(reason, 160)
    layer = Unsupported(live.name, type(live).__name__, detail, Reason.UNCONVERTED)
    return UnsupportedLayerError([layer], path=path_of(live))


@dataclass(frozen=True)
class _Traced:
    """A function that was traced already."""

    function: Any

    def get_concrete_function(self, *_signature: Any) -> Any:
        """Return it, as a function that is yet to be traced would."""
        return self.function


def _captured(traced: Any) -> Iterator[tuple[str, Array]]:
    """Yield the names and numbers of tensors that a function uses and that are no variables."""
    captured = traced.captured_inputs
    inputs = traced.inputs[len(traced.inputs) - len(captured) :]
    for tensor, value in zip(inputs, captured, strict=True):
        if tensor.dtype.is_numpy_compatible and hasattr(value, "numpy"):
            text = value.dtype == "string"
            yield tensor.name, np.asarray(value.numpy(), dtype=object if text else None)


def _divisions(traced: Any) -> set[str]:
    """Return the types of operators that divide integers, in what the function calls too."""
    tensorflow = importlib.import_module("tensorflow")
    definition = traced.graph.as_graph_def()
    inner = (function.node_def for function in definition.library.function)
    dividing = (node for node in chain(definition.node, *inner) if node.op in DOWN | TO_ZERO)
    return {node.op for node in dividing if tensorflow.as_dtype(node.attr["T"].type).is_integer}


def _imported(live: Any) -> tuple[Any, Any]:
    if not on_tensorflow(live):
        raise UsageError(
            f"tf2onnx converts models on TensorFlow, this one is on {package_of(live).backend}",
            hint="save it, and load it with KERAS_BACKEND=tensorflow",
        )
    for name in ("tensorflow", "tf2onnx"):
        if importlib.util.find_spec(name) is None:
            raise UsageError(f"{name} is not installed", hint="pip install tensorflow-cpu tf2onnx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("tensorflow"), importlib.import_module("tf2onnx")


def _flat(live: Any) -> Callable[..., list[Any]]:
    """Return the model as a function of a flat list of tensors, which it returns too."""
    call = call_of(live)
    names = called(call.specs)

    def function(*tensors: Any) -> list[Any]:
        outputs = apply(live, live, call, dict(zip(names, tensors, strict=True)))
        return [output for _, output in leaves(outputs)]

    return function


@contextmanager
def _silence() -> Iterator[None]:
    """Keep both from talking; what they complain of and go on is looked for afterwards."""
    with ExitStack() as stack:
        for name in ("tf2onnx", "tensorflow", "absl"):
            logger = logging.getLogger(name)
            stack.callback(logger.setLevel, logger.level)
            logger.setLevel(logging.CRITICAL + 1)
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        yield
