"""Words of what a user may say in the place of: code and raw operations."""

from typing import Final

from keronyx.converter.dialect.tables.activations import hard_slope, multiplying
from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import Why, Words
from keronyx.converter.errors import Reason
from keronyx.converter.expression.terms import Sense

_TENSORFLOW: Final = Why(Reason.OPERATION, "a raw TensorFlow operation")
_ABSTRACT: Final = Why(Reason.CUSTOM, "the class that others are derived from, nothing by itself")


def _wrapping(framework: str) -> Why:
    """Return why code of another framework is not read."""
    return Why(Reason.CUSTOM, f"code of {framework}, which no file of Keras holds")


WORDS: Final = Words(
    unreadable={
        "FlaxLayer": _wrapping("Flax"),
        "JaxLayer": _wrapping("JAX"),
        "TorchModuleWrapper": _wrapping("PyTorch"),
        "TFSMLayer": Why(
            Reason.CUSTOM, "a SavedModel elsewhere; convert the model that it was exported from"
        ),
        "DenseFeatures": Why(
            Reason.CUSTOM,
            "feature columns of TensorFlow; put the layers behind it into a model of their own, "
            "and feed that with what the columns make",
        ),
        "Layer": _ABSTRACT,
        "Wrapper": _ABSTRACT,
        "Lambda": Why(Reason.CODE, "code in the file is never run"),
        "TFOpLambda": _TENSORFLOW,
        "SlicingOpLambda": _TENSORFLOW,
        "TensorFlowOpLayer": _TENSORFLOW,
    },
)


def sense_of(version: Version) -> Sense:
    """Return what the words of an expression mean."""
    return Sense(hard_slope(version), multiplying(version), has_ops=not version.before(3))
