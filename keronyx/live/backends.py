"""Who converts a model: keronyx directly, or TensorFlow and tf2onnx for what it refuses."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from keronyx.converter.errors import (
    KeronyxError,
    UnsupportedConfigError,
    UnsupportedLayerError,
    UsageError,
)
from keronyx.converter.files import PathLike
from keronyx.converter.model import Model
from keronyx.converter.single_pass import settled
from keronyx.live.package import is_live

if TYPE_CHECKING:
    from keronyx.runtime.session.predictor import Source

Backend: TypeAlias = Literal["auto", "direct", "tf2onnx"]
INSTALL: Final = "TensorFlow and tf2onnx may convert it: pip install tensorflow-cpu tf2onnx"
TRUST: Final = "loading a file with Keras can run code in it; say --trust if you trust this one"


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A description, and the live model where there is one.

    ``serialized`` is the ONNX model where somebody else has written it, ``note`` then says why.
    ``path`` is the file that Keras loaded.
    """

    model: Model
    live: Any = None
    path: str = ""
    serialized: bytes | None = None
    note: str = ""

    @property
    def backend(self) -> Literal["direct", "tf2onnx"]:
        """Who converts it."""
        return "direct" if self.serialized is None else "tf2onnx"


@dataclass(frozen=True)
class Trust:
    """Whether Keras may load a file, and the modules that are imported before."""

    given: bool = False
    modules: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether it may."""
        return self.given


NO_TRUST: Final = Trust()


def prepare(
    source: Any, read: Callable[[], Model], *, backend: str, trust: Trust, opset: int
) -> Prepared:
    """Describe a model with ``read``, or convert it otherwise, as ``backend`` says.

    With "auto", a live model that is refused goes through tf2onnx where that is installed, and so
    does a file that may be loaded with Keras. Raises KeronyxError.
    """
    if backend not in get_args(Backend):
        raise UsageError(f"backend {backend!r}", hint=f"use {', '.join(get_args(Backend))}")
    if backend == "tf2onnx":
        return _described(_through(_alive(source, trust=trust), opset), read)
    live = is_live(source)
    otherwise = backend == "auto" and (bool(trust) or live)
    try:
        return Prepared(model=read(), live=source if live else None)
    except (UnsupportedLayerError, UnsupportedConfigError) as error:
        if not otherwise:
            raise
        return _otherwise(_alive(source, trust=trust), opset, error)


def _described(made: Prepared, read: Callable[[], Model]) -> Prepared:
    """Add the description of a model that keronyx does understand, for the check."""
    try:
        return replace(made, model=read())
    except KeronyxError:
        return made


@dataclass(frozen=True)
class Alive:
    """A live model, and the file that it was loaded from, if it was."""

    model: Any
    path: str = ""
    sha256: str = ""


def _alive(source: Any, *, trust: Trust) -> Alive:
    if is_live(source):
        return Alive(source)
    if not isinstance(source, str | os.PathLike):
        raise UsageError("tf2onnx converts live models and files, not arrays")
    path = os.fspath(source)
    if not trust:
        raise UsageError("not loaded with Keras", hint=TRUST, path=path)
    from keronyx.converter.files import read_architecture  # noqa: PLC0415
    from keronyx.live.trusted import load_trusted  # noqa: PLC0415

    live = load_trusted(source, trust.modules)
    return Alive(live, path, settled(read_architecture(source).sha256))


def _otherwise(alive: Alive, opset: int, error: KeronyxError) -> Prepared:
    """Convert what was refused through tf2onnx; where that cannot be, the refusal stands."""
    from keronyx.live.through_tf2onnx import is_there, on_tensorflow  # noqa: PLC0415

    if not is_there(alive.model):
        if on_tensorflow(alive.model):
            error.hint = INSTALL
        raise error
    try:
        made = _through(alive, opset)
    except KeronyxError as another:
        error.hint = f"nor does tf2onnx convert it: {another.what}"
        raise error from another
    return replace(made, note=f"converted by TensorFlow and tf2onnx, because {error.what}")


def _through(alive: Alive, opset: int) -> Prepared:
    from keronyx.live.through_tf2onnx import convert_through  # noqa: PLC0415

    model, serialized = convert_through(
        alive.model, opset=opset, path=alive.path, sha256=alive.sha256
    )
    return Prepared(model=model, live=alive.model, serialized=serialized, path=alive.path)


def save_bytes(
    serialized: bytes, output: PathLike, source: str, verify: "Callable[[Source], None] | None"
) -> None:
    """Write a finished model; ``verify`` is called with it before it takes its place.

    Raises UsageError where the file cannot be written, or is the one that was converted.
    """
    from keronyx.converter.output import atomic_write  # noqa: PLC0415

    target = Path(output)
    _refuse_source(target, source)
    with atomic_write(target) as file:
        file.write(serialized)
        if verify is not None:
            file.flush()
            verify(Path(file.name))


def _refuse_source(target: Path, source: str) -> None:
    if source and target.exists() and target.samefile(source):
        raise UsageError(
            "would replace the model it is made from",
            hint="choose another name",
            path=os.fspath(target),
        )
