"""Words of tables of rows."""

from typing import Final

from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import STARTS, TRAINS, Config, Words


def _embedding(version: Version) -> Config:
    """Tell what becomes of ids that are not in the table, as far as that can be told.

    Keras 1 and 2 refuse them, 3.0 to 3.2 take the nearest row, from 3.3 on negative ids count from
    the end.
    """
    known = version.stated or not version.before(3, 4)
    return {"clips": version.before(3, 3) if known and not version.before(3) else None}


WORDS: Final = Words(
    ignored={
        "Embedding": {
            "init": STARTS,
            "W_regularizer": TRAINS,
            "W_constraint": TRAINS,
            "dropout": TRAINS,
            "sparse_gradients": TRAINS,
        },
    },
    decided=dict.fromkeys(("Embedding", "ReversibleEmbedding"), _embedding),
    since={"Embedding": "Keras 0.3", "ReversibleEmbedding": "Keras 3.12"},
    refused={
        "Embedding": ("quantization other than int8 and int4",),
        "ReversibleEmbedding": (
            "quantization other than int8 and int4",
            "mask_zero=True where it is called in reverse",
        ),
    },
)
