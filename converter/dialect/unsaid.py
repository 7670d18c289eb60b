"""What files of some versions leave out, and is taken as Keras takes it that loads them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from keronyx.converter.dialect.tables import left_out
from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import LeftOut
from keronyx.converter.errors import shorten
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.nested import with_held

SHOWN: Final = 5
"""Most layers that are named."""


def unsaid(layers: Iterable[Layer], version: Version) -> Iterator[str]:
    """Yield a sentence for what may be meant otherwise, with the layers that leave it out.

    Raises UnsupportedConfigError where the variables of a layer tell that it is.
    """
    names: dict[LeftOut, list[str]] = {}
    for layer in with_held(layers):
        found = left_out(layer, version)
        if found is not None:
            names.setdefault(found, []).append(f"'{shorten(layer.name)}'")
    for found, several in names.items():
        yield f"{found.what} of {_some(several)} {found.taken}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"
