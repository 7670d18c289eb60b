"""C and C++ that keronyx prints, as others use it: self-test, weights file, arrays, threads."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from code_native import MODELS, SUFFIX, printed, recorded, trained
from code_programs import GCC, GPP, PRINTABLE, STRICT, cases_model, compiled, executed, with_rows
from emitting import chain, dense, numbers
from layer_case import alone, layer, tensor

import keronyx
from keronyx.converter.lower import lower

pytestmark = pytest.mark.skipif(not (GCC and GPP), reason="gcc and g++ are not installed")


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_selftest_fails_for_a_wrong_number(language: str, tmp_path: Path) -> None:
    folder = MODELS / "diabetes-33"
    inputs, outputs = recorded(folder)
    outputs[0][3] *= 1.001
    program = with_rows(lower(trained(folder)), inputs, outputs)
    made = compiled(printed(program, language, tmp_path), language, "-DKERONYX_SELFTEST")
    code, said = executed(made)
    assert code == 1
    assert re.search(r"diabetes_33: 16 rows, largest difference 0\.\d+: wrong", said)


def test_selftest_fails_for_a_number_that_is_none(tmp_path: Path) -> None:
    folder = MODELS / "diabetes-33"
    inputs, outputs = recorded(folder)
    outputs[0][3] = np.nan
    program = with_rows(lower(trained(folder)), inputs, outputs)
    code, said = executed(compiled(printed(program, "c", tmp_path), "c", "-DKERONYX_SELFTEST"))
    assert (code, "largest difference nan: wrong" in said) == (1, True)


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_weights_of_another_file_are_not_loaded(language: str, tmp_path: Path) -> None:
    folder = MODELS / "iris"
    program = with_rows(lower(trained(folder)), *recorded(folder))
    source = printed(program, language, tmp_path, "net.bin")
    made, weights = compiled(source, language, "-DKERONYX_SELFTEST"), tmp_path / "net.bin"
    whole = weights.read_bytes()
    assert executed(made, str(weights))[0] == 0
    flipped = bytearray(whole)
    flipped[200] ^= 1
    for broken in (whole[:-1], bytes(flipped), b"KXW2" + whole[4:], b""):
        weights.write_bytes(broken)
        code, said = executed(made, str(weights))
        assert (code, said) == (2, "iris: no weights; name their file\n")
    assert executed(made)[0] == 2


MAIN = """
#define KERONYX_DECLARATIONS
#include "net.c"
#include <stdio.h>

int main(void)
{
    const IDS ids[4] = {GIVEN};
    float out[12] = {0};
    printf("%d", net_predict_batch(2, ids, out));
    return 0;
}
"""


@pytest.mark.parametrize(
    ("dtype", "given", "code"),
    [
        ("int32", "0, 1, 2, 4", 0),
        ("int32", "0, 1, -1, 4", 1),
        ("int32", "0, 1, 2, 5", 2),
        ("float32", "0, 0.5f, 4.99f, -0.5f", 0),
        ("float32", "0, 1, 5.0f, 1", 2),
        ("float32", "0, 1, (float)NAN, 1", 1),
        ("float32", "0, 1, 1e30f, 1", 2),
    ],
)
@pytest.mark.parametrize("language", ["c", "cpp"])
def test_an_id_that_is_none_is_an_error(
    language: str, dtype: str, given: str, code: int, tmp_path: Path
) -> None:
    made = layer("Embedding", input_dim=5, output_dim=3, embeddings=numbers(5, 3))
    (tmp_path / "net.c").write_text(
        keronyx.code(alone(made, tensor("x", 2, dtype=dtype)), name="net")
    )
    text = MAIN.replace("IDS", {"int32": "int32_t", "float32": "float"}[dtype])
    main = tmp_path / ("main.c" if language == "c" else "main.cpp")
    main.write_text(f"#include <math.h>\n{text.replace('GIVEN', given)}")
    flags = ["-fsanitize=undefined", "-fno-sanitize-recover=all", *STRICT]
    for command in (
        [str(GCC), "-std=c99", *flags, "-c", "net.c", "-o", "net.o"],
        [str(GCC if language == "c" else GPP), *flags, main.name, "net.o", "-o", "main", "-lm"],
    ):
        subprocess.run(command, cwd=tmp_path, check=True)
    assert executed(tmp_path / "main") == (0, str(code))


ARRAYS = """
#include "net.hpp"
#include "net.hpp"

int main()
{
    std::array<float, 33> features{};
    std::array<float, 1> progression{};
    static_assert(noexcept(keronyx::diabetes_33::predict(features, progression)));
    return keronyx::diabetes_33::predict(features, progression);
}
"""


def test_cpp_takes_arrays_of_the_right_size_only(tmp_path: Path) -> None:
    printed(lower(trained(MODELS / "diabetes-33")), "cpp", tmp_path)
    main = tmp_path / "main.cpp"
    main.write_text(ARRAYS)
    assert executed(compiled(main, "cpp")) == (0, "")
    main.write_text(ARRAYS.replace("float, 33", "float, 32"))
    with pytest.raises(AssertionError, match="no matching function"):
        compiled(main, "cpp")


def test_large_scratch_is_the_callers(tmp_path: Path) -> None:
    net = [dense(256, 4, "wide", activation="relu"), dense(2, 256, "narrow")]
    model = chain(tensor("x", 300, 4), net)
    for language, wanted in (("c", "m_workspace *workspace)"), ("cpp", "Workspace &workspace)")):
        text = keronyx.code(model, language)
        assert wanted in text
        path = tmp_path / SUFFIX[language]
        path.write_text(text)
        code, said = executed(compiled(path, language, "-O2", "-DKERONYX_SELFTEST"))
        assert code == 0, said


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_nothing_is_allocated_and_nothing_changes_between_calls(
    language: str, tmp_path: Path
) -> None:
    path = printed(lower(cases_model(PRINTABLE[::5])), language, tmp_path)
    text = path.read_text()
    assert not re.search(r"\b(malloc|calloc|realloc|free|alloca|new|throw|try)\b", text)
    more: list[str] = []
    if language == "cpp":  # what is inline is only there when it is called
        more = ["-fno-exceptions", "-fno-rtti", "-fkeep-inline-functions"]
    made = compiled(path, language, "-O0", "-c", *more, output="net.o")
    symbols = [shutil.which("nm") or "nm", str(made)]
    listed = subprocess.run(symbols, check=True, capture_output=True, text=True)
    rows = [line.split() for line in listed.stdout.splitlines()]
    ours = [row for row in rows if language == "c" or "keronyx" in row[-1]]
    assert len(ours) > 30
    # Code, tables that do not change (u: one of all that include them), what others have.
    assert {row[-2] for row in ours} <= {*"TtrRUWuV"}
    assert not [row for row in rows if row[-1] in {"malloc", "_Znwm", "__cxa_throw"}]


THREADS = """
#define KERONYX_DECLARATIONS
#include "net.c"
#include <pthread.h>
#include <string.h>

static float rows[4][16 * INPUTS], right[16 * OUTPUTS];

static void *predict(void *made)
{
    for (int turn = 0; turn < 20; ++turn) {
        net_predict_batch(16, rows[turn % 4], (float *)made);
    }
    return made;
}

int main(void)
{
    static float made[4][16 * OUTPUTS];
    pthread_t threads[4];
    int wrong = 0;
    for (int n = 0; n < 16 * INPUTS; ++n) {
        rows[0][n] = rows[1][n] = rows[2][n] = rows[3][n] = (float)(n % 7) / 7.0f;
    }
    net_predict_batch(16, rows[0], right);
    for (int n = 0; n < 4; ++n) {
        wrong += pthread_create(&threads[n], NULL, predict, made[n]);
    }
    for (int n = 0; n < 4; ++n) {
        wrong += pthread_join(threads[n], NULL);
        wrong += memcmp(made[n], right, sizeof right) != 0;
    }
    return wrong;
}
"""


def test_threads_may_predict_at_once(tmp_path: Path) -> None:
    program = lower(trained(MODELS / "digits-residual"), name="net")
    printed(program, "c", tmp_path)
    (tmp_path / "main.c").write_text(THREADS)
    (entrance,), (end,) = program.inputs, program.outputs
    sizes = [f"-DINPUTS={entrance.buffer.size}", f"-DOUTPUTS={end.buffer.size}"]
    flags = ["-std=c99", "-g", "-O1", "-pthread", "-fsanitize=thread", *STRICT, *sizes]
    sources = ["main.c", "net.c", "-o", "main", "-lm"]
    done = subprocess.run([str(GCC), *flags, *sources], cwd=tmp_path, check=False)
    if done.returncode:
        pytest.skip("gcc has no thread sanitizer")
    code, said = executed(tmp_path / "main")
    if "unexpected memory mapping" in said:
        pytest.skip("the thread sanitizer does not run on this kernel")
    assert (code, said) == (0, "")


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_tables_are_counted_by_the_compiler(language: str, tmp_path: Path) -> None:
    program = lower(trained(MODELS / "iris"))
    path = printed(program, language, tmp_path)
    whole = path.read_text()
    compiled(path, language, "-c")
    path.write_text(re.sub(r"^    0x[^,]+,", "   ", whole, count=1, flags=re.MULTILINE))
    with pytest.raises(AssertionError, match=r"static assertion failed|is negative"):
        compiled(path, language, "-c")


def test_without_recorded_rows_there_is_no_selftest(tmp_path: Path) -> None:
    path = printed(lower(trained(MODELS / "diabetes-33")), "c", tmp_path)
    with pytest.raises(AssertionError, match="no rows were recorded"):
        compiled(path, "c", "-DKERONYX_SELFTEST")
