"""Somebody's own values come in many files and orders; the question that all of this began with."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compared_question import (
    DIABETES,
    ROWS,
    WRONG,
    Capture,
    call,
    right,
    table,
    traced,
    wrong,
)
from layer_case import Builder, layer, tensor

import keronyx
from keronyx.converter.tensors import Array
from keronyx.runtime.compare.fit import laid_out


@pytest.mark.parametrize("suffix", [".npz", ".json"])
def test_the_question_and_its_answer(tmp_path: Path, capsys: Capture, suffix: str) -> None:
    paths = []
    for name, (y, z, p) in {"question": wrong(), "answer": right()}.items():
        path = tmp_path / f"{name}{suffix}"
        if suffix == ".npz":
            np.savez(path, y=y, z=z, p=p)
        else:
            path.write_text(json.dumps({"y": y.tolist(), "z": z.tolist(), "p": p.tolist()}))
        paths.append(path)
    assert call("trace", DIABETES, "--input", ROWS, "--compare", paths[0]) == 1
    output, err = capsys.readouterr()
    assert "layer 'dense' (Dense) is the first to differ" in output
    assert f"  {WRONG}\n" in output
    assert WRONG in err.splitlines()[0]
    assert "the columns are taken in the table's order" in err
    assert call("trace", DIABETES, "--input", ROWS, "--compare", paths[1]) == 0
    output = capsys.readouterr().out
    assert "all values agree" in output
    assert "rounding as in float32" in output


def test_the_final_values_alone(tmp_path: Path) -> None:
    for values, agrees in ((right()[-1], True), (wrong()[-1], False)):
        path = tmp_path / "p.npy"
        np.save(path, values)
        found = traced().compare(path)
        assert found.agrees is agrees
        assert found.explanations == (() if agrees else (WRONG,))


def layouts(values: list[Array]) -> dict[str, Any]:
    """Return the same values in the ways in which people keep them."""
    h1, h2, p = values
    return {
        "layer names": {"dense": h1, "dense_1": h2, "progression": p},
        "numbers": {"layer_0": h1, "layer_1": h2, "layer_2": p},
        "numbers from 1": {"h1": h1, "h2": h2, "h3": p},
        "unsorted numbers": {"arr_2": p, "arr_0": h1, "arr_1": h2},
        "letters": {"y": h1, "z": h2, "p": p},
        "reversed": {"out": p, "second": h2, "first": h1},
        "list": [h1, h2, p[:, None]],
        "transposed": [h1.T, h2.T, p],
        "flattened": {"a": h1.ravel(), "b": h2.ravel(), "c": p},
        "columns": [h1.T.ravel(), h2.T.ravel(), p],
        "first row": [h1[0], h2[0], p[0]],
        "first rows": [h1[:4], h2[:4], p[:4, None]],
        "nested": {"net": {"dense": h1, "dense_1": h2}, "p": p},
        "some": {"h2": h2, "p": p},
    }


@pytest.mark.parametrize("kept", layouts(right()))
def test_values_kept_in_many_ways(kept: str) -> None:
    found = traced().compare(layouts(right())[kept])
    assert found.agrees, found.sentence
    names = ["dense", "dense_1", "progression"]
    assert [each.layer for each in found.compared] == names[-len(found.compared) :]
    found = traced().compare(layouts(wrong())[kept])
    assert not found.agrees
    expected = WRONG if kept != "some" else "was left out in 'dense' and 'dense_1'"
    assert expected in found.explanations[0]


def test_values_before_the_activations() -> None:
    trace = traced()
    befores = [each.before for each in trace.layers if each.before is not None]
    values = [each.values for each in trace.layers]
    for mine in (
        {"z1": befores[0], "h1": values[0], "z2": befores[1], "h2": values[1]},
        {"z1": befores[0], "z2": befores[1]},
        [befores[0], befores[1], values[2]],
        {"dense/before_activation": befores[0]},
    ):
        found = trace.compare(mine)
        assert found.agrees, found.sentence
        assert found.compared[0].before
    found = trace.compare({"z1": befores[0] + 1})
    assert found.explanations == ("they are the right values plus 1",)
    bias = trace.model.layers[0].variables()["bias"].load()
    found = trace.compare({"z1": befores[0] - bias})
    assert found.explanations == ("the bias was left out in 'dense'",)
    found = trace.compare({"dense": befores[0]})
    assert found.explanations == ("the activation (relu) was left out in 'dense'",)


def test_inputs_that_differ() -> None:
    found = traced().compare({"x": table() + 1, "p": right()[-1]})
    assert found.first is not None
    assert found.first.label == "input 'features'"
    assert found.explanations == ()
    assert traced().compare({"features": table(), "p": right()[-1]}).agrees


def saved(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_files_of_text(tmp_path: Path) -> None:
    h1, h2, p = (np.round(values, 9) for values in right())
    lines = [",".join(map(str, values.ravel())) for values in (h1[0], h2[0], p[:1])]
    files = {
        "layers.csv": "\n".join([lines[0], lines[1] + "," * 32, lines[2] + "," * 63]),
        "final.csv": "progression\n" + "\n".join(map(str, p)),
        "table.csv": "\n".join(",".join(map(str, row)) for row in h1),
        "header.csv": ",".join(f"dense_1[{i}]" for i in range(32))
        + "\n"
        + "\n".join(",".join(map(str, row)) for row in h2),
        "units.csv": ",".join(f"unit {i}" for i in "ab" * 16)
        + "\n"
        + "\n".join(",".join(map(str, row)) for row in h2),
        "list.json": json.dumps([h1.tolist(), h2.tolist(), p.tolist()]),
        "final.json": json.dumps(p.tolist()),
        "records.json": json.dumps(
            [{"y": list(a), "p": float(b)} for a, b in zip(h1, p, strict=True)]
        ),
        "rows.json": json.dumps(
            [[list(a), list(b), [float(c)]] for a, b, c in zip(h1, h2, p, strict=True)]
        ),
    }
    for name, text in files.items():
        found = traced().compare(saved(tmp_path / name, text))
        assert found.agrees, (name, found.sentence)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "", "no rows"),
        ("a.csv", "y\n", "a header without rows"),
        ("a.csv", "1,2\n3,x", "no layer gives values"),
        ("a.csv", '"1,2', "not CSV"),
        ("a.json", "{", "line 1, column 2: not JSON"),
        ("a.json", "{}", "nothing"),
        ("a.json", '{"y": [[1, 2], [3]]}', "'y': rows of different lengths"),
        ("a.json", '[[1, [2]], "x", [[1]]]', "a list of rows of different lengths"),
        ("a.json", '{"y": [{"a": 1}, 2]}', "'y': not numbers"),
        ("a.txt", "1 2 3", "values are compared from .npz, .npy, .json and .csv"),
        ("a.npy", "1 2 3", "not an array of numbers"),
        ("a.npz", "1 2 3", "not an array of numbers"),
    ],
)
def test_files_without_values(
    tmp_path: Path, capsys: Capture, name: str, text: str, words: str
) -> None:
    path = saved(tmp_path / name, text)
    assert call("trace", DIABETES, "-i", ROWS, "--compare", path) == 2
    err = capsys.readouterr().err
    assert words in err
    assert str(path) in err or "a.txt" in err
    assert err.count("\n") == 1


def test_other_faulty_files(tmp_path: Path, capsys: Capture) -> None:
    assert call("trace", DIABETES, "--compare", tmp_path / "none.json") == 2
    assert "--compare without --input; give the rows" in capsys.readouterr().err
    assert call("trace", DIABETES, "-i", ROWS, "--compare", tmp_path / "none.json") == 2
    assert "no such file" in capsys.readouterr().err
    (tmp_path / "latin.csv").write_bytes(b"\xff\xfe1")
    (tmp_path / "latin.json").write_bytes(b"\xff\xfe1")
    np.save(tmp_path / "objects.npy", np.array([{}, 1], object))
    np.savez(tmp_path / "times.npz", t=np.array(["2020-01-01"], "datetime64[D]"))
    (tmp_path / "zip.npy").write_bytes(_zipped(tmp_path))
    faults = {
        "latin.csv": "not UTF-8",
        "latin.json": "not JSON in UTF-8",
        "objects.npy": "save a list of layers with np.savez",
        "times.npz": "'t': not numbers, but datetime64",
        "zip.npy": "several arrays",
    }
    for name, words in faults.items():
        assert call("trace", DIABETES, "-i", ROWS, "--compare", tmp_path / name) == 2
        assert words in capsys.readouterr().err


def _zipped(folder: Path) -> bytes:
    np.savez(folder / "two.npz", a=np.ones(2), b=np.ones(3))
    return (folder / "two.npz").read_bytes()


def test_shapes_that_fit_nothing(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.npz"
    np.savez(path, a=np.ones((10, 7)), b=np.ones(3))
    assert call("trace", DIABETES, "-i", ROWS, "--compare", path) == 2
    err = capsys.readouterr().err
    assert "no layer gives values of shape 'a' (10, 7), 'b' (3,)" in err
    for expected in ("dense before activation (10, 64)", "dense_1 (10, 32)", "progression (10, 1)"):
        assert expected in err


def test_some_arrays_that_fit_nothing(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.npz"
    np.savez(path, p=right()[-1], extra=np.ones((10, 7)))
    assert call("trace", DIABETES, "-i", ROWS, "--compare", path) == 1
    output, err = capsys.readouterr()
    assert "'extra' (10, 7) fits no layer" in output
    assert "fits no layer: 'extra' (10, 7)" in err


def test_nothing_explains_it(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.npz"
    noise = np.random.default_rng(0).normal(size=(10, 64))
    np.savez(path, dense=right()[0] + noise, progression=right()[-1])
    assert call("trace", DIABETES, "-i", ROWS, "--compare", path, "--full") == 1
    output = capsys.readouterr().out
    assert "h1 = relu(x · kernel + bias)" in output
    assert "none of the classical mistakes explains it" in output
    head = " ".join(f"{value:.6g}" for value in traced().layers[0].values[0, :6])
    assert f"  right  {head} …" in output


def test_for_machines(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.npz"
    np.savez(path, *wrong())
    assert call("trace", DIABETES, "-i", ROWS, "--compare", path, "--json") == 1
    record = json.loads(capsys.readouterr().out)
    assert record["compare"]["first"] == "dense"
    assert record["compare"]["explanations"] == [WRONG]
    assert [each["agrees"] for each in record["compare"]["compared"]] == [False] * 3
    assert record["layers"][0]["formula"] == "h1 = relu(x · kernel + bias)"


def test_several_outputs_in_any_order() -> None:
    x = Builder(tensor("x", 2))
    doubled = x.call(layer("Rescaling", name="doubled", scale=2.0), x.inputs["x"])
    tripled = x.call(layer("Rescaling", name="tripled", scale=3.0), x.inputs["x"])
    trace = keronyx.trace(x.model(b=tripled, a=doubled), np.array([[1.0, 2.0], [3.0, 5.0]]))
    values = [trace.outputs["b"], trace.outputs["a"]]
    assert trace.compare(values).agrees
    assert trace.compare(values[::-1]).agrees


def test_square_values_may_be_transposed() -> None:
    values = np.arange(9.0).reshape(3, 3)
    notes = [laid.note for laid in laid_out(values, (3, 3))]
    assert notes == ["", "transposed"]
    assert laid_out(values, (3, 4)) == ()
    assert laid_out(np.array(2.0), (1, 1))[0].array.shape == (1, 1)
    assert laid_out(np.ones((2, 3, 4)), (5, 3, 4))[0].note == "first 2 rows".replace(
        "f", "the f", 1
    )
