"""Numbers in names and versions may have more digits than Python turns into a number."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

import keronyx
from keronyx.converter.errors import FileFormatError
from keronyx.converter.files.storage import names
from keronyx.runtime.compare.own import Own, in_order

KERNEL, BIAS = np.eye(2, dtype=np.float32), np.arange(2, dtype=np.float32)
LONG = "9" * 641


@pytest.fixture(autouse=True)
def digits() -> Iterator[None]:
    """Lower Python's limit, as far as it goes."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    yield
    sys.set_int_max_str_digits(before)


def test_arrays_are_ordered_by_long_numbers(tmp_path: Path) -> None:
    first, last = {f"w{LONG}": KERNEL, f"b{LONG}": BIAS}, {f"w1{LONG}": -KERNEL, f"b1{LONG}": BIAS}
    np.savez(tmp_path / "w.npz", **last, **first)  # type: ignore[arg-type]
    model = keronyx.read(tmp_path / "w.npz", activations="linear")
    (found,) = keronyx.evaluate(model, np.ones((1, 2))).values()
    assert found.tolist() == [[-1, -1]]
    assert [layer.variables()["kernel"].load()[0, 0] for layer in model.layers] == [1, -1]


@pytest.mark.parametrize("version", [f"2.{LONG}", f"{LONG}.0", f"2.4.{LONG}"])
def test_versions_of_long_numbers_are_none(tmp_path: Path, version: str) -> None:
    dense = {"class_name": "Dense", "config": {"name": "d", "units": 2}}
    architecture = {"class_name": "Sequential", "config": [dense], "keras_version": version}
    (tmp_path / "m.json").write_text(json.dumps(architecture))
    np.savez(tmp_path / "w.npz", KERNEL, BIAS)
    with pytest.raises(FileFormatError, match=r"keras_version .* is not a version"):
        keronyx.read(tmp_path / "m.json", tmp_path / "w.npz")


@pytest.mark.parametrize("number", ["1", "00", LONG])
def test_lists_in_parts_begin_at_zero(tmp_path: Path, number: str) -> None:
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.attrs[f"layer_names{number}"] = np.array([b"dense"])
        with pytest.raises(FileFormatError, match="'layer_names0' is missing"):
            names(file, "layer_names")


def test_values_are_compared_under_names_with_long_numbers() -> None:
    trace = keronyx.trace(([KERNEL], [BIAS]), np.ones((1, 2)), activations="linear")
    assert trace.compare({f"layer{LONG}": np.array([[1.0, 2.0]])}).agrees


def test_values_are_sorted_by_long_numbers() -> None:
    first, last = (Own(name, BIAS) for name in (f"h{LONG}", f"h1{LONG}"))
    assert [own.name for own in in_order([last, first])] == [first.name, last.name]
    assert in_order([last, Own("h", BIAS)])[0] is last
