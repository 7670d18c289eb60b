"""Everything that keronyx refuses, and the one place where the sentence about it is made.

KeronyxError
├── FileFormatError         the bytes are not what they claim to be
├── UnsupportedLayerError   layers that keronyx does not know, all of them at once
├── UnsupportedConfigError  a known layer with an option that is not honoured
│   └── RefusedError        several of these, reported together
├── WeightError             a variable is missing, left over, or of the wrong shape
├── UsageError              the way the conversion was asked for
└── CheckError              the graph and its cross-check differ

The sentence reads: where: what, as the file spells it; what is accepted or what to do.
"""

from collections.abc import Sequence
from typing import Final, TypeGuard

LONGEST: Final = 2000
"""Most characters of a sentence; many refusals of one file are told together."""


CODE: Final = ("code in", "a custom class", "a raw ", "from ")
"""How the reasons begin that an expression in the place of a layer does away with."""


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


class KeronyxError(Exception):
    """Root of every error that keronyx raises on purpose; ``str()`` is one printable line."""

    def __init__(self, what: str, *, hint: str = "", path: str = "", layer: str = "") -> None:
        """Say what is wrong, and optionally where (file, layer) and what to do about it."""
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.path = path
        self.layer = layer

    def at(self, *, path: str = "", layer: str = "") -> "KeronyxError":
        """Fill in the place where it is not known yet, and return the error itself."""
        self.path = self.path or path
        self.layer = self.layer or layer
        return self

    def __str__(self) -> str:
        """Return *where: what; hint*, escaped."""
        where = [shorten(part, 200) for part in (self.path, self.layer) if part]
        sentence = ": ".join([*where, self.what])
        return shorten(f"{sentence}; {self.hint}" if self.hint else sentence, LONGEST)


class FileFormatError(KeronyxError):
    """A file is missing, damaged, or not a Keras model."""


class UnsupportedLayerError(KeronyxError):
    """Layers that have no description, each with the reason why."""

    def __init__(self, layers: Sequence[tuple[str, str, str]], *, path: str = "") -> None:
        """Take (name, class name, reason or "") of every layer that is not supported."""
        self.layers = tuple(layers)
        listed = ", ".join(_named(*layer) for layer in self.layers[:12])
        if len(self.layers) > 12:
            listed += f" and {len(self.layers) - 12} more"
        count = "1 layer is" if len(self.layers) == 1 else f"{len(self.layers)} layers are"
        hint = "see `keronyx layers`"
        name = next((name for name, _, reason in self.layers if reason.startswith(CODE)), "")
        if name:
            hint += f"; --replace {shorten(name)}=EXPR says what such a layer computes"
        super().__init__(f"{count} not supported: {listed}", hint=hint, path=path)


class UnsupportedConfigError(KeronyxError):
    """A layer that keronyx knows, with a key or a value that it does not honour."""


class RefusedError(UnsupportedConfigError, UnsupportedLayerError):
    """Several refusals of one file, reported together."""

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
    layers = [layer for error in errors if _only_layers(error) for layer in error.layers]
    if layers and all(_only_layers(error) for error in errors):
        return UnsupportedLayerError(layers, path=errors[0].path)
    return RefusedError(errors)


def _only_layers(error: KeronyxError) -> TypeGuard[UnsupportedLayerError]:
    return type(error) is UnsupportedLayerError


class WeightError(KeronyxError):
    """Variables that are missing, left over, or do not fit the architecture."""


class UsageError(KeronyxError):
    """An option, an argument or an output place that cannot work."""


class CheckError(KeronyxError):
    """The graph's numbers differ from the cross-check's."""


def _named(name: str, class_name: str, reason: str) -> str:
    inside = f"{shorten(class_name)}, {reason}" if reason else shorten(class_name)
    return f"'{shorten(name)}' ({inside})"
