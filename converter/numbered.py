"""Numbers in names: ``fc2`` is before ``fc10``, ``dense`` before ``dense_1``."""

import re
from typing import TypeAlias

Number: TypeAlias = tuple[int, str]
"""What sorts as a number does: how many digits it has, and these, which Python need not read."""


def stem_of(name: str) -> str:
    """Return a name without its numbers; "dense" is that of "dense_1", too."""
    return re.sub(r"[0-9]+", "#", name).removesuffix("_#")


def numbers_in(name: str) -> list[Number]:
    """Return the numbers in a name as they sort, however many digits they have."""
    plain = (digits.lstrip("0") for digits in re.findall(r"[0-9]+", name))
    return [(len(digits), digits) for digits in plain]
