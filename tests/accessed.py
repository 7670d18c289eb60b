"""What the tests of access share: the hostile files, and what Python itself opens."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hostile import base, configs, files, recorded, storage
from sampling import rank


def known_roots() -> list[str]:
    """Return where Python and its libraries are."""
    import keronyx  # noqa: PLC0415

    home = Path(keronyx.__file__).resolve().parents[1]
    roots = {sys.prefix, sys.base_prefix, home, *filter(None, map(os.path.realpath, sys.path))}
    return [str(root) for root in roots] + ["/usr", "/lib", "/lib64", "/proc", "/sys", "/dev"]


def places(tmp_path: Path, name: str) -> Path:
    """Return a folder for a model, with empty files around it that it must leave alone."""
    place = tmp_path / name / "in"
    place.mkdir(parents=True)
    (place / base.BESIDE).touch()
    return place


HOSTILE = [*configs.CASES, *storage.CASES, *files.CASES, *recorded.CASES[::5]]


def parts(cases: Sequence[base.Case]) -> pytest.MarkDecorator:
    """Return the parameter ``cases``: a third of them, and all of them in a sweep."""
    some = [case for case in cases if rank(case.name) % 3 == 0]
    every = pytest.param(cases, id="all", marks=pytest.mark.sweep)
    return pytest.mark.parametrize("cases", [pytest.param(some, id="some"), every])


def beside(paths: Sequence[Path]) -> list[Path]:
    """Return the named files, and the shards that a manifest may name beside it."""
    return [*paths, *(path.parent / "w.bin" for path in paths if path.name == "model.json")]


def weights_of(paths: Sequence[Path]) -> list[str]:
    first, *others = map(str, paths)
    return [first, *(option for path in others for option in ("--weights", path))]
