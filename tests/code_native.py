"""What the tests of C and C++ share: trained nets, and programs printed and compiled."""

import tomllib
from functools import cache
from pathlib import Path

import numpy as np
from code_programs import SANITIZED, Library, compiled

import keronyx
from keronyx.converter.model import Model
from keronyx.converter.program.language import Options, Program
from keronyx.converter.program.weights import pack
from keronyx.converter.source import printer
from keronyx.converter.tensors import Array

MODELS = Path(__file__).resolve().parents[1] / "models"
UNPRINTED = {"digits-cnn", "digits-transformer", "el-nino", "first-names", "diabetes-33-folder"}
"""Nets with layers that have no source code, and one that is there twice."""
FOLDERS = sorted(
    path
    for path in MODELS.iterdir()
    if path.is_dir() and path.name[0] not in "._" and path.name not in UNPRINTED
)
FLAGS = {
    "O2": ["-O2"],
    "O3": ["-O3", "-march=native"],
    "sanitized": SANITIZED,
}
SUFFIX = {"c": "net.c", "cpp": "net.hpp"}


@cache
def trained(folder: Path) -> Model:
    """Return one of the models."""
    card = tomllib.loads((folder / "card.toml").read_text(encoding="utf-8"))
    tops = dict.fromkeys(name.partition("/")[0] for name in card["sha256"])
    return keronyx.read(*(str(folder / name) for name in tops))


def recorded(folder: Path) -> tuple[list[Array], list[Array]]:
    """Return the inputs of a model and what Keras predicted."""
    with np.load(folder / "recorded.npz") as arrays:
        given = [arrays[name] for name in arrays if name.startswith("in_")]
        return given, [arrays[name] for name in arrays if name.startswith("out_")]


def printed(program: Program, language: str, place: Path, weights_file: str | None = None) -> Path:
    """Write a program and return the file."""
    path = place / SUFFIX[language]
    path.write_text(printer(language)(program, Options(weights_file=weights_file)))
    if weights_file:
        (place / weights_file).write_bytes(pack(program).data)
    return path


def library(program: Program, place: Path, *flags: str) -> Library:
    """Return a program that was compiled to be called from here."""
    path = printed(program, "c", place)
    return Library(program, compiled(path, "c", *flags, "-fPIC", "-shared", output="net.so"))
