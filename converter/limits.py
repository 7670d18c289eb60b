"""How much a file may ask for before it is refused: every limit has a name, and one place.

What a format or a library cannot exceed is no limit, and stands where it is needed.
"""

import difflib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Final

from keronyx.converter.errors import UsageError, shorten
from keronyx.converter.several import keyed

RECURSION: Final = 500
"""Deepest nesting that can be allowed: every level takes some levels of Python's recursion."""

LARGEST: Final = 2**63 - 1


def _limit(default: int, meaning: str, most: int = LARGEST) -> int:
    """Declare a limit: what it counts, and the highest value that it may be given."""
    return field(default=default, metadata={"meaning": meaning, "most": most})


@dataclass(frozen=True, kw_only=True)
class Limits:
    """All limits; on the command line, a dash stands for an underscore."""

    text_bytes: int = _limit(64 << 20, "bytes of a configuration, index or vocabulary")
    text_objects: int = _limit(
        1_000_000, "objects and arrays of one JSON or YAML text, repeated ones counted again"
    )
    text_entries: int = _limit(5_000_000, "commas of one text, each of which may stand for a value")
    text_depth: int = _limit(200, "nesting of JSON or YAML", RECURSION)
    yaml_marks: int = _limit(
        500_000, "line ends, commas, colons, dashes, brackets, anchors and aliases of a YAML text"
    )
    yaml_depth: int = _limit(100, "nesting of YAML while it is parsed", RECURSION)
    zip_members: int = _limit(100_000, "members of an archive")
    inflated_bytes: int = _limit(
        64 << 20, "bytes that members of an archive may expand to however well they are compressed"
    )
    inflated_ratio: int = _limit(100, "beyond that, bytes out for every byte stored")
    hdf5_objects: int = _limit(200_000, "groups and datasets of an HDF5 file")
    hdf5_depth: int = _limit(64, "nesting of HDF5 groups below the first")
    hdf5_chunks: int = _limit(1_000_000, "chunks of one HDF5 dataset")
    chunk_bytes: int = _limit(64 << 20, "bytes of a chunk that is over twice as large as its array")
    message_bytes: int = _limit(
        256 << 20, "bytes of a protobuf file or of an index: saved_model.pb, keras_metadata.pb"
    )
    message_fields: int = _limit(2_000_000, "fields of one protobuf message")
    checkpoint_entries: int = _limit(500_000, "entries of a checkpoint's index")
    checkpoint_shards: int = _limit(10_000, "data files of a checkpoint")
    checkpoint_slices: int = _limit(100_000, "pieces of one partitioned variable")
    constant_elements: int = _limit(1 << 24, "numbers or strings of a constant in a graph")
    tracked_objects: int = _limit(200_000, "objects that TensorFlow notes in a model")
    nested_models: int = _limit(64, "models around another one")
    layer_calls: int = _limit(
        25_000, "calls of layers and models, those in models that are called again counted again"
    )
    oov_indices: int = _limit(1_000_000, "indices for what is not in a lookup's vocabulary")
    window_places: int = _limit(100_000, "places of a window of pooling")
    check_elements: int = _limit(
        1 << 27, "numbers of two rows of a tensor that is checked; 8 bytes each"
    )


DEFAULTS: Final = Limits()
KNOWN: Final = keyed(fields(Limits))

_current: ContextVar[Limits] = ContextVar("limits", default=DEFAULTS)


def current() -> Limits:
    """Return the limits that hold here."""
    return _current.get()


@contextmanager
def limits(**values: int) -> Iterator[None]:
    """Replace limits within a ``with`` block, in this thread: ``limits(zip_members=200_000)``.

    Raises UsageError for a limit that does not exist, and for a value that it cannot have.
    """
    said = {_known(name): value for name, value in values.items()}
    for name, value in said.items():
        _check(name, value)
    token = _current.set(replace(current(), **said))
    try:
        yield
    finally:
        _current.reset(token)


def replaced() -> Mapping[str, int]:
    """Return those limits that are not the default ones."""
    usual = asdict(DEFAULTS)
    return {name: value for name, value in asdict(current()).items() if value != usual[name]}


def limited(*names: str) -> str:
    """Say which limits were exceeded and how they are raised; the hint of every such refusal."""
    said = " and ".join(f"{getattr(current(), name):,} ({spelled(name)})" for name in names)
    raised = filter(_can_be_raised, names)
    ways = " or ".join(f"--limit {spelled(name)}=N" for name in raised)
    return f"the limit is {said}, {f'raise it with {ways}' if ways else 'which is the highest'}"


def spelled(name: str) -> str:
    """Return the name that a limit has on the command line."""
    return name.replace("_", "-")


def _can_be_raised(name: str) -> bool:
    highest: int = KNOWN[name].metadata["most"]
    found: int = getattr(current(), name)
    return found < highest


def _known(name: str) -> str:
    found = name.replace("-", "_")
    if found in KNOWN:
        return found
    near = difflib.get_close_matches(found, KNOWN, 1)
    hint = f"did you mean '{spelled(near[0])}'?" if near else f"there are {_all()}"
    raise UsageError(f"no limit {shorten(repr(name))}", hint=hint)


def _all() -> str:
    return ", ".join(map(spelled, KNOWN))


def _check(name: str, value: object) -> None:
    most: int = KNOWN[name].metadata["most"]
    if type(value) is not int or not 1 <= value <= most:
        raise UsageError(
            f"limit {spelled(name)}={shorten(value)}", hint=f"give a whole number from 1 to {most}"
        )
