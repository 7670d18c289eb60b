"""``isolate=True``: the same results and the same errors, from a process that is not trusted."""

import io
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import saved_files
from isolated import IRIS, MODELS, names

import keronyx
from keronyx.converter.emit import serialize
from keronyx.converter.errors import (
    FileFormatError,
    KeronyxError,
    Reason,
    RefusedError,
    Unsupported,
    label_of,
)
from keronyx.converter.files import read_architecture
from keronyx.converter.files.saved import SavedModel
from keronyx.isolation import landlock, nursery, remote, wire, worker
from keronyx.isolation.inbox import Inbox
from keronyx.isolation.supervisor import Supervisor
from keronyx.runtime.proof.report import Difference, DifferenceError, Report, Tolerance

WINE = MODELS / "wine"


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a fresh interpreter for each request, as elsewhere than on Linux."""
    monkeypatch.setattr(remote, "can_serve", lambda: False)


@pytest.fixture(params=["nursery", "fresh"])
def _either(request: pytest.FixtureRequest) -> None:
    """Have it both ways."""
    if request.param == "fresh":
        request.getfixturevalue("fresh")
    elif not nursery.can_serve():
        pytest.skip("a nursery is for Linux")


@pytest.mark.usefixtures("_either")
def test_the_same_conversion(tmp_path: Path) -> None:
    apart = keronyx.convert(IRIS, isolate=True)
    here = keronyx.convert(IRIS)
    assert apart.serialized == here.serialized
    assert apart.onnx == here.onnx
    assert apart.report == here.report
    assert apart.warnings == here.warnings
    assert serialize(apart.model) == here.serialized
    os.chdir(tmp_path)
    made = keronyx.convert(IRIS, "a.onnx", isolate=True)
    assert (made.path, names(tmp_path)) == ("a.onnx", ["a.onnx"])
    assert (tmp_path / "a.onnx").read_bytes() == here.serialized
    assert made.onnx == here.onnx


@pytest.fixture(autouse=True)
def _come_back() -> Any:
    here = Path.cwd()
    yield
    os.chdir(here)


@pytest.mark.usefixtures("_either")
def test_architecture_weights_and_samples_in_memory() -> None:
    samples = dict(np.load(WINE / "recorded.npz"))
    weights = WINE / "wine.weights.h5"
    made = keronyx.convert(WINE / "wine.json", weights=weights, samples=samples, isolate=True)
    assert made.report is not None
    assert [each.against for each in made.report.differences] == ["numpy", "expected"]
    samples["out_0"] = samples["out_0"] + 0.01
    with pytest.raises(DifferenceError, match="'dense_3' differs") as caught:
        keronyx.convert(WINE / "wine.json", weights=weights, samples=samples, isolate=True)
    assert not caught.value.report.passed


@pytest.mark.usefixtures("_either")
def test_errors_are_of_the_same_kind(tmp_path: Path) -> None:
    damaged = tmp_path / "a.h5"
    damaged.write_bytes(IRIS.read_bytes()[:20000])
    for arguments in (["missing.h5"], [damaged], [WINE / "wine.json"], [WINE / "wine.weights.h5"]):
        said = []
        for isolate in (False, True):
            with pytest.raises(KeronyxError) as caught:
                keronyx.read(*arguments, isolate=isolate)
            said.append((type(caught.value), str(caught.value)))
        assert said[0] == said[1]


@pytest.mark.usefixtures("_either")
def test_from_a_thread() -> None:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(keronyx.read(IRIS, isolate=True)))
    thread.start()
    thread.join()
    assert serialize(found[0]) == serialize(keronyx.read(IRIS))


@pytest.mark.parametrize("ask", [keronyx.read, keronyx.convert])
def test_only_files_are_isolated(ask: Callable[..., Any]) -> None:
    with pytest.raises(keronyx.UsageError, match="isolation is for files"):
        ask([np.zeros((2, 2))], activations="linear", isolate=True)
    with pytest.raises(keronyx.UsageError, match="biases in memory go with weights in memory"):
        ask(IRIS, biases=[], isolate=True)


@pytest.mark.skipif(os.name != "posix", reason="signals of Unix")
@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import os; os.kill(os.getpid(), 11)", "ended without a word (SIGSEGV)"),
        ("print('nonsense')", "talked nonsense"),
        ("print('[1]')", "talked nonsense"),
        ("print('{\"done\": 0}')", "talked nonsense"),
        ('print(\'{"done": 0, "result": {}}\')', "talked nonsense"),
        ('print(\'{"done": 0, "result": {"error": {"kind": "int"}}}\')', "nonsense"),
        ("print('{\"blobs\": [99999999999999]}')", "talked nonsense"),
        ("print('{\"blobs\": [-1]}')", "talked nonsense"),
        ("pass", "ended without a word (exit status 0)"),
    ],
)
@pytest.mark.usefixtures("fresh")
def test_a_process_that_was_taken_over(
    monkeypatch: pytest.MonkeyPatch, program: str, words: str
) -> None:
    monkeypatch.setattr(remote, "BEGIN", program)
    with pytest.raises(KeronyxError) as caught:
        keronyx.read(IRIS, isolate=True)
    assert words in str(caught.value)


ALONE = """
import os
from keronyx.isolation import landlock
restrict = landlock.restrict
def counting(rules):
    assert len(os.listdir("/proc/self/task")) == 1
    return restrict(rules)
landlock.restrict = counting
"""


@pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")
@pytest.mark.usefixtures("fresh")
def test_no_thread_is_older_than_its_confinement(monkeypatch: pytest.MonkeyPatch) -> None:
    first, work = worker.BEGIN.split("; from", 1)
    monkeypatch.setattr(remote, "BEGIN", f"{first}\n{ALONE}from{work}".replace("; ", "\n"))
    assert keronyx.read(IRIS, isolate=True).parameters == keronyx.read(IRIS).parameters


INTERRUPTED = """
import sys, threading, time, _thread
import keronyx
from keronyx.isolation import remote
remote.can_serve = lambda: False
remote.BEGIN = "import time; time.sleep(600)"
threading.Timer(0.2, _thread.interrupt_main).start()
try:
    keronyx.read(sys.argv[1], isolate=True)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interrupt_ends_the_process_too() -> None:
    command = [sys.executable, "-c", INTERRUPTED, str(IRIS)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("interrupted\n", "")


LAYOUTS: dict[str, Callable[[Path], Path]] = {
    "model": lambda path: saved_files.hdf5(path / "a.h5"),
    "chunks": lambda path: saved_files.hdf5(path / "a.h5", compression="gzip"),
    "tree": lambda path: saved_files.hdf5(path / "a.h5", saved_files.put_tree),
    "archive": lambda path: saved_files.archive(path / "a.keras"),
    "folder": lambda path: saved_files.folder(path / "a"),
    "tfjs": lambda path: saved_files.tfjs(path / "a"),
}


def sent(saved: SavedModel, named: Callable[[str], bool]) -> SavedModel:
    """Return what arrives of a saved model."""
    parcel = wire.Parcel()
    record = json.loads(json.dumps(wire.pack_saved(saved, {"a": "b"}, parcel)))
    blobs = [bytearray(load()) for load in parcel.load]
    assert [len(blob) for blob in blobs] == parcel.sizes
    return wire.Unpacking(named, blobs).saved(record)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_saved_models_arrive_as_they_were(tmp_path: Path, layout: str) -> None:
    saved = read_architecture(LAYOUTS[layout](tmp_path))
    found = sent(saved, lambda _: True)
    for name in wire.PLAIN:
        assert getattr(found, name) == getattr(saved, name)
    assert found.asset("a") == "b"
    assert found.asset("c") is None
    assert repr(found.weights) == repr(saved.weights)
    for ours, theirs in zip(_variables(found), _variables(saved), strict=True):
        saved_files.same((ours,), theirs.load())


def _variables(saved: SavedModel) -> list[Any]:
    weights: Any = saved.weights
    if hasattr(weights, "groups"):
        return [each for group in weights.groups for each in group.variables]
    if isinstance(weights.variables, tuple):
        return list(weights.variables)
    return [each for group in weights.variables.values() for each in group]


def test_places_in_other_files_are_not_believed(tmp_path: Path) -> None:
    saved = read_architecture(saved_files.hdf5(tmp_path / "a.h5"))
    with pytest.raises(FileFormatError, match="said to be elsewhere"):
        sent(saved, lambda _: False)
    shutil.copy(tmp_path / "a.h5", tmp_path / "b.h5")
    (tmp_path / "a.h5").write_bytes(b"short")
    with pytest.raises(FileFormatError, match="said to be elsewhere"):
        sent(saved, lambda _: True)


def test_errors_arrive_as_they_were() -> None:
    tolerance = Tolerance(rtol=1e-4, atol=1e-5)
    worst = Difference(name="y", dtype="float32", tolerance=tolerance, share=np.inf, at=(0, 1))
    report = Report(differences=(worst,), engine="x", batches=(1,), layer_difference=worst)
    layers = keronyx.UnsupportedLayerError(
        [Unsupported("a", "B", "a raw ...", Reason.OPERATION), Unsupported("c", "D")], path="f"
    )
    label = label_of("it's", "Dense")
    config = keronyx.UnsupportedConfigError("what", hint="hint", layer=label)
    for error in (layers, RefusedError([layers, config]), DifferenceError(report, path="p")):
        found = wire.unpack_error(json.loads(json.dumps(wire.pack_error(error))))
        assert (type(found), str(found)) == (type(error), str(error))
        assert getattr(found, "layers", None) == getattr(error, "layers", None)
        assert all(isinstance(each.reason, Reason) for each in getattr(found, "layers", ()))
        assert (found.layer.name, found.layer.class_name) == (
            error.layer.name,
            error.layer.class_name,
        )
        assert getattr(found, "report", None) == getattr(error, "report", None)
        assert repr(getattr(found, "errors", None)) == repr(getattr(error, "errors", None))


def test_what_is_said_may_come_in_any_pieces() -> None:
    said = io.BytesIO()
    said.write(b'{"reading": "a", "seconds": 3}\n{"folder": "b"}\n')
    said.write(b'{"result": {"x": 1}, "blobs": [0, 3, 0, 2, 0]}\nabcde{"done": 2}\n')
    for size in (1, 2, 7, 1000):
        inbox = Inbox()
        said.seek(0)
        while piece := said.read(size):
            inbox.hear(piece)
        assert (inbox.reading, inbox.seconds, inbox.steps, inbox.done) == ("a", 3, 1, 2)
        assert inbox.folders == [Path("b")]
        assert inbox.result == {"x": 1}
        assert inbox.blobs == [b"", b"abc", b"", b"de", b""]


def test_a_library_that_waits_for_ever_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keronyx.isolation.supervisor.TICK", 0.01)
    monkeypatch.setattr("keronyx.isolation.supervisor.STALLED_AFTER", 0.05)
    monkeypatch.setattr("keronyx.isolation.supervisor.STALLED_FACTOR", 0)
    left, other = tmp_path / f".keronyx-{'0' * 16}", tmp_path / "other"
    for folder in (left, other):
        folder.mkdir()
        (folder / "a").touch()
    ours, theirs = os.pipe()
    ended: list[int] = []

    def kill(number: int) -> None:
        ended.append(-number)
        os.close(theirs)

    for folder in (left, other):
        os.write(theirs, json.dumps({"folder": str(folder)}).encode() + b"\n")
    os.write(theirs, b'{"reading": "a.h5", "seconds": 1}\n')
    found = Supervisor(lambda: ended[0] if ended else None, kill, ours).run()
    os.close(ours)
    assert "a.h5: cannot be read in 1 s" in str(found.fault())
    assert names(tmp_path) == ["other"]
