"""Inputs of hosted models that are images: which are, and which number white is in them."""

from pathlib import Path

import hosting
import numpy as np
import pytest

from keronyx.converter.errors import UsageError
from keronyx.hosting import host
from keronyx.runtime.hosts.pictures import Picture, picture_of
from keronyx.runtime.proof.domains import Around

NET = Path(__file__).resolve().parents[1] / "models" / "digits-cnn" / "digits-cnn.keras"


def test_which_inputs_are_images_and_where_white_is() -> None:
    grey = Picture(height=8, width=6, channels=1, first=False, black=0, white=1)
    assert picture_of((8, 6, 1), "float32") == grey
    first = picture_of((3, 8, 6), "float32")
    assert first == Picture(height=8, width=6, channels=3, first=True, black=0, white=1)
    assert picture_of((8, 6, 2), "float32") is None
    assert picture_of((8, 6), "float32") is None
    assert picture_of((8, 6, 1), "string") is None
    whites = {(0, 16): 16, (0, 255): 255, (127.5, 127.5): 255, (127.5, 255): 255, (120, 60): 255}
    for (mean, spread), white in whites.items():
        made = picture_of((8, 6, 1), "float32", Around(np.array(mean), np.array(spread)))
        assert made is not None
        assert made.white == white
    numbers = picture_of((8, 6, 1), "uint8")
    assert numbers is not None
    assert numbers.white == 255


def test_rescaling_in_front_says_where_white_is(tmp_path: Path) -> None:
    (port,) = host(NET, "node", tmp_path / "digits").facts.inputs
    assert port.image == Picture(height=8, width=8, channels=1, first=False, black=0, white=16)


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        (("a", "b"), "2 names of classes for rows of 10 values"),
        (("a",) * 10, "two classes are named 'a'"),
    ],
)
def test_classes_have_to_be_as_many_as_there_are(
    tmp_path: Path, classes: tuple[str, ...], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        host(NET, "node", tmp_path / "digits", classes=classes)


def test_large_images_are_recorded_in_few_rows(tmp_path: Path) -> None:
    source = tmp_path / "large.onnx"
    source.write_bytes(hosting.identity({"x": ("float32", ["n", 300, 300, 3])}))
    assert host(source, "node", tmp_path / "large").facts.rows == 2
