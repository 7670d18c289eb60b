"""Mutants that no witness can see, each with the reason: ``equivalents/<module>.toml``.

A table is called like the function or the table of the module that it speaks of; its keys are
changes as ``mutating`` spells them, or ``*`` for all in that place. A new mutant that is not seen
wants a case recorded from Keras; only where there can be none it wants an entry.
"""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from mutating import Mutant

HERE = Path(__file__).with_name("equivalents")


@cache
def excused(module: str) -> Mapping[str, Mapping[str, str]]:
    """Return the reasons, by place and change."""
    path = HERE / f"{module}.toml"
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


def is_excused(mutant: Mutant) -> bool:
    changes = excused(mutant.module).get(mutant.place, {})
    return mutant.change in changes or "*" in changes


def stale(module: str, mutants: Iterable[Mutant]) -> list[str]:
    """Return the entries of a module that speak of no mutant, or give no reason."""
    every = {(mutant.place, mutant.change) for mutant in mutants}
    every |= {(place, "*") for place, _ in every}
    return [
        f"{module} {place}: {change}"
        for place, changes in excused(module).items()
        for change, reason in changes.items()
        if (place, change) not in every or not reason
    ]


def files() -> list[str]:
    """Return the modules that have entries."""
    return sorted(path.name.removesuffix(".toml") for path in HERE.glob("*.toml"))


def listed(mutants: Iterable[Mutant]) -> str:
    """Write mutants as the entries that would excuse them."""
    places: dict[str, list[str]] = {}
    for mutant in mutants:
        change = mutant.change.replace("\\", "\\\\").replace('"', '\\"')
        places.setdefault(mutant.place, []).append(f'"{change}" = ""')
    return "\n".join(line for place, lines in places.items() for line in (f'["{place}"]', *lines))
