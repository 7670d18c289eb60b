"""Sizes and dtypes of what a model takes and gives."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from keronyx.converter.tensors import KerasTensor, Sizes


class TensorSpec(NamedTuple):
    """Sizes (None where it varies) and dtype (NumPy's name, "bfloat16" or "string")."""

    shape: Sizes
    dtype: str


Specs: TypeAlias = Mapping[str, TensorSpec]


def held_in(spec: TensorSpec) -> "np.dtype[Any]":
    """Return the NumPy type of a tensor's values; bfloat16 is held in float32."""
    return np.dtype({"string": "O", "bfloat16": "float32"}.get(spec.dtype, spec.dtype))


def specs_of(tensors: Mapping[str, KerasTensor]) -> dict[str, TensorSpec]:
    """Return what a description says of its inputs or outputs."""
    return {name: TensorSpec(tensor.sizes, tensor.dtype) for name, tensor in tensors.items()}
