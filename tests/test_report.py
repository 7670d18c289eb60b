"""Differences: when numbers agree, and how far apart they are said to be."""

from typing import Any

import numpy as np
import pytest

from keronyx.runtime.proof.report import TOLERANCES, Difference, agreeing_rows, compare, merge


def difference(dtype: str = "float32") -> Difference:
    return Difference(name="y", dtype=dtype, tolerance=TOLERANCES["float32"])


@pytest.mark.parametrize(
    ("found", "expected", "passed"),
    [
        ([1.0, np.nan, np.inf, -np.inf], [1.0, np.nan, np.inf, -np.inf], True),
        ([1.0], [np.nan], False),
        ([np.inf], [-np.inf], False),
        ([np.inf], [1.0], False),
        ([1.00005], [1.0], True),
        ([1.0002], [1.0], False),
        ([0.00002], [0.0], False),
        ([[1000.0, 0.005]], [[1000.0, 0.0]], True),
        ([[1000.0, 0.0], [0.0, 0.005]], [[1000.0, 0.0], [0.0, 0.0]], False),
        ([[1.0]], [1.0], False),
        ([], [], True),
    ],
)
def test_numbers_agree_within_the_tolerance_of_their_row(
    found: Any, expected: Any, *, passed: bool
) -> None:
    one, other = (np.array(each, np.float32) for each in (found, expected))
    assert compare(one, other, difference()).passed is passed


def test_strings_and_integers_are_equal_or_not() -> None:
    words = np.array([["a"], ["b"]], object)
    assert compare(words, words.copy(), difference("string")).passed
    assert not compare(words, words[::-1], difference("string")).passed
    ids = np.array([1, 2])
    assert compare(ids, ids.astype(np.int32), difference("int64")).passed
    assert compare(ids, ids + 1, difference("int64")).share == np.inf


def test_differences_merge_to_the_worst() -> None:
    small = compare(np.array([[1.00001]]), np.array([[1.0]]), difference())
    large = compare(np.array([[1.0], [1.5]]), np.array([[1.0], [1.0]]), difference())
    (merged,) = merge([small, large])
    assert merged.rows == 3
    assert merged.max_abs == 0.5
    assert merged.at == (1, 0)
    assert merged.share == large.share


def test_rows_agree_one_by_one() -> None:
    expected = np.array([[1.0, 2.0], [3.0, 4.0]])
    found = np.array([[1.0, 2.0], [3.0, 5.0]])
    assert agreeing_rows(found, expected, difference()).tolist() == [True, False]
