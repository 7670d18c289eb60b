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
)
# fmt: on
