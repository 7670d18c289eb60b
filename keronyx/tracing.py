"""Every layer's formula and values, for a model or its file, and where somebody's own part."""

import os
from typing import TYPE_CHECKING, Any, Unpack

from keronyx.asking import Asked, Reading
from keronyx.conversion import described
from keronyx.runtime import traces

if TYPE_CHECKING:
    from keronyx.runtime.compare import Verdict


class Trace(traces.Trace):
    """A model's values for some rows, in float64, which others can be held against.

    ``tensors`` has the numbers of every tensor by its name; ``drawn`` says that the rows were not
    given, but drawn from what the model takes.
    """

    def compare(self, mine: Any) -> "Verdict":
        """Hold somebody's own values against these: a file, arrays by name, a list, an array.

        Raises UsageError where none of them fits any layer.
        """
        from keronyx.runtime.compare import compare_file, compare_values  # noqa: PLC0415

        if isinstance(mine, str | os.PathLike):
            return compare_file(self, mine)
        return compare_values(self, mine)


def trace(source: Any, x: Any = None, **said: Unpack[Reading]) -> Trace:
    """Evaluate a model and keep what every layer gives.

    ``source`` is what ``read`` takes, ``said`` what it takes by name; ``x`` what ``evaluate``
    takes. Without it, a sample is drawn.
    """
    model = described(Asked.of(source, **said))
    return Trace(**vars(traces.trace(model, x)))
