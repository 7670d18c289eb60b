"""Everything that keronyx refuses, and the one place where the sentence about it is made.

KeronyxError
├── FileFormatError         the bytes are not what they claim to be
│   └── MissingFileError    there is no such file; Python's FileNotFoundError, too
├── UnsupportedLayerError   layers that keronyx does not know, all of them at once
├── UnsupportedConfigError  a known layer with an option that is not honoured
│   └── RefusedError        several of these, reported together
├── WeightError             a variable is missing, left over, or of the wrong shape
├── UsageError              the way the conversion was asked for
└── CheckError              the graph and its cross-check differ

The sentence reads: where: what, as the file spells it; what is accepted or what to do.
"""

import errno
import os
import shlex
from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Final, NamedTuple, Self, TypeGuard

from keronyx.converter.wording import worded

LONGEST: Final = 2000
"""Most characters of a sentence; many refusals of one file are told together."""


class Reason(StrEnum):
    """Why a layer is not supported."""

    UNKNOWN = "unknown class"
    CUSTOM = "custom class"
    CODE = "code in the file"
    OPERATION = "raw operation"
    NOT_IN_ONNX = "no way in ONNX"
    NESTED = "a model where none can be"
    NO_MODEL = "not a graph of layers"
    NO_READING = "no reading"
    NO_FORMULA = "no formula"
    NOT_IN_SOURCE = "no source code"
    UNTRACED = "cannot be traced"
    UNCONVERTED = "tf2onnx cannot convert it"


REPLACEABLE: Final = frozenset({Reason.UNKNOWN, Reason.CUSTOM, Reason.CODE, Reason.OPERATION})
"""Reasons that an expression in the place of a layer does away with."""


class Unsupported(NamedTuple):
    """A layer that is not supported.

    ``name`` and ``class_name`` are those of the file, ``detail`` tells the reason in words that
    stand behind the class (nothing for an unknown class), ``reason`` tells it to programs.
    ``stored`` says that the file has variables of it.
    """

    name: str
    class_name: str
    detail: str = ""
    reason: Reason = Reason.UNKNOWN
    stored: bool = False


class Label(str):
    """How messages call a place in a model: ``layer 'dense' (Dense)``.

    ``name`` is that of the layer, input or replacement alone, ``class_name`` the layer's class
    where it is known. A label without more to it is a name.
    """

    __slots__ = ("class_name", "name")

    name: str
    class_name: str

    def __new__(cls, text: str, name: str | None = None, class_name: str = "") -> Self:
        """Take the words of a message and, apart from them, what they name."""
        label = super().__new__(cls, text)
        label.name = str(text) if name is None else name
        label.class_name = class_name
        return label


def label_of(
    name: str, class_name: str = "", *, what: str = "layer", longest: int = LONGEST
) -> Label:
    """Return how messages call a layer, or ``what`` else has a name."""
    kind = f" ({class_name})" if class_name else ""
    return Label(f"{what} '{shorten(name, longest)}'{kind}", name, class_name)


def printable(text: object) -> str:
    """Return text with every control and surrogate character escaped, fit for a terminal."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "backslashreplace").decode()
        for char in str(text)
    )


def shorten(text: object, limit: int = 80) -> str:
    """Return printable text of at most ``limit`` characters, its middle cut out."""
    safe = printable(text)
    if len(safe) <= limit:
        return safe
    return f"{safe[: limit // 2]}…{safe[-(limit // 2) + 1 :]}"


def replacing(name: str) -> str:
    """Return how an expression is said to stand in the place of what has this name."""
    return f"--replace {shlex.quote(f'{shorten(name)}=EXPR')}"


ALIVE: Final = (
    "its code is not in the file: convert the model itself, alive in Python, "
    "keronyx.convert(model); or load it with Keras, --trust --import MODULE, where its class is"
)
"""The way out for a model that is a class of the user's."""


def registered(class_name: str) -> str:
    """Return how a class with variables is made known."""
    name = shorten(class_name.rpartition(">")[2])
    return f"{name} has variables: register it, as docs/custom-layers.md shows"


class KeronyxError(Exception):
    """Root of every error that keronyx raises on purpose; ``str()`` is one printable line.

    Attributes:
        what: what is wrong, as the file spells it.
        hint: what is accepted, or what to do about it; may be empty.
        path: the file, or what stands for it; empty where that is not known.
        layer: the layer or input it is about, a string that has its ``name`` and ``class_name``;
            empty where it is about none.
    """

    def __init__(self, what: str, *, hint: str = "", path: str = "", layer: str = "") -> None:
        """Say what is wrong, and optionally where (file, layer) and what to do about it."""
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.path = path
        self.layer = layer if isinstance(layer, Label) else Label(layer)

    def at(self, *, path: str = "", layer: str = "") -> "KeronyxError":
        """Fill in the place where it is not known yet, and return the error itself."""
        self.path = self.path or path
        if not self.layer:
            self.layer = layer if isinstance(layer, Label) else Label(layer)
        return self

    def __str__(self) -> str:
        """Return *where: what; hint*, escaped, its options as whoever reads it gives them."""
        where = [shorten(part, 200) for part in (self.path, self.layer) if part]
        what = worded(f"{self.what}; {self.hint}" if self.hint else self.what)
        return shorten(": ".join([*where, what]), LONGEST)


class FileFormatError(KeronyxError):
    """A file is missing, damaged, or not a Keras model."""


class MissingFileError(FileFormatError, FileNotFoundError):
    """There is no such file or folder; ``errno`` and ``filename`` are FileNotFoundError's."""

    errno = errno.ENOENT

    @property
    def filename(self) -> str:
        """The path, as FileNotFoundError calls it."""
        return self.path


class UnsupportedLayerError(KeronyxError):
    """Layers that keronyx does not know or cannot write, each with the reason why.

    Attributes:
        layers: every such layer, in the file's order: name, class name, detail, reason.
    """

    layers: tuple[Unsupported, ...]

    def __init__(self, layers: Sequence[Unsupported], *, path: str = "") -> None:
        """Take every layer that is not supported."""
        self.layers = tuple(layers)
        listed = ", ".join(map(_named, self.layers[:12]))
        if len(self.layers) > 12:
            listed += f" and {len(self.layers) - 12} more"
        count = "1 layer is" if len(self.layers) == 1 else f"{len(self.layers)} layers are"
        what = f"{count} not supported: {listed}"
        super().__init__(what, hint=f"see `keronyx layers`{self._way_out()}", path=path)

    def _way_out(self) -> str:
        """Say how a layer is replaced, where one can be."""
        stored = next((each for each in self.layers if each.stored), None)
        replaceable = self._first(REPLACEABLE)
        before = self._first({Reason.NOT_IN_ONNX})
        told = ""
        if stored:
            told += f"; {registered(stored.class_name)}"
        if replaceable:
            told += f"; {replacing(replaceable)} says what such a layer computes"
        if self._first({Reason.NO_MODEL}):
            told += f"; {ALIVE}"
        if before:
            told += f"; {behind(before)}"
        return told

    def _first(self, reasons: Collection[Reason]) -> str:
        """Return the name of the first layer that is refused for one of these reasons."""
        found = (each for each in self.layers if each.reason in reasons and not each.stored)
        return next((each.name for each in found), "")


class UnsupportedConfigError(KeronyxError):
    """A layer that keronyx knows, with a key or a value that it does not honour."""


class RefusedError(UnsupportedConfigError, UnsupportedLayerError):
    """Several refusals of one file, reported together.

    Attributes:
        errors: the single refusals.
        layers: the layers of all of them that are not supported.
    """

    def __init__(self, errors: Sequence[KeronyxError]) -> None:
        """Take the single refusals."""
        self.errors = tuple(errors)
        KeronyxError.__init__(self, " | ".join(map(str, self.errors)))
        self.layers = tuple(
            layer
            for error in self.errors
            if isinstance(error, UnsupportedLayerError)
            for layer in error.layers
        )


def combine(errors: Sequence[KeronyxError]) -> KeronyxError:
    """Return the one error there is, or one that tells them all."""
    if len(errors) == 1:
        return errors[0]
    of_layers = [*filter(_only_layers, errors)]
    layers = [layer for error in of_layers for layer in error.layers]
    if layers and len(of_layers) == len(errors):
        return UnsupportedLayerError(layers, path=errors[0].path)
    return RefusedError(errors)


def os_reason(error: OSError, otherwise: str = "cannot be read") -> str:
    """Return what the system says of a file, in lower case as we say it."""
    return (error.strerror or otherwise).lower()


def unreadable(error: OSError, path: str | os.PathLike[str]) -> FileFormatError:
    """Return what the system says of a file that is to be read as an error of ours."""
    kind = MissingFileError if isinstance(error, FileNotFoundError) else FileFormatError
    return kind(os_reason(error), path=os.fspath(path))


def _only_layers(error: KeronyxError) -> TypeGuard[UnsupportedLayerError]:
    return type(error) is UnsupportedLayerError


class WeightError(KeronyxError):
    """Variables that are missing, left over, or do not fit the architecture."""


class UsageError(KeronyxError):
    """An option, an argument or an output place that cannot work."""


class CheckError(KeronyxError):
    """The graph's numbers differ from the cross-check's."""


def behind(name: str) -> str:
    """Return the way round a layer that no graph can hold."""
    safe = shorten(name)
    return (
        f"compute '{safe}' first, and convert the model behind it: "
        f"keras.Model(model.get_layer('{safe}').output, model.outputs)"
    )


def _named(layer: Unsupported) -> str:
    inside = shorten(layer.class_name) + (f", {layer.detail}" if layer.detail else "")
    return f"'{shorten(layer.name)}' ({inside})"
