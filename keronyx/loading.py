"""Whatever predicts becomes a function of arrays: an ONNX model, or a Keras model of any kind."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, Unpack, cast

from keronyx.asking import Reading
from keronyx.converter.errors import UsageError
from keronyx.runtime.session import predictor
from keronyx.runtime.session.predictor import Engine, Predictor, Source

if TYPE_CHECKING:
    from keronyx.converter.model import Model

AnyEngine: TypeAlias = Engine | Literal["numpy"]


def load(
    source: Any,
    *,
    engine: AnyEngine | None = None,
    threads: int | None = None,
    stateful: bool = True,
    providers: Sequence[str] = (),
    **said: Unpack[Reading],
) -> Predictor:
    """Return what predicts with a model, an ONNX one or whatever ``read`` takes.

    An ONNX model is a path, its bytes, a ModelProto or a ``Conversion``. onnxruntime runs it, or
    onnx's own evaluator where that is not installed; ``engine`` says which. "numpy" is the NumPy
    reading of a Keras model, which needs neither. Without ``stateful``, the states of a stateful
    model are inputs and outputs like all others. ``providers`` say where onnxruntime computes, as
    in ["cuda"], with the CPU for the rest. ``said`` is what ``read`` takes by name.
    Raises KeronyxError where there is no such model, or the engine cannot run it.
    """
    how: dict[str, Any] = {"threads": threads, "stateful": stateful, "providers": providers}
    graph = graph_of(source)
    if graph is None:
        return _of_keras(_described(source, said), engine, how)
    if said:
        raise UsageError("an ONNX model has its own weights and activations")
    other: Engine | None = "onnx.reference" if engine == "numpy" else engine
    return predictor.load(graph, engine=other, **how)


def graph_of(source: Any) -> "Source | None":
    """Return what an engine opens, None where that has to be made of a Keras model."""
    if isinstance(source, str | os.PathLike):
        return source if predictor.is_onnx(source) else None
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source) if predictor.is_onnx_head(bytes(source[:3])) else None
    if hasattr(source, "SerializeToString"):
        return cast("Source", source)
    return _of_conversion(source)


def _of_conversion(source: Any) -> "Source | None":
    """Return the graph of a ``Conversion``, None for anything else."""
    from keronyx.converting import Conversion  # noqa: PLC0415 - loads the converter

    if not isinstance(source, Conversion):
        return None
    return source.path if source.serialized is None else source.serialized


def _described(source: Any, said: Reading) -> "Model":
    from keronyx.asking import Asked  # noqa: PLC0415
    from keronyx.conversion import described  # noqa: PLC0415 - loads the converter

    return described(Asked.of(source, **said))


def _of_keras(model: "Model", engine: str | None, how: Mapping[str, Any]) -> Predictor:
    """Run a Keras model: its graph, or NumPy where there is no onnxruntime."""
    if engine == "numpy" or (engine is None and predictor.default_engine() != "onnxruntime"):
        from keronyx.runtime.session.reading import predictor_of  # noqa: PLC0415

        if how["providers"]:
            raise UsageError("providers without onnxruntime", hint="they are onnxruntime's own")
        return predictor_of(model, stateful=how["stateful"])
    from keronyx.converter.emit import serialize  # noqa: PLC0415 - loads onnx

    other = cast("Engine | None", engine)
    return predictor.load(serialize(model), engine=other, **how)
