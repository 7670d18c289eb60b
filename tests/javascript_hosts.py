"""What the tests of projects for Node.js and for the browser share: their tools, and projects.

KERONYX_NODE_HOSTS names a folder whose ``node_modules`` holds onnxruntime-node, onnxruntime-web,
playwright-core, prettier and typescript; .ci/node-hosts gets one.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import hosting
import onnx
import pytest

from keronyx.conversion import convert

NODE: Final = shutil.which("node")
MODULES: Final = Path(os.environ.get("KERONYX_NODE_HOSTS", ""), "node_modules").absolute()

Run = subprocess.CompletedProcess[str]
Write = Callable[[str], Path]


def missing(*packages: str) -> str:
    """Return why these packages cannot be used, or nothing."""
    if NODE is None:
        return "there is no node on PATH"
    lacking = [name for name in packages if not (MODULES / name / "package.json").exists()]
    if lacking:
        return f"KERONYX_NODE_HOSTS names no {' and '.join(lacking)} (.ci/node-hosts gets them)"
    return ""


def node(place: Path, *words: object, **env: str) -> Run:
    """Run Node.js in a folder."""
    return node_with(place, None, *words, **env)


def node_with(place: Path, given: str | None, *words: object, **env: str) -> Run:
    """Run Node.js in a folder on an input."""
    assert NODE is not None
    return subprocess.run(
        [NODE, *map(str, words)],
        cwd=place,
        input=given,
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, **env},
    )


def generate(name: str, to: str, place: Path) -> Path:
    """Write a model's project, with what npm would install beside it."""
    folder = hosting.generate(name, to, place)
    (folder / "node_modules").symlink_to(MODULES)
    return folder


def writing(to: str, *, setup: bool = False) -> Any:
    """Return a fixture: what writes a model's project, once a module, and returns its folder."""

    @pytest.fixture(scope="module")
    def write(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Write]:
        place = tmp_path_factory.mktemp(to)

        @cache
        def written(name: str) -> Path:
            folder = generate(name, to, place)
            if setup:
                done = node(folder, "setup.mjs")
                assert done.returncode == 0, done.stderr
            return folder

        yield written
        shutil.rmtree(place)

    return write


def copying() -> Any:
    """Return a fixture: a copy of iris's project that a test may damage."""

    @pytest.fixture
    def own(write: Write, tmp_path: Path) -> Path:
        return copied(write, tmp_path)

    return own


def copied(write: Write, place: Path, name: str = "iris") -> Path:
    """Return a copy of a project in a folder."""
    return shutil.copytree(write(name), place / "own", symlinks=True)


def weights_apart(place: Path) -> Path:
    """Write iris as a model whose weights are in a file beside it."""
    source = place / "apart.onnx"
    convert(hosting.TRAINED / "iris" / "iris.h5", place / "whole.onnx")
    onnx.save_model(
        onnx.load(place / "whole.onnx"),
        source,
        save_as_external_data=True,
        location="apart.onnx.data",
        size_threshold=0,
    )
    return source


def ill_formatted(folder: Path) -> str:
    """Return what prettier would spell otherwise, or nothing."""
    patterns = ("*.mjs", "*.mts", "*.json", "*.md", "*.html", "*.css")
    prettier = MODULES / "prettier" / "bin" / "prettier.cjs"
    done = node(folder, prettier, "--check", "--no-error-on-unmatched-pattern", *patterns)
    return "" if done.returncode == 0 else done.stdout + done.stderr
