"""Whatever is changed in either reading turns the check red: neither can be wrong unseen."""

from collections.abc import Iterator

import pytest
from equivalents import files, is_excused, listed, stale
from looking import COMPUTE, looks, reading
from mutating import Mutant, modules, mutants, places_of, put_in_place
from sampling import rank, sample

MODULES = sorted(modules())

UNSOUND = {
    *("act_softmax_0", "dense_softmax", "softmax", "softmax(x)"),
    *("act_sparsemax_0", "dense_int8", "sqrt(x)"),
}
"""Odd numbers that Keras has otherwise, as test_nonfinite.py tells."""


MOST = 6
"""Mutants of a module in every run, however many there are."""


def kinds(mutant: Mutant) -> Iterator[tuple[str, str]]:
    """Yield the groups of which one at most is taken in every run."""
    yield mutant.place, mutant.kind


def some(wanted: list[Mutant]) -> list[Mutant]:
    """Return those of every run, no two of one place and kind."""
    apart = sample(wanted, lambda mutant: mutant.name, kinds, most=1)
    return sorted(apart, key=lambda mutant: rank(mutant.name))[:MOST]


def seen(mutant: Mutant) -> bool:
    return reading(mutant.module.partition(".")[0]).sees(mutant)


@pytest.mark.parametrize("module", MODULES)
def test_a_mutant_is_seen(module: str) -> None:
    wanted = [mutant for mutant in mutants(module) if not is_excused(mutant)]
    unseen = [mutant for mutant in some(wanted) if not seen(mutant)]
    assert not unseen, listed(unseen)


@pytest.mark.sweep
@pytest.mark.parametrize("module", MODULES)
def test_every_mutant_is_seen(module: str) -> None:
    unseen = [mutant for mutant in mutants(module) if not is_excused(mutant) and not seen(mutant)]
    assert not unseen, listed(unseen)


@pytest.mark.sweep
@pytest.mark.parametrize("module", files())
def test_no_excuse_is_needless(module: str) -> None:
    found = [mutant for mutant in mutants(module) if is_excused(mutant) and seen(mutant)]
    assert not found, listed(found)


@pytest.mark.parametrize("module", files())
def test_no_excuse_is_stale(module: str) -> None:
    assert module in MODULES
    assert stale(module, mutants(module)) == []


@pytest.mark.parametrize("package", list(COMPUTE))
def test_nothing_is_seen_where_nothing_is_changed(package: str) -> None:
    """Putting a module's own functions in their place changes nothing."""
    for name in MODULES:
        if name.partition(".")[0] == package:
            for place, tree in places_of(name):
                with put_in_place(modules()[name], place, tree):
                    pass
    apart = {look.witness.name for look in looks(package) if not look.is_sound}
    assert {name.split(" ", 2)[-1] for name in apart} <= UNSOUND
    assert all(name.startswith("nonfinite") for name in apart)
