"""Write a project: a folder that appears whole or not at all."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from keronyx.converter.errors import KeronyxError, UsageError, os_reason
from keronyx.converter.source.texts import comment_text
from keronyx.converter.tensors import Array
from keronyx.converter.watch import watch
from keronyx.runtime.hosts.facts import Facts, Port
from keronyx.runtime.hosts.quoting import QUOTES
from keronyx.runtime.hosts.vectors import Vectors
from keronyx.runtime.tables.csv_rows import write_csv

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATE: Final = ".jinja"
PACKAGE: Final = "keronyx.runtime.hosts"

SHARED: Final = {"node": ("javascript",), "web": ("javascript",)}
"""Folders of sources that several hosts have, by host; its own folder follows them."""


@contextmanager
def new_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Make a folder that appears under its name when everything in it is written.

    What is yielded is its place until then, on the same disk. Raises UsageError where something
    other than an empty folder stands there, or where it cannot be made.
    """
    target = Path(path)
    _check_target(target)
    place = target.parent / f".keronyx-{os.urandom(8).hex()}"
    watch().making(place)
    try:
        place.mkdir(mode=0o700)
        yield place
        place.chmod(0o777 & ~_umask())
        if target.is_dir():
            target.rmdir()
        place.rename(target)
    except KeronyxError:  # one that is missing is an OSError too
        raise
    except OSError as error:
        what = os_reason(error, "cannot be written")
        raise UsageError(f"cannot be written: {what}", path=str(target)) from error
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _check_target(target: Path) -> None:
    if not target.name or "\0" in str(target):
        raise UsageError("is no folder name", path=str(target))
    if _is_taken(target):
        raise UsageError("is there already", hint="give a new folder", path=str(target))


def _is_taken(target: Path) -> bool:
    """Tell whether something stands there; a folder that cannot be looked into is something."""
    try:
        return os.path.lexists(target) and (not target.is_dir() or any(target.iterdir()))
    except OSError:
        return True


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def write_project(to: str, facts: Facts, vectors: Vectors, folder: Path) -> None:
    """Write the sources of a host and its recorded rows into a folder, beside its model."""
    _write_sources(to, facts, folder)
    place = folder / "vectors"
    place.mkdir()
    _write_rows(place / "inputs.csv", facts.inputs, vectors.inputs)
    _write_rows(place / "outputs.csv", facts.outputs, vectors.outputs)


def _write_sources(to: str, facts: Facts, folder: Path) -> None:
    """Copy the files of a host, and fill in those that are templates."""
    environment = _environment()
    folders = [files(PACKAGE) / each for each in (*SHARED.get(to, ()), to)]
    for name, source in chain.from_iterable(map(_sources, folders)):
        target = folder / name.removesuffix(TEMPLATE)
        target.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(TEMPLATE):
            template = environment.from_string(source.read_text("utf-8"))
            target.write_text(template.render(facts=facts), "utf-8", newline="\n")
        else:
            target.write_bytes(source.read_bytes())


def _write_rows(path: Path, ports: Sequence[Port], arrays: Mapping[str, Array]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        write_csv(file, arrays, [each for port in ports for each in port.columns])


def _sources(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    """Yield (relative path, file) of everything in a folder, in a fixed order."""
    for each in sorted(folder.iterdir(), key=lambda one: one.name):
        if each.is_dir():
            yield from _sources(each, f"{prefix}{each.name}/")
        else:
            yield f"{prefix}{each.name}", each


def _environment() -> "Environment":
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - only hosts need it

    made = Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - sources, quoted by filters for each language
    )
    filters: dict[str, Any] = {**QUOTES, "comment": comment_text}
    made.filters.update(filters)
    return made
