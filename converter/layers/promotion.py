"""The one dtype that Keras gives numbers of several: its promotion, Python's numbers being weak."""

from collections.abc import Mapping
from functools import cache
from typing import Final

WIDER: Final[Mapping[str, tuple[str, ...]]] = {
    "bool": ("int",),
    "int": ("uint8", "int8"),
    "uint8": ("uint16", "int16"),
    "uint16": ("uint32", "int32"),
    "uint32": ("uint64", "int64"),
    "uint64": ("float",),
    "int8": ("int16",),
    "int16": ("int32",),
    "int32": ("int64",),
    "int64": ("float",),
    "float": ("float16", "bfloat16"),
    "float16": ("float32",),
    "bfloat16": ("float32",),
    "float32": ("float64",),
    "float64": (),
}
"""What next holds all numbers of each dtype, as ``keras.backend.result_type`` has it.

``int`` and ``float`` are Python's own, that any array's dtype of the kind is above.
"""

ALONE: Final[Mapping[str, str]] = {"int": "int32", "float": "float32", "uint64": "uint32"}
"""What is taken where nothing wider is met; there is no uint64 in Keras's results."""

LARGEST: Final[Mapping[str, float]] = {
    "float16": 65504.0,
    "bfloat16": 3.3895313892515355e38,
    "float32": 3.4028234663852886e38,
    "float64": 1.7976931348623157e308,
}
"""The largest numbers."""


@cache
def _above(dtype: str) -> frozenset[str]:
    """Return a dtype and all that hold its numbers."""
    return frozenset({dtype}).union(*map(_above, WIDER[dtype]))


@cache
def result_type(*dtypes: str) -> str:
    """Return the narrowest dtype above all of these; raises KeyError for what has none."""
    common = frozenset.intersection(*map(_above, dtypes))
    (least,) = (each for each in common if common <= _above(each))
    return ALONE.get(least, least)


def hardened(dtype: str) -> str:
    """Return what a Python number is once it is a tensor of its own."""
    return {"int": "int32", "float": "float32"}.get(dtype, dtype)


def common(*dtypes: str) -> str:
    """Return the promoted dtype of tensors and Python's numbers."""
    return result_type(*dtypes)


def kept(*dtypes: str) -> str:
    """Return the one dtype that all have, whatever it is, or the promoted one of several."""
    return dtypes[0] if len({*dtypes}) == 1 else result_type(*dtypes)


def tensors(*dtypes: str) -> str:
    """Return the promoted dtype where Python's numbers were made tensors first."""
    return result_type(*map(hardened, dtypes))


def floating(*dtypes: str) -> str:
    """Return the promoted dtype, float32 for integers."""
    return result_type(*dtypes, "float")


def floating_tensors(*dtypes: str) -> str:
    """Return the promoted dtype of tensors, float32 for integers."""
    return floating(*map(hardened, dtypes))


def doubling(*dtypes: str) -> str:
    """Return the promoted dtype of tensors, float64 for int64 and float32 for other integers."""
    found = tensors(*dtypes)
    return "float64" if found == "int64" else floating(found)


def exact(*dtypes: str) -> str:
    """Return what TensorFlow divides in: float64 for integers of 32 bits and more."""
    found = tensors(*dtypes)
    if found in {"int32", "int64", "uint32"}:
        return "float64"
    return floating(found)


def counting(*dtypes: str) -> str:
    """Return the promoted dtype, int32 for booleans."""
    found = tensors(*dtypes)
    return "int32" if found == "bool" else found


def truth(*_dtypes: str) -> str:
    """Return what anything is cast to that is taken for true or not."""
    return "bool"


def summing(*dtypes: str) -> str:
    """Return what sums and products are kept in: of small integers, 32 bits."""
    (dtype,) = dtypes
    small = {"bool": "int32", "int8": "int32", "int16": "int32"}
    return (small | {"uint8": "uint32", "uint16": "uint32"}).get(dtype, dtype)
