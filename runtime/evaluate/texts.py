"""Texts: made alike, cut into words, looked up."""

import re
from collections.abc import Iterator

import numpy as np

from keronyx.converter.layers.texts import TextVectorization
from keronyx.converter.tensors import Array
from keronyx.runtime.evaluate.model import Step, prepare_layer
from keronyx.runtime.evaluate.precision import Numbers
from keronyx.runtime.evaluate.preprocessing import count, idf_weights, multi_hot

PUNCTUATION = re.compile(r"""[!"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~']""")
WORD = re.compile(r"[^ \t\n\v\f\r]+")
CAPITAL = re.compile("[A-Z]")


@prepare_layer.register
def text_vectorization(layer: TextVectorization, numbers: Numbers) -> Step:
    """``lookup(ngrams(split(standardize(inputs))))``, padded to a dense tensor."""
    masks = int(layer.output_mode == "int")
    table = {word: masks + 1 + place for place, word in enumerate(layer.vocabulary)}
    table[""] = 0 if masks else -1

    def identify(x: Array) -> list[list[int]]:
        rows = x.reshape(len(x), -1).tolist()
        return [[table.get(word, masks) for word in _words(layer, row)] for row in rows]

    if masks:
        return lambda x: _dense(identify(x), layer.output_sequence_length)
    weights = idf_weights(layer, numbers) if layer.output_mode == "tf_idf" else None
    fill = multi_hot if layer.output_mode == "multi_hot" else count

    def step(x: Array) -> Array:
        ids = identify(x)
        filled = fill(_dense(ids, None, -1), layer.depth).astype(numbers.dtype)
        return filled if weights is None else filled * weights

    return step


def _words(layer: TextVectorization, row: list[str]) -> list[str]:
    """Return all that is looked up of one row."""
    texts = [_standardized(layer, text) for text in row]
    if layer.split is None:
        return texts
    words = [word for text in texts for word in WORD.findall(text)]
    return words if layer.ngrams is None else [*_runs(words, layer.lengths)]


def _standardized(layer: TextVectorization, text: str) -> str:
    """``strings.lower``, which knows ASCII only, then ``regex_replace`` of punctuation."""
    if layer.lowers:
        text = CAPITAL.sub(lambda letter: letter[0].lower(), text)
    return PUNCTUATION.sub("", text) if layer.strips else text


def _runs(words: list[str], lengths: tuple[int, ...]) -> Iterator[str]:
    """``strings.ngrams``: of each length all, one length after the other."""
    for length in lengths:
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])


def _dense(rows: list[list[int]], length: int | None, fill: int = 0) -> Array:
    """``to_tensor``: as wide as the longest row, or as told."""
    width = max(map(len, rows), default=0) if length is None else length
    dense = np.full((len(rows), width), fill, np.int64)
    for place, row in enumerate(rows):
        dense[place, : len(row)] = row[:width]
    return dense
