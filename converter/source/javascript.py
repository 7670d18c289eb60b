"""Source code in JavaScript: an ES module for Node and browsers, typed arrays and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from keronyx.converter.program.language import Options, Program, Vectors
from keronyx.converter.program.memory import DType, Port
from keronyx.converter.program.statements import Product
from keronyx.converter.program.weights import little_endian, pack
from keronyx.converter.source.loops import Lines, shifted
from keronyx.converter.source.managed.javascript_parts import (
    DECODE,
    HELPERS,
    MULTIPLY,
    READ_NUMBERS,
    SELFTEST,
    WEIGHTS_FILE,
)
from keronyx.converter.source.managed.javascript_rows import JavaScript
from keronyx.converter.source.texts import (
    base64_lines,
    described,
    filled,
    for_each,
    head,
    joined,
    names_of,
    quoted,
    recorded,
    said,
)
from keronyx.converter.tensors import Array

KINDS: Final[Mapping[DType, str]] = {
    "float32": "Float32Array",
    "float64": "Float64Array",
    "int32": "Int32Array",
    "int64": "BigInt64Array",
    "bool": "Uint8Array",
}


def write(program: Program, options: Options) -> str:
    """Return the module."""
    row, file = _row(program), options.weights_file
    lines = [
        *_head(program, options),
        *_predict(program),
        *row,
        *_memory(program),
        *_helpers(row),
        *(_weights(program) if file is None else _file(program, file)),
    ]
    if program.vectors is not None:
        lines += _selftest(program, program.vectors)
    return "\n".join(lines).rstrip("\n") + "\n"


def _head(program: Program, options: Options) -> Iterator[str]:
    yield from (f"// {line}".rstrip() for line in head(program))
    if options.weights_file is not None:
        yield f"// Its weights are read from {said(options.weights_file)}, which lies beside it."
    yield ""


def _predict(program: Program) -> Iterator[str]:
    names = names_of(program.inputs)
    yield "/**"
    yield " * Predict one row."
    yield from _documented(program)
    yield " */"
    yield f"export function predict({names}) {{"
    yield f"  return predictBatch(1, {names});"
    yield "}"
    yield ""
    yield "/**"
    yield " * Predict many rows, which lie one behind the other in each array."
    yield " * @param {number} rows how many"
    yield from _documented(program, "rows times ")
    yield " */"
    yield f"export function predictBatch(rows, {names}) {{"
    yield from shifted(_batch(program), "  ")
    yield "}"
    yield ""


def _documented(program: Program, times: str = "") -> Iterator[str]:
    for port in program.inputs:
        given = "bigint" if port.buffer.dtype == "int64" else "number"
        yield f" * @param {{ArrayLike<{given}>}} {port.buffer.name} {times}{described(port)}"
    if len(program.outputs) == 1:
        (port,) = program.outputs
        yield f" * @returns {{{KINDS[port.buffer.dtype]}}} {times}{described(port)}"
        return
    members = joined(for_each(program.outputs, "{name}: {kind}", KINDS))
    yield f" * @returns {{{{ {members} }}}}"
    for port in program.outputs:
        yield f" *   {port.buffer.name}: {times}{described(port)}"


def _batch(program: Program) -> Iterator[str]:
    yield "if (!(Number.isInteger(rows) && rows >= 0)) throw new RangeError(`rows: ${rows}`);"
    read = '{name} = readNumbers("{name}", {name}, rows * {size}, {kind});'
    yield from for_each(program.inputs, read, KINDS)
    yield from for_each(program.outputs, "const {name} = new {kind}(rows * {size});", KINDS)
    yield "for (let row = 0; row < rows; row++) {"
    yield "  predictRow("
    row = "    {name}.subarray(row * {size}, (row + 1) * {size}),"
    yield from for_each(program.ports, row, KINDS)
    yield "  );"
    yield "}"
    names = names_of(program.outputs)
    yield f"return {names};" if len(program.outputs) == 1 else f"return {{ {names} }};"


def _row(program: Program) -> Lines:
    lines = chain.from_iterable(map(JavaScript(program).statement, program.statements))
    return [f"function predictRow({names_of(program.ports)}) {{", *shifted(lines, "  "), "}", ""]


def _memory(program: Program) -> Iterator[str]:
    for buffer in program.scratch:
        yield f"const {buffer.name} = new {KINDS[buffer.dtype]}({buffer.size});"
    units = [each.units for each in program.statements if isinstance(each, Product)]
    if units:
        yield from (f"const rowSums = new Float64Array({max(units)});", "", MULTIPLY)
    elif program.scratch:
        yield ""
    yield READ_NUMBERS
    yield DECODE


def _helpers(row: Lines) -> Iterator[str]:
    text = "\n".join(row)
    return (source for name, source in HELPERS.items() if f"{name}(" in text)


def _weights(program: Program) -> Iterator[str]:
    for constant in program.constants:
        yield f"// {said(constant.label)} {constant.values.shape}"
        yield f"const {constant.name} = {_decoded(little_endian(constant), constant.dtype)};"
        yield ""


def _decoded(data: bytes, dtype: DType) -> str:
    lines = base64_lines(data)
    text = "\n".join(lines)
    return (
        f"decode(`\n{text}\n`, {KINDS[dtype]})"
        if len(lines) > 1
        else f"decode(`{text}`, {KINDS[dtype]})"
    )


def _file(program: Program, file: str) -> Iterator[str]:
    packed = pack(program)
    yield WEIGHTS_FILE
    place = f"{quoted(file)}, {packed.checksum}, {len(packed.data)}"
    yield f"const weightsFile = await readWeights({place});"
    for constant in program.constants:
        place = f"weightsFile, {packed.offsets[constant.name]}, {constant.size}"
        yield f"// {said(constant.label)} {constant.values.shape}"
        yield f"const {constant.name} = fromBytes({place}, {KINDS[constant.dtype]});"
    yield ""


def _selftest(program: Program, vectors: Vectors) -> Iterator[str]:
    yield "/**"
    yield " * Predict the recorded rows once more."
    yield " * @returns {{ largest: number, wrong: number }} the largest difference, and how many"
    yield " *   numbers are off"
    yield " */"
    yield "export function selftest() {"
    yield f"  const given = [{joined(_recorded(program.inputs, vectors.inputs))}];"
    yield f"  const expected = [{joined(_recorded(program.outputs, vectors.outputs))}];"
    made = f"predictBatch({vectors.rows}, ...given)"
    made = f"[{made}]" if len(program.outputs) == 1 else f"Object.values({made})"
    yield f"  const made = {made};"
    yield filled(
        SELFTEST,
        ATOL=vectors.atol,
        RTOL=vectors.rtol,
        NAME=program.name,
        ROWS=vectors.rows,
    )


def _recorded(ports: Sequence[Port], arrays: Sequence[Array]) -> Iterator[str]:
    for port, array in zip(ports, arrays, strict=True):
        yield _decoded(recorded(array, port), port.buffer.dtype)
