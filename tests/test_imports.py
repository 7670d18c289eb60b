"""Which module imports which: none itself by way of others, and none is hidden by a name."""

import ast
import importlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parent.parent
FOLDERS = {"keronyx": "keronyx", "keronyx.converter": "converter", "keronyx.runtime": "runtime"}


def modules() -> dict[str, Path]:
    """Return every module of the tree by its importable name, packages by theirs."""
    found = {}
    for package, folder in FOLDERS.items():
        for path in (TREE / folder).rglob("*.py"):
            inner = path.relative_to(TREE / folder).with_suffix("").parts
            if package == "keronyx" and inner[0] in {"converter", "runtime"}:
                continue  # the links, where they are followed
            parts = inner[:-1] if inner[-1] == "__init__" else inner
            found[".".join([package, *parts])] = path
    return found


MODULES = modules()
PACKAGES = [name for name, path in MODULES.items() if path.stem == "__init__"]


def imported(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the modules of ours that are imported, and the packages that names are taken of."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            names = [f"{node.module}.{each.name}" for each in node.names]
            found = [name for name in names if name in MODULES]
            yield from found if len(found) == len(names) else (*found, node.module)


def anywhere(path: Path) -> set[str]:
    """Return what a module imports: in functions, and for types alone, too."""
    return set(imported(ast.walk(ast.parse(path.read_text(encoding="utf-8")))))


def at_once(path: Path) -> set[str]:
    """Return what is loaded before a module is, with the packages that all of it lies in."""
    found = imported(ast.parse(path.read_text(encoding="utf-8")).body)
    return {above for name in found for above in packages(name)}


def packages(name: str) -> Iterator[str]:
    """Yield a module and every package that it lies in."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """Return modules of which each is imported by the next, up to the first one again."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_a_circle_is_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == {"a", "b", "c"}


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {name: anywhere(path) - {name} for name, path in MODULES.items()}
    assert graph["keronyx.conversion"] >= {"keronyx.asking", "keronyx.isolation.remote"}
    assert circle(graph) == []


def test_any_module_can_be_the_first_to_be_imported() -> None:
    graph = {name: at_once(path) - {*packages(name)} for name, path in MODULES.items()}
    assert "keronyx.converter.layers" in graph["keronyx.converter.formula.core"]
    assert circle(graph) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_name_of_a_package_hides_a_module_in_it(package: str) -> None:
    inside = [name for name in MODULES if name.rpartition(".")[0] == package]
    for name in inside:
        if not name.endswith("__main__"):
            importlib.import_module(name)
            module = getattr(sys.modules[package], name.rpartition(".")[2])
            assert module is sys.modules[name], name
