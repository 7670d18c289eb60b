"""Source code in JavaScript: it runs in Node and in what a browser has, as Keras recorded."""

import json
import re
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import generated
import numpy as np
import pytest

import keronyx
from keronyx.converter.lower import lower
from keronyx.converter.program.language import Options, Program
from keronyx.converter.program.weights import pack
from keronyx.converter.source.javascript import write

NODE = shutil.which("node")
OPTIONS = Options()

pytestmark = pytest.mark.skipif(NODE is None, reason="there is no node on PATH")

SELFTESTS = """
import { readdirSync } from "node:fs";
const found = {};
for (const name of readdirSync(".").filter((each) => each.startsWith("case_"))) {
  try {
    const { largest, wrong } = (await import(`${process.cwd()}/${name}`)).selftest();
    if (wrong) found[name] = `${wrong} numbers are off, by up to ${largest}`;
  } catch (error) {
    found[name] = String(error);
  }
}
console.log(JSON.stringify(found));
"""

# A module in a world that has nothing but the language and what every browser has beside it.
BROWSER = """
import { readFileSync } from "node:fs";
import vm from "node:vm";
const fetch = async (url) => {
  const file = decodeURIComponent(new URL(url).pathname.slice(1));
  const bytes = readFileSync(file);
  return { arrayBuffer: async () => new Uint8Array(bytes).buffer };
};
const context = vm.createContext({ atob, URL, fetch });
const module = new vm.SourceTextModule(readFileSync("net.mjs", "utf8"), {
  context,
  initializeImportMeta: (meta) => { meta.url = "https://site/net.mjs"; },
});
await module.link(() => { throw new Error("nothing is to be imported"); });
await module.evaluate();
console.log(JSON.stringify(module.namespace.selftest()));
"""


def node(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert NODE is not None
    command = [NODE, *arguments]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)


def script(place: Path, text: str, *flags: str) -> Any:
    """Run a script, and return what it prints as JSON."""
    (place / "main.mjs").write_text(text)
    done = node(place, *flags, "main.mjs")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def complaints(place: Path, programs: Mapping[str, Program]) -> list[str]:
    files = {f"case_{number}.mjs": name for number, name in enumerate(programs)}
    for file, name in files.items():
        (place / file).write_text(write(programs[name], OPTIONS))
    found = script(place, SELFTESTS)
    return [f"{files[file]}: {words}" for file, words in found.items()]


def asked(place: Path, program: Program, code: str) -> Any:
    """Return what code makes of a module's namespace, ``net``; of an error its message."""
    (place / "net.mjs").write_text(write(program, OPTIONS))
    text = f"""
    import * as net from "./net.mjs";
    const said = (call) => {{ try {{ return call(); }} catch (error) {{ return String(error); }} }};
    const plain = (_, value) => (typeof value === "bigint" ? `${{value}}n` : value);
    console.log(JSON.stringify({code}, plain));
    """
    return script(place, text)


@pytest.mark.corpus
@generated.in_part
def test_every_model_gives_what_keras_recorded(tmp_path: Path, *, whole: bool) -> None:
    every = {**generated.programs(whole=whole), **generated.doubles(whole=whole)}
    found = complaints(tmp_path, every)
    assert not found, "\n".join([f"{len(found)} complaints", *found])


@generated.in_part
def test_random_programs_do_what_their_definition_says(tmp_path: Path, *, whole: bool) -> None:
    found = complaints(tmp_path, dict(generated.drawn(whole=whole)))
    assert not found, "\n".join(found)


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    programs = {ascii(name): generated.hostile(name) for name in generated.HOSTILE}
    programs["keywords"] = generated.keywords()
    assert not complaints(tmp_path, programs)
    for program in programs.values():
        text = write(program, OPTIONS)
        assert text.isascii()
        assert not re.search("</|<!--|-->", text)


def test_file_runs_by_itself_and_says_how_it_went(tmp_path: Path) -> None:
    program = generated.nets()["iris"]
    path = tmp_path / "iris net.mjs"
    path.write_text(write(program, OPTIONS))
    assert node(tmp_path, "--check", path.name).returncode == 0
    done = node(tmp_path, path.name, "--selftest")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{program.name}: 16 rows, largest difference ")
    assert done.stdout.endswith(": right\n")
    path.write_text(write(generated.corrupted(program), OPTIONS))
    done = node(tmp_path, path.name, "--selftest")
    assert done.returncode == 1
    assert done.stdout.endswith(": wrong (1 numbers)\n")


def test_imported_module_leaves_the_importers_arguments_alone(tmp_path: Path) -> None:
    (tmp_path / "net.mjs").write_text(write(generated.nets()["iris"], OPTIONS))
    (tmp_path / "main.mjs").write_text('import "./net.mjs";')
    done = node(tmp_path, "main.mjs", "--selftest")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("file", [None, "the weights #1%.bin"])
def test_browsers_have_all_that_is_needed(tmp_path: Path, file: str | None) -> None:
    program = generated.nets()["digits-residual"]
    (tmp_path / "net.mjs").write_text(write(program, Options(weights_file=file)))
    if file:
        (tmp_path / file).write_bytes(pack(program).data)
    flags = ["--experimental-vm-modules", "--no-warnings"]
    assert script(tmp_path, BROWSER, *flags)["wrong"] == 0


def test_weights_file_is_read_from_beside_and_checked(tmp_path: Path) -> None:
    program = generated.nets()["iris"]
    name = "the w'ei\"ghts #1%.bin"
    (tmp_path / "net.mjs").write_text(write(program, Options(weights_file=name)))
    data = bytearray(pack(program).data)
    (tmp_path / name).write_bytes(data)
    assert node(tmp_path, "net.mjs", "--selftest").returncode == 0
    data[-65] ^= 1
    (tmp_path / name).write_bytes(data)
    done = node(tmp_path, "net.mjs", "--selftest")
    assert done.returncode == 1
    assert "is not the weights file" in done.stderr


def test_row_is_a_batch_of_one(tmp_path: Path) -> None:
    program = generated.nets()["iris"]
    made = asked(
        tmp_path,
        program,
        "[net.predict([5, 3], [1.5]), net.predictBatch(2, [4, 2, 5, 3], Float32Array.of(1, 1.5))]",
    )
    names = [port.buffer.name for port in program.outputs]
    assert list(made[0]) == list(made[1]) == names
    for name in names:
        row, rows = (list(each[name].values()) for each in made)
        assert row == rows[len(row) :]
        assert len(rows) == 2 * len(row)


def test_wrong_inputs_are_refused(tmp_path: Path) -> None:
    made = asked(
        tmp_path,
        generated.nets()["iris"],
        "[said(() => net.predict([5], [1.5])), said(() => net.predictBatch(1.5, [5, 3], [1]))]",
    )
    assert made == ["RangeError: sepal: 2 numbers expected, not 1", "RangeError: rows: 1.5"]


def test_ids_are_checked(tmp_path: Path) -> None:
    levels = "[...Array(63).fill(3), {}]"
    calls = (f"said(() => net.predict({levels.format(last)}))" for last in (16, 17, -1, 1.5))
    program = generated.nets()["digits-embedding"]
    right, high, low, broken = asked(tmp_path, program, f"[{', '.join(calls)}]")
    assert len(right) == 10
    assert "'embedding'" in high
    assert "'embedding'" in low
    assert "1.5 is no 32-bit integer" in broken


def test_int64_is_bigint(tmp_path: Path) -> None:
    program = generated.programs()["integer_lookup_inverse"]
    (port,) = program.inputs
    assert port.buffer.dtype == "int64"
    ids = ", ".join(["2"] * port.buffer.size)
    made = asked(tmp_path, program, f"[...net.predict([{ids}])]")
    assert set(made) == {"5n"}


def test_double_computes_in_double(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    model = keronyx.read([rng.standard_normal((5, 4)), np.ones(4)], activations="gelu")
    x = rng.standard_normal((1, 5))
    (expected,) = keronyx.evaluate(model, x).values()
    made = asked(tmp_path, lower(model, double=True), f"[...net.predict({x[0].tolist()})]")
    np.testing.assert_allclose(made, expected[0], rtol=1e-13)


def test_weights_are_exact_to_the_last_bit() -> None:
    program = generated.nets()["iris"]
    text = write(program, OPTIONS)
    for constant in program.constants:
        found = re.search(rf"const {constant.name} = decode\(`([^`]*)`, Float32Array\)", text)
        assert found is not None
        data = np.frombuffer(b64decode(found[1]), "<f4")
        assert data.tobytes() == constant.values.tobytes()


def test_same_program_is_the_same_text() -> None:
    program = generated.nets()["iris"]
    assert write(program, OPTIONS) == write(program, OPTIONS)
