"""Every layer's formula and values, for a model or its file."""

from collections.abc import Mapping
from typing import Any

from keronyx.conversion import PathLike, read
from keronyx.converter.model import Model
from keronyx.runtime import trace as tracing


def trace(
    source: Any,
    x: Any = None,
    *,
    weights: PathLike | None = None,
    activations: list[str] | str | None = None,
    replace: Mapping[str, str] | None = None,
) -> tracing.Trace:
    """Evaluate a model and keep what every layer gives.

    ``source`` is a description, or what ``read`` takes with ``weights``, ``activations`` and
    ``replace``; ``x`` what ``evaluate`` takes. Without it, a sample is drawn.
    """
    if isinstance(source, Model):
        return tracing.trace(source, x)
    return tracing.trace(read(source, weights, activations=activations, replace=replace), x)
