"""A Python file that needs nothing but the standard library."""

from collections.abc import Mapping
from typing import ClassVar, Final

from keronyx.converter.program.memory import Constant, DType, Port
from keronyx.converter.source.loops import Lines, shifted
from keronyx.converter.source.managed.python_file import File
from keronyx.converter.source.managed.python_loops import PurePython
from keronyx.converter.source.managed.python_parts import LISTS, PURE_HELPERS

CODES: Final[Mapping[DType, str]] = {
    "float32": "f",
    "float64": "d",
    "int32": "i",
    "int64": "q",
    "bool": "b",
}
"""The array module's codes."""


class PureFile(File):
    """Computes row by row."""

    needs: ClassVar[str] = "Python 3.6 or later, and nothing else"
    flat: ClassVar[str] = "sum(ours, []), sum(theirs, [])"

    def functions(self) -> Lines:
        """Return predict, and predict_batch, which calls it."""
        inputs, outputs = self.program.inputs, self.program.outputs
        printer = PurePython(self.program)
        statements = [line for each in self.program.statements for line in printer.statement(each)]
        return [
            f"def predict({self.names(inputs)}):",
            *self.documented("Predict one row.", ""),
            *shifted(self._memory()),
            *shifted(statements),
            f"    return {self.names(outputs)}",
            "",
            "",
            f"def predict_batch({self.names(inputs)}):",
            *self.documented("Predict many rows, each of them a list.", "rows of "),
            *shifted(self._batch()),
            "",
        ]

    def _memory(self) -> Lines:
        lines = []
        for port in self.program.inputs:
            name, code = port.buffer.name, CODES[port.buffer.dtype]
            lines.append(f'{name} = _numbers("{name}", {name}, "{code}", {port.buffer.size})')
        made = [*(port.buffer for port in self.program.outputs), *self.program.scratch]
        return [*lines, *(f"{buffer.name} = [0] * {buffer.size}" for buffer in made)]

    def _batch(self) -> Lines:
        inputs, outputs = self.program.inputs, self.program.outputs
        return [
            *self.same_rows(),
            f"made = [predict(*rows) for rows in zip({self.names(inputs)})]",
            "return made"
            if len(outputs) == 1
            else f"return tuple([rows[port] for rows in made] for port in range({len(outputs)}))",
        ]

    def helpers(self, body: str) -> Lines:
        """Return what the functions call."""
        called = [text for name, text in PURE_HELPERS.items() if f"{name}(" in body]
        return [part for text in (LISTS, *called) for part in (text, "")]

    def imports(self, body: str) -> Lines:
        """Return the imports that the rest of the file needs."""
        names = ("array", "base64", "math", "operator", "os", "sys", "zlib")
        return [f"import {name}" for name in names if f"{name}." in body]

    def decoded(self, text: str, port: Port, rows: int) -> str:
        """Return the recorded rows as lists."""
        del rows
        return f'_rows(_constant({text}, "{CODES[port.buffer.dtype]}"), {port.buffer.size})'

    def constant(self, constant: Constant, source: str) -> str:
        """Return a constant as a list, a kernel as one list a unit."""
        made = self.stored(constant, source, f'"{CODES[constant.dtype]}"')
        units = PurePython(self.program).kernels.get(constant)
        return f"_columns({made}, {units})" if units else made
