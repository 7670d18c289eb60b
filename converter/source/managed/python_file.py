"""A Python file, whichever way it computes."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar

from keronyx.converter.program.language import Program
from keronyx.converter.program.memory import Constant, Port
from keronyx.converter.program.weights import little_endian, pack
from keronyx.converter.source.loops import Lines
from keronyx.converter.source.managed.python_parts import SELFTEST, WEIGHTS_FILE
from keronyx.converter.source.texts import (
    base64_lines,
    described,
    filled,
    head,
    joined,
    recorded,
    said,
)
from keronyx.converter.tensors import Array


class File(ABC):
    """Puts a file together; a weights file, if there is one, lies beside it."""

    needs: ClassVar[str]
    """What must be installed, in words."""
    flat: ClassVar[str]
    """The numbers of ``ours`` and of ``theirs`` as flat sequences."""

    def __init__(self, program: Program, weights_file: str | None) -> None:
        self.program = program
        self.weights_file = weights_file

    def same_rows(self) -> Lines:
        """Return the check that all inputs have as many rows, where there are several."""
        inputs = self.program.inputs
        if len(inputs) == 1:
            return []
        lengths = joined(f"len({port.buffer.name})" for port in inputs)
        differ = 'raise ValueError("the inputs differ in their number of rows")'
        return [f"if len({{{lengths}}}) > 1:", f"    {differ}"]

    def stored(self, constant: Constant, source: str, kind: str) -> str:
        """Return the call that makes numbers of base64, or of bytes of the weights file."""
        if self.weights_file is None:
            return f"_constant({source}, {kind})"
        end = int(source) + constant.values.nbytes
        return f"_from_bytes(_WEIGHTS[{source}:{end}], {kind})"

    @abstractmethod
    def functions(self) -> Lines:
        """Return predict and predict_batch."""

    @abstractmethod
    def helpers(self, body: str) -> Lines:
        """Return what stands behind the functions, given their text."""

    @abstractmethod
    def imports(self, body: str) -> Lines:
        """Return the imports of the file, given the rest of it."""

    @abstractmethod
    def decoded(self, text: str, port: Port, rows: int) -> str:
        """Return the call that makes recorded rows of base64 in quotes."""

    @abstractmethod
    def constant(self, constant: Constant, source: str) -> str:
        """Return the expression of a constant, ``source`` being base64 or an offset."""

    def text(self) -> str:
        """Return the whole file."""
        functions = self.functions()
        body = "\n".join(
            [*functions, "", *self.helpers("\n".join(functions)), *self._weights(), *self._test()]
        )
        lines = [*self._head(), *self.imports(body), "", "", body.rstrip("\n")]
        return "\n".join(lines) + "\n"

    def _head(self) -> Iterator[str]:
        first, *facts = head(self.program)
        yield f'"""{first}'
        yield ""
        yield from facts
        yield f"It needs {self.needs}."
        if self.weights_file is not None:
            yield f"The weights are in {said(self.weights_file)}, which lies beside it."
        if self.program.vectors is not None:
            yield "Run it with --selftest: it predicts recorded rows once more."
        yield '"""'
        yield ""

    def documented(self, sentence: str, rows: str) -> Iterator[str]:
        """Yield the docstring of a function."""
        yield f'    """{sentence}'
        yield ""
        for title, ports in (("Args", self.program.inputs), ("Returns", self.program.outputs)):
            yield f"    {title}:"
            for port in ports:
                yield f"        {port.buffer.name}: {rows}{described(port)}"
            yield ""
        yield '    """'

    def names(self, ports: Sequence[Port]) -> str:
        """Return the names of ports, with commas."""
        return joined(port.buffer.name for port in ports)

    def _weights(self) -> Iterator[str]:
        if self.weights_file is not None:
            packed = pack(self.program)
            yield WEIGHTS_FILE
            yield ""
            place = f"{self.weights_file!a}, {packed.checksum}, {len(packed.data)}"
            yield f"_WEIGHTS = _read_weights({place})"
        for constant in self.program.constants:
            if self.weights_file is None:
                source = quoted_base64(little_endian(constant))
            else:
                source = str(packed.offsets[constant.name])
            yield f"# {said(constant.label)} {constant.values.shape}"
            yield f"{constant.name.upper()} = {self.constant(constant, source)}"

    def _test(self) -> Iterator[str]:
        vectors = self.program.vectors
        if vectors is None:
            return
        yield ""
        yield ""
        yield filled(
            SELFTEST,
            GIVEN=joined(self._recorded(self.program.inputs, vectors.inputs)),
            EXPECTED=joined(self._recorded(self.program.outputs, vectors.outputs)),
            MADE="[made]" if len(self.program.outputs) == 1 else "made",
            FLAT=self.flat,
            ATOL=repr(vectors.atol),
            RTOL=repr(vectors.rtol),
            NAME=self.program.name,
            ROWS=vectors.rows,
        )

    def _recorded(self, ports: Sequence[Port], arrays: Sequence[Array]) -> Iterator[str]:
        for port, array in zip(ports, arrays, strict=True):
            yield self.decoded(quoted_base64(recorded(array, port)), port, len(array))


def quoted_base64(data: bytes) -> str:
    """Return bytes as base64 in quotes."""
    lines = base64_lines(data)
    text = "\n".join(lines)
    return f'"{text}"' if len(lines) < 2 else f'"""\n{text}\n"""'
