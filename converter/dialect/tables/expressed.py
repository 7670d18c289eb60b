"""Words of what a user may say in the place of: code and raw operations."""

from typing import Final

from keronyx.converter.dialect.tables.activations import hard_slope, multiplying
from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import Why, Words
from keronyx.converter.errors import Reason
from keronyx.converter.expression.terms import Sense

_TENSORFLOW: Final = Why(Reason.OPERATION, "a raw TensorFlow operation")

WORDS: Final = Words(
    unreadable={
        "Lambda": Why(Reason.CODE, "code in the file is never run"),
        "TFOpLambda": _TENSORFLOW,
        "SlicingOpLambda": _TENSORFLOW,
        "TensorFlowOpLayer": _TENSORFLOW,
    },
)


def sense_of(version: Version) -> Sense:
    """Return what the words of an expression mean."""
    return Sense(hard_slope(version), multiplying(version), has_ops=not version.before(3))
