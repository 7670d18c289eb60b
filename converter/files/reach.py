"""Where an HDF5 file reaches out of itself, found without following anything."""

import itertools
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import h5py

from keronyx.converter.errors import FileFormatError
from keronyx.converter.files import storage
from keronyx.converter.files.filters import FILTERS
from keronyx.converter.limits import current, limited

BUILT_IN: Final = frozenset({*FILTERS, 4, 5, 6})
"""Filters that libhdf5 and h5py bring along."""


class Reach(NamedTuple):
    """One place: its path in the file, what is there, and where it leads."""

    path: str
    kind: str
    target: str


def reaches(root: Any) -> Iterator[Reach]:
    """Walk all groups once, and yield every link, dataset or filter that leads elsewhere."""
    waiting = [("", root)]
    seen: set[int] = set()
    numbers = itertools.count(1)
    while waiting:
        path, group = waiting.pop()
        for name in group:
            _check_number(next(numbers))
            place = f"{path}/{name}"
            link = group.get(name, getlink=True)
            item = group[name] if isinstance(link, h5py.HardLink) else None
            if item is None:
                yield _link(place, link)
            elif isinstance(item, h5py.Dataset):
                yield from _dataset(place, item)
            elif _is_new(item, seen):
                waiting.append((place, item))


def _check_number(number: int) -> None:
    if number > current().hdf5_objects:
        raise FileFormatError("too many groups and datasets", hint=limited("hdf5_objects"))


def _is_new(item: Any, seen: set[int]) -> bool:
    """Tell a group that was not walked yet, and note that it is."""
    if not isinstance(item, h5py.Group) or storage.address(item) in seen:
        return False
    seen.add(storage.address(item))
    return True


def _link(place: str, link: Any) -> Reach:
    if isinstance(link, h5py.ExternalLink):
        return Reach(place, "external link", f"{link.path!r} of the file {link.filename!r}")
    return Reach(place, "soft link", repr(getattr(link, "path", None)))


def _dataset(place: str, dataset: Any) -> Iterator[Reach]:
    """Yield where a dataset has its numbers in other files, or needs a plugin to be read."""
    plist = dataset.id.get_create_plist()
    for index in range(plist.get_external_count()):
        yield Reach(place, "external storage", repr(_text(plist.get_external(index)[0])))
    if plist.get_layout() == h5py.h5d.VIRTUAL:
        yield from _virtual(place, plist)
    for number, _flags, _parameters, title in map(plist.get_filter, range(plist.get_nfilters())):
        if number not in BUILT_IN:
            yield Reach(place, "plugin", f"HDF5 filter {number} ({_text(title) or 'unnamed'})")


def _virtual(place: str, plist: Any) -> Iterator[Reach]:
    """Yield the files that a dataset is put together from, each once."""
    names = {_text(plist.get_virtual_filename(i)) for i in range(plist.get_virtual_count())}
    return (Reach(place, "virtual dataset", repr(name)) for name in sorted(names))


def _text(name: Any) -> str:
    return name.decode("utf-8", "backslashreplace") if isinstance(name, bytes) else str(name)
