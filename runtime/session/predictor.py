"""Run an ONNX model: in onnxruntime, or in onnx's own reference evaluator where that is missing."""

import importlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

import numpy as np

from keronyx.converter.errors import FileFormatError, KeronyxError, UsageError, shorten
from keronyx.converter.files.span import Span
from keronyx.converter.files.variables import NUMERIC
from keronyx.converter.several import lacking, mapped, only
from keronyx.converter.tensors import Array, KerasTensor
from keronyx.runtime.columns import from_metadata
from keronyx.runtime.evaluate.inputs import Entrance, Inputs
from keronyx.runtime.evaluate.nothing import lacks_rows, no_rows
from keronyx.runtime.frames import by_names
from keronyx.runtime.session.external import check_external
from keronyx.runtime.session.providers import check_used, chosen
from keronyx.runtime.session.reference import DTYPES, Reference
from keronyx.runtime.session.states import pairs_in
from keronyx.runtime.specs import Specs, TensorSpec, held_in

if TYPE_CHECKING:
    import onnx

Engine: TypeAlias = Literal["onnxruntime", "onnx.reference"]
Source: TypeAlias = "str | os.PathLike[str] | bytes | onnx.ModelProto"

FED: Final = NUMERIC | {"string"}
"""Types of inputs that NumPy has."""

ONNX_FIELDS: Final = frozenset(field << 3 | 2 for field in range(2, 9))
"""Heads of the fields of a ModelProto that may follow ir_version."""


class Session(Protocol):
    """An engine with a model in it."""

    engine: str
    inputs: Specs
    outputs: Specs
    metadata: Mapping[str, str]

    def run(self, feed: dict[str, Array]) -> list[Array]:
        """Return the outputs in the model's order."""
        ...


class Predictor:
    """An ONNX model that can be called with an array, or with a mapping of names to arrays.

    Of a stateful one it keeps the states: a call goes on where the one before it ended, with
    those that it is given by name instead. ``inputs`` and ``outputs`` map the names of all others
    to (shape, dtype), None in a shape varies; ``engine`` is what runs the model; ``metadata`` what
    it says of itself.
    """

    def __init__(self, session: Session, *, stateful: bool = True) -> None:
        self._session = session
        self.engine = session.engine
        self.metadata = session.metadata
        ends = (session.inputs, session.outputs)
        self._pairs = pairs_in(self.metadata, *ends) if stateful else {}
        self._held: dict[str, Array] = {}
        self.inputs = _without(session.inputs, self._pairs)
        self.outputs = _without(session.outputs, self._pairs.values())
        self._columns = from_metadata(self.metadata, self.inputs)
        for name, spec in session.inputs.items():
            if spec.dtype not in FED:
                what = f"input '{shorten(name)}' is {spec.dtype}, which NumPy cannot hold"
                raise UsageError(what)
        states = only(session.inputs, self._pairs)
        self._inputs = Inputs(_entrances(self.inputs), _entrances(states))

    def __call__(self, data: Any) -> dict[str, Array]:
        """Run the model and return its outputs by name; for no rows, empty ones.

        The columns of a DataFrame are found by the names that the model has of them. Raises
        UsageError where the data do not fit the inputs.
        """
        if type(data) is not np.ndarray:
            data = by_names(data, self.inputs, self._columns)
        arrays = self._inputs.take(data, self._held)
        if lacks_rows(arrays):
            blanks = {name: (spec.shape, held_in(spec)) for name, spec in self.outputs.items()}
            return no_rows(arrays, blanks, self._run)
        return self._run(arrays)

    @property
    def pairs(self) -> dict[str, str]:
        """The output of the graph that gives what an input takes at the next call, by name."""
        return dict(self._pairs)

    @property
    def states(self) -> dict[str, Array]:
        """The states that the next call begins with, by name; none of a model that keeps none."""
        blank = {state.name: state.zeros() for state in self._inputs.states}
        return {**blank, **self._held}

    def reset_states(self) -> None:
        """Begin anew: the next call starts with zeros."""
        self._held = {}

    def _run(self, arrays: Sequence[Array]) -> dict[str, Array]:
        specs = self._session.inputs
        feed = {
            name: _typed(array, specs[name].dtype)
            for name, array in zip((*self.inputs, *self._pairs), arrays, strict=True)
        }
        try:
            found = self._session.run(feed)
        # Both engines raise whatever their kernels and operators raise, without a common root.
        except Exception as error:
            shapes = ", ".join(str(array.shape) for array in feed.values())
            what = f"{self.engine} cannot run the model on inputs of shape {shapes}"
            raise UsageError(f"{what}: {_first_line(error)}") from error
        named = dict(zip(self._session.outputs, found, strict=True))
        self._held = mapped(named.pop, self._pairs)
        return named


def _typed(array: Array, dtype: str) -> Array:
    return array if dtype == "string" else array.astype(dtype, copy=False)


def _without(specs: Specs, names: Iterable[str]) -> Specs:
    left_out = {*names}
    return lacking(specs, left_out)


def _entrances(specs: Specs) -> list[Entrance]:
    return [
        Entrance(name, KerasTensor(name=name, shape=spec.shape, dtype=spec.dtype), "float32")
        for name, spec in specs.items()
    ]


def load(
    source: Source,
    *,
    engine: Engine | None = None,
    threads: int | None = None,
    stateful: bool = True,
    providers: Sequence[str] = (),
) -> Predictor:
    """Open an ONNX model from a path, its bytes or a ModelProto.

    Without ``engine``, onnxruntime runs it, or onnx.reference where onnxruntime is not installed.
    Without ``stateful``, states are inputs and outputs like all others. ``providers`` say where
    onnxruntime computes: see ``providers.chosen``. Raises UsageError for one that it does not have,
    FileFormatError where it is no model that the engine can run.
    """
    name = engine or default_engine()
    opened = _opening(name)
    path = _path_of(source)
    given = path or source
    try:
        check_external(given)
        return Predictor(opened(given, threads, providers), stateful=stateful)
    except ImportError as error:
        package = name.split(".", 1)[0]
        raise UsageError(f"{package} is not installed", hint=f"pip install {package}") from error
    except KeronyxError as error:
        raise error.at(path=path) from None
    # Both engines raise whatever their C++ and their operators raise, without a common root.
    except Exception as error:
        what = f"{name} cannot open the model: {_first_line(error)}"
        raise FileFormatError(what, path=path) from error


def _opening(engine: str) -> Any:
    """Return what opens a model with an engine; raises UsageError for another one."""
    opened = SESSIONS.get(engine)
    if opened is None:
        names = " and ".join(SESSIONS)
        raise UsageError(f"engine {shorten(engine)!r}", hint=f"the engines are {names}")
    return opened


def _path_of(source: Source) -> str:
    """Return the path of a file, which has to be there; nothing for a model in memory."""
    if not isinstance(source, str | os.PathLike):
        return ""
    path = os.fspath(source)
    Span.of_file(path)
    return path


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return shorten(lines[0] if lines else type(error).__name__, 200)


def is_onnx(path: str | os.PathLike[str]) -> bool:
    """Tell by its first bytes whether a file is an ONNX model: its ir_version, then a string."""
    if Path(path).is_dir():
        return False
    return is_onnx_head(Span.of_file(os.fspath(path)).head(3))


def is_onnx_head(head: bytes) -> bool:
    """Tell whether three bytes are the first ones of an ONNX model."""
    return len(head) == 3 and head[0] == 0x08 and 1 < head[1] < 0x20 and head[2] in ONNX_FIELDS


def default_engine() -> Engine:
    """Return onnxruntime where it is installed."""
    try:
        _onnxruntime()
    except ImportError:
        return "onnx.reference"
    return "onnxruntime"


def _onnxruntime() -> ModuleType:
    """Import onnxruntime with its telemetry off: its builds since 1.29 send data otherwise."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    return importlib.import_module("onnxruntime")


class OnnxRuntime:
    """onnxruntime, on the CPU unless providers are named."""

    def __init__(self, source: Any, threads: int | None, providers: Sequence[str]) -> None:
        ort = _onnxruntime()
        options = ort.SessionOptions()
        options.log_severity_level = 4
        if threads is not None:
            options.intra_op_num_threads = threads
        model = source if isinstance(source, str | bytes) else source.SerializeToString()
        wanted = chosen(providers, ort.get_available_providers())
        # Without the fallback, which prints to stdout and tries the same once more.
        self._session = ort.InferenceSession(model, options, providers=wanted, enable_fallback=0)
        check_used(wanted, self._session.get_providers())
        self.engine = f"onnxruntime {ort.__version__}"
        self.inputs: Specs = _runtime_specs(self._session.get_inputs())
        self.outputs: Specs = _runtime_specs(self._session.get_outputs())
        self.metadata: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map

    def run(self, feed: dict[str, Array]) -> list[Array]:
        """Return the outputs in the model's order."""
        found: list[Array] = self._session.run(None, feed)
        return found


def _runtime_specs(nodes: Any) -> dict[str, TensorSpec]:
    specs = {}
    for node in nodes:
        shape = tuple(size if isinstance(size, int) else None for size in node.shape)
        name = node.type.removeprefix("tensor(").removesuffix(")")
        specs[node.name] = TensorSpec(shape, DTYPES.get(name, name))
    return specs


SESSIONS: Final[Mapping[str, Callable[[Any, int | None, Sequence[str]], Session]]] = {
    "onnxruntime": OnnxRuntime,
    "onnx.reference": Reference,
}
