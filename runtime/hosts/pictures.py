"""Inputs that are images: where their axes lie, and which numbers stand for black and white."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from keronyx.runtime.proof.domains import ANY, Around, Domain

CHANNELS: Final = frozenset({1, 3, 4})
"""Grey; red, green and blue; the same with opacity."""

BYTES: Final = 255.0
"""White in images as files hold them."""

SMALL: Final = 2.0
"""Numbers that spread no further are not those of bytes."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A row of an input as an image; ``first`` tells that the channels come before the space."""

    height: int
    width: int
    channels: int
    first: bool
    black: float
    white: float


def picture_of(row: tuple[int, ...], dtype: str, domain: Domain | None = None) -> Picture | None:
    """Return what an input is as an image, None where it cannot be one.

    ``domain`` is what the model takes, as far as is known: it says which number white is.
    """
    if len(row) != 3 or dtype in {"string", "bool"}:
        return None
    first = row[-1] not in CHANNELS
    channels, height, width = row if first else (row[-1], *row[:-1])
    if channels not in CHANNELS:
        return None
    white = BYTES if dtype in {"uint8", "int32", "int64"} else _white(domain or ANY)
    return Picture(
        height=height, width=width, channels=channels, first=first, black=0.0, white=white
    )


def _white(domain: Domain) -> float:
    """Return what is brought to 1 where 0 is brought to 0, -0.5 or -1."""
    if not isinstance(domain, Around):
        return BYTES
    mean, spread = float(np.mean(domain.mean)), float(np.mean(domain.spread))
    # Rounded, since 1/255 is no number in binary.
    for share, white in ((0.0, spread), (0.5, spread), (1.0, 2 * spread)):
        if np.isclose(mean, share * spread):
            return float(f"{white:.6g}")
    return BYTES if spread > SMALL else 1.0
