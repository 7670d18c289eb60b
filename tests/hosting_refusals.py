"""What the programs of all hosts refuse: models that are not their own, and in which words."""

from pathlib import Path
from subprocess import CompletedProcess

import onnx
from hosting import identity


def refused(done: CompletedProcess[str], start: str, words: str, what: str = "") -> None:
    """Require one line that begins with the place and holds some words, and exit code 2."""
    assert (done.returncode, done.stdout) == (2, ""), what
    assert done.stderr.startswith(start), what
    assert words in done.stderr, what
    assert done.stderr.count("\n") == 1, what


def exchanged(folder: Path) -> list[tuple[str, bytes, str]]:
    """Return models that are not a project's own: what is another, the file, the message's words.

    The project is one of iris.
    """
    path = folder / "model.onnx"
    other = onnx.load(path)
    for entry in other.metadata_props:
        if entry.key == "source_sha256":
            entry.value = "0" * 64
    renamed = onnx.load(path)
    renamed.graph.input[0].name = "other"
    for node in renamed.graph.node:
        for place, name in enumerate(node.input):
            if name == "sepal":
                node.input[place] = "other"
    return [
        ("source", other.SerializeToString(), "SHA-256"),
        ("name", renamed.SerializeToString(), "'other'"),
        ("shape", identity({"sepal": ("float32", ["n", 7])}), "model.onnx"),
        ("damaged", path.read_bytes()[:200], "model.onnx"),
        ("empty", b"", "model.onnx"),
    ]
