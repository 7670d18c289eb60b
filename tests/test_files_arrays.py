"""Weights without a model: NumPy's files, and arrays in memory."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from saved_files import BIAS, KERNEL, flat, same

from keronyx.converter.errors import KeronyxError, UsageError, WeightError
from keronyx.converter.files import read_saved
from keronyx.converter.files.arrays import saved_from_arrays
from keronyx.converter.files.saved import FlatVariables

NAMES = {
    "arr_0 arr_1": "0/kernel 0/bias",
    "w1 b1 w0 b0": "0/kernel 0/bias 1/kernel 1/bias",
    "b_0 b_1 weights_0 weights_1": "0/kernel 0/bias 1/kernel 1/bias",
    "dense_kernel dense_bias": "dense/kernel dense/bias",
    "net_dense_10_W net_dense_9_W net_dense_W": (
        "net_dense/kernel net_dense_9/kernel net_dense_10/kernel"
    ),
    "lstm_bias lstm_recurrent_kernel lstm_kernel": "lstm/kernel lstm/recurrent_kernel lstm/bias",
    "bn.running_var bn.gamma bn.beta bn.moving_mean": (
        "bn/gamma bn/beta bn/moving_mean bn/moving_variance"
    ),
    "1_out.w 0_in.w": "0_in/kernel 1_out/kernel",
}
"""Names as people give them, and the order and the spelling that they stand for."""

LISTED = {
    "d1/kernel d1/bias": "d1/kernel d1/bias",
    "out/bias:0 out/kernel:0 end/kernel:0": "out/kernel out/bias end/kernel",
    "then first": "0/kernel 1/kernel",
    "z_kernel z_bias a_kernel": "z/kernel z/bias a/kernel",
}
"""The same for names that are no file names, or whose order only an archive can tell."""


def array(name: str) -> Any:
    """Return a bias where the name says so, and else a kernel."""
    return BIAS if re.match("b|arr_1|.*bias", name) else KERNEL


@pytest.mark.parametrize(("names", "expected"), (NAMES | LISTED).items())
@pytest.mark.parametrize("compressed", [False, True])
def test_archive_of_arrays(tmp_path: Path, names: str, expected: str, compressed: bool) -> None:  # noqa: FBT001
    save = np.savez_compressed if compressed else np.savez
    save(tmp_path / "w.npz", **{name: array(name) for name in names.split()})
    check(tmp_path / "w.npz", expected, in_place=not compressed)


@pytest.mark.parametrize(("names", "expected"), NAMES.items())
def test_folder_of_arrays(tmp_path: Path, names: str, expected: str) -> None:
    for name in names.split():
        np.save(tmp_path / name, array(name))
    check(tmp_path, expected, in_place=True)


def check(path: Path, expected: str, *, in_place: bool) -> None:
    saved = read_saved(path)
    assert saved.config is None
    assert [variable.name for variable in flat(saved)] == expected.split()
    same(flat(saved), *map(array, expected.split()))
    assert isinstance(saved.weights, FlatVariables)
    assert saved.weights.ordered
    assert all(bool(variable.extent) == in_place for variable in flat(saved))


def test_one_array(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", KERNEL)
    same(flat(read_saved(tmp_path / "w.npy")), KERNEL)


@pytest.mark.parametrize("value", [np.asfortranarray(KERNEL), KERNEL.astype(">f8"), KERNEL[:, 0]])
def test_memory_order_and_byte_order(tmp_path: Path, value: Any) -> None:
    np.save(tmp_path / "w.npy", value)
    same(flat(read_saved(tmp_path / "w.npy")), value)


def test_more_than_ten_arrays(tmp_path: Path) -> None:
    arrays = [np.full((1, 1), index, np.float32) for index in range(12)]
    np.savez(tmp_path / "w.npz", *arrays)
    same(flat(read_saved(tmp_path / "w.npz")), *arrays)


UNORDERED = {"first then": "first then", "z_kernel a_bias z_bias": "a/bias z/kernel z/bias"}
"""Names that say no order, as a folder and the alphabet list them."""


@pytest.mark.parametrize(("names", "expected"), UNORDERED.items())
def test_names_without_an_order(tmp_path: Path, names: str, expected: str) -> None:
    arrays = {name: array(name) for name in sorted(names.split())}
    np.savez(tmp_path / "w.npz", **arrays)
    (tmp_path / "folder").mkdir()
    for name, value in arrays.items():
        np.save(tmp_path / "folder" / name, value)
    for path in (tmp_path / "w.npz", tmp_path / "folder"):
        weights = read_saved(path).weights
        assert isinstance(weights, FlatVariables)
        assert not weights.ordered
        assert [variable.name for variable in weights.variables] == expected.split()


def test_two_names_for_one_variable(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", d1_kernel=KERNEL, d1_w=KERNEL)
    with pytest.raises(WeightError, match="'d1_kernel' and 'd1_w' are both the kernel"):
        read_saved(tmp_path / "w.npz")


def test_arrays_in_memory() -> None:
    weights = [KERNEL, BIAS, BIAS, BIAS, KERNEL.T.tolist()]
    saved = saved_from_arrays(weights)
    names = ["0/kernel", "0/bias", "arr_2", "arr_3", "1/kernel"]
    assert [variable.name for variable in flat(saved)] == names
    same(flat(saved), *map(np.asarray, weights))
    assert saved.sha256 == saved_from_arrays(weights).sha256
    assert saved.sha256 != saved_from_arrays(weights[:-1]).sha256


def test_kernels_and_biases_in_memory() -> None:
    saved = saved_from_arrays([KERNEL, KERNEL.T.astype(">f4")], [BIAS, None])
    assert [variable.name for variable in flat(saved)] == ["0/kernel", "0/bias", "1/kernel"]
    same(flat(saved), KERNEL, BIAS, KERNEL.T)


@pytest.mark.parametrize(
    ("weights", "biases", "message"),
    [
        ([KERNEL], [], "1 kernels, but 0 biases"),
        ([[[1.0], [1.0, 2.0]]], None, "the rows of an array differ in length"),
        ([["relu"]], None, "not numbers"),
        ([np.array([{}])], None, "not numbers"),
    ],
)
def test_arrays_in_memory_refused(weights: Any, biases: Any, message: str) -> None:
    with pytest.raises((UsageError, WeightError), match=message):
        saved_from_arrays(weights, biases)


@pytest.mark.parametrize("save", [np.save, np.savez])
def test_pickled_arrays_are_refused(tmp_path: Path, save: Any) -> None:
    save(tmp_path / "w.npz", np.array([KERNEL, BIAS], object))
    (path,) = tmp_path.iterdir()
    with pytest.raises(KeronyxError, match=r"holds pickled objects; .*np\.savez\("):
        read_saved(path)
