"""Words of layers that put borders around space, cut them off, or repeat places."""

from collections.abc import Callable
from typing import Any, Final

from keronyx.converter.dialect.words import Words, listed

_SPACES: Final = (1, 2, 3)
_SIDES: Final = (("top_pad", "bottom_pad"), ("left_pad", "right_pad"))
"""How Keras 1 may name the borders of an image."""


def _borders(space: int) -> Callable[[Any], Any]:
    """Respell a border: one number for all sides, or one for both sides of each axis."""

    def respelled(value: Any) -> Any:
        if isinstance(value, int):
            return [[value, value]] * space
        if isinstance(value, dict) and space == 2:
            return _by_sides(value)
        if isinstance(value, list) and all(isinstance(each, int) for each in value):
            if space == 2 and len(value) == 4:  # top, bottom, left and right of Keras 1
                return [value[:2], value[2:]]
            return [value] if space == 1 else [[each, each] for each in value]
        return value

    return respelled


def _by_sides(value: dict[str, Any]) -> Any:
    if value.keys() <= {side for pair in _SIDES for side in pair}:
        return [[value.get(side, 0) for side in pair] for pair in _SIDES]
    return value


WORDS: Final = Words(
    renamed={"UpSampling1D": {"length": "size"}},
    respelled={
        **{f"ZeroPadding{space}D": {"padding": _borders(space)} for space in _SPACES},
        **{f"Cropping{space}D": {"cropping": _borders(space)} for space in _SPACES},
        **{f"UpSampling{space}D": {"size": listed} for space in _SPACES},
    },
    refused={"UpSampling2D": ("interpolation other than 'nearest'",)},
)
