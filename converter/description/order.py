"""The order of bare weights: what their file says of it, what fits, and what the user says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise
from typing import Final

from keronyx.converter.errors import UsageError, WeightError, shorten
from keronyx.converter.numbered import Number, numbers_in, stem_of
from keronyx.converter.several import keyed
from keronyx.converter.tensors import Variable

SHOWN: Final = 12
"""Most layers that are told with their shapes."""
FEW: Final = 4
"""Most orders that are told one by one."""
MANY: Final = 1000
"""Most orders that are counted."""
SEARCHED: Final = 40
"""Most layers whose orders are tried."""
STEPS: Final = 20_000
"""Most layers that are put in a place while orders are tried."""

Step = tuple[str, list[Number]]
Ends = tuple[int, bool]
"""The units of a chain's last kernel, and whether its bias may still come."""


@dataclass(frozen=True, eq=False)
class Piece:
    """Variables that stand together under one name: a layer's, or one array.

    ``place`` is where the file lists them; pieces of one place are told apart by their names alone,
    and only numbers in these are an order: ``fc1`` is before ``fc2``, ``layers/dense`` before
    ``layers/dense_1``. ``own`` says that they are all that their layer has, ``kind`` of what
    class it is, where the file says so; ``numbered`` is False where numbers are no order.
    """

    name: str
    variables: tuple[Variable, ...]
    place: int = 0
    own: bool = False
    kind: str = ""
    numbered: bool = True

    @cached_property
    def steps(self) -> list[Step]:
        """The parts of the name, each without its numbers and with them apart."""
        parts = self.name.split("/")
        if not self.numbered:
            return [(part, []) for part in parts]
        return [(stem_of(part), numbers_in(part)) for part in parts]

    @property
    def shapes(self) -> str:
        """The name and the shapes, as they are told."""
        shapes = " and ".join(str(each.shape) for each in self.variables[:3])
        return f"{shorten(self.name)} {shapes}{' ...' if len(self.variables) > 3 else ''}"

    def before(self, other: "Piece") -> bool:
        """Tell whether the file says that this comes before the other."""
        if self.place != other.place:
            return self.place < other.place
        pairs = zip(self.steps, other.steps, strict=False)
        a, b = next(((a, b) for a, b in pairs if a != b), (None, None))
        return a is not None and b is not None and a[0] == b[0] and a[1] < b[1]

    def after(self, ends: Ends | None) -> Ends | None:
        """Return the ends of a chain that this continues, None where it does not fit."""
        for variable in self.variables:
            ends = _after(ends, variable.shape)
            if ends is None:
                return None
        return ends


def _after(ends: Ends | None, shape: tuple[int, ...]) -> Ends | None:
    if ends is None:
        return (shape[1], True) if len(shape) == 2 else None
    units, is_open = ends
    if len(shape) == 2 and shape[0] == units:
        return shape[1], True
    return (units, False) if is_open and shape == (units,) else None


def arranged(
    pieces: Sequence[Piece], told: Sequence[str] | None, *, where: str
) -> tuple[list[Piece], str]:
    """Return pieces in the order of their layers, and a note where the shapes alone tell it.

    It is what was ``told``, or else what the file says. Where that says nothing, the only order in
    which a chain of Dense layers fits is taken; ``where`` is what the pieces stand in. Raises
    UsageError where ``told`` does not name every piece once, WeightError where it stays open.
    """
    if told is not None:
        return _as_told(pieces, told), ""
    ordered = sorted(pieces, key=lambda piece: (piece.place, piece.steps))
    if all(a.before(b) for a, b in pairwise(ordered)):
        return ordered, ""
    search = _Search(ordered)
    found = list(islice(search.orders(), MANY + 1)) if len(ordered) <= SEARCHED else []
    if len(found) == 1 and not search.given_up:
        return found[0], _only_one(found[0], pieces, where)
    raise _open(ordered, found, where, counted=len(ordered) <= SEARCHED and not search.given_up)


def _only_one(order: Sequence[Piece], pieces: Sequence[Piece], where: str) -> str:
    return (
        f"{where} does not say in which order its layers come; "
        f"{_joined(order, pieces)} is the only one that fits"
    )


def _as_told(pieces: Sequence[Piece], told: Sequence[str]) -> list[Piece]:
    if isinstance(told, str):
        raise UsageError(f"the order {shorten(repr(told))}", hint="give a list of names")
    short = dict(zip(names_of(pieces), pieces, strict=True))
    known = keyed(pieces) | short
    _check_known(told, known, list(short))
    found = _each_once(told, known)
    missing = [name for name, piece in short.items() if piece not in found]
    if missing:
        raise UsageError(f"the order leaves out {_some(missing)}", hint="name every layer once")
    return found


def _each_once(told: Sequence[str], known: Mapping[str, Piece]) -> list[Piece]:
    found: list[Piece] = []
    for name in told:
        if known[name] in found:
            raise UsageError(f"the order names {shorten(repr(name))} twice")
        found.append(known[name])
    return found


def _check_known(told: Sequence[str], known: Mapping[str, Piece], names: Sequence[str]) -> None:
    unknown = next((name for name in told if name not in known), None)
    if unknown is not None:
        raise UsageError(
            f"the order names {shorten(repr(unknown))}, which is not there",
            hint=f"the names are {_some(names)}",
        )


def names_of(pieces: Sequence[Piece]) -> list[str]:
    """Return what pieces are called: the last part of their names where that tells them apart."""
    last = [piece.name.rpartition("/")[2] for piece in pieces]
    return last if len(set(last)) == len(last) else [piece.name for piece in pieces]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(shorten, names[:SHOWN])) + more


class _Search:
    """Tries the orders that contradict nothing that the file says, one after the other."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        self._steps = STEPS
        self.given_up = False
        self._before = [
            {index for index, other in enumerate(pieces) if other.before(piece)}
            for piece in pieces[:SEARCHED]
        ]

    def orders(self) -> Iterator[list[Piece]]:
        """Yield every order that fits, as far as the steps last."""
        yield from self._continued((), frozenset(), None)

    def _continued(
        self, chosen: tuple[Piece, ...], used: frozenset[int], ends: Ends | None
    ) -> Iterator[list[Piece]]:
        if len(chosen) == len(self._pieces):
            yield list(chosen)
        for index, piece in enumerate(self._pieces):
            if index in used or not self._before[index] <= used:
                continue
            if self._steps == 0:
                self.given_up = True
                return
            self._steps -= 1
            after = piece.after(ends)
            if after is not None:
                yield from self._continued((*chosen, piece), used | {index}, after)


def _joined(order: Sequence[Piece], pieces: Sequence[Piece]) -> str:
    names = dict(zip(pieces, names_of(pieces), strict=True))
    return ",".join(shorten(names[piece]) for piece in order)


def _open(
    pieces: Sequence[Piece], found: Sequence[Sequence[Piece]], where: str, *, counted: bool
) -> WeightError:
    named = names_of(pieces)
    told = [Piece(name, piece.variables).shapes for name, piece in zip(named, pieces, strict=True)]
    more = f" and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
    return WeightError(
        f"{where} does not say in which order its {len(pieces)} layers come: "
        f"{', '.join(told[:SHOWN])}{more}; {_fitting(pieces, found, counted=counted)}",
        hint="name them in the order of their calls with --order NAME,NAME,... "
        "(order=[...] in Python)",
    )


def _fitting(pieces: Sequence[Piece], found: Sequence[Sequence[Piece]], *, counted: bool) -> str:
    if len(found) > MANY or not counted:
        return f"more than {MANY} orders may fit"
    if not found:
        return "none fits a chain of Dense layers"
    if len(found) > FEW:
        return f"{len(found)} orders fit"
    return f"these fit: {' or '.join(_joined(order, pieces) for order in found)}"
