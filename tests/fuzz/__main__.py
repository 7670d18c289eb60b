"""The long run, by hand: all targets in turn by mutation, or one guided by coverage."""

import argparse
import json
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any

from fuzz.mutate import Random
from fuzz.target import LIBRARY, Target, examine_all, judged

TURN = 2.0
"""Processor seconds that a target gets before it is another one's turn."""

BATCH = 25
"""Samples that one child looks at, as long as it lives."""


def main() -> int:
    """Run what the command line says; 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m fuzz")
    parser.add_argument("target", nargs="*", help="all without")
    parser.add_argument("--seconds", type=float, default=600, help="in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--findings", type=Path, default=Path(tempfile.gettempdir(), "findings"))
    parser.add_argument("--atheris", action="store_true", help="guided by coverage; one target")
    asked = parser.parse_args()
    asked.findings.mkdir(parents=True, exist_ok=True)
    known = _targets(guided=asked.atheris)
    chosen = [known[name] for name in asked.target or known]
    if asked.atheris:
        return _guided(chosen[0], asked)
    return _blind(chosen, asked)


def _targets(*, guided: bool) -> Mapping[str, Target]:
    """Import the targets, so that atheris sees which branches of keronyx they take."""
    seen: AbstractContextManager[Any] = nullcontext()
    if guided:
        seen = import_module("atheris").instrument_imports(include=["keronyx"])
    with seen:
        found: Mapping[str, Target] = import_module("fuzz.catalogue").TARGETS
    return found


def _blind(targets: list[Target], asked: Any) -> int:
    runs: Counter[str] = Counter()
    found: Counter[str] = Counter()
    rngs = {target.name: Random(f"{asked.seed} {target.name}") for target in targets}
    end = time.monotonic() + asked.seconds
    while time.monotonic() < end:
        for target in targets:
            turn = time.monotonic() + TURN
            while time.monotonic() < min(turn, end):
                samples = [target.make(rngs[target.name]) for _ in range(BATCH)]
                runs[target.name] += len(samples)
                for data, broken in zip(samples, examine_all(target, samples), strict=True):
                    if broken:
                        _keep(target, data, broken, found, asked.findings)
    print(json.dumps({"runs": runs, "in all": runs.total(), "findings": found}, indent=2))  # noqa: T201
    return 1 if any(LIBRARY not in kind for kind in found) else 0


def _keep(target: Target, data: bytes, broken: str, found: Counter[str], folder: Path) -> None:
    """Write the first three samples of every kind of finding."""
    kind = f"{target.name}: {broken[:90]}"
    found[kind] += 1
    if found[kind] <= 3:
        place = folder / f"{target.name}-{zlib.crc32(data):08x}"
        place.write_bytes(data)
        print(f"{place}: {broken}", flush=True)  # noqa: T201


def _guided(target: Target, asked: Any) -> int:
    """Run libFuzzer over a target; its custom mutations are ours, along the structure."""
    atheris: Any = import_module("atheris")

    def run(data: bytes) -> None:
        with tempfile.TemporaryDirectory(prefix="fuzz-", dir="/dev/shm") as folder:
            broken = judged(target, data, Path(folder))
        if broken:
            (asked.findings / f"{target.name}-{zlib.crc32(data):08x}").write_bytes(data)
            print(broken, flush=True)  # noqa: T201

    def mutated(data: bytes, most: int, seed: int) -> bytes:
        rng = Random(seed)
        if rng.random() < 0.3:
            return bytes(atheris.Mutate(data, most))
        return target.make(rng)[:most]

    with tempfile.TemporaryDirectory() as corpus:
        for seed in range(200):
            Path(corpus, str(seed)).write_bytes(target.make(Random(seed)))
        flags = [f"-max_total_time={int(asked.seconds)}", "-rss_limit_mb=3000", "-max_len=100000"]
        atheris.Setup([sys.argv[0], *flags, corpus], run, custom_mutator=mutated)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
