"""What the layers of Keras 1 do not say of space: where the channels are."""

from typing import Any, Final

from keronyx.converter.dialect.words import ORDERINGS, Config
from keronyx.converter.errors import UnsupportedConfigError
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.windows import Spatial

AGAIN: Final = "load it with a Keras 2, and save it again"


def data_format_of(config: Any) -> str | None:
    """Return where the channels are, if all layers that say it agree."""
    pending, found = [config], set()
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            pending.extend(item.values())
            found.add(item.get("dim_ordering"))
        elif isinstance(item, list):
            pending.extend(item)
    told = [ORDERINGS[each] for each in found if isinstance(each, str) and each in ORDERINGS]
    return told[0] if len(told) == 1 else None


def in_space(kind: type[Layer], config: Config, data_format: str | None) -> Config:
    """Return a layer's config of Keras 1 with the order of axes that the others have.

    Raises UnsupportedConfigError where none says it.
    """
    if not issubclass(kind, Spatial) or kind.space == 1:
        return config
    if "data_format" in config:
        return config
    if data_format is None:
        what = "neither the layer nor another one says where the channels are"
        raise UnsupportedConfigError(what, hint=AGAIN)
    return config | {"data_format": data_format}
