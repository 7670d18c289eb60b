"""What Keras would run, import or read: found without doing any of it."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import saved_files as write
from hostile import base, configs
from hostile.base import layer

from keronyx.cli import main
from keronyx.converter.scan import Finding, Scan, scan
from keronyx.converter.scan.finding import EFFECTS, MOST

MODELS = Path(__file__).resolve().parents[1] / "models"
Capture = pytest.CaptureFixture[str]


def scanned(path: Path) -> Scan:
    result = scan(str(path))
    assert all(str(finding).isprintable() for finding in result.findings)
    return result


def kinds(path: Path) -> list[str]:
    result = scanned(path)
    assert result.error is None
    return [finding.kind for finding in result.findings]


def of_config(tmp_path: Path, *layers: Any) -> list[Finding]:
    path = write.text(tmp_path / "m.json", base.sequential(*layers))
    return list(scanned(path).findings)


@pytest.mark.parametrize(
    "path",
    [
        *(path for path in MODELS.rglob("*") if path.suffix in {".keras", ".h5", ".json"}),
    ],
    ids=lambda path: path.name,
)
def test_trained_models_are_clean(path: Path) -> None:
    assert kinds(path) == []


def test_a_finding_says_where_what_and_why(tmp_path: Path) -> None:
    [first, second] = of_config(tmp_path, base.D1, configs.LAMBDA2)
    assert first.where == "layer 'lam' (Lambda): config.function"
    assert first.what.startswith("Python bytecode of ")
    assert str(first) == f"{first.where}: {first.what}; {EFFECTS['bytecode']}"
    assert second.where == "layer 'lam' (Lambda): config.output_shape"


ENTRIES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "lambda of keras 0.3": ({"name": "Lambda", "function": "c\x00\x00"}, ["bytecode"]),
    "merge by bytecode": (
        layer("Merge", "m", mode=[configs.CODE], mode_type="lambda", layers=[]),
        ["bytecode"],
    ),
    "merge by name": (layer("Merge", "m", mode="f", mode_type="function"), ["function"]),
    "merge": (layer("Merge", "m", mode="sum", mode_type="raw"), []),
    "damaged bytecode": (layer("Lambda", "l", function=7, function_type="lambda"), ["bytecode"]),
    "plain operation": (layer("TFOpLambda", "t", function="math.add"), []),
    "reading operation": (layer("TFOpLambda", "t", function="io.read_file"), ["tensorflow"]),
    "python operation": (layer("TFOpLambda", "t", function="numpy_function"), ["tensorflow"]),
    "older operation": (layer("TFOpLambda", "t", function="compat.v1.transpose"), []),
    "node": (layer("TensorFlowOpLayer", "t", node_def="name: x op: WriteFile"), ["tensorflow"]),
    "words": (layer("StringLookup", "s", vocabulary=["a", "b"]), []),
    "words in a file": (layer("StringLookup", "s", vocabulary="beside.txt"), ["file"]),
    "custom layer": (layer("Mine", "x"), ["custom"]),
    "custom of a package": (layer("mine>Dense", "x"), ["custom"]),
    "keras's function": (
        layer("Activation", "a", activation=configs.function("relu", "builtins")),
        [],
    ),
    "python's function": (
        layer("Activation", "a", activation=configs.function("act", configs.MODULE)),
        ["function"],
    ),
    "unregistered function": (
        layer("Activation", "a", activation=configs.function("mine", None)),
        ["custom"],
    ),
    "type of tensorflow": (
        {"class_name": "__typespec__", "config": [], "module": "tensorflow.python.framework"},
        [],
    ),
    "type of somebody": (
        {"class_name": "__typespec__", "config": [], "module": "mine", "spec_name": "x"},
        ["class"],
    ),
    "function of javascript": (layer("Activation", "a", activation="hardSigmoid"), []),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_entries(tmp_path: Path, name: str) -> None:
    entry, expected = ENTRIES[name]
    assert [finding.kind for finding in of_config(tmp_path, entry)] == expected


def test_files_in_files(tmp_path: Path) -> None:
    outside = h5py.ExternalLink(base.BESIDE, "/x")
    tree = base.tree_bytes(lambda root: root.__setitem__("layers/x", outside))
    members = base.members(model__weights__h5=tree, notes__txt=b"hello")
    assert kinds(write.archive(tmp_path / "m.keras", members)) == ["member", "external link"]
    assert kinds(write.folder(tmp_path / "folder", members)) == ["external link"]
    index = json.dumps({"weight_map": {"/a": ["C:x.h5"], "/b": "b.h5"}}).encode()
    sharded = base.members(model__weights__h5=None, model__weights__json=index)
    assert kinds(write.archive(tmp_path / "s.keras", sharded)) == ["file"]
    (tmp_path / "index.json").write_bytes(index)
    assert kinds(tmp_path / "index.json") == ["file"]
    (tmp_path / "b.h5").write_bytes(tree)
    assert kinds(tmp_path / "index.json") == ["file", "external link"]
    shards = base.members(model__weights__h5=None, model_00000__weights__h5=tree)
    assert kinds(write.archive(tmp_path / "t.keras", shards)) == ["external link"]


def test_links_in_a_folder(tmp_path: Path) -> None:
    write.folder(tmp_path / "m", base.members(model__weights__h5=None))
    (tmp_path / "beside.bin").touch()
    (tmp_path / "m" / "model.weights.h5").symlink_to(tmp_path / "beside.bin")
    assert kinds(tmp_path / "m") == ["symbolic link"]


def test_pickles_are_read_but_not_run(tmp_path: Path) -> None:
    old = b"ckeronyx_absent\nact\n(tR."
    new = b"\x8c\x0ekeronyx_absent\x94\x8c\x03act\x94\x93\x94)R."
    for data in (old, b"\x80\x02" + old, b"\x80\x04" + new):
        (tmp_path / "m.pkl").write_bytes(data)
        [finding] = scanned(tmp_path / "m.pkl").findings
        assert finding.what == "a pickle that imports 'keronyx_absent.act'"
    objects = np.array([None], object)
    np.save(tmp_path / "w.npy", objects)
    assert kinds(tmp_path / "w.npy") == ["pickle"]
    np.savez(tmp_path / "w.npz", a=np.zeros(3), b=objects)
    [finding] = scanned(tmp_path / "w.npz").findings
    assert finding.where == "b.npy"
    np.save(tmp_path / "good.npy", np.zeros(3))
    assert kinds(tmp_path / "good.npy") == []


def test_yaml_is_told_by_line(tmp_path: Path) -> None:
    text = "class_name: Sequential\nconfig:\n  a: !!python/object/apply:keronyx_absent.act [x]\n"
    [finding] = scanned(write.text(tmp_path / "m.yaml", text)).findings
    assert (finding.kind, finding.where) == ("yaml", "the file: line 3")
    assert "keronyx_absent.act" in finding.what


def test_tensorflow_graphs(tmp_path: Path) -> None:
    members = {
        "saved_model.pb": b"\x08\x01" + bytes(40) + b"EagerPyFunc" + bytes(40) + b"WriteFile",
        "keras_metadata.pb": b"\x01\x02" + json.dumps(configs.LAMBDA2).encode() + b"\x03{",
    }
    found = kinds(write.folder(tmp_path / "m", members))
    assert found == ["graph", "tensorflow", "tensorflow", "bytecode", "bytecode"]


def test_findings_come_before_the_fault(tmp_path: Path, capsys: Capture) -> None:
    members = base.members(
        base.sequential3(configs.LAMBDA3), model__weights__h5=b"\x89HDF\r\n\x1a\n"
    )
    path = write.archive(tmp_path / "m.keras", members)
    assert main(["inspect", "--scan", str(path)]) == 2
    output, error = capsys.readouterr()
    assert "Python bytecode" in output
    assert error.startswith(f"keronyx: {path}: ")
    assert error.count("\n") == 1


def test_what_conversion_refuses_is_scanned(tmp_path: Path) -> None:
    text = json.dumps(base.sequential(configs.LAMBDA2)).replace('"lam"', '"x", "name": "lam"')
    assert kinds(write.text(tmp_path / "m.json", text)) == ["bytecode"] * 2
    assert kinds(write.text(tmp_path / "n.json", json.dumps(text))) == ["bytecode"] * 2


def test_for_machines(tmp_path: Path, capsys: Capture) -> None:
    path = write.text(tmp_path / "m.json", base.sequential(layer("Mine", "x")))
    assert main(["inspect", "--scan", "--json", str(path)]) == 1
    record = json.loads(capsys.readouterr().out)
    assert record["findings"] == [
        {
            "kind": "custom",
            "where": "layer 'x' (Mine)",
            "what": "class 'Mine'",
            "effect": EFFECTS["custom"],
        }
    ]
    assert (record["more"], record["error"], len(record["sha256"])) == (0, None, 64)


def test_clean_file_and_wrong_options(tmp_path: Path, capsys: Capture) -> None:
    path = write.text(tmp_path / "m.json", base.CONFIG)
    assert main(["inspect", "--scan", str(path)]) == 0
    assert "nothing that Keras would run" in capsys.readouterr().out
    assert main(["inspect", "--scan", "--formula", str(path)]) == 2
    assert "--scan goes with --json alone" in capsys.readouterr().err
    assert main(["inspect", "--scan", str(tmp_path / "gone")]) == 2


def test_findings_without_end(tmp_path: Path) -> None:
    layers = [layer("Mine", f"x{index}") for index in range(MOST + 7)]
    result = scanned(write.text(tmp_path / "m.json", base.sequential(*layers)))
    assert (len(result.findings), result.more) == (MOST, 7)
