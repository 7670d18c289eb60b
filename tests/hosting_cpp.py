"""What the tests of projects for C++ share: how these are built by CMake, and run.

KERONYX_ORT_INCLUDE and KERONYX_ORT_LIB name the folders of onnxruntime's C++ headers and of its
library; .ci/onnxruntime gets them.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import hosting
import pytest

INCLUDE = os.environ.get("KERONYX_ORT_INCLUDE", "")
LIBRARY = Path(os.environ.get("KERONYX_ORT_LIB", ""), "libonnxruntime.so")
CMAKE = shutil.which("cmake")
COMPILER = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
MISSING = (
    "cmake is not installed"
    if not CMAKE
    else "no C++ compiler is installed"
    if not COMPILER
    else "KERONYX_ORT_INCLUDE and KERONYX_ORT_LIB name no onnxruntime (.ci/onnxruntime gets one)"
    if not Path(INCLUDE, "onnxruntime_cxx_api.h").exists() or not LIBRARY.exists()
    else ""
)
needed = pytest.mark.skipif(bool(MISSING), reason=MISSING)
GIVEN = (f"-DONNXRUNTIME_INCLUDE_DIR={INCLUDE}", f"-DONNXRUNTIME_LIBRARY={LIBRARY}")
FAST = ("-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS=-Werror -O0")

WHOLE = ("iris", "digits-embedding", "float64", "every-type")
"""Models whose projects CMake builds from all their sources."""

Run = subprocess.CompletedProcess[str]
Build = Callable[[str], Path]


def call(*command: object, **env: str) -> Run:
    words = [str(word) for word in command]
    return subprocess.run(
        words,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
        env={**os.environ, **env},
    )


def cmake(folder: Path, *options: str, build: str = "build") -> Run:
    return call(CMAKE, "-S", folder, "-B", folder / build, *options)


def compiled(folder: Path, *options: str, build: str = "build") -> Path:
    """Configure and build a project; return its program."""
    done = cmake(folder, *options, build=build)
    assert done.returncode == 0, done.stdout + done.stderr
    done = call(CMAKE, "--build", folder / build, "--parallel", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / build / "predict"


def linked(place: Path, shared: Path, *options: str, output: str = "predict") -> Path:
    """Compile only some sources of a project, and take the rest from what CMake built of another.

    The sources that are the same for every model make most of the time.
    """
    (archive,) = shared.parent.glob("lib*_model.a")
    program = place / "build" / output
    done = call(
        *(COMPILER, "-std=c++17", "-O0", "-Werror", "-pthread", "-isystem", INCLUDE),
        *(f"-DKX_HOST_MODEL={model_of(place)}", *options, archive, LIBRARY),
        *(f"-Wl,-rpath,{LIBRARY.parent}", "-o", program),
    )
    assert done.returncode == 0, done.stderr
    return program


def model_of(folder: Path) -> str:
    """Return the namespace of a project's predictor."""
    found = re.search(r"^project\((\w+) ", (folder / "CMakeLists.txt").read_text(), re.MULTILINE)
    assert found
    return found[1]


def predict(program: Path, place: Path, table: str | bytes, *options: object) -> Run:
    rows = place / "rows.csv"
    rows.write_bytes(table if isinstance(table, bytes) else table.encode())
    return call(program, rows, *options)


def project_of(program: Path) -> Path:
    return program.parents[1]


def builder(place: Path) -> Build:
    """Return what builds a model's project, once, and returns its program."""

    @cache
    def built(name: str) -> Path:
        folder = hosting.generate(name, "cpp", place)
        if name in WHOLE:
            return compiled(folder, *GIVEN, *FAST)
        shutil.copytree(folder / "vectors", folder / "build" / "vectors")
        shutil.copy(folder / "model.onnx", folder / "build")
        own = [str(folder / "src" / name) for name in ("predictor.cpp", "main.cpp")]
        return linked(folder, built("iris"), *own)

    return built


def streamed(program: Path) -> Path:
    """Build the project as where the standard library has no from_chars of doubles."""
    other = program.with_name("streams")
    if not other.exists():
        folder = project_of(program)
        own = [str(folder / "src" / name) for name in ("numbers.cpp", "predictor.cpp", "main.cpp")]
        linked(folder, program, "-DKX_HOST_STREAMS", *own, output=other.name)
    return other
