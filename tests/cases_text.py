"""Cases of words and of ids that no vocabulary has.

``make_recorded_layers.py`` runs them through Keras and writes ``recorded_text.npz``.
"""
# ruff: noqa: E501 - a table reads best with one line a case, however long

from pathlib import Path

import numpy as np
from layer_case import Case

RECORDED = Path(__file__).with_name("recorded_text.npz")

UNKNOWN = np.array(
    [[101, 7, 5], [-7, 77, 0], [123456, -1, 9], [-8, 10**12 + 1, -(10**12)]], np.int64
)
KNOWN = {"vocabulary": [5, 7, 9], "num_oov_indices": 3}
INDICES = np.array([[0, 1, 2, 3], [4, 5, 6, -1]], np.int64)
WORDS = {"vocabulary": ["cat", "dog", "cow"], "num_oov_indices": 2, "invert": True}
TEXTS = np.array(
    [
        ["The cat, sat on\tthe MAT! the end"],
        ["\u00c9cole \u00c9\u00a0b  don't\nstop\x0b\x0cTHE\r\n"],
        [""],
        ["a.b ... z [x] _ -"],
        ["#@!\"$%&()*+,/:;<=>?@\\^`{|}~' CAT"],
        ["ABCDEFGHIJKLMNOPQRSTUVWXYZ the  sat"],
    ]
)
SAID = {"vocabulary": ["the", "cat", "dont", "abcdefghijklmnopqrstuvwxyz", "\u00c9cole", "sat"]}
PLAIN = {**SAID, "standardize": None}
PAIRS = {"vocabulary": ["the", "cat sat", "ab z", "the cat sat", "sat on", "z x", "sat", "the sat"]}
IDF = {"output_mode": "tf_idf", "idf_weights": [0.5, 1.5, 0.25, 2.0, 3.0, 0.75]}

# fmt: off
CASES: tuple[Case, ...] = (
    Case("integer_lookup_several", "IntegerLookup", KNOWN, (UNKNOWN,)),
    Case("integer_lookup_several_masked", "IntegerLookup", {**KNOWN, "mask_token": -7}, (UNKNOWN,)),
    Case("integer_lookup_several_one_hot", "IntegerLookup", {**KNOWN, "output_mode": "one_hot"}, (UNKNOWN,)),
    Case("integer_lookup_several_count", "IntegerLookup", {**KNOWN, "output_mode": "count", "mask_token": 0}, (UNKNOWN,)),
    Case("integer_lookup_several_tf_idf", "IntegerLookup", {**KNOWN, "output_mode": "tf_idf", "idf_weights": [0.5, 1.5, 0.25], "max_tokens": 8, "pad_to_max_tokens": True}, (UNKNOWN,)),
    Case("integer_lookup_several_short", "IntegerLookup", {**KNOWN, "num_oov_indices": 2}, (UNKNOWN.astype(np.int32),)),
    Case("integer_lookup_several_inverse", "IntegerLookup", {**KNOWN, "invert": True}, (INDICES,)),
    Case("string_lookup_several_inverse", "StringLookup", WORDS, (INDICES,)),
    Case("string_lookup_several_inverse_masked", "StringLookup", {**WORDS, "mask_token": "-"}, (INDICES,)),
    Case("text_ids", "TextVectorization", SAID, (TEXTS,)),
    Case("text_ids_of_rows", "TextVectorization", PLAIN, (TEXTS[:, 0],)),
    Case("text_ids_none", "TextVectorization", PLAIN, (TEXTS[2:3],)),
    Case("text_ids_long", "TextVectorization", {**PLAIN, "output_sequence_length": 11}, (TEXTS,)),
    Case("text_ids_short", "TextVectorization", {**PLAIN, "output_sequence_length": 2}, (TEXTS,)),
    Case("text_lower", "TextVectorization", {**SAID, "standardize": "lower"}, (TEXTS,)),
    Case("text_strip", "TextVectorization", {**SAID, "standardize": "strip_punctuation"}, (TEXTS,)),
    Case("text_as_it_is", "TextVectorization", {**SAID, "standardize": None}, (TEXTS,)),
    Case("text_multi_hot", "TextVectorization", {**PLAIN, "output_mode": "multi_hot"}, (TEXTS,)),
    Case("text_count", "TextVectorization", {**PLAIN, "output_mode": "count", "max_tokens": 9, "pad_to_max_tokens": True}, (TEXTS,)),
    Case("text_tf_idf", "TextVectorization", {**PLAIN, **IDF}, (TEXTS,)),
    Case("text_pairs", "TextVectorization", {**PAIRS, "standardize": None, "ngrams": 2}, (TEXTS,)),
    Case("text_triples", "TextVectorization", {**PAIRS, "standardize": None, "ngrams": [3, 1], "output_sequence_length": 6}, (TEXTS,)),
    Case("text_counted_pairs", "TextVectorization", {**PAIRS, "standardize": None, "ngrams": 3, "output_mode": "count"}, (TEXTS,)),
    Case("text_whole", "TextVectorization", {**SAID, "split": None, "standardize": "strip_punctuation"}, (TEXTS.reshape(3, 2),)),
    Case("text_whole_plain", "TextVectorization", {**SAID, "split": None, "standardize": None, "output_sequence_length": 3}, (TEXTS.reshape(3, 2),)),
    Case("text_whole_short", "TextVectorization", {**PLAIN, "split": None, "output_sequence_length": 1}, (TEXTS.reshape(3, 2),)),
    Case("text_whole_count", "TextVectorization", {**PLAIN, "split": None, "output_mode": "count"}, (TEXTS.reshape(3, 2),)),
)
# fmt: on
