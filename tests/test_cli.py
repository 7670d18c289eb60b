"""The command line: what it prints, its exit codes, and that every error is one line."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import keronyx
from keronyx import checking
from keronyx.cli import main

MODELS = Path(__file__).resolve().parents[1] / "models"
DIGITS = MODELS / "digits" / "digits.keras"
IRIS = MODELS / "iris" / "iris.h5"
WINE = [str(MODELS / "wine" / "wine.json"), "--weights", str(MODELS / "wine" / "wine.weights.h5")]
ROWS = MODELS / "digits" / "rows.csv"
Capture = pytest.CaptureFixture[str]


def run(*arguments: object, **options: Any) -> "subprocess.CompletedProcess[str]":
    """Run the command line as its users do."""
    command = [sys.executable, "-m", "keronyx", *map(str, arguments)]
    options = {"capture_output": True, "text": True, "timeout": 120, **options}
    return subprocess.run(command, check=False, **options)


def call(*arguments: object) -> int:
    """Run the command line in this process."""
    return main([str(argument) for argument in arguments])


def one_line(capsys: Capture) -> str:
    """Return the single line that an error is."""
    captured = capsys.readouterr()
    assert captured.err.startswith("keronyx: ")
    assert captured.err.count("\n") == 1
    assert "Traceback" not in captured.err
    return captured.err


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Bare weights of two Dense layers."""
    path = tmp_path / "weights.npz"
    random = np.random.default_rng(0)
    arrays = [random.standard_normal(shape) for shape in ((4, 3), (3,), (3, 2), (2,))]
    np.savez(path, *[array.astype(np.float32) for array in arrays])
    return path


def test_convert_writes_beside_the_source(tmp_path: Path, capsys: Capture) -> None:
    source = tmp_path / "digits.keras"
    source.write_bytes(DIGITS.read_bytes())
    assert call("convert", source) == 0
    output, err = capsys.readouterr()
    assert err == ""
    lines = output.splitlines()
    assert lines[0].startswith(str(tmp_path / "digits.onnx"))
    assert "input   pixels  float32 (batch, 64)" in output
    assert "6,890 parameters in 9 layers, from Keras 3.15.1" in output
    assert "check passed: onnxruntime" in output
    assert lines[-1].split()[:3] == ["digit", "numpy", "16"]
    onnx.checker.check_model(tmp_path / "digits.onnx", full_check=True)


def test_convert_twice_gives_the_same_bytes(tmp_path: Path, capsys: Capture) -> None:
    for name in ("a.onnx", "b.onnx"):
        assert call("convert", IRIS, "-o", tmp_path / name, "--quiet") == 0
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_convert_for_machines(tmp_path: Path, capsys: Capture) -> None:
    output = tmp_path / "wine.onnx"
    samples = MODELS / "wine" / "recorded.npz"
    assert call("convert", *WINE, "-o", output, "--samples", samples, "--opset", 13, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["files"] == {str(output): output.stat().st_size}
    assert record["opset"] == 13
    assert record["outputs"] == {"dense_3": {"shape": [None, 3], "dtype": "float32"}}
    assert record["check"]["passed"]
    assert [each["against"] for each in record["check"]["outputs"]] == ["numpy", "expected"]


def test_convert_with_external_data(tmp_path: Path, capsys: Capture) -> None:
    output = tmp_path / "digits.onnx"
    assert call("convert", DIGITS, "-o", output, "--external-data") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:2]] == [str(output), f"{output}.data"]
    assert call("check", output, DIGITS, "-q") == 0


def test_convert_without_a_check(tmp_path: Path, capsys: Capture) -> None:
    assert call("convert", DIGITS, "-o", tmp_path / "a.onnx", "--no-check") == 0
    assert capsys.readouterr().out.endswith("not checked\n")


@pytest.mark.parametrize("activations", ["relu,linear", "relu, softmax", "tanh"])
def test_bare_weights(weights: Path, capsys: Capture, activations: str) -> None:
    assert call("convert", weights, "--activations", activations, "-q") == 0
    assert capsys.readouterr() == ("", "")
    assert weights.with_suffix(".onnx").exists()


@pytest.mark.parametrize(
    ("activations", "words"),
    [
        ("relu,linaer", "'linear'"),
        ("relu,relu,relu", "3 activations for 2"),
        ("relu,", "empty name"),
        (None, "--activations"),
    ],
)
def test_activations_that_cannot_be(
    weights: Path, capsys: Capture, activations: str | None, words: str
) -> None:
    more = [] if activations is None else ["--activations", activations]
    assert call("convert", weights, *more) == 2
    assert words in one_line(capsys)
    assert not weights.with_suffix(".onnx").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["convrt"], "did you mean 'convert'?"),
        (["model.h5"], "keronyx convert model.h5"),
        (["convert"], "missing argument 'SOURCE'"),
        (["convert", "a.h5", "--opsett", "3"], "did you mean --opset?"),
        (["convert", "a.h5", "--opset", "x"], "'x' is not a valid integer"),
        (["convert", "a.h5", "b.h5"], "extra argument"),
        (["convert", "missing.h5"], "missing.h5: no such file"),
        (["convert", ""], "a folder that holds no Keras model"),
        (["convert", "/"], "give one with -o"),
        (["convert", DIGITS, "-o", "missing/a.onnx"], "make the folder first"),
        (["convert", DIGITS, "-o", "."], "folder"),
        (["convert", DIGITS, "-o", "a.onnx", "--opset", "99"], "opset 99"),
        (["convert", DIGITS, "-o", "a.onnx", "--samples", "missing.npz"], "missing.npz: no such"),
        (["convert", DIGITS, "-o", "a.onnx", "--samples", ROWS, "--no-check"], "without a check"),
        (["convert", DIGITS, "-o", "a.onnx", "--activations", "relu"], "architecture"),
        (["inspect", "missing.h5"], "missing.h5: no such file"),
        (["check", "missing.onnx", DIGITS], "missing.onnx: no such file"),
        (["check", DIGITS, DIGITS], "cannot open the model"),
        (["predict", DIGITS], "missing option '--input'"),
        (["predict", DIGITS, "--input", "missing.csv"], "missing.csv: no such file"),
        (["predict", DIGITS, "--input", "a.xls"], ".tsv and .json"),
        (["predict", DIGITS, "--input", ROWS, "-o", "a.xls"], ".tsv and .json"),
        (["predict", DIGITS, "--input", ROWS, "-o", "missing/a.csv"], "make the folder first"),
        (["predict", DIGITS, "--input", ROWS, "--engine", "torch"], "'onnxruntime', 'numpy'"),
        (
            ["predict", IRIS, "--input", ROWS],
            "no column 'sepal[0]', 'sepal[1]'",
        ),
        (["--what"], "no option --what"),
    ],
)
def test_errors_are_one_line_that_says_what_to_do(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    arguments: list[object],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(*arguments) == 2
    assert words in one_line(capsys)
    assert list(tmp_path.iterdir()) == []


def test_the_process_has_the_same_manners(tmp_path: Path) -> None:
    done = run("convert", "missing.h5", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "keronyx: missing.h5: no such file or directory\n"
    assert run("--version").stdout == f"keronyx {keronyx.__version__}\n"
    assert "convert" in run("--help").stdout
    assert run().stdout == run("--help").stdout


def test_a_failed_check_shows_its_numbers_and_exits_with_one(
    tmp_path: Path, capsys: Capture
) -> None:
    samples = dict(np.load(MODELS / "wine" / "recorded.npz"))
    samples["out_0"] += 0.01
    np.savez(tmp_path / "samples.npz", **samples)
    wrong = ["convert", *WINE, "-o", tmp_path / "a.onnx", "--samples", tmp_path / "samples.npz"]
    assert call(*wrong) == 1
    output, err = capsys.readouterr()
    assert "check failed" in output
    assert err.startswith(f"keronyx: {WINE[0]}: check: output 'dense_3' differs: max |onnx -")
    assert err.count("\n") == 1
    assert not (tmp_path / "a.onnx").exists()
    assert call(*wrong, "--json") == 1
    assert json.loads(capsys.readouterr().out)["check"]["passed"] is False
    assert call(*wrong, "--quiet") == 1
    assert capsys.readouterr().out == ""


def test_check_of_an_earlier_conversion(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "iris.onnx"
    keronyx.convert(IRIS, path)
    assert call("check", path, IRIS) == 0
    assert "check passed" in capsys.readouterr().out
    assert call("check", path, IRIS, "--json") == 0
    assert json.loads(capsys.readouterr().out)["check"]["passed"]
    graph = onnx.load(path)
    graph.graph.initializer[0].raw_data = bytes(len(graph.graph.initializer[0].raw_data))
    onnx.save(graph, path)
    assert call("check", path, IRIS) == 1
    assert f"{path}: check: layer 'sepal_dense' (Dense) is the first" in capsys.readouterr().err


def test_odd_weights_are_told(tmp_path: Path, capsys: Capture) -> None:
    kernel = np.full((2, 2), np.inf, np.float32)
    np.savez(tmp_path / "w.npz", kernel)
    assert call("convert", tmp_path / "w.npz", "--activations", "linear", "--no-bias") == 0
    assert "warning: layer 'dense_1' (Dense): kernel holds 0 NaN and 4 inf" in one_line(capsys)


def test_an_interrupt_leaves_nothing(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(checking, "check", interrupt)
    assert call("convert", DIGITS, "-o", tmp_path / "a.onnx") == 130
    assert one_line(capsys) == "keronyx: interrupted\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="signals and pipes of Unix")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_the_process_in_one_line(tmp_path: Path, number: signal.Signals) -> None:
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip("what a shell starts in the background ignores Ctrl-C")
    pipe = tmp_path / "rows.csv"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "keronyx", "predict", str(DIGITS), "-i", str(pipe)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        writer = pipe.open("w", encoding="utf-8")  # waits until the process reads
        time.sleep(0.2)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        writer.close()
    assert (process.returncode, err) == (130, "keronyx: interrupted\n")


@pytest.mark.skipif(os.name != "posix", reason="signals and pipes of Unix")
def test_a_reader_that_leaves_is_no_error() -> None:
    command = [sys.executable, "-m", "keronyx", "layers"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_behind_stdout_is_one_line() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = run("layers", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (2, "keronyx: no space left on device\n")


def test_what_nobody_foresaw_is_one_line_too(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("no\nreason")

    monkeypatch.setattr(checking, "check", fail)
    assert call("convert", DIGITS, "-o", os.devnull + "x") == 3
    assert "internal error: ZeroDivisionError: no reason" in one_line(capsys)
    monkeypatch.setenv("KERONYX_DEBUG", "1")
    assert call("convert", DIGITS, "-o", os.devnull + "x") == 3
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_told(tmp_path: Path, capsys: Capture) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    assert call("convert", DIGITS, "-o", tmp_path / "a.onnx") == 2
    assert "choose a folder" in one_line(capsys)
