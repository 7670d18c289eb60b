"""Projects for the browser: the page in a real Chromium.

KERONYX_NODE_HOSTS names the folder that .ci/node-hosts prints. KERONYX_SCREENSHOTS names a folder
for the pictures of the page, which are thrown away without it.
"""

import csv
import io
import os
import re
from pathlib import Path
from typing import Any, Final

import hosting
import hosting_tables
import numpy as np
import pytest
from hosting_pages import CHROMIUM, SHOWN, VERDICT, looked, visited
from hosting_refusals import exchanged
from javascript_hosts import MODULES, Write, copying, missing, node, weights_apart, writing

from keronyx.hosting import host

MISSING = missing("onnxruntime-web")
NO_PAGE = MISSING or missing("playwright-core") or ("" if CHROMIUM else "there is no Chromium")
paged = pytest.mark.skipif(bool(NO_PAGE), reason=NO_PAGE)

write = writing("web", setup=not MISSING)
own = copying()


def rows(folder: Path) -> str:
    return (folder / "vectors" / "inputs.csv").read_text(encoding="utf-8")


@paged
@pytest.mark.parametrize("name", [name for name in hosting.MODELS if name != "stateful-rows"])
def test_every_model_has_a_page_that_proves_itself(write: Write, name: str) -> None:
    folder = write(name)
    predicted = ["texts", "#predictions tbody tr"]
    steps = [VERDICT, ["text", "#verdict"], ["fill", "#text", rows(folder)], SHOWN, predicted]
    found, console = looked(folder, *steps, ["download", "#download"])
    assert found[0] == "passed"
    assert found[1].startswith("Self-test passed\nlargest difference ")
    assert len(found[4]) == len(hosting.recorded(folder)) - 1
    assert console == []
    hosting.same_table(found[5][1], hosting.predicted(folder, folder / "vectors" / "inputs.csv"))


SIZES: Final[dict[str, dict[str, Any]]] = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "deviceScaleFactor": 2},
}


@paged
@pytest.mark.parametrize("name", ["iris", "digits-embedding", "diabetes-33", "digits-cnn"])
def test_it_fits_every_screen_by_day_and_by_night(write: Write, tmp_path: Path, name: str) -> None:
    place = Path(os.environ.get("KERONYX_SCREENSHOTS") or tmp_path)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    ink = "getComputedStyle(document.body).color.match(/\\d+/g).map(Number)"
    kinds = [(scheme, size) for scheme in ("light", "dark") for size in SIZES]
    pictures = [place / f"{name}-{size}-{scheme}.png" for scheme, size in kinds]
    table = [["fill", "#text", rows(write(name))], SHOWN]
    visits = [
        (
            {**SIZES[size], "colorScheme": scheme},
            [
                *(table if size == "desktop" else []),
                ["screenshot", str(picture)],
                ["evaluate", wide],
                ["evaluate", ink],
            ],
        )
        for (scheme, size), picture in zip(kinds, pictures, strict=True)
    ]
    seen = visited(write(name), visits)
    for (scheme, _), picture, (values, console) in zip(kinds, pictures, seen, strict=True):
        assert console == []
        assert values[-2] == 0
        assert (sum(values[-1]) > 400) == (scheme == "dark")
        assert picture.read_bytes().startswith(b"\x89PNG")


@paged
def test_typing_examples_and_bars(write: Write) -> None:
    settled = "document.querySelector('.summary strong').textContent"
    found, console = looked(
        write("iris"),
        ["click", "[aria-label='Fill in recorded row 4']"],
        ["wait", "document.getElementById('field-2').value !== '0.64042264'"],
        ["evaluate", "document.getElementById('field-0').value"],
        ["fill", "[aria-label='sepal[0]']", "5.1"],
        ["fill", "[aria-label='sepal[1]']", "3.5"],
        ["fill", "[aria-label='petal_length']", ""],
        ["type", "[aria-label='petal_length']", "1.4"],
        ["wait", f"{settled} === '0'"],
        ["texts", ".bars .value"],
        ["evaluate", "[...document.querySelectorAll('.bar')].map((each) => each.style.width)"],
        ["count", ".bars li.largest"],
        ["text", ".number"],
        ["type", "[aria-label='petal_length']", "x"],
        ["text", "#form-message"],
        ["evaluate", "document.querySelector('[aria-invalid]').id"],
        ["count", "#results.stale"],
        ["fill", "[aria-label='petal_length']", "2"],
        ["visible", "#form-message"],
        ["count", "#results.stale"],
        ["evaluate", "keronyx.predict({ sepal: [5.1, 3.5], petalLength: 1.4 })"],
    )
    assert console == []
    assert found[2] == hosting.recorded(write("iris"))[4][0]
    assert all(re.fullmatch(r"0\.\d{4}|<0\.0001", text) for text in found[8])
    values = [float(text.removeprefix("<")) for text in found[8]]
    assert sum(values) == pytest.approx(1, abs=2e-4)
    assert [float(width.rstrip("%")) / 100 for width in found[9]] == pytest.approx(values, abs=1e-4)
    assert found[10] == 1
    assert found[13] == "petal_length: '1.4x' is not a number"
    assert found[14] == "field-2"
    assert (found[15], found[17], found[18]) == (1, False, 0)
    predicted = found[19]
    assert list(predicted["species"].values()) == pytest.approx(values, abs=1e-4)
    assert predicted["petalWidth"]["0"] == pytest.approx(float(found[11]), rel=1e-4)


@paged
def test_tables_that_are_pasted_dropped_or_chosen(write: Write, tmp_path: Path) -> None:
    folder = write("iris")
    table = "petal_length,sepal[1],sepal[0]\r\n1.4,3.5,5.1\r\n\r\n4,2,3\r\n"
    many = hosting_tables.many_rows(450, 3)
    found, console = looked(
        folder,
        ["click", "#text"],
        ["type", "#text", "5.1,3.5,1.4"],
        ["wait", "/^1 row in/.test(document.getElementById('table-status').textContent)"],
        ["texts", "#predictions td"],
        ["drop", "some rows.csv", table],
        ["wait", "/2 rows/.test(document.getElementById('table-status').textContent)"],
        ["text", "#table-status"],
        ["texts", "#predictions td"],
        ["download", "#download"],
        ["click", "#predictions tbody tr:nth-child(2) button"],
        ["wait", "document.getElementById('field-0').value === '3'"],
        ["choose", "#file", "many.csv", many],
        ["wait", "/450 rows/.test(document.getElementById('table-status').textContent)"],
        ["text", "#table-status"],
        ["count", "#predictions tbody tr"],
        ["download", "#download"],
        ["drop", "bad.csv", "1,2,3\n4,abc,6\n"],
        ["wait", "!document.getElementById('table-message').hidden"],
        ["text", "#table-message"],
        ["visible", "#predictions"],
    )
    assert console == []
    assert found[3] == found[7][:4]
    assert found[6].startswith("some rows.csv: 2 rows in ")
    assert found[8][0] == "iris-predictions.csv"
    (tmp_path / "rows.csv").write_bytes(table.encode())
    hosting.same_table(found[8][1], hosting.predicted(folder, tmp_path / "rows.csv"))
    assert found[13].startswith("many.csv: 450 rows in ")
    assert found[13].endswith("; 250 more rows in the download")
    assert found[14] == 200
    (tmp_path / "rows.csv").write_text(many)
    hosting.same_table(found[15][1], hosting.predicted(folder, tmp_path / "rows.csv"))
    assert found[18] == "bad.csv: line 2, column 2: 'abc' is not a number"
    assert found[19] is False


@paged
def test_bad_tables_are_told_by_their_place(write: Write) -> None:
    tables = [each for each in hosting_tables.IRIS_TABLES if isinstance(each[1], str)]
    shown = ["wait", "!document.getElementById('table-message').hidden"]
    steps: list[list[Any]] = []
    for number, (_, table, _) in enumerate(tables):
        steps += [["drop", f"rows{number}.csv", table], shown, ["text", "#table-message"]]
    found, console = looked(write("iris"), *steps)
    assert console == []
    for number, (what, _, words) in enumerate(tables):
        assert found[3 * number + 2].startswith(f"rows{number}.csv: "), what
        assert words in found[3 * number + 2], what


@paged
def test_a_changed_number_turns_the_verdict(own: Path) -> None:
    hosting.corrupt(own)
    found, _ = looked(own, VERDICT, ["text", "#verdict"], ["text", "#trouble"], ["count", ".bars"])
    assert found[0] == "failed"
    assert found[1].startswith("Self-test failed")
    assert "'petal_width' of row 12, value 1" in found[2]
    assert found[3] == 1


@paged
def test_trouble_is_told_in_the_page(own: Path) -> None:
    trouble = [VERDICT, ["text", "#trouble"], ["text", "#verdict"], ["visible", "#input"]]
    model = (own / "model.onnx").read_bytes()
    for what, data, words in exchanged(own):
        if what not in {"source", "damaged"}:
            continue  # told apart in the same place, and seen in Node.js above
        (own / "model.onnx").write_bytes(data)
        found, _ = looked(own, *trouble)
        assert (found[0], found[2], found[3]) == ("error", "Not working", False), what
        assert words in found[1], what
    (own / "model.onnx").write_bytes(model)
    (own / "onnxruntime" / "ort-wasm-simd-threaded.wasm").unlink()
    found, _ = looked(own, *trouble)
    assert found[0] == "error"
    assert "lacks a file of onnxruntime-web: run npm install" in found[1]


@paged
def test_names_of_a_model_stay_text(write: Write) -> None:
    found, console = looked(
        write("hostile"),
        ["texts", "#form legend .name"],
        ["count", "img"],
        ["count", "script"],
        ["text", "h1"],
    )
    assert console == []
    assert found[0] == list(hosting.HOSTILE)
    assert found[1:] == [1, 1, "hostile"]


@paged
def test_every_field_can_be_reached_and_is_named(write: Write) -> None:
    unnamed = """
    [...document.querySelectorAll("input, button, textarea")].filter((each) => {
      return !each.hidden && !each.labels?.length && !each.getAttribute("aria-label") &&
        !each.textContent.trim();
    }).length
    """
    found, _ = looked(
        write("every-type"),
        ["evaluate", unnamed],
        ["evaluate", "document.getElementById('results').getAttribute('aria-live')"],
        ["press", "Tab"],
        ["press", "Tab"],
        ["evaluate", "document.activeElement.getAttribute('aria-label')"],
        ["click", "[aria-label='bools[0]']"],
        ["wait", "document.querySelector('.words li').textContent === 'False'"],
        ["fill", "[aria-label='int64s[0]']", "9007199254740993"],
        ["wait", "document.body.innerText.includes('9007199254740993')"],
    )
    assert found[0] == 0
    assert found[1] == "polite"
    assert found[4] == "Fill in recorded row 2"


@paged
def test_models_with_many_columns(tmp_path: Path) -> None:
    """They have no fields; many values are drawn as thin columns."""
    source = tmp_path / "wide.onnx"
    source.write_bytes(hosting.identity({"wide": ("float32", ["n", 100])}))
    folder = tmp_path / "wide"
    host(source, "web", folder)
    (folder / "node_modules").symlink_to(MODULES)
    assert node(folder, "setup.mjs").returncode == 0
    row = np.linspace(-1, 1, 100)
    text = io.StringIO()
    csv.writer(text).writerow(row.tolist())
    found, console = looked(
        folder,
        VERDICT,
        ["text", "#form"],
        ["fill", "#text", text.getvalue()],
        ["wait", "document.querySelector('.summary strong').textContent === '99'"],
        ["count", "svg.columns rect"],
        ["text", ".summary"],
    )
    assert console == []
    assert found[:2] == ["passed", "A row has 100 values: paste it below, or take an example."]
    assert found[4] == 100
    assert "is the largest, at 1" in found[5]


@paged
def test_weights_in_a_file_of_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "apart"
    host(weights_apart(tmp_path), "web", folder)
    (folder / "node_modules").symlink_to(MODULES)
    assert node(folder, "setup.mjs").returncode == 0
    done = node(folder, "selftest.mjs")
    assert (done.returncode, done.stderr) == (0, "")
    found, console = looked(folder, VERDICT)
    assert (found, console) == (["passed"], [])
