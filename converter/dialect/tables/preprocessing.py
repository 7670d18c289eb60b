"""Words of preprocessing layers."""

from typing import Any, Final

from keronyx.converter.dialect.integers import floating
from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.vocabulary import tokens_of
from keronyx.converter.dialect.words import ELSEWHERE, Config, Why, Words, listed
from keronyx.converter.errors import Reason, UnsupportedConfigError
from keronyx.converter.layers.base import Layer

_LOOKUP: Final = {
    "vocabulary_size": ELSEWHERE,
    "vocabulary_dtype": ELSEWHERE,
    "salt": "acts where tokens are hashed only, which is refused",
    "has_input_vocabulary": "where the vocabulary came from",
}
_NO_HASH: Final = Why(Reason.NOT_IN_ONNX, "ONNX has no such hash")
_IDF: Final = {"idf_weights": "input_idf_weights"}
_HASHES: Final = {
    "oov_method": "strings are hashed by either, with several out-of-vocabulary indices only"
}


def _discretization(version: Version) -> Config:
    """Decide all but what a file without a version leaves open: it writes no policy object."""
    open_ = not version.stated and not version.before(3) and version.before(3, 4)
    return ({"squeezes": None} if open_ else _encoding(version)) | {
        "ids_dtype": "int64" if version.before(3, 12) else "int32",
        "compares_doubles": version.before(3),
    }


def _encoding(version: Version) -> Config:
    """Tell whether one_hot puts its slots in place of a last axis of size 1."""
    return {"squeezes": version.before(3) or not version.before(3, 4)}


def mode_of(value: Any) -> Any:
    """Respell the output modes of TensorFlow 2.4."""
    return {"binary": "multi_hot", "tf-idf": "tf_idf"}.get(str(value), value)


def vocabulary_of(kind: type[Layer], config: Config) -> Config:
    """Take the special tokens out of a vocabulary that the config tells."""
    told = config.get("vocabulary") or []
    tokens = tokens_of(kind, config, told)
    if told and not tokens:
        what = "a vocabulary of no tokens but special ones"
        raise UnsupportedConfigError(what, hint="adapt it, and save the model again")
    return config | {"vocabulary": tokens}


_SLOTS: Final = ("sparse=True", "output_mode other than 'int' for more than two axes")
_NOT_LOOKED_UP: Final = (
    *_SLOTS,
    "invert=True with another output_mode than 'int'",
    "a vocabulary that is empty, that repeats a token, or that is in another file",
)

WORDS: Final = Words(
    unreadable={
        "Hashing": _NO_HASH,
        "HashedCrossing": _NO_HASH,
    },
    renamed={
        "CategoryEncoding": {"max_tokens": "num_tokens"},
        # The config's constants, apart from the variables of the same name.
        "Normalization": {"mean": "input_mean", "variance": "input_variance"},
        "IntegerLookup": _IDF,
        "StringLookup": _IDF,
    },
    ignored={
        "Discretization": {"num_bins": "adapting only", "epsilon": "adapting only"},
        "StringLookup": _LOOKUP | _HASHES,
        "IntegerLookup": _LOOKUP | {"max_values": "adapting only"},
    },
    respelled={
        "Normalization": {"axis": listed},
        "CategoryEncoding": {"output_mode": mode_of},
        "Discretization": {"output_mode": mode_of},
        "IntegerLookup": {"output_mode": mode_of},
        "StringLookup": {"output_mode": mode_of},
    },
    decided={
        "Discretization": _discretization,
        "CategoryEncoding": _encoding,
        "StringLookup": lambda _: {"squeezes": True},
        "IntegerLookup": lambda _: {"squeezes": True},
    },
    settled={
        **dict.fromkeys(("StringLookup", "IntegerLookup"), vocabulary_of),
        "Rescaling": floating,
    },
    since={
        **dict.fromkeys(
            (
                "CategoryEncoding",
                "Discretization",
                "IntegerLookup",
                "Normalization",
                "Rescaling",
                "StringLookup",
            ),
            "the Keras of TensorFlow 2",
        ),
    },
    refused={
        "Normalization": ("an axis that keeps the batch", "an axis of open size"),
        "CategoryEncoding": _SLOTS,
        "Discretization": _SLOTS,
        "StringLookup": (
            *_NOT_LOOKED_UP,
            "num_oov_indices above 1, which hash the tokens, but with invert=True",
            "encoding other than 'utf-8'",
        ),
        "IntegerLookup": (
            *_NOT_LOOKED_UP,
            "num_oov_indices above 1 with oov_method='farmhash', but with invert=True",
        ),
    },
)
