"""onnx's reference evaluator as a session, where onnxruntime is missing."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from keronyx.converter.errors import UsageError
from keronyx.converter.tensors import Array
from keronyx.runtime.specs import Specs, TensorSpec

DTYPES: Final = {"float": "float32", "double": "float64"}
"""ONNX's names of types that NumPy calls otherwise."""


def proto_of(source: Any) -> Any:
    """Return a model as onnx has it, read from a path or from bytes where it is not that."""
    import onnx  # noqa: PLC0415

    if isinstance(source, str):
        return onnx.load(source)
    return onnx.load_from_string(source) if isinstance(source, bytes) else source


class Reference:
    """onnx's reference evaluator: NumPy, operator by operator."""

    def __init__(self, source: Any, _threads: int | None, providers: Sequence[str]) -> None:
        if providers:
            raise UsageError("providers without onnxruntime", hint="they are onnxruntime's own")
        import onnx  # noqa: PLC0415
        from onnx.reference import ReferenceEvaluator  # noqa: PLC0415

        model = proto_of(source)
        if not model.graph.output:
            raise ValueError("no graph in it")
        self._evaluator: Any = ReferenceEvaluator(model, new_ops=[_log_softmax()])
        self.engine = f"onnx.reference {onnx.__version__}"
        self.inputs: Specs = _proto_specs(model.graph.input)
        self.outputs: Specs = _proto_specs(model.graph.output)
        self.metadata: Mapping[str, str] = {e.key: e.value for e in model.metadata_props}

    def run(self, feed: dict[str, Array]) -> list[Array]:
        """Return the outputs in the model's order."""
        with np.errstate(all="ignore"):
            found: list[Array] = self._evaluator.run(None, feed)
        return found


def _log_softmax() -> type[Any]:
    """Return LogSoftmax that does not take the logarithm of what has become 0, as onnx's does."""
    from onnx.reference.op_run import OpRun  # noqa: PLC0415

    class LogSoftmax(OpRun):
        def _run(self, x: Array, axis: int = -1) -> tuple[Array]:
            shifted = x - x.max(axis=axis, keepdims=True)
            return (shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True)),)

    return LogSoftmax


def _proto_specs(values: Any) -> dict[str, TensorSpec]:
    from onnx import TensorProto  # noqa: PLC0415

    specs = {}
    for value in values:
        tensor = value.type.tensor_type
        shape = tuple(
            dim.dim_value if dim.HasField("dim_value") else None for dim in tensor.shape.dim
        )
        name = TensorProto.DataType.Name(tensor.elem_type).lower()
        specs[value.name] = TensorSpec(shape, DTYPES.get(name, name))
    return specs
