"""Every layer's formula and values, for a model or its file."""

from collections.abc import Mapping, Sequence
from typing import Any

from keronyx.conversion import PathLike, read
from keronyx.converter.model import Model
from keronyx.runtime import traces as tracing


def trace(  # noqa: PLR0913 - all but two by name only
    source: Any,
    x: Any = None,
    *,
    weights: PathLike | None = None,
    activations: Sequence[str] | str | None = None,
    order: Sequence[str] | None = None,
    use_bias: bool = True,
    replace: Mapping[str, str] | None = None,
) -> tracing.Trace:
    """Evaluate a model and keep what every layer gives.

    ``source`` is a description, or what ``read`` takes with ``weights``, ``activations``,
    ``order``, ``use_bias`` and ``replace``; ``x`` what ``evaluate`` takes. Without it, a sample is
    drawn.
    """
    if isinstance(source, Model):
        return tracing.trace(source, x)
    told: dict[str, Any] = {"activations": activations, "order": order, "use_bias": use_bias}
    return tracing.trace(read(source, weights, **told, replace=replace), x)
