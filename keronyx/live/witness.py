"""The third witness of a check: the live Keras model itself, run on the inputs of the others."""

import warnings
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from keronyx.converter.errors import UsageError, shorten
from keronyx.converter.tensors import Array
from keronyx.live.calls import Call, apply, call_of
from keronyx.live.package import Package, first_line, package_of
from keronyx.live.structure import leaves

ON_CPU = frozenset({"tensorflow", "jax"})
"""Backends that compute on a processor what is stored elsewhere; others round as their GPU does."""


@dataclass(frozen=True)
class Witness:
    """A live model that can be asked for its outputs; ``title`` says which Keras it is of."""

    model: Any
    call: Call
    package: Package

    @classmethod
    def of(cls, model: Any) -> "Witness":
        """Return the witness that a live model is; raises UsageError where it was never built."""
        return cls(model, call_of(model), package_of(model))

    @property
    def title(self) -> str:
        """Name, version and backend of the Keras."""
        return self.package.title

    @property
    def dtypes(self) -> set[str]:
        """The types in which its layers compute."""
        layers = [self.model, *getattr(self.model, "layers", ())]
        return {str(getattr(layer, "compute_dtype", "float32")) for layer in layers}

    def __call__(self, arrays: Mapping[str, Array]) -> list[Array]:
        """Return the outputs in Keras's order for inputs in Keras's order, whatever their names.

        Raises UsageError where Keras cannot compute them.
        """
        pairs = zip(self.call.specs, arrays.values(), strict=True)
        try:
            with self._on_cpu(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tensors = {spec.name: self._tensor(x, spec.dtype) for spec, x in pairs}
                found = apply(self.model, self.model, self.call, tensors)
                return [_plain(self.package.numpy(tensor)) for _, tensor in leaves(found)]
        # A user's layers and Keras's backends can raise anything.
        except Exception as error:
            why = shorten(first_line(error), 120)
            raise UsageError(
                f"{self.title} cannot compute the inputs of the check: {why}",
                hint="give inputs that the model takes as samples",
            ) from error

    def _on_cpu(self) -> AbstractContextManager[Any]:
        """Compute where float32 is float32: GPUs may round its products to ten bits."""
        if self.package.is_multi_backend and self.package.backend in ON_CPU:
            device: AbstractContextManager[Any] = self.package.keras.device("cpu:0")
            return device
        return nullcontext()

    def _tensor(self, array: Array, dtype: str) -> Any:
        if self.package.is_multi_backend:
            return self.package.keras.ops.convert_to_tensor(array, dtype=dtype)
        return self.package.keras.backend.constant(array, dtype=dtype)


def _plain(array: Array) -> Array:
    """Return an array of a type that NumPy itself has; bfloat16 as float32."""
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array
