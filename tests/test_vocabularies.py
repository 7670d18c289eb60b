"""A lookup has the vocabulary that Keras saved, or the file is refused: never another, nor none."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import keronyx
from keronyx.converter.errors import WeightError

HERE = Path(__file__).with_name("vocabularies")
SAVED = ("213", "315")
"""Versions of Keras, the dots left out, that write a vocabulary as a file of its own."""


def right(path: Path, name: str) -> None:
    """Hold both readings against what the live model gave."""
    made = keronyx.convert(path)
    with np.load(HERE / f"{name}.npz") as arrays:
        rows, wanted = arrays["x"], arrays["y"].tolist()
    for found in (keronyx.load(made.onnx)(rows), keronyx.evaluate(made.model, rows)):
        (ids,) = found.values()
        assert ids.tolist() == wanted


@pytest.mark.parametrize("version", SAVED)
@pytest.mark.parametrize("name", ["words", "numbers", "separated"])
def test_tokens_are_what_they_were_before_saving(version: str, name: str) -> None:
    right(HERE / f"{version}-{name}.keras", f"{version}-{name}")


@pytest.mark.parametrize("version", ["215", "315"])
@pytest.mark.parametrize("case", ["weighed", "texts", "weighed-texts"])
def test_words_weigh_what_they_did_before_saving(version: str, case: str) -> None:
    name = f"{version}-{case}"
    made = keronyx.convert(HERE / f"{name}.keras")
    with np.load(HERE / f"{name}.npz") as arrays:
        rows, wanted = arrays["x"], arrays["y"]
    for found in (keronyx.load(made.onnx)(rows), keronyx.evaluate(made.model, rows)):
        (numbers,) = found.values()
        np.testing.assert_allclose(numbers, wanted, rtol=1e-6)


@pytest.mark.parametrize("version", SAVED)
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("broken", "a vocabulary of 4 lines, its config says 3; a token with a line break"),
        ("returned", "1 of 3 lines of the vocabulary end with a carriage return"),
    ],
)
def test_tokens_that_the_file_lost(version: str, name: str, sentence: str) -> None:
    with pytest.raises(WeightError, match=sentence) as caught:
        keronyx.read(HERE / f"{version}-{name}.keras")
    assert "(StringLookup)" in caught.value.layer


@pytest.mark.parametrize("name", ["broken", "returned"])
def test_keras_too_has_other_tokens_once_it_has_loaded_them(name: str) -> None:
    with np.load(HERE / f"315-{name}.npz") as arrays:
        assert arrays["y"].tolist() != arrays["again"].tolist()


def changed(name: str, target: Path, change: Callable[[str], str | None]) -> Path:
    """Copy an archive with another vocabulary in it, or none."""
    with zipfile.ZipFile(HERE / f"{name}.keras") as old, zipfile.ZipFile(target, "w") as new:
        for member in old.namelist():
            data = old.read(member)
            if member.endswith("vocabulary.txt"):
                text = change(data.decode())
                if text is None:
                    continue
                data = text.encode()
            new.writestr(member, data)
    return target


@pytest.mark.parametrize("name", ["315-words", "213-words", "315-numbers"])
def test_lines_as_windows_ends_them(tmp_path: Path, name: str) -> None:
    right(changed(name, tmp_path / "m.keras", lambda text: text.replace("\n", "\r\n")), name)


def test_a_line_break_at_the_end_is_no_token(tmp_path: Path) -> None:
    right(changed("315-words", tmp_path / "m.keras", lambda text: f"{text}\n"), "315-words")


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        ("315-words", lambda _: None, "no vocabulary in the file"),
        ("213-words", lambda _: None, "no vocabulary in the file"),
        ("315-words", lambda _: "", "a vocabulary of 0 lines, its config says 4"),
        ("315-words", lambda text: f"{text}\nd", "a vocabulary of 5 lines, its config says 4"),
        ("315-words", lambda text: text.replace("\nc", ""), "of 3 lines, its config says 4"),
        ("315-numbers", lambda text: text.replace("7", "seven"), "has 'seven' for an integer"),
    ],
)
def test_a_vocabulary_that_is_not_the_model_s(
    tmp_path: Path, name: str, change: Callable[[str], str | None], sentence: str
) -> None:
    with pytest.raises(WeightError, match=sentence):
        keronyx.read(changed(name, tmp_path / "m.keras", change))


def test_a_config_that_has_no_word_of_a_vocabulary_is_refused() -> None:
    """Keras 2.4 writes none, wherever it came from."""
    config, weights = HERE / "24-words.json", HERE / "24-words-weights.npz"
    assert "vocabulary" not in config.read_text(encoding="utf-8")
    with pytest.raises(WeightError, match="no vocabulary in the file"):
        keronyx.read(config, weights)


@pytest.mark.parametrize("tokens", [["[UNK]"], ["", "[UNK]"]])
def test_special_tokens_alone_are_no_vocabulary(tmp_path: Path, tokens: list[str]) -> None:
    config = json.loads((HERE / "24-words.json").read_text(encoding="utf-8"))
    config["config"]["layers"][1]["config"] |= {"vocabulary": tokens}
    config["config"]["layers"][1]["config"]["mask_token"] = "" if len(tokens) > 1 else None
    (tmp_path / "m.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(keronyx.UnsupportedConfigError, match="of no tokens but special ones"):
        keronyx.read(tmp_path / "m.json", HERE / "24-words-weights.npz")


def test_integers_of_keras_2_4_are_refused_by_their_own_keys() -> None:
    with pytest.raises(keronyx.UnsupportedConfigError, match="'mask_value', 'oov_value'"):
        keronyx.read(HERE / "24-numbers.json", HERE / "24-numbers-weights.npz")
