"""Words of what a user may say in the place of: code and raw operations."""

from typing import Final

from keronyx.converter.dialect.words import Why, Words
from keronyx.converter.errors import Reason

_TENSORFLOW: Final = Why(Reason.OPERATION, "a raw TensorFlow operation")

WORDS: Final = Words(
    unreadable={
        "Lambda": Why(Reason.CODE, "code in the file is never run"),
        "TFOpLambda": _TENSORFLOW,
        "SlicingOpLambda": _TENSORFLOW,
        "TensorFlowOpLayer": _TENSORFLOW,
    },
)
