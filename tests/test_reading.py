"""Weights are read once for all who need them: bytes that come from the file are counted."""

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import keronyx
from keronyx.converter import reading
from keronyx.converter.files.hashing import Hashing
from keronyx.converter.files.span import Span, digest
from keronyx.converter.reading import CHUNK, Keeper
from keronyx.converter.tensors import Array, Variable

SIDE = 300
"""More than one piece, and no whole number of them."""


def numbers() -> Array:
    return np.random.default_rng(0).normal(0, 0.05, (SIDE, SIDE)).astype(np.float32)


def counted(array: Array) -> tuple[Variable, list[int]]:
    """Return a variable, and a list that grows by one at each reading."""
    read: list[int] = []

    def load() -> Array:
        read.append(array.nbytes)
        return array

    return Variable(name="w", shape=array.shape, dtype=array.dtype.name, load=load), read


def in_file(path: Path, array: Array) -> Variable:
    """Return a variable whose bytes lie behind eight others; it is never loaded as a whole."""
    path.write_bytes(bytes(8) + array.tobytes())

    def load() -> Array:
        raise AssertionError("read once more")

    place = (str(path), 8)
    return Variable(name="w", shape=array.shape, dtype=array.dtype.name, load=load, extent=place)


def test_pieces_are_the_numbers(tmp_path: Path) -> None:
    array = numbers()
    assert array.nbytes % CHUNK
    pieces = [piece.copy() for piece in in_file(tmp_path / "w", array).chunks()]
    assert len(pieces) == -(-array.nbytes // CHUNK)
    np.testing.assert_array_equal(np.concatenate(pieces), array.reshape(-1))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8"])
def test_what_is_odd_is_counted_while_the_numbers_pass(tmp_path: Path, dtype: str) -> None:
    array = (numbers() * 100).astype(dtype)
    if array.dtype.kind == "f":
        array[0, 0] = array[-1, -1] = np.nan
        array[5] = np.inf
        array[6, 1] = -np.inf
    variable = in_file(tmp_path / "w", array)
    for _ in variable.chunks():
        pass
    (tmp_path / "w").unlink()
    assert variable.odd() == ((2, SIDE + 1) if array.dtype.kind == "f" else (0, 0))


def test_who_asks_for_oddities_alone_reads_in_pieces(tmp_path: Path) -> None:
    array = numbers()
    array[1, 1] = np.inf
    assert in_file(tmp_path / "w", array).odd() == (0, 1)


def test_what_was_loaded_is_not_loaded_again_for_its_oddities() -> None:
    variable, read = counted(numbers())
    variable.load()
    assert variable.odd() == (0, 0)
    assert len(read) == 1


def test_what_is_written_and_compared_is_read_once(tmp_path: Path) -> None:
    array = numbers()
    variable = in_file(tmp_path / "w", array)
    with Keeper() as keeper:
        with keeper.while_writing():
            for _ in variable.chunks():
                pass
        np.testing.assert_array_equal(variable.load(), array)
        with pytest.raises(AssertionError, match="read once more"):
            variable.load()


def test_nothing_is_kept_beyond_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "KEPT", numbers().nbytes)
    (first, read), (second, again) = counted(numbers()), counted(numbers())
    with Keeper() as keeper:
        with keeper.while_writing():
            first.load()
            second.load()
        first.load()
        second.load()
    assert (len(read), len(again)) == (1, 2)


def test_nothing_is_kept_at_the_end() -> None:
    variable, read = counted(numbers())
    with Keeper() as keeper, keeper.while_writing():
        variable.load()
    variable.load()
    assert len(read) == 2


def test_a_variable_of_other_numbers_knows_nothing_of_the_first() -> None:
    variable, _ = counted(numbers())
    assert variable.odd() == (0, 0)
    assert replace(variable, name="v").load is variable.load
    assert replace(variable, load=lambda: np.full((SIDE, SIDE), np.nan)).odd().nan == SIDE**2


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 1, 1), ()])
@pytest.mark.parametrize("read", [lambda h, part: b"".join(h.pieces(part)), Hashing.read])
def test_the_hash_is_that_of_the_file_in_whatever_order_it_is_read(
    tmp_path: Path, order: tuple[int, ...], read: Callable[[Hashing, Span], bytes]
) -> None:
    path = tmp_path / "f"
    content = np.random.default_rng(0).bytes(3_000_000)
    path.write_bytes(content)
    hashing = Hashing(Span.of_file(str(path)))
    for part in order:
        start = 10 + part * 900_000
        span = Span(path=str(path), offset=start, size=700_000)
        assert read(hashing, span) == content[start : start + 700_000]
    assert hashing.sha256() == digest([str(path)])


def test_the_hash_of_an_archive_is_that_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    np.savez_compressed(path, kernel=numbers(), bias=np.zeros(SIDE, np.float32))
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"behind all members"
    assert keronyx.read(path, activations="relu").sha256 == digest([str(path)])
