"""How kernels that Keras quantized are told: their modes, and the groups that share a scale."""

from collections.abc import Callable
from typing import Final

import numpy as np

from keronyx.converter.layers.base import Config, Layer
from keronyx.converter.tensors import Array, Variable

GPTQ: Final = ("gptq/2", "gptq/3", "gptq/4", "gptq/8")
"""Quantizations by GPTQ, with their bits; those of 4 share a byte in pairs."""


def groups_of(layer: Layer, count: int) -> Array:
    """Return the group of each input, of ``count``, as int64; WeightError for one that is none."""
    index: Variable | None = getattr(layer, "g_idx", None)
    if index is None:
        raise layer.refuse(f"quantization {layer.dtype.quantization!r} without groups")
    found = index.load()
    if not np.all((found >= 0) & (found < count)):
        what = f"g_idx names other groups than 0 ... {count - 1}"
        raise layer.strange(what, "the file is damaged")
    return found.astype(np.int64)


def check_quantization(layer: Layer, scale: Variable | None) -> None:
    """Raise UnsupportedConfigError for quantization of a kind that has no scale here."""
    if layer.dtype.quantization and scale is None:
        raise layer.refuse(f"quantization {layer.dtype.quantization!r}")


def quantized(*modes: str) -> Callable[[Config], bool]:
    """Return what tells whether a layer's config has one of these modes."""
    return lambda config: config["quantization"] in modes


def float_and_plain(config: Config) -> bool:
    """Tell whether the kernel trains: Keras freezes it under LoRA and under quantization."""
    return not config["lora_rank"] and not config["quantization"]
