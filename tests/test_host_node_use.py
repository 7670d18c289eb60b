"""Projects for Node.js in the hands of their users: calls from JavaScript, types, spelling."""

import json
from pathlib import Path
from typing import Any

import hosting
import pytest
from javascript_hosts import MODULES, Write, copying, ill_formatted, missing, node, writing

MISSING = missing("onnxruntime-node", "onnxruntime-common")
needed = pytest.mark.skipif(bool(MISSING), reason=MISSING)
UNFORMATTED = missing("prettier")
UNTYPED = missing("typescript")

write = writing("node")
own = copying()


def asked(folder: Path, code: str) -> Any:
    """Return what code makes of a loaded predictor, ``net``; ``said`` catches its errors."""
    script = f"""
    import {{ Predictor }} from "{folder.as_uri()}/predictor.mjs";
    const net = await Predictor.load("{(folder / "model.onnx").as_posix()}");
    const said = async (call) => {{
      try {{ return await call(); }} catch (error) {{ return String(error); }}
    }};
    const plain = (_, value) => typeof value === "bigint" ? `${{value}}n` :
      ArrayBuffer.isView(value) ? [value.constructor.name, ...value] : value;
    console.log(JSON.stringify(await (async () => {{ {code} }})(), plain));
    """
    done = node(folder, "--input-type=module", "--eval", script)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@needed
def test_rows_and_batches_in_javascript(write: Write) -> None:
    found = asked(
        write("iris"),
        """
        const row = { sepal: [5.1, 3.5], petalLength: 1.4 };
        const other = { sepal: new Float64Array([1, 2]), petalLength: [3] };
        const flat = { sepal: new Float32Array([5.1, 3.5, 1, 2]), petalLength: [1.4, 3] };
        return [await net.predict(row), await net.predict(other),
                await net.predictBatch([row, other]), await net.predictBatch(flat),
                await net.predictBatch([])];
        """,
    )
    one, two, rows, flat, none = found
    assert [one["species"][0], len(one["species"]), one["petalWidth"][0]] == [
        "Float32Array",
        4,
        "Float32Array",
    ]
    for name in ("species", "petalWidth"):
        wanted = [*one[name][1:], *two[name][1:]]
        assert rows[name][1:] == pytest.approx(wanted, rel=1e-5)
        assert flat == rows
        assert none[name] == ["Float32Array"]


@needed
def test_calls_may_overlap(write: Write) -> None:
    found = asked(
        write("iris"),
        """
        const rows = [...Array(300).keys()].map((k) => {
          return { sepal: [k / 50, 3 - k / 50], petalLength: k % 7 };
        });
        const wanted = [];
        for (const row of rows) { wanted.push(await net.predict(row)); }
        const some = (k) => rows.slice(k, k + 1 + (k % 5));
        const [found, batches] = await Promise.all([
          Promise.all(rows.map((row) => net.predict(row))),
          Promise.all(rows.map((_, k) => net.predictBatch(some(k)))),
        ]);
        const same = (a, b) => Math.abs(a - b) < 1e-5;
        return [
          found.every((each, k) => each.petalWidth[0] === wanted[k].petalWidth[0]),
          batches.every((each, k) => some(k).every((_, at) => {
            return same(each.petalWidth[at], wanted[k + at].petalWidth[0]);
          })),
        ];
        """,
    )
    assert found == [True, True]


@needed
def test_values_of_every_type_in_javascript(write: Write) -> None:
    found = asked(
        write("every-type"),
        """
        const row = { float32s: [1, 2], float64s: [0.1, 2], float16s: [0.1, 70000],
          bools: [true, 0], strings: ["a", "ü"], int8s: [-128, 127], int16s: [1, 2],
          int32s: [1, 2], int64s: [2n ** 62n, 5], uint8s: new Uint8Array([1, 255]),
          uint16s: [1, 2], uint32s: [1, 4294967295], uint64s: [2n ** 64n - 1n, 5],
          scalar: 3, cube: [1, 2, 3, 4] };
        const wrong = [{ int8s: [1, 200] }, { int8s: [1, 2.5] }, { bools: [2, 1] },
          { strings: [1, "a"] }, { int64s: [2 ** 60, 1] }, { scalar: [1, 2] }, { more: 1 },
          { scalar: null }, { float32s: ["1", 2] }, { cube: undefined }];
        const answers = [];
        for (const each of wrong) {
          answers.push(await said(() => net.predict({ ...row, ...each })));
        }
        answers.push(await said(() => net.predict(null)));
        const { scalar, ...less } = row;
        answers.push(await said(() => net.predict(less)));
        const outputs = await net.predict(row);
        await net.release();
        answers.push(await said(() => net.predict(row)));
        return [outputs, answers];
        """,
    )
    outputs, answers = found
    assert outputs["float64s"] == ["Float64Array", 0.1, 2]
    assert outputs["float16s"] == ["Float32Array", 0.0999755859375, None]
    assert outputs["bools"] == ["Uint8Array", 1, 0]
    assert outputs["strings"] == ["a", "ü"]
    assert outputs["int64s"] == ["BigInt64Array", "4611686018427387904n", "5n"]
    assert outputs["uint64s"] == ["BigUint64Array", "18446744073709551615n", "5n"]
    assert outputs["uint32s"] == ["Uint32Array", 1, 4294967295]
    assert outputs["cube"] == ["BigInt64Array", "1n", "2n", "3n", "4n"]
    known = answers.pop(-3).split(" with ", 1)
    assert known[0] == "TypeError: a row is an object"
    assert "'float32s', 'float64s'" in known[1]
    assert answers[6].startswith("TypeError: no input 'more'; a row has 'float32s'")
    assert [answer for place, answer in enumerate(answers) if place != 6] == [
        "RangeError: input 'int8s': '200' does not fit into int8",
        "RangeError: input 'int8s': '2.5' is not a whole number",
        "RangeError: input 'bools': '2' does not fit into bool",
        "TypeError: input 'strings': '1' is not a string",
        "RangeError: input 'int64s': '1152921504606847000' is not exact; give a BigInt",
        "RangeError: input 'scalar': 2 values, expected 1",
        "TypeError: input 'scalar': 'null' is not a number",
        "TypeError: input 'float32s': '1' is not a number",
        "RangeError: input 'cube': 1 values, expected 4",
        "TypeError: input 'scalar' is missing",
        "Error: the predictor was released",
    ]


@pytest.mark.skipif(bool(UNFORMATTED), reason=UNFORMATTED)
@pytest.mark.parametrize("name", hosting.MODELS)
def test_sources_are_formatted(write: Write, name: str) -> None:
    assert ill_formatted(write(name)) == ""


USE = """\
import { Predictor, type Inputs } from "./predictor.mjs";

export async function use(): Promise<number> {
  const net = await Predictor.load("model.onnx", { threads: 2 });
  const row: Inputs = { sepal: [1, 2], petalLength: 3 };
  const { species } = await net.predict(row);
  const widths: Float32Array = (await net.predictBatch([row])).petalWidth;
  await net.predictBatch({ sepal: new Float32Array(4), petalLength: [1, 2] });
  await net.release();
  return (species[0] ?? 0) + (widths[0] ?? 0);
}
"""


@pytest.mark.skipif(bool(UNTYPED), reason=UNTYPED)
def test_types_are_those_of_the_model(own: Path) -> None:
    compiler = MODULES / "typescript" / "bin" / "tsc"
    options = ("--noEmit", "--strict", "--target", "es2022", "--module", "nodenext")
    (own / "use.mts").write_text(USE)
    done = node(own, compiler, *options, "use.mts")
    assert done.returncode == 0, done.stdout
    (own / "use.mts").write_text(USE.replace("petalLength: 3 }", "petal: 3 }"))
    done = node(own, compiler, *options, "use.mts")
    assert "'petal' does not exist in type 'Inputs'" in done.stdout


@pytest.mark.skipif(bool(UNTYPED), reason=UNTYPED)
@pytest.mark.parametrize("name", ["hostile", "every-type"])
def test_types_of_any_model_are_typescript(write: Write, name: str) -> None:
    compiler = MODULES / "typescript" / "bin" / "tsc"
    done = node(
        write(name), compiler, "--noEmit", "--strict", "--target", "es2022", "predictor.d.mts"
    )
    assert done.returncode == 0, done.stdout
