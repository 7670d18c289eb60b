"""Images in projects for the browser: their pixels as the values of a tensor, as Keras has them.

``pictures/make_pictures.py`` recorded what Keras makes of the same pixels. The page itself is
looked at in a real Chromium; what computes is tested without one.
"""

import base64
import json
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import hosting
import numpy as np
import pytest
from hosting_pages import CHROMIUM, VERDICT, looked
from javascript_hosts import MODULES, Write, ill_formatted, missing, node_with, writing
from numpy.typing import NDArray

import keronyx
from keronyx.hosting import host

MISSING = missing("onnxruntime-web")
needed = pytest.mark.skipif(bool(MISSING), reason=MISSING)
NO_PAGE = MISSING or missing("playwright-core") or ("" if CHROMIUM else "there is no Chromium")
paged = pytest.mark.skipif(bool(NO_PAGE), reason=NO_PAGE)

write = writing("web", setup=not MISSING)

Arrays = Mapping[str, NDArray[Any]]
PLACE: Final = Path(__file__).with_name("pictures")
ASKER: Final = PLACE / "values.mjs"
PLAIN: Final = {"black": 0, "white": 16, "invert": False, "cut": False}


@pytest.fixture(scope="module")
def recorded() -> Arrays:
    with np.load(PLACE / "pictures.npz") as arrays:
        return dict(arrays)


def port(height: int, width: int, channels: int = 1, **more: Any) -> dict[str, Any]:
    image = {"height": height, "width": width, "channels": channels, "first": False, **more}
    return {"name": "x", "key": "x", "dtype": more.pop("dtype", "float32"), "image": image}


def pixels(array: NDArray[Any]) -> dict[str, Any]:
    """Return an image as a page has it: bytes of red, green, blue and opacity."""
    if array.shape[-1] == 1:
        array = np.repeat(array, 3, axis=-1)
    if array.shape[-1] == 3:
        array = np.concatenate([array, np.full_like(array[..., :1], 255)], axis=-1)
    height, width, _ = array.shape
    return {"data": array.ravel().tolist(), "width": width, "height": height}


def asked(folder: Path, *cases: dict[str, Any]) -> list[dict[str, Any]]:
    plain = [{"options": PLAIN, **case} for case in cases]
    done = node_with(folder, json.dumps(plain), ASKER, folder)
    assert (done.returncode, done.stderr) == (0, "")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@needed
@pytest.mark.parametrize("name", ["photo", "seven", "small"])
def test_pixels_become_what_keras_predicts_from(write: Write, recorded: Arrays, name: str) -> None:
    given = {
        "photo": {"pixels": pixels(recorded["photo"])},
        "small": {"pixels": pixels(recorded["digits"][0, 2:5, 2:6])},
        "seven": {"strokes": json.loads(str(recorded["strokes"]))},
    }
    (found,) = asked(write("digits-cnn"), {**given[name], "port": port(8, 8)})
    values = np.array(found["values"]).reshape(1, 8, 8, 1)
    np.testing.assert_allclose(values[0], recorded[f"{name}/resized"] * 16 / 255, atol=1e-4)
    net = keronyx.read(hosting.TRAINED / "digits-cnn" / "digits-cnn.keras")
    (out,) = keronyx.evaluate(net, values.astype(np.float32)).values()
    np.testing.assert_allclose(out, recorded[f"{name}/out"], rtol=1e-3, atol=1e-5)


@needed
def test_colours_scales_and_axes(write: Write, recorded: Arrays) -> None:
    photo = {"pixels": pixels(recorded["photo"])}
    whole = {"pixels": pixels(recorded["photo"]), "port": port(23, 17, 4)}
    found = asked(
        write("digits-cnn"),
        {**photo, "port": port(8, 8, 3), "options": {**PLAIN, "black": -1, "white": 1}},
        {**photo, "port": port(8, 8, 3, first=True)},
        {**photo, "port": port(8, 8, 3), "options": {**PLAIN, "white": 255, "invert": True}},
        {**whole, "options": {**PLAIN, "white": 255}},
        {**photo, "port": port(17, 17, 3), "options": {**PLAIN, "white": 255, "cut": True}},
    )
    levels = recorded["colours/resized"]
    values = [np.array(each["values"]) for each in found]
    np.testing.assert_allclose(values[0].reshape(8, 8, 3), levels / 127.5 - 1, atol=1e-4)
    np.testing.assert_allclose(
        values[1].reshape(3, 8, 8), levels.transpose(2, 0, 1) * 16 / 255, atol=1e-4
    )
    np.testing.assert_allclose(values[2].reshape(8, 8, 3), 255 - levels, atol=1e-3)
    np.testing.assert_array_equal(values[3].reshape(23, 17, 4), recorded["photo"])
    np.testing.assert_array_equal(found[3]["bytes"], recorded["photo"].ravel())
    np.testing.assert_array_equal(values[4].reshape(17, 17, 3), recorded["photo"][3:20, :, :3])


@needed
def test_whole_numbers(write: Write, recorded: Arrays) -> None:
    photo = {"pixels": pixels(recorded["photo"])}
    white = {**PLAIN, "white": 255}
    found = asked(
        write("digits-cnn"),
        {**photo, "port": {**port(8, 8, 3), "dtype": "uint8"}, "options": white},
        {**photo, "port": {**port(8, 8, 3), "dtype": "int64"}, "options": white},
        {**photo, "port": {**port(8, 8, 3), "dtype": "uint8"}, "options": {**white, "white": 300}},
    )
    for each in found[:2]:
        levels = np.array(each["values"]).reshape(8, 8, 3)
        assert np.abs(levels - recorded["colours/resized"]).max() <= 0.51
    assert "does not fit into uint8" in found[2]["error"]


def png(array: NDArray[Any]) -> str:
    """Return an image of bytes as a PNG file, in base 64."""
    kind = {1: 0, 3: 2, 4: 6}[array.shape[-1]]
    lines = b"".join(b"\0" + row.tobytes() for row in array)
    head = struct.pack(">IIBBBBB", array.shape[1], array.shape[0], 8, kind, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    found = b"\x89PNG\r\n\x1a\n"
    for name, data in chunks:
        found += struct.pack(">I", len(data)) + name + data
        found += struct.pack(">I", zlib.crc32(name + data))
    return base64.b64encode(found).decode()


VALUES: Final = ["evaluate", "[...document.querySelectorAll('.bars li')].map((x) => x.title)"]


def settled(word: str) -> list[str]:
    return ["wait", f"document.querySelector('.summary strong').textContent === '{word}'"]


@paged
def test_images_that_are_dropped_and_chosen_give_keras_numbers(
    write: Write, recorded: Arrays
) -> None:
    digits = recorded["digits"]
    top = [hosting.DIGITS[place] for place in recorded["digits/out"].argmax(axis=1)]
    found, console = looked(
        write("digits-cnn"),
        ["texts", ".bars .index"],
        ["dropImage", "zero.png", png(digits[1])],
        settled(top[1]),
        VALUES,
        ["chooseImage", "#picture-0-file", "nine.png", png(digits[2])],
        settled(top[2]),
        VALUES,
        ["dropImage", "photo.png", png(recorded["photo"])],
        settled(hosting.DIGITS[int(recorded["photo/out"].argmax())]),
        VALUES,
        ["dropImage", "broken.png", base64.b64encode(b"no image").decode()],
        ["wait", "!document.getElementById('form-message').hidden"],
        ["text", "#form-message"],
        ["dropImage", "one.png", png(255 - digits[0])],
        ["click", "#picture-0-invert"],
        settled(top[0]),
        VALUES,
        ["visible", "#form-message"],
    )
    assert console == []
    assert found[0] == list(hosting.DIGITS)
    wanted = {3: "digits/out", 6: "digits/out", 9: "photo/out", 16: "digits/out"}
    rows = {3: 1, 6: 2, 9: 0, 16: 0}
    for place, key in wanted.items():
        values = np.array(found[place], float)
        np.testing.assert_allclose(values, recorded[key][rows[place]], rtol=1e-3, atol=1e-5)
    assert found[12] == "broken.png: no image that this browser can read"
    assert found[17] is False


@paged
def test_a_digit_that_is_drawn_is_recognised(write: Write) -> None:
    seven = [[[1.5 / 8, 1 / 8], [6 / 8, 1 / 8]], [[6 / 8, 1 / 8], [3.5 / 8, 7 / 8]]]
    black = "keronyx.row().image.every((value) => value === 0)"
    found, console = looked(
        write("digits-cnn"),
        ["draw", "#picture-0-pad", *seven],
        settled("seven"),
        ["evaluate", "[...keronyx.row().image]"],
        ["evaluate", "keronyx.predict(keronyx.row())"],
        VALUES,
        ["click", ".picture button:has-text('Clear')"],
        ["wait", black],
        ["click", "[aria-label='Fill in recorded row 2']"],
        ["wait", f"!({black})"],
        ["evaluate", "[...keronyx.row().image].map(String)"],
    )
    assert console == []
    net = keronyx.read(hosting.TRAINED / "digits-cnn" / "digits-cnn.keras")
    image = np.array(found[2], np.float32).reshape(1, 8, 8, 1)
    (out,) = keronyx.evaluate(net, image).values()
    np.testing.assert_allclose(list(found[3]["digit"].values()), out[0], rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(np.array(found[4], float), out[0], rtol=1e-3, atol=1e-5)
    rows = np.array(hosting.recorded(write("digits-cnn"))[2], np.float32)
    np.testing.assert_array_equal(np.array(found[9], np.float32), rows)


@paged
def test_it_is_drawn_with_the_keyboard_and_every_field_is_named(write: Write) -> None:
    unnamed = """
    [...document.querySelectorAll("input, button, textarea, select, canvas")].filter((each) => {
      return !each.hidden && !each.labels?.length && !each.getAttribute("aria-label") &&
        !each.textContent.trim();
    }).length
    """
    ink = "keronyx.row().image.reduce((sum, value) => sum + value, 0)"
    found, console = looked(
        write("digits-cnn"),
        ["evaluate", unnamed],
        ["evaluate", "document.getElementById('picture-0-pad').focus()"],
        ["press", "Delete"],
        ["wait", f"{ink} === 0"],
        ["press", "ArrowLeft"],
        ["press", "Space"],
        ["wait", f"{ink} > 0"],
        ["evaluate", ink],
        *[["press", "ArrowDown"]] * 4,
        ["wait", f"{ink} > 30"],
        ["text", "#picture-0-keys"],
        ["press", "Space"],
        ["evaluate", ink],
        *[["press", "ArrowRight"]] * 4,
        ["evaluate", ink],
    )
    assert console == []
    assert found[0] == 0
    assert "The pen is down." in found[13]
    assert found[15] == found[-1] > found[7]


@paged
def test_the_scale_is_chosen(write: Write, recorded: Arrays) -> None:
    largest = "Math.max(...keronyx.row().image)"
    found, console = looked(
        write("digits-cnn"),
        ["evaluate", "document.getElementById('picture-0-range').value"],
        ["dropImage", "one.png", png(recorded["digits"][0])],
        ["wait", f"{largest} === 16"],
        ["select", "#picture-0-range", "-1 1"],
        ["wait", f"{largest} === 1 && Math.min(...keronyx.row().image) === -1"],
        ["fill", "#picture-0-white", "5"],
        ["wait", f"{largest} === 5"],
        ["evaluate", "document.getElementById('picture-0-range').value"],
        ["fill", "#picture-0-white", "16"],
        ["fill", "#picture-0-black", "0"],
        ["evaluate", "document.getElementById('picture-0-range').value"],
    )
    assert console == []
    assert (found[0], found[7], found[10]) == ("0 16", "", "0 16")


@paged
def test_coloured_images_beside_other_inputs(tmp_path: Path) -> None:
    """Large images are not drawn, and other inputs keep their fields."""
    source = tmp_path / "several.onnx"
    ports = {"photo": ("float32", ["n", 3, 40, 30]), "age": ("float32", ["n", 1])}
    source.write_bytes(hosting.identity(ports))
    folder = tmp_path / "several"
    host(source, "web", folder)
    (folder / "node_modules").symlink_to(MODULES)
    done = node_with(folder, "", "setup.mjs")
    assert done.returncode == 0, done.stderr
    photo = np.random.default_rng(0).integers(0, 256, (40, 30, 3), np.uint8)
    found, console = looked(
        folder,
        VERDICT,
        ["count", ".pad"],
        ["dropImage", "photo.png", png(photo)],
        ["wait", "Math.min(...keronyx.row().photo) >= 0"],
        ["fill", "[aria-label='age']", "33"],
        ["wait", "keronyx.row().age[0] === 33"],
        ["evaluate", "[...keronyx.row().photo]"],
    )
    assert console == []
    assert found[:2] == ["passed", 0]
    wanted = photo.transpose(2, 0, 1).ravel() / 255
    np.testing.assert_allclose(np.array(found[6]), wanted, atol=1e-6)


@pytest.mark.skipif(bool(missing("prettier")), reason=missing("prettier"))
def test_what_asks_is_formatted() -> None:
    assert ill_formatted(PLACE) == ""
