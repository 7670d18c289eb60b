"""A graph is held against a description, and where it is alive against Keras itself."""

from typing import Any

from keronyx.converter.description import describe
from keronyx.converter.errors import UnsupportedConfigError, UnsupportedLayerError, UsageError
from keronyx.converter.model import Model
from keronyx.live.interface import interface_of
from keronyx.live.package import is_live
from keronyx.live.reading import saved_from_live
from keronyx.live.witness import Witness
from keronyx.runtime.proof import checking
from keronyx.runtime.proof.report import Report
from keronyx.runtime.session.predictor import Engine, Source


def check(  # noqa: PLR0913 - all but two by name only
    onnx_model: Source,
    model: Any,
    *,
    samples: Any = None,
    engine: Engine | None = None,
    seed: int = 0,
    against: Any = None,
) -> Report:
    """Compare a graph with the description of the model that it should compute.

    ``against`` is the same model alive in Keras, which is compared too; ``model`` can be that
    itself. Where the description has names and shapes alone, Keras is the only one to ask.
    ``samples`` are more inputs by name, and where they are known the outputs that they should
    give, by name or as "out/name"; or a DataFrame of inputs. A failed check is a report too, not
    an error. Raises UsageError where the samples do not fit, or the graph has other inputs or
    outputs.
    """
    if not isinstance(model, Model):
        model, against = described(model), model
    witness = None if against is None else Witness.of(against)
    return checking.check(
        onnx_model, model, samples=samples, engine=engine, seed=seed, witness=witness
    )


def described(live: Any) -> Model:
    """Describe a live model, or what it takes and gives where its layers are not supported."""
    if not is_live(live):
        raise UsageError(f"cannot check against {type(live).__name__}", hint="see keronyx.read")
    try:
        return describe(saved_from_live(live))
    except (UnsupportedLayerError, UnsupportedConfigError):
        return interface_of(live)
