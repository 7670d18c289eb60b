"""Source code in JavaScript: an ES module for Node and browsers, typed arrays and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
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
    head,
    joined,
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
    names = joined(port.buffer.name for port in program.inputs)
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
    texts = [f"{times}{described(port)}" for port in program.outputs]
    kinds = [KINDS[port.buffer.dtype] for port in program.outputs]
    if len(kinds) == 1:
        yield f" * @returns {{{kinds[0]}}} {texts[0]}"
        return
    names = [port.buffer.name for port in program.outputs]
    members = joined(f"{name}: {kind}" for name, kind in zip(names, kinds, strict=True))
    yield f" * @returns {{{{ {members} }}}}"
    for name, text in zip(names, texts, strict=True):
        yield f" *   {name}: {text}"


def _batch(program: Program) -> Iterator[str]:
    yield "if (!(Number.isInteger(rows) && rows >= 0)) throw new RangeError(`rows: ${rows}`);"
    for port in program.inputs:
        name, size = port.buffer.name, port.buffer.size
        kind = KINDS[port.buffer.dtype]
        yield f'{name} = readNumbers("{name}", {name}, rows * {size}, {kind});'
    for port in program.outputs:
        name, size = port.buffer.name, port.buffer.size
        yield f"const {name} = new {KINDS[port.buffer.dtype]}(rows * {size});"
    ports = [port.buffer for port in (*program.inputs, *program.outputs)]
    yield "for (let row = 0; row < rows; row++) {"
    yield "  predictRow("
    for buffer in ports:
        yield f"    {buffer.name}.subarray(row * {buffer.size}, (row + 1) * {buffer.size}),"
    yield "  );"
    yield "}"
    names = joined(port.buffer.name for port in program.outputs)
    yield f"return {names};" if len(program.outputs) == 1 else f"return {{ {names} }};"


def _row(program: Program) -> Lines:
    ports = joined(port.buffer.name for port in (*program.inputs, *program.outputs))
    printer = JavaScript(program)
    lines = [line for each in program.statements for line in printer.statement(each)]
    return [f"function predictRow({ports}) {{", *shifted(lines, "  "), "}", ""]


def _memory(program: Program) -> Iterator[str]:
    for buffer in program.scratch:
        yield f"const {buffer.name} = new {KINDS[buffer.dtype]}({buffer.size});"
    products = [each for each in program.statements if isinstance(each, Product)]
    if products:
        yield f"const rowSums = new Float64Array({max(each.units for each in products)});"
        yield ""
        yield MULTIPLY
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
