"""Words of layers that put borders around space, cut them off, or repeat places."""

from collections.abc import Callable
from typing import Any, Final

from keronyx.converter.dialect.integers import integers_of, interpolating
from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import Config, LeftOut, Words, listed
from keronyx.converter.layers.base import Layer
from keronyx.converter.several import are_all

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
        if isinstance(value, list) and are_all(int, value):
            if space == 2 and len(value) == 4:  # top, bottom, left and right of Keras 1
                return [value[:2], value[2:]]
            return [value] if space == 1 else [[each, each] for each in value]
        return value

    return respelled


def _by_sides(value: dict[str, Any]) -> Any:
    if value.keys() <= {side for pair in _SIDES for side in pair}:
        return [[value.get(side, 0) for side in pair] for pair in _SIDES]
    return value


def _up_sampling(version: Version) -> Config:
    """Decide where bilinear images start: in Keras 2.2 and 2.3 of its own at the corner."""
    corner = version.before(2, 4) and not version.of_tensorflow
    known = version.stated or not version.before(3)
    return {"integers": integers_of(version), "half_pixel": (not corner) if known else None}


def _said(config: Config, version: Version) -> tuple[str, Config]:
    """Note that the Keras of TensorFlow 1.13 and 1.14, 2.2.4 by its number, leaves a key out."""
    silent = version.of_tensorflow and version.parts == (2, 2, 4)
    return "UpSampling2D", config | {"said": "interpolation" in config or not silent}


def _left_out(layer: Layer, _version: Version) -> LeftOut | None:
    return None if getattr(layer, "said", True) else _UNSAID


_UNSAID: Final = LeftOut(
    "interpolation",
    "taken as 'nearest', as Keras takes it: that of TensorFlow 1.13 and 1.14 does not save it; "
    "compare with the trained model where it was 'bilinear'",
)

WORDS: Final = Words(
    rewritten={"UpSampling2D": _said},
    left_out={"UpSampling2D": _left_out},
    renamed={"UpSampling1D": {"length": "size"}},
    respelled={
        **{f"ZeroPadding{space}D": {"padding": _borders(space)} for space in _SPACES},
        **{f"Cropping{space}D": {"cropping": _borders(space)} for space in _SPACES},
        **{f"UpSampling{space}D": {"size": listed} for space in _SPACES},
    },
    decided={"UpSampling2D": _up_sampling},
    settled={"UpSampling2D": interpolating},
    since={
        f"{kind}{space}D": since
        for kind, since in (
            ("ZeroPadding", "Keras 0.3"),
            ("UpSampling", "Keras 0.3"),
            ("Cropping", "Keras 1"),
        )
        for space in _SPACES
    },
    refused={
        "UpSampling2D": (
            "interpolation other than 'nearest' and 'bilinear' for images of open height or width",
            "whole numbers that Keras 3.0 to 3.5 cut off, but for 'nearest' and 'bilinear'",
        ),
    },
)
