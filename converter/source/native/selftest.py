"""The self-test of C and C++: a main that replays recorded rows, one by one and as a batch."""

from collections.abc import Iterator

from keronyx.converter.program.language import Vectors
from keronyx.converter.source.native.expressions import TYPES, literal
from keronyx.converter.source.native.file import CFile
from keronyx.converter.source.native.loops import shifted
from keronyx.converter.source.texts import for_each

COMPARE = """
static void kx_compare(double found, double expected, double *largest, size_t *wrong)
{
    const double difference = found > expected ? found - expected : expected - found;
    const double size = expected < 0 ? -expected : expected;
    if (found == expected || (found != found && expected != expected)) {
        return;
    }
    if (!(difference <= *largest) && *largest == *largest) {
        *largest = difference;
    }
    if (!(difference <= @ATOL@ + @RTOL@ * size)) {
        ++*wrong;
    }
}
"""

READ = """
static int kx_read(const char *path, unsigned char *bytes, size_t size)
{
    FILE *const file = fopen(path, "rb");
    size_t count = 0;
    if (file == NULL) {
        return 1;
    }
    count = fread(bytes, 1, size, file);
    fclose(file);
    return count == size ? 0 : 1;
}
"""


def selftest(file: CFile) -> Iterator[str]:
    """Yield the self-test of a file; one that was printed without recorded rows has none."""
    vectors = file.program.vectors
    yield "#ifdef KERONYX_SELFTEST"
    if vectors is None:
        yield from ("#error no rows were recorded", "#endif")
        return
    yield from ("#include <stdio.h>", "")
    for port, array in zip(file.ports, (*vectors.inputs, *vectors.outputs), strict=True):
        yield from file.table(f"kx_row_{port.buffer.name}", array, port.buffer.dtype)
        yield ""
    text = COMPARE.replace("@ATOL@", literal(vectors.atol, "float64"))
    yield from text.replace("@RTOL@", literal(vectors.rtol, "float64")).strip().splitlines()
    if file.packed:
        yield from READ.rstrip().splitlines()
    yield from ("", "int main(int argc, char **argv)", "{")
    yield from shifted(_main(file, vectors))
    yield from ("}", "#endif")


def _main(file: CFile, vectors: Vectors) -> Iterator[str]:
    for port in file.program.outputs:
        size = vectors.rows * port.buffer.size
        yield f"static {TYPES[port.buffer.dtype]} kx_found_{port.buffer.name}[{size}];"
    yield from ("double largest = 0.0;", "size_t wrong = 0;", "int code = 0;")
    yield from _weights(file)
    if file.workspace:
        yield f"static {file.named('workspace')} kx_workspace;"
        yield file.handle("workspace", "kx_workspace")
    names = [
        *for_each(file.program.inputs, "kx_row_{name}", TYPES),
        *for_each(file.program.outputs, "kx_found_{name}", TYPES),
    ]
    single = f"code = {file.named('predict')}({', '.join(file.arguments('row', names))});"
    head = f"for (size_t row = 0; code == 0 && row < {vectors.rows}; ++row) {{"
    yield from (head, f"    {single}", "}")
    yield from _compared(file, vectors)
    together = [str(vectors.rows), *file.arguments("", names)]
    yield from (
        "if (code == 0) {",
        f"    code = {file.named('predict_batch')}({', '.join(together)});",
        "}",
    )
    yield from _compared(file, vectors)
    yield from (
        "if (code != 0) {",
        f'    printf("{file.program.name}: error %d\\n", code);',
        "    return 1;",
        "}",
    )
    yield f'printf("{file.program.name}: {vectors.rows} rows, largest difference %g: %s\\n",'
    yield from ('       largest, wrong != 0 ? "wrong" : "right");', "return wrong != 0;")


def _weights(file: CFile) -> Iterator[str]:
    """Yield what reads the weights file, which is named as the first argument."""
    if file.packed is None:
        yield from ("(void)argc;", "(void)argv;")
        return
    size = len(file.packed.data)
    yield f"static {file.named('weights')} kx_weights;"
    yield f"static unsigned char bytes[{size}];"
    yield file.handle("weights", "kx_weights")
    yield from (
        f"if (argc < 2 || kx_read(argv[1], bytes, {size}) != 0",
        f"    || {file.named('load')}(weights, bytes, {size}) != 0) {{",
        f'    printf("{file.program.name}: no weights; name their file\\n");',
        "    return 2;",
        "}",
    )


def _compared(file: CFile, vectors: Vectors) -> Iterator[str]:
    """Yield what compares all outputs, and forgets them."""
    for port in file.program.outputs:
        name = port.buffer.name
        found, expected = f"(double)kx_found_{name}[n]", f"(double)kx_row_{name}[n]"
        yield f"for (size_t n = 0; n < {vectors.rows * port.buffer.size}; ++n) {{"
        yield f"    kx_compare({found}, {expected}, &largest, &wrong);"
        yield from (f"    kx_found_{name}[n] = 0;", "}")
