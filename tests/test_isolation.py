"""The command line's child: whatever happens to it becomes one line and leaves nothing behind."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import isolated
import pytest
from isolated import (
    BLOW_UP,
    CHECKING,
    CRASH,
    HANG,
    IRIS,
    READING,
    command,
    keronyx,
    misbehaving,
    names,
    told,
)

import keronyx as package
from keronyx.isolation import landlock

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
confined = pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")


def quickly() -> dict[str, str]:
    return {**os.environ, "KERONYX_SECONDS": "1"}


def test_a_reader_that_never_returns(tmp_path: Path) -> None:
    done = misbehaving(HANG, READING, "convert", IRIS, "-o", tmp_path / "a.onnx", env=quickly())
    assert f"{IRIS}: cannot be read in 1 s: the file is malformed or hostile; KERONYX_SECON" in (
        told(done)
    )
    assert names(tmp_path) == []


def test_a_check_that_never_returns(tmp_path: Path) -> None:
    done = misbehaving(HANG, CHECKING, "convert", IRIS, "-o", tmp_path / "a.onnx", env=quickly())
    assert "takes too much processor time; KERONYX_SECONDS=" in told(done)
    assert names(tmp_path) == []


def test_a_reader_that_crashes(tmp_path: Path) -> None:
    noise = f"os.write(2, b'free(): invalid pointer'); {CRASH}"
    done = misbehaving(noise, READING, "convert", IRIS, "-o", tmp_path / "a.onnx")
    assert f"{IRIS}: made its reader crash (SIGSEGV): the file is malformed" in told(done)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        (CRASH, "ended without a word (SIGSEGV)"),
        ("os.abort()", "ended without a word (SIGABRT)"),
        ("os._exit(1)", "ended without a word (exit status 1)"),
        ("os._exit(0)", "ended without a word (exit status 0)"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "most likely for want of memory"),
    ],
)
def test_a_death_elsewhere_leaves_nothing(tmp_path: Path, deed: str, words: str) -> None:
    done = misbehaving(deed, CHECKING, "convert", IRIS, "-o", tmp_path / "a.onnx")
    assert words in told(done)
    assert names(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone limits this")
def test_memory_without_end(tmp_path: Path) -> None:
    done = misbehaving(BLOW_UP, READING, "convert", IRIS, "-o", tmp_path / "a.onnx")
    assert f"{IRIS}: takes more than 384 MB to read: the file is malformed" in told(done)
    done = misbehaving(BLOW_UP, CHECKING, "convert", IRIS, "-o", tmp_path / "a.onnx")
    assert "not enough memory in 2" in told(done)
    assert "KERONYX_MEMORY=" in done.stderr
    assert names(tmp_path) == []


@pytest.mark.parametrize("variable", ["KERONYX_MEMORY", "KERONYX_SECONDS"])
def test_limits_of_the_environment(tmp_path: Path, variable: str) -> None:
    for value in ("x", "-1", "1.5", "9" * 13):
        done = keronyx("convert", IRIS, env={**os.environ, variable: value}, cwd=tmp_path)
        assert f"{variable}='{value}'; give a whole number, 0 for no limit" in told(done)
    free = {**os.environ, variable: "0"}
    assert keronyx("convert", IRIS, "-o", tmp_path / "a.onnx", env=free).returncode == 0


@pytest.mark.parametrize("switch", ["0", "1"])
def test_the_same_bytes_with_a_child_and_without(tmp_path: Path, switch: str) -> None:
    environment = {**os.environ, "KERONYX_ISOLATION": switch}
    done = keronyx("convert", IRIS, "-o", tmp_path / "a.onnx", env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert names(tmp_path) == ["a.onnx"]
    assert (tmp_path / "a.onnx").read_bytes() == package.convert(IRIS).serialized


KILLED = """
import os, signal, sys, threading
import onnxruntime, onnx, h5py
from keronyx.cli import main
from keronyx.isolation import child

begin = child.begin
def dying(*arguments):
    begun = begin(*arguments)
    die = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGKILL))
    die.daemon = True
    die.start()
    return begun
child.begin = dying
folder, *delays = sys.argv[1:]
for delay in map(float, delays):
    sys.argv[1:] = ["convert", {source!r}, "-q", "-o", os.path.join(folder, "a.onnx")]
    print(main(), *sorted(os.listdir(folder)), flush=True)
    if os.listdir(folder):
        os.remove(os.path.join(folder, "a.onnx"))
"""


def test_killed_at_twenty_random_moments(tmp_path: Path) -> None:
    rng = random.Random(0)  # noqa: S311 - moments, not secrets
    delays = [rng.uniform(0, 0.25) for _ in range(20)]
    done = command("-c", KILLED.format(source=str(IRIS)), tmp_path, *delays)
    lines = done.stdout.splitlines()
    assert len(lines) == 20
    assert set(lines) <= {"2", "0 a.onnx", "2 a.onnx"}
    assert "2" in lines
    errors = done.stderr.splitlines()
    assert len(errors) == sum(line.startswith("2") for line in lines)
    assert all("the process was killed" in line for line in errors)


def test_without_its_parent_a_child_ends_and_leaves_nothing(tmp_path: Path) -> None:
    whole = package.convert(IRIS).serialized
    rng = random.Random(0)  # noqa: S311 - moments, not secrets
    for number in range(5):
        folder = tmp_path / str(number)
        folder.mkdir()
        arguments = [sys.executable, "-m", "keronyx", "convert", str(IRIS), "-o", "a.onnx"]
        with subprocess.Popen(arguments, cwd=folder, stdout=subprocess.PIPE) as process:
            time.sleep(rng.uniform(0.1, 0.8))
            process.kill()
            assert process.stdout is not None
            process.stdout.read()  # until the child has let go of it, too
        for path in folder.iterdir():
            assert path.name == "a.onnx"
            assert path.read_bytes() == whole


def test_an_interrupt_in_a_library_that_does_not_listen(tmp_path: Path) -> None:
    program = isolated.DRIVER.format(deed=f"print('here', flush=True); {HANG}", place=CHECKING)
    arguments = [sys.executable, "-c", program, "convert", str(IRIS), "-o", "a.onnx"]
    pipe = subprocess.PIPE
    with subprocess.Popen(arguments, cwd=tmp_path, text=True, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        assert names(tmp_path) != []
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "keronyx: interrupted\n")
    assert names(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="limits of Unix")
def test_a_file_that_cannot_grow(tmp_path: Path) -> None:
    import resource  # noqa: PLC0415

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    done = keronyx("convert", IRIS, "-o", tmp_path / "a.onnx", preexec_fn=limit)
    assert "a.onnx: cannot be written: file too large" in told(done)
    assert names(tmp_path) == []


def test_a_full_disk(tmp_path: Path) -> None:
    script = (
        f'mount -t tmpfs -o size=4k none "{tmp_path}" || exit 77; '
        f'"{sys.executable}" -m keronyx convert "{IRIS}" -o "{tmp_path}/a.onnx"; '
        f'code=$?; ls -A "{tmp_path}"; exit $code'
    )
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare")
    private = [unshare, "--user", "--map-root-user", "--mount", "sh", "-c", script]
    done = subprocess.run(private, check=False, capture_output=True, text=True)
    if "a.onnx" not in done.stderr:
        pytest.skip("no disk of one's own")
    assert "no space left on device; free some space" in told(done)


def test_two_writers_at_once(tmp_path: Path) -> None:
    arguments = [sys.executable, "-m", "keronyx", "convert", str(IRIS), "-q", "--external-data"]
    arguments += ["-o", str(tmp_path / "a.onnx")]
    writers = [subprocess.Popen(arguments) for _ in range(2)]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    assert names(tmp_path) == ["a.onnx", "a.onnx.data"]
    assert keronyx("check", tmp_path / "a.onnx", IRIS).returncode == 0


MEANWHILE = """
import sys
from keronyx.cli import main
from keronyx.isolation import landlock
restrict = landlock.restrict
def late(rules):
    done = restrict(rules)
    print("go", flush=True)
    sys.stdin.readline()
    return done
landlock.restrict = late
sys.exit(main())
"""


@confined
def test_a_writer_that_comes_second(tmp_path: Path) -> None:
    arguments = ["convert", str(IRIS), "-q", "--external-data", "-o", str(tmp_path / "a.onnx")]
    pipe = subprocess.PIPE
    program = [sys.executable, "-c", MEANWHILE, *arguments]
    with subprocess.Popen(program, stdin=pipe, stdout=pipe, text=True) as second:
        assert second.stdout is not None
        assert second.stdout.readline() == "go\n"
        assert keronyx(*arguments).returncode == 0
        first = (tmp_path / "a.onnx").stat().st_ino
        second.communicate("\n")
        assert second.returncode == 0
    assert (tmp_path / "a.onnx").stat().st_ino != first
    assert names(tmp_path) == ["a.onnx", "a.onnx.data"]
    assert keronyx("check", tmp_path / "a.onnx", IRIS).returncode == 0
