"""A Python file that needs NumPy alone."""

from collections.abc import Mapping
from typing import ClassVar, Final

from keronyx.converter.program.memory import Constant, DType, Port
from keronyx.converter.source.arrays.pieces import TYPES
from keronyx.converter.source.arrays.statements import Arrays
from keronyx.converter.source.loops import Lines, shifted
from keronyx.converter.source.managed.python_file import File
from keronyx.converter.source.managed.python_parts import ARRAYS, ERF
from keronyx.converter.source.texts import joined

KINDS: Final[Mapping[DType, str]] = {
    "float32": "<f4",
    "float64": "<f8",
    "int32": "<i4",
    "int64": "<i8",
    "bool": "?",
}
"""NumPy's codes for little-endian numbers."""


class NumPyFile(File):
    """Computes whole batches, a row being a batch of one."""

    needs: ClassVar[str] = "Python 3.6 or later, and NumPy"
    flat: ClassVar[str] = "ours.ravel().tolist(), theirs.ravel().tolist()"

    def functions(self) -> Lines:
        """Return predict, which calls predict_batch."""
        inputs, outputs = self.program.inputs, self.program.outputs
        given = joined(f"np.asarray({port.buffer.name})[None]" for port in inputs)
        made = f"predict_batch({given})"
        row = f"{made}[0]" if len(outputs) == 1 else f"tuple(rows[0] for rows in {made})"
        arrays = Arrays(self.program)
        statements = arrays.lines(self.program)
        return [
            f"def predict({self.names(inputs)}):",
            *self.documented("Predict one row.", ""),
            f"    return {row}",
            "",
            "",
            f"def predict_batch({self.names(inputs)}):",
            *self.documented("Predict many rows: the first axis of every array.", "rows times "),
            *shifted(self._inputs()),
            *shifted(self._nothing()),
            '    with np.errstate(all="ignore"):',
            *shifted(statements, " " * 8),
            f"    return {joined(map(arrays.output, outputs))}",
            "",
            "",
        ]

    def _inputs(self) -> Lines:
        ports = self.program.inputs
        lines = []
        for port in ports:
            name, dtype = port.buffer.name, TYPES[port.buffer.dtype]
            lines.append(f'{name} = _numbers("{name}", {name}, {dtype}, {port.shape})')
        return [*lines, f"rows = len({ports[0].buffer.name})", *self.same_rows()]

    def _nothing(self) -> Lines:
        """Answer no rows at once: not all of NumPy's functions take sizes of 0."""
        made = [
            f"np.zeros((0, *{port.shape}), {TYPES[port.buffer.dtype]})"
            for port in self.program.outputs
        ]
        return ["if not rows:", f"    return {joined(made)}"]

    def helpers(self, body: str) -> Lines:
        """Return what the functions call."""
        return [ARRAYS, "", *([ERF, ""] if "_erf(" in body else [])]

    def imports(self, body: str) -> Lines:
        """Return the imports that the rest of the file needs."""
        standard = [
            f"import {name}"
            for name in ("base64", "math", "os", "sys", "zlib")
            if f"{name}." in body
        ]
        return [*standard, "", "import numpy as np"]

    def decoded(self, text: str, port: Port, rows: int) -> str:
        """Return the array of recorded rows."""
        return f'_constant({text}, "{KINDS[port.buffer.dtype]}", {(rows, *port.shape)})'

    def constant(self, constant: Constant, source: str) -> str:
        """Return the array of a constant."""
        return self.stored(constant, source, f'"{KINDS[constant.dtype]}", {constant.values.shape}')
