"""Words of pooling layers."""

from collections.abc import Mapping
from typing import Any, Final

from keronyx.converter.dialect.words import ORDERINGS, Words, listed

_SPACES: Final = (1, 2, 3)
_WINDOWED: Final = [
    f"{kind}{space}D" for kind in ("MaxPooling", "AveragePooling") for space in _SPACES
]
_GLOBAL: Final = [
    f"Global{kind}{space}D" for kind in ("MaxPooling", "AveragePooling") for space in _SPACES
]
_KERAS1_1D: Final = {"border_mode": "padding", "pool_length": "pool_size", "stride": "strides"}
_KERAS1: Final = {"border_mode": "padding", "dim_ordering": "data_format"}


def _ordering(value: Any) -> Any:
    """Respell the orders of axes of Keras 1."""
    return ORDERINGS.get(str(value), value)


_RESPELLED: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("pool_size", "strides"), listed),
    "data_format": _ordering,
}

WORDS: Final = Words(
    classes={
        name.replace("eragePooling", "gPool").replace("Pooling", "Pool"): name
        for name in (*_WINDOWED, *_GLOBAL)
    },
    decided={"GlobalAveragePooling1D": lambda version: {"multiplies": version.before(3, 15)}},
    renamed={
        name: _KERAS1_1D if name.endswith("1D") else _KERAS1 for name in (*_WINDOWED, *_GLOBAL)
    },
    respelled=dict.fromkeys((*_WINDOWED, *_GLOBAL), _RESPELLED),
    since={**dict.fromkeys(_WINDOWED, "Keras 0.3"), **dict.fromkeys(_GLOBAL, "Keras 1")},
)
