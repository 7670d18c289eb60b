"""Mutants of a module: its functions and tables with one number, string, axis or order changed.

A mutant is made in the syntax tree. It lives in the module's own functions, whose code is put in
place of theirs and taken out again, so that whoever imported them calls the mutant, too. Not
changed are: docstrings, annotations, what an error says, and the conditions that only an error
follows (refusals have tests of their own).
"""

import ast
import copy
import importlib
import inspect
import pkgutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from types import FunctionType, ModuleType
from typing import Any

from alterations import Alter, changes, spelled, untouched

from keronyx.converter import emit
from keronyx.runtime import evaluate


@cache
def modules() -> dict[str, ModuleType]:
    """Return every module of both readings by its short name."""
    found = {}
    for package in (emit, evaluate):
        path = package.__name__
        for each in [None, *pkgutil.walk_packages(package.__path__, f"{path}.")]:
            name = each.name if each else path
            short = path.rpartition(".")[2] + name.removeprefix(path)
            found[short] = importlib.import_module(name)
    return found


@dataclass(frozen=True)
class Mutant:
    """One change; ``place`` is the function or table in which it is, ``change`` what it is."""

    module: str
    place: str
    change: str
    kind: str
    span: range
    statement: ast.stmt = field(repr=False, hash=False, compare=False)
    index: int = field(repr=False)
    alter: Alter = field(repr=False, hash=False, compare=False)

    @property
    def name(self) -> str:
        return f"{self.module} {self.place}: {self.change}"

    def lines(self, reading: Mapping[str, ModuleType]) -> list[tuple[str, int]]:
        """Return where it is at work; a table wherever its name is."""
        own = [(self.module, line) for line in self.span]
        if is_code(self.statement):
            return own
        return own + [place for name in reading for place in named(name, self.place)]

    @cached_property
    def tree(self) -> ast.stmt:
        """The statement with the change."""
        altered = copy.deepcopy(self.statement)
        self.alter(list(ast.walk(altered))[self.index])
        return ast.fix_missing_locations(altered)


@cache
def mutants(short: str) -> tuple[Mutant, ...]:
    """Return all mutants of a module; of two that read alike the second is numbered."""
    counts: Counter[tuple[str, str]] = Counter()
    found = []
    for place, statement in places_of(short):
        skipped = set(untouched(statement))
        spans = dict(spanned(statement))
        for index, node in enumerate(ast.walk(statement)):
            if node in skipped:
                continue
            for kind, before, alter in changes(node):
                altered = copy.deepcopy(statement)
                twin = list(ast.walk(altered))[index]
                alter(twin)
                change = f"{before} → {spelled(twin)}"
                counts[place, change] += 1
                if counts[place, change] > 1:
                    change = f"{change} ({counts[place, change]})"
                span = spans.get(node, range(0))
                found.append(Mutant(short, place, change, kind, span, statement, index, alter))
    return tuple(found)


def spanned(statement: ast.stmt) -> Iterator[tuple[ast.AST, range]]:
    """Yield every node with the lines of the smallest statement that holds it."""
    body = [each for each in ast.walk(statement) if isinstance(each, ast.stmt)]
    for each in body:  # from the outside in: the last word is the smallest statement's
        inner = [found.lineno for found in getattr(each, "body", [])]
        last = min(inner) - 1 if inner else each.end_lineno or each.lineno
        for node in ast.walk(each):
            yield node, range(each.lineno, max(last, each.lineno) + 1)


@cache
def named(short: str, name: str) -> tuple[tuple[str, int], ...]:
    """Return the lines of a module that name a table."""
    tree = ast.parse(inspect.getsource(modules()[short]))
    return tuple(
        (short, node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute)
        and name == (node.id if isinstance(node, ast.Name) else node.attr)
    )


def places_of(short: str) -> list[tuple[str, ast.stmt]]:
    """Return what there is to change in a module."""
    return list(places(ast.parse(inspect.getsource(modules()[short])).body))


def places(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.stmt]]:
    """Yield functions, methods and tables by name."""
    for statement in body:
        match statement:
            case ast.FunctionDef(name=name):
                yield prefix + name, statement
            case ast.ClassDef(name=name):
                yield from places(statement.body, f"{prefix}{name}.")
            case ast.Assign(value=ast.Subscript() | ast.BinOp(op=ast.BitOr())):  # a type
                pass
            case ast.Assign(targets=[ast.Name(id=name)]) if name != "__all__" and not prefix:
                yield name, statement
            case ast.AnnAssign(target=ast.Name(id=name), annotation=kind, value=ast.expr()):
                if ast.unparse(kind) != "TypeAlias" and not prefix:
                    yield name, statement


@contextmanager
def applied(mutant: Mutant) -> Iterator[None]:
    """Let the module be the mutant for a while."""
    module = modules()[mutant.module]
    with put_in_place(module, mutant.place, mutant.tree):
        yield


@contextmanager
def put_in_place(module: ModuleType, place: str, tree: ast.stmt) -> Iterator[None]:
    """Let a statement stand in the module in place of its own."""
    single = copy.copy(tree)
    if isinstance(single, ast.FunctionDef):
        single.decorator_list = []
    namespace: dict[str, Any] = {}
    code = compile(ast.Module([single], []), str(module.__file__), "exec")
    exec(code, dict(module.__dict__), namespace)  # noqa: S102 - our own source
    (made,) = (value for name, value in namespace.items() if name == place.rpartition(".")[2])
    forget()
    undo = swap_code(module, place, made) if is_code(tree) else rebind(module, place, made)
    try:
        yield
    finally:
        undo()
        forget()


def is_code(tree: ast.stmt) -> bool:
    return isinstance(tree, ast.FunctionDef)


def swap_code(module: ModuleType, place: str, made: FunctionType) -> Callable[[], None]:
    """Give the function at a place the code and the defaults of another one."""
    function = plain(module, place)
    kept = function.__code__, function.__defaults__, function.__kwdefaults__

    def give(code: Any, defaults: Any, keywords: Any) -> None:
        function.__code__ = code
        function.__defaults__, function.__kwdefaults__ = defaults, keywords

    give(made.__code__, made.__defaults__, made.__kwdefaults__)
    return lambda: give(*kept)


def plain(module: ModuleType, place: str) -> FunctionType:
    """Return the function itself, behind whatever its decorators made of it."""
    outer, _, name = place.rpartition(".")
    holder: Any = getattr(module, outer) if outer else module
    found = inspect.getattr_static(holder, name)
    for wrapper in ("fget", "func", "__func__"):
        found = getattr(found, wrapper, found)
    function = inspect.unwrap(found)
    assert isinstance(function, FunctionType), f"{module.__name__}: {place}"
    return function


def rebind(module: ModuleType, name: str, made: object) -> Callable[[], None]:
    """Give a table another value, everywhere where it was imported by its name."""
    kept = getattr(module, name)
    holders = [
        each
        for each in list(sys.modules.values())
        if each.__name__.startswith("keronyx") and each.__dict__.get(name) is kept
    ]

    def bind(value: object) -> None:
        for each in holders:
            setattr(each, name, value)

    bind(made)
    return lambda: bind(kept)


def forget() -> None:
    """Empty the caches of both readings: they hold what a mutant computed, or its original."""
    for cached in caches():
        cached.cache_clear()


@cache
def caches() -> list[Any]:
    return [
        value
        for module in modules().values()
        for value in vars(module).values()
        if hasattr(value, "cache_clear")
    ]
