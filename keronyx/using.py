"""What a model computes, whatever it is given as: its numbers, its formulas, whether they agree."""

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from keronyx import checking
from keronyx.asking import Asked, Reading
from keronyx.conversion import described
from keronyx.converter import formula
from keronyx.converter.errors import UsageError
from keronyx.converter.formula import LayerFormula
from keronyx.converter.tensors import Array
from keronyx.live.package import is_live
from keronyx.loading import graph_of
from keronyx.runtime.evaluate import Evaluator
from keronyx.runtime.evaluate.precision import Precision
from keronyx.runtime.proof.report import Report
from keronyx.runtime.session.predictor import Engine


def evaluate(
    source: Any,
    inputs: Array | Sequence[Array] | Mapping[str, Array],
    *,
    dtype: Precision = "float64",
    **said: Unpack[Reading],
) -> dict[str, Array]:
    """Return a model's outputs by name, in NumPy alone; ``load`` is for more than one call.

    The states of a stateful model may be among the inputs, by name, and are zeros else; those
    after the call are outputs behind the others.

    ``source`` is what ``read`` takes, and ``said`` what that takes by name.
    """
    return Evaluator(described(Asked.of(source, **said)), dtype)(inputs)


def formulas(source: Any, **said: Unpack[Reading]) -> tuple[LayerFormula, ...]:
    """Return what each layer of a model computes, in the order of their calls.

    ``source`` is what ``read`` takes, and ``said`` what that takes by name.
    """
    return formula.formulas(described(Asked.of(source, **said)))


def check(  # noqa: PLR0913 - all but two by name only
    onnx_model: Any,
    model: Any,
    *,
    samples: Any = None,
    engine: Engine | None = None,
    seed: int = 0,
    against: Any = None,
    **said: Unpack[Reading],
) -> Report:
    """Compare a graph with the model that it should compute: see ``checking.check``.

    ``onnx_model`` is a path, the bytes, a ModelProto or a ``Conversion``, ``model`` what ``read``
    takes, and ``said`` what that takes by name.
    """
    graph = graph_of(onnx_model)
    if graph is None:
        raise UsageError("no ONNX model to check", hint="give that first, then the Keras model")
    held = model if is_live(model) and not said else described(Asked.of(model, **said))
    return checking.check(graph, held, samples=samples, engine=engine, seed=seed, against=against)
