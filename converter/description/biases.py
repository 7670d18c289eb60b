"""Whether the layers of bare weights have biases: what their file says of it, and what is told."""

from collections.abc import Sequence
from typing import Final

from keronyx.converter.errors import UsageError, WeightError
from keronyx.converter.files.saved import FlatVariables, Weights
from keronyx.converter.tensors import Variable

PAIRS: Final = (
    "save kernels and biases in turn, np.savez('weights.npz', w0, b0, w1, b1), or give both lists "
    "in Python, (kernels, biases) with None where a layer has none"
)


def check_biases(
    layers: Sequence[Sequence[Variable]], weights: Weights | None, *, use_bias: bool
) -> str:
    """Return a note where some layers have no bias; raise where that stays open."""
    without = [number for number, layer in enumerate(layers, 1) if len(layer) == 1]
    if not use_bias:
        return _check_none(len(layers), len(layers) - len(without))
    # Keras's own files leave no bias out, but a net without any is to be said.
    flat = isinstance(weights, FlatVariables)
    if not without or _is_complete(weights):
        return ""
    if len(without) == len(layers):
        raise _no_bias_anywhere(len(layers), f"{PAIRS}; " if flat else "")
    return _left_out(layers, without) if flat else ""


def _is_complete(weights: Weights | None) -> bool:
    """Tell a list in which a layer without a bias has none."""
    return isinstance(weights, FlatVariables) and weights.complete


def _check_none(layers: int, biases: int) -> str:
    """Raise where there are biases all the same; there is nothing to note."""
    if biases:
        what = f"{biases} of {layers} layers have a bias"
        raise UsageError(f"--no-bias (use_bias=False), but {what}")
    return ""


def _no_bias_anywhere(count: int, ways: str) -> WeightError:
    kernels = "1 kernel" if count == 1 else f"{count} kernels"
    return WeightError(
        f"{kernels} without any bias, and a forgotten bias gives wrong numbers",
        hint=f"{ways}a net that has no biases is meant with --no-bias (use_bias=False)",
    )


def _left_out(layers: Sequence[Sequence[Variable]], without: list[int]) -> str:
    """Tell the layers without a bias; between kernels alone, a bias is that of the one before it.

    Raises WeightError where it may belong to another one.
    """
    if _may_belong_to_several(layers, without):
        raise WeightError("the one bias may belong to several kernels", hint=PAIRS)
    return f"{_numbered(without)} of {len(layers)} taken without a bias, as the weights have none"


def _numbered(numbers: Sequence[int]) -> str:
    """Name layers by their numbers, the first few of many."""
    named = ", ".join(map(str, numbers[:8])) + (", ..." if len(numbers) > 8 else "")
    return f"{'layers' if len(numbers) > 1 else 'layer'} {named}"


def _may_belong_to_several(layers: Sequence[Sequence[Variable]], without: list[int]) -> bool:
    """Tell whether the one bias, behind all kernels, fits another one than the last, too."""
    *others, last = layers
    behind = without == [*range(1, len(layers))]
    return behind and any(last[1].shape == layer[0].shape[1:] for layer in others)
