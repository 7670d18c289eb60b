"""Partitioned variables: the pieces of one tensor, each under a key of its own.

Source: tensorflow/core/util/saved_tensor_slice_util.cc and tsl/lib/strings/ordered_code
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from keronyx.converter.errors import WeightError, shorten
from keronyx.converter.limits import current, limited
from keronyx.converter.wire import Message


@dataclass(frozen=True)
class Part:
    """A piece of a tensor: where it begins on each axis, and how long it is there.

    ``spelled`` has the lengths as the file has them: -1 for a whole axis that is not told.
    """

    starts: tuple[int, ...]
    shape: tuple[int, ...]
    spelled: tuple[int, ...]

    @property
    def place(self) -> tuple[slice, ...]:
        """Where it lies in the tensor."""
        ends = map(sum, zip(self.starts, self.shape, strict=True))
        return tuple(map(slice, self.starts, ends))


def parts_of(told: Iterable[Message], shape: tuple[int, ...], name: str) -> tuple[Part, ...]:
    """Return the pieces of a tensor, which follow one another on one axis.

    Raises WeightError where they do not make up the whole.
    """
    parts = sorted((_part(each, shape) for each in told), key=lambda part: part.starts)
    if len(parts) > current().checkpoint_slices:
        what = f"variable '{shorten(name)}' in {len(parts)} pieces"
        raise WeightError(what, hint=limited("checkpoint_slices"))
    if parts and not _make_up(parts, shape):
        raise WeightError(f"the pieces of variable '{shorten(name)}' do not make up the whole")
    return tuple(parts)


def _part(told: Message, shape: tuple[int, ...]) -> Part:
    extents = [*told.messages(1)] or [Message({}) for _ in shape]
    starts = tuple(each.integer(1) for each in extents)
    spelled = tuple(each.integer(2) if 2 in each else -1 for each in extents)
    lengths = (own if own >= 0 else axis for own, axis in zip(spelled, shape, strict=False))
    return Part(starts, tuple(lengths), spelled)


def _make_up(parts: Sequence[Part], shape: tuple[int, ...]) -> bool:
    """Tell whether pieces begin at 0 and follow one another, whole on all axes but one."""
    axes = {axis for part in parts for axis, size in enumerate(shape) if part.shape[axis] != size}
    axis = next(iter(axes), 0)
    fits = all(len(part.starts) == len(shape) and _is_inside(part, axis) for part in parts)
    if not fits or len(axes) > 1 or not shape:
        return False
    ends = [part.starts[axis] + part.shape[axis] for part in parts]
    begins = [part.starts[axis] for part in parts]
    follows = begins == [0, *ends[:-1]]
    return follows and ends[-1] == shape[axis]


def _is_inside(part: Part, axis: int) -> bool:
    """Tell whether a piece begins at 0 on every axis but one."""
    return all(start == 0 for place, start in enumerate(part.starts) if place != axis)


def slice_key(name: str, part: Part) -> bytes:
    """Return the key of a piece."""
    numbers = [number for pair in zip(part.starts, part.spelled, strict=True) for number in pair]
    key = b"\0" + _text(name.encode()) + _natural(len(part.starts))
    return key + b"".join(map(_signed, numbers))


def _text(data: bytes) -> bytes:
    """Spell bytes in OrderedCode."""
    escaped = {0: b"\0\xff", 255: b"\xff\0"}
    return b"".join(escaped.get(byte, bytes((byte,))) for byte in data) + b"\0\1"


def _natural(number: int) -> bytes:
    """Spell a natural number: how many bytes, and these."""
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return bytes((len(data),)) + data


def _signed(number: int) -> bytes:
    """Spell a number: as many leading ones as there are bytes, then its two's complement."""
    magnitude = ~number if number < 0 else number
    length = magnitude.bit_length() // 7 + 1
    mask = ((1 << length) - 1) << (8 * length - length)
    value = mask ^ (number & (1 << 8 * length) - 1)
    return value.to_bytes(length, "big")
