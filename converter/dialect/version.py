"""Which Keras wrote a file: said by the file, or told from the way its architecture is written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from keronyx.converter.dialect.nested import objects_in
from keronyx.converter.errors import FileFormatError, shorten

NEWEST = 3

CORE = "keras_core"
"""The package that Keras 3 was before its release: numbered as if it were older than any Keras."""

FIRST = (3, 0, 0)
"""The version whose words and meanings keras-core has."""

# Words that models of Keras 3 have since the version that is beside them, the newest first: an
# option of transposed convolutions, what an input may be, and dtype policies as objects, which
# 3.4.0 calls by another name.
_FIRST_WRITTEN = (
    ("output_padding", (3, 15, 0)),
    ("optional", (3, 13, 0)),
    ("ragged", (3, 9, 0)),
    ("DTypePolicy", (3, 4, 0)),
    ("FloatDTypePolicy", (3, 4, 0)),
)


@dataclass(frozen=True, order=True)
class Version:
    """A Keras version; ``stated`` is False where the file does not say it.

    ``of_tensorflow`` tells the Keras inside TensorFlow 1.4 to 2.2 from the one of its number.
    """

    parts: tuple[int, ...]
    stated: bool = True
    of_tensorflow: bool = field(default=False, compare=False)

    def before(self, *parts: int) -> bool:
        """Tell whether this version is older than ``parts``."""
        return self.parts < parts

    def __str__(self) -> str:
        """Return the version with dots."""
        return ".".join(map(str, self.parts))


def version_of(stated: str | None, config: dict[str, Any]) -> Version:
    """Return the version that the file states, or the oldest that its spelling allows.

    Raises FileFormatError for a version that no Keras has or that is newer than keronyx knows.
    """
    if stated is None:
        return Version(_spelled(config), stated=False)
    if stated.startswith("tfjs-layers"):
        # What TensorFlow.js itself saves has the words and the meanings of tf.keras 2.4.
        return Version((2, 4, 0), stated=False)
    parts = _parts(stated)
    if parts[0] == 0 and _spelled(config) == FIRST:
        return Version(FIRST)
    return Version(parts, of_tensorflow="-tf" in stated)


def _parts(stated: str) -> tuple[int, ...]:
    found = re.match(r"([0-9]{1,9})\.([0-9]{1,9})(?:\.([0-9]{1,9}))?(?![0-9]|\.[0-9]{10})", stated)
    if found is None:
        raise FileFormatError(f"keras_version {shorten(repr(stated))} is not a version")
    parts = tuple(map(int, found.groups("0")))
    if parts[0] > NEWEST:
        raise FileFormatError(
            f"keras_version {shorten(stated)} is newer than the Keras {NEWEST} that keronyx knows"
        )
    return parts


def _spelled(config: dict[str, Any]) -> tuple[int, ...]:
    """Tell the version from words that only some versions write."""
    if "class_name" not in config:
        return (0, 3, 3)
    keys = set(_keys(config))
    if keys & {"batch_shape", "__keras_tensor__", "DTypePolicy", CORE}:
        return next((parts for word, parts in _FIRST_WRITTEN if word in keys), FIRST)
    of_keras1 = keys & {"inbound_nodes", "output_dim", "W_regularizer"}
    of_keras2 = keys & {"use_bias", "units", "kernel_initializer"}
    return (1, 0, 0) if of_keras1 and not of_keras2 else (2, 0, 0)


def _keys(value: Any) -> Iterator[str]:
    """Walk all keys, class names and packages of classes."""
    for each in objects_in(value):
        yield from each
        if isinstance(each.get("class_name"), str):
            yield each["class_name"]
        if isinstance(each.get("module"), str):
            yield each["module"].partition(".")[0]
