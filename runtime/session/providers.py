"""Where onnxruntime computes: its execution providers by their names, or short for them."""

from collections.abc import Sequence
from typing import Final

from keronyx.converter.errors import UsageError, shorten

CPU: Final = "CPUExecutionProvider"
SUFFIX: Final = "ExecutionProvider"
SHORT: Final = {"directml": "Dml", "tensorrt": "Tensorrt", "cuda": "CUDA", "coreml": "CoreML"}
INSTALL: Final = "another build of it may have it, such as onnxruntime-gpu or onnxruntime-directml"


def chosen(asked: Sequence[str], available: Sequence[str]) -> list[str]:
    """Return the names of providers, the CPU's behind them, which takes what they do not.

    They are told in full or short, in any case: "CUDAExecutionProvider", "cuda", "directml". Raises
    UsageError for one that this onnxruntime does not have.
    """
    known = {each.lower(): each for each in available}
    found: list[str] = []
    for name in [asked] if isinstance(asked, str) else asked:
        spelled = SHORT.get(name.lower(), name).lower()
        full = known.get(spelled, known.get(spelled + SUFFIX.lower()))
        if full is None:
            there = ", ".join(available)
            hint = f"this onnxruntime has {there}; {INSTALL}"
            raise UsageError(f"provider {shorten(repr(name))}", hint=hint)
        found.append(full)
    return [*found, *([] if CPU in found else [CPU])]


def check_used(wanted: Sequence[str], used: Sequence[str]) -> None:
    """Raise UsageError where a provider could not be loaded, and another took its place."""
    lost = [each for each in wanted if each not in used]
    if lost:
        hint = "its libraries are missing, or its device: see what onnxruntime needs for it"
        raise UsageError(f"onnxruntime cannot use {lost[0]}", hint=hint)
