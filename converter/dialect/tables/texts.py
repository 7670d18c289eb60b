"""Words of texts."""

from typing import Any, Final

from keronyx.converter.dialect.tables.preprocessing import mode_of, vocabulary_of
from keronyx.converter.dialect.words import ELSEWHERE, Config, Words
from keronyx.converter.errors import UnsupportedConfigError, behind, shorten
from keronyx.converter.layers.base import Layer

_READ: Final = {
    "standardize": (None, "lower_and_strip_punctuation", "lower", "strip_punctuation"),
    "split": (None, "whitespace"),
    "output_mode": ("int", "multi_hot", "count", "tf_idf"),
    "ragged": (False,),
}
"""What ONNX's operators for strings carry."""


def _carried(kind: type[Layer], config: Config) -> Config:
    """Refuse what no operator does, and take special tokens out of a vocabulary."""
    for key, known in _READ.items():
        value = config.get(key, known[-1])
        if not any(value is each or value == each for each in known):
            raise UnsupportedConfigError(
                f"{key}={_spelled(value)}",
                hint=f"ONNX cannot split text so; {behind(str(config.get('name', '')))}",
            )
    return vocabulary_of(kind, config)


def _spelled(value: Any) -> str:
    """Return a value, of a function its name."""
    named = value.get("config") if isinstance(value, dict) else None
    return shorten(named if isinstance(named, str) else repr(value))


WORDS: Final = Words(
    renamed={"TextVectorization": {"idf_weights": "input_idf_weights"}},
    ignored={
        "TextVectorization": {
            "vocabulary_size": ELSEWHERE,
            "has_input_vocabulary": "where the vocabulary came from",
        },
    },
    respelled={"TextVectorization": {"output_mode": mode_of}},
    decided={"TextVectorization": lambda _: {"squeezes": True}},
    settled={"TextVectorization": _carried},
    since={"TextVectorization": "the Keras of TensorFlow 2"},
    refused={
        "TextVectorization": (
            "a function as standardize or split, split='character'",
            "output_mode='one_hot', ragged=True, sparse=True, encoding other than 'utf-8'",
            "ngrams with split=None",
            "an opset before 20, but with standardize=None and split=None",
            "a vocabulary that is empty, that repeats a token, or that is in another file",
        ),
    },
)
