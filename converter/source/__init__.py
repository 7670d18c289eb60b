"""Source code without dependencies: a description is lowered once, and printed in any language."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final

from keronyx.converter.errors import UsageError
from keronyx.converter.lower import lower
from keronyx.converter.program.language import Options, Program, Vectors

__all__ = ["PRINTERS", "Options", "Program", "Vectors", "lower", "printer"]

PRINTERS: Final[Mapping[str, str]] = {
    "c": "keronyx.converter.source.c",
    "cpp": "keronyx.converter.source.cpp",
    "csharp": "keronyx.converter.source.csharp",
    "python": "keronyx.converter.source.python",
    "javascript": "keronyx.converter.source.javascript",
}
"""Where the printer of each language stands: a module with a function ``write``."""


def printer(language: str) -> Callable[[Program, Options], str]:
    """Return the function that prints a program in a language."""
    if language not in PRINTERS:
        known = ", ".join(PRINTERS)
        raise UsageError(f"no code in language {language!r}", hint=f"the languages are {known}")
    write: Callable[[Program, Options], str] = import_module(PRINTERS[language]).write
    return write
