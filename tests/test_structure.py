"""Nested structures of tensors: flattened and filled in the order in which Keras counts."""

from typing import Any

import pytest

from keronyx.live.structure import leaves, mapped


@pytest.mark.parametrize(
    ("structure", "found"),
    [
        (1, [("", 1)]),
        ([1, (2, 3)], [("", 1), ("", 2), ("", 3)]),
        ({"b": 1, "a": 2}, [("a", 2), ("b", 1)]),
        ({"a": {"d": 1, "c": [2, 3]}}, [("a/c", 2), ("a/c", 3), ("a/d", 1)]),
        ([], []),
    ],
)
def test_leaves(structure: Any, found: list[tuple[str, int]]) -> None:
    assert list(leaves(structure)) == found


def test_mapped_keeps_the_structure_and_goes_in_the_same_order() -> None:
    structure = {"b": [1, 2], "a": (3, {"c": 4})}
    counted = iter("wxyz")
    assert mapped(structure, lambda _leaf: next(counted)) == {
        "a": ("w", {"c": "x"}),
        "b": ["y", "z"],
    }
