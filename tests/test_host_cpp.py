"""Projects for C++: built by CMake with the real onnxruntime, run, and held against keronyx.

KERONYX_ORT_INCLUDE and KERONYX_ORT_LIB name the folders of onnxruntime's C++ headers and of its
library; .ci/onnxruntime gets them.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import hosting
import onnxruntime
import pytest

INCLUDE = os.environ.get("KERONYX_ORT_INCLUDE", "")
LIBRARY = Path(os.environ.get("KERONYX_ORT_LIB", ""), "libonnxruntime.so")
CMAKE = shutil.which("cmake")
COMPILER = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
MISSING = (
    "cmake is not installed"
    if not CMAKE
    else "no C++ compiler is installed"
    if not COMPILER
    else "KERONYX_ORT_INCLUDE and KERONYX_ORT_LIB name no onnxruntime (.ci/onnxruntime gets one)"
    if not Path(INCLUDE, "onnxruntime_cxx_api.h").exists() or not LIBRARY.exists()
    else ""
)
needed = pytest.mark.skipif(bool(MISSING), reason=MISSING)
GIVEN = (f"-DONNXRUNTIME_INCLUDE_DIR={INCLUDE}", f"-DONNXRUNTIME_LIBRARY={LIBRARY}")
FAST = ("-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS=-Werror -O0")

WHOLE = ("iris", "digits-embedding", "float64", "every-type")
"""Models whose projects CMake builds from all their sources."""

Run = subprocess.CompletedProcess[str]
Build = Callable[[str], Path]


def call(*command: object, **env: str) -> Run:
    words = [str(word) for word in command]
    return subprocess.run(
        words,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
        env={**os.environ, **env},
    )


def cmake(folder: Path, *options: str, build: str = "build") -> Run:
    return call(CMAKE, "-S", folder, "-B", folder / build, *options)


def compiled(folder: Path, *options: str, build: str = "build") -> Path:
    """Configure and build a project; return its program."""
    done = cmake(folder, *options, build=build)
    assert done.returncode == 0, done.stdout + done.stderr
    done = call(CMAKE, "--build", folder / build, "--parallel", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / build / "predict"


def linked(place: Path, shared: Path, *options: str, output: str = "predict") -> Path:
    """Compile only some sources of a project, and take the rest from what CMake built of another.

    The sources that are the same for every model make most of the time.
    """
    (archive,) = shared.parent.glob("lib*_model.a")
    program = place / "build" / output
    done = call(
        *(COMPILER, "-std=c++17", "-O0", "-Werror", "-pthread", "-isystem", INCLUDE),
        *(f"-DKX_HOST_MODEL={model_of(place)}", *options, archive, LIBRARY),
        *(f"-Wl,-rpath,{LIBRARY.parent}", "-o", program),
    )
    assert done.returncode == 0, done.stderr
    return program


def model_of(folder: Path) -> str:
    """Return the namespace of a project's predictor."""
    found = re.search(r"^project\((\w+) ", (folder / "CMakeLists.txt").read_text(), re.MULTILINE)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    """Return what builds a model's project, once, and returns its program."""
    place = tmp_path_factory.mktemp("cpp")

    @cache
    def built(name: str) -> Path:
        folder = hosting.generate(name, "cpp", place)
        if name in WHOLE:
            return compiled(folder, *GIVEN, *FAST)
        shutil.copytree(folder / "vectors", folder / "build" / "vectors")
        shutil.copy(folder / "model.onnx", folder / "build")
        own = [str(folder / "src" / name) for name in ("predictor.cpp", "main.cpp")]
        return linked(folder, built("iris"), *own)

    yield built
    shutil.rmtree(place)


def predict(program: Path, place: Path, table: str | bytes, *options: object) -> Run:
    rows = place / "rows.csv"
    rows.write_bytes(table if isinstance(table, bytes) else table.encode())
    return call(program, rows, *options)


def project_of(program: Path) -> Path:
    return program.parents[1]


@needed
@pytest.mark.parametrize("name", hosting.MODELS)
def test_every_model_proves_itself_and_predicts(build: Build, tmp_path: Path, name: str) -> None:
    program = build(name)
    done = call(program, "--selftest")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("passed\n")
    rows = project_of(program) / "vectors" / "inputs.csv"
    done = call(program, rows)
    assert (done.returncode, done.stderr) == (0, "")
    wanted = hosting.predicted(project_of(program), rows)
    hosting.same_table(done.stdout, wanted)
    turned = predict(program, tmp_path, hosting.awkward_rows(project_of(program)))
    assert turned.stdout == done.stdout


@needed
@pytest.mark.parametrize("name", ["iris", "float64", "float16", "strings-out", "every-type"])
def test_a_changed_number_turns_the_exit_code(build: Build, tmp_path: Path, name: str) -> None:
    program = build(name)
    shutil.copy(program.parent / "model.onnx", tmp_path)
    shutil.copytree(program.parent / "vectors", tmp_path / "vectors")
    model = ("--model", tmp_path / "model.onnx")
    assert call(program, "--selftest", *model).returncode == 0
    hosting.corrupt(tmp_path)
    done = call(program, "--selftest", *model)
    assert done.returncode == 1
    assert done.stdout.endswith("FAILED\n")
    assert f"row {len(hosting.recorded(tmp_path)) - 1}, " in done.stdout


@needed
def test_ctest_runs_the_self_test(build: Build) -> None:
    done = call("ctest", "--test-dir", build("iris").parent)
    assert done.returncode == 0
    assert "100% tests passed, 0 tests failed out of 1" in done.stdout


@needed
@pytest.mark.parametrize(
    ("vectors", "words"),
    [
        (None, "predict: inputs.csv: no such file\n"),
        ("sepal[0],sepal[1],petal_length\n1,2,3\n", "predict: inputs.csv: 1 rows, expected 12\n"),
        ("1,2\n", "predict: inputs.csv: line 1: 2 columns, expected 3\n"),
        ("1,2,3\n1,x,3\n", "predict: inputs.csv: line 2, column 2: 'x' is not a number\n"),
    ],
)
def test_damaged_vectors_are_no_verdict(
    build: Build, tmp_path: Path, vectors: str | None, words: str
) -> None:
    program = build("iris")
    shutil.copy(program.parent / "model.onnx", tmp_path)
    shutil.copytree(program.parent / "vectors", tmp_path / "vectors")
    inputs = tmp_path / "vectors" / "inputs.csv"
    inputs.unlink()
    if vectors is not None:
        inputs.write_text(vectors)
    done = call(program, "--selftest", "--model", tmp_path / "model.onnx")
    assert (done.returncode, done.stderr) == (2, words)


@needed
@pytest.mark.parametrize(("table", "words"), [each[1:] for each in hosting.IRIS_TABLES])
def test_a_bad_table(build: Build, tmp_path: Path, table: str | bytes, words: str) -> None:
    done = predict(build("iris"), tmp_path, table, "-o", tmp_path / "out.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("predict: rows.csv: ")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out.csv").exists()


@needed
@pytest.mark.parametrize(("table", "plain"), [each[1:] for each in hosting.IRIS_ROWS])
def test_a_table_may_be_spelled_otherwise(
    build: Build, tmp_path: Path, table: str, plain: str
) -> None:
    program = build("iris")
    done = predict(program, tmp_path, table)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == predict(program, tmp_path, plain).stdout
    hosting.same_table(done.stdout, hosting.predicted(project_of(program), tmp_path / "rows.csv"))


@needed
@pytest.mark.parametrize(("order", "others"), [each[1:] for each in hosting.NAMED_TABLES])
def test_names_say_where_the_columns_are(
    build: Build, tmp_path: Path, order: tuple[int, ...], others: tuple[str, ...]
) -> None:
    done = predict(build("named"), tmp_path, hosting.named_table(order, others))
    assert (done.returncode, done.stdout) == (0, hosting.NAMED_OUTPUTS)
    left_out = "left out, since the model does not take it: 'id', '2', 'note'"
    assert done.stderr == (f"predict: rows.csv: {left_out}\n" if others else "")


@needed
def test_a_column_that_is_missing_is_named(build: Build, tmp_path: Path) -> None:
    table = hosting.named_table((0, 1, 2, 3), ()).replace("age", "x[0]")
    done = predict(build("named"), tmp_path, table)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("predict: rows.csv: no column 'age'; the header has 'x[0]', ")


@needed
def test_columns_without_known_names_are_taken_in_order(build: Build, tmp_path: Path) -> None:
    program = build("fixed-batch")
    done = predict(program, tmp_path, "a,b,c,d\n1,2,3,4\n")
    assert done.returncode == 0
    assert "predict: rows.csv: the columns are taken in the table's order" in done.stderr
    assert done.stdout == predict(program, tmp_path, "1,2,3,4\n").stdout
    done = predict(program, tmp_path, "id,a,b,c,d\n0,1,2,3,4\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "predict: rows.csv: line 1: 5 columns, expected 4\n"


@needed
@pytest.mark.parametrize("name", ["iris", "fixed-batch", "strings", "every-type", "named"])
def test_no_rows_give_no_rows(build: Build, tmp_path: Path, name: str) -> None:
    program = build(name)
    header = (project_of(program) / "vectors" / "inputs.csv").read_text().split("\n")[0]
    done = predict(program, tmp_path, header + "\n")
    outputs = (project_of(program) / "vectors" / "outputs.csv").read_text().split("\n")[0]
    assert (done.returncode, done.stdout, done.stderr) == (0, outputs + "\n", "")


@needed
@pytest.mark.parametrize(("name", "columns"), [("iris", 3), ("fixed-batch", 4)])
def test_many_rows_go_in_blocks(build: Build, tmp_path: Path, name: str, columns: int) -> None:
    program = build(name)
    out = tmp_path / "out.csv"
    done = predict(program, tmp_path, hosting.many_rows(9001, columns), "-o", out, "--threads", 2)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    wanted = hosting.predicted(project_of(program), tmp_path / "rows.csv")
    hosting.same_table(out.read_text(encoding="utf-8"), wanted)


@needed
@pytest.mark.parametrize(
    ("column", "cell", "found"),
    [
        ("uint64s", "18446744073709551615", "18446744073709551615"),
        ("uint64s", "1.8446744073709551615e19", "18446744073709551615"),
        ("int64s", "-9223372036854775808", "-9223372036854775808"),
        ("int64s", "9007199254740993.0", "9007199254740993"),
        ("int8s", "-1.28E+2", "-128"),
        ("uint8s", "-0", "0"),
        ("int32s", "3.0", "3"),
        ("int32s", "1e3", "1000"),
        ("bools", "True", "True"),
        ("bools", "0", "False"),
        ("float32s", "0.1", "0.1"),
        ("float32s", "3.4028235e38", "3.4028235e+38"),
        ("float32s", "1e-45", "1e-45"),
        ("float64s", "5e-324", "5e-324"),
        ("float64s", "1.7976931348623157e308", "1.7976931348623157e+308"),
        ("float64s", "0.30000000000000004", "0.30000000000000004"),
        ("float64s", "-nan", "nan"),
        ("float64s", "-INFINITY", "-inf"),
        ("float16s", "0.1", "0.1"),
        ("float16s", "65504", "6.55e+04"),
        ("float16s", "65519", "6.55e+04"),
        ("float16s", "inf", "inf"),
        ("float16s", "6e-8", "6e-08"),
        ("float16s", "2049", "2048"),
        ("strings", '"say ""no"", twice"', '"say ""no"", twice"'),
        ("strings", '"two\r\nlines"', '"two\r\nlines"'),
        ("strings", " \u00a0ünïcode ☃ ", "ünïcode ☃"),
    ],
)
def test_every_type_comes_back_as_it_went_in(
    build: Build, tmp_path: Path, column: str, cell: str, found: str
) -> None:
    for program in (build("every-type"), streamed(build("every-type"))):
        rows = tmp_path / "rows.csv"
        rows.write_bytes(hosting.every_row(column, cell, also=cell).encode())
        out = tmp_path / "out.csv"
        done = call(program, rows, "-o", out)
        assert (done.returncode, done.stderr) == (0, "")
        assert f",{found},{found}," in "," + out.read_bytes().decode().split("\n", 1)[1]


def streamed(program: Path) -> Path:
    """Build the project as where the standard library has no from_chars of doubles."""
    other = program.with_name("streams")
    if not other.exists():
        folder = project_of(program)
        own = [str(folder / "src" / name) for name in ("numbers.cpp", "predictor.cpp", "main.cpp")]
        linked(folder, program, "-DKX_HOST_STREAMS", *own, output=other.name)
    return other


@needed
@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("uint8s", "300", "'300' does not fit into uint8"),
        ("uint8s", "-1", "'-1' does not fit into uint8"),
        ("int8s", "128", "'128' does not fit into int8"),
        ("int64s", "9223372036854775808", "'9223372036854775808' does not fit into int64"),
        ("uint64s", "18446744073709551616", "'18446744073709551616' does not fit into uint64"),
        ("uint64s", "1e99999999999", "'1e99999999999' does not fit into uint64"),
        ("int32s", "1.5", "'1.5' is not a whole number"),
        ("int32s", "nan", "'nan' does not fit into int32"),
        ("int32s", "one", "'one' is not a number"),
        ("float16s", "65520", "'65520' does not fit into float16"),
        ("float32s", "-3.41e38", "'-3.41e38' does not fit into float32"),
        ("float64s", "1e309", "'1e309' does not fit into float64"),
        ("bools", "2", "'2' does not fit into bool"),
        ("bools", "yes", "'yes' is not a number"),
        ("float64s", "1e", "'1e' is not a number"),
        ("float64s", "infinit", "'infinit' is not a number"),
        ("float64s", "1\u00e9" * 50, "..."),
    ],
)
def test_what_does_not_fit_is_told_by_its_place(
    build: Build, tmp_path: Path, column: str, cell: str, words: str
) -> None:
    program = build("every-type")
    done = predict(
        program,
        tmp_path,
        hosting.every_row("float32s", "1") + "\n" + hosting.every_row(column, cell),
    )
    place = 2 * list(hosting.DTYPES).index(column.removesuffix("s")) + 1
    assert done.returncode == 2
    assert done.stderr.startswith(f"predict: rows.csv: line 2, column {place}: '")
    assert words in done.stderr


@needed
def test_another_model_is_noticed(build: Build, tmp_path: Path) -> None:
    program = build("iris")
    for what, data, words in hosting.exchanged(project_of(program)):
        other = tmp_path / "model.onnx"
        other.write_bytes(data)
        done = predict(program, tmp_path, "1,2,3\n", "--model", other)
        assert (done.returncode, done.stdout) == (2, ""), what
        assert done.stderr.startswith(f"predict: {other}: "), what
        assert words in done.stderr, what
        assert done.stderr.count("\n") == 1, what


@needed
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give a table of rows, or --selftest; see --help"),
        (["rows.csv", "--selftest"], "give a table of rows, or --selftest; see --help"),
        (["--verbose"], "--verbose: no such option; see --help"),
        (["rows.csv", "more.csv"], "more.csv: one table at a time"),
        (["rows.csv", "-o"], "-o needs a value"),
        (["rows.csv", "--threads", "none"], "--threads: 'none' is not a number"),
        (["rows.csv", "--threads", "0"], "--threads: 0 is less than 1"),
        (["--model", "none.onnx", "rows.csv"], "none.onnx: no such file"),
        (["none.csv"], "none.csv: no such file"),
        (["."], "is a folder"),
    ],
)
def test_a_wrong_command_line(build: Build, words: list[str], said: str) -> None:
    done = call(build("iris"), *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("predict: ")
    assert said in done.stderr


@needed
def test_help_and_unwritable_output(build: Build, tmp_path: Path) -> None:
    done = call(build("iris"), "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--selftest" in done.stdout
    done = predict(build("iris"), tmp_path, "1,2,3\n", "-o", tmp_path / "none" / "out.csv")
    assert done.returncode == 2
    assert "out.csv: cannot be written" in done.stderr


THREADS = """\
#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <vector>

#include "predictor.hpp"

namespace net = iris_model;

bool same(const net::Outputs& one, const net::Outputs& other) {
  return one.species == other.species && one.petal_width == other.petal_width;
}

int main(int, char** words) {
  const net::Predictor predictor(words[1]);
  std::vector<net::Inputs> rows(300);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto number = static_cast<float>(i) / 50;
    rows[i].sepal = {number, 3 - number};
    rows[i].petal_length = number * number / 9;
  }
  std::vector<net::Outputs> wanted;
  for (const net::Inputs& row : rows) wanted.push_back(predictor.predict(row));

  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::size_t turn = 0; turn < 40; ++turn) {
        const std::size_t start = (thread * 37 + turn * 5) % 200;
        if (!same(predictor.predict(rows[start]), wanted[start])) ++wrong;
        const std::size_t size = 1 + (thread + turn) % 7;
        const auto first = rows.begin() + static_cast<std::ptrdiff_t>(start);
        const std::vector<net::Inputs> some(first, first + static_cast<std::ptrdiff_t>(size));
        const std::vector<net::Outputs> found = predictor.predict(some);
        std::vector<float> sepal, petal, species(size * 3), width(size);
        for (const net::Inputs& row : some) {
          sepal.insert(sepal.end(), row.sepal.begin(), row.sepal.end());
          petal.push_back(row.petal_length);
        }
        predictor.predict({sepal.data(), petal.data()}, size, {species.data(), width.data()});
        for (std::size_t i = 0; i < size; ++i) {
          const net::Outputs& right = wanted[start + i];
          const auto near = [](float a, float b) { return a - b < 1e-6f && b - a < 1e-6f; };
          if (!near(found[i].petal_width, right.petal_width)) ++wrong;
          if (found[i].petal_width != width[i]) ++wrong;
          if (found[i].species[2] != species[i * 3 + 2]) ++wrong;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  try {
    const net::Predictor missing("none.onnx");
    ++wrong;
  } catch (const net::ModelError& error) {
    std::printf("%s\\n", error.what());
  }
  std::printf("%d\\n", wrong.load());
  return 0;
}
"""

EMBEDDED = """\
cmake_minimum_required(VERSION 3.20)
project(own LANGUAGES CXX)
add_subdirectory(iris)
add_executable(predict own.cpp)
target_link_libraries(predict PRIVATE iris_model)
"""


def embedded(place: Path) -> Path:
    """Write a program of one's own around a generated predictor, used from several threads."""
    hosting.project("iris", "cpp", place / "iris")
    (place / "CMakeLists.txt").write_text(EMBEDDED)
    (place / "own.cpp").write_text(THREADS)
    return place


@needed
def test_a_program_of_ones_own_with_many_threads(tmp_path: Path) -> None:
    program = compiled(embedded(tmp_path), *GIVEN, *FAST)
    done = call(program, tmp_path / "iris" / "model.onnx")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "none.onnx: no such file\n0\n"


@needed
def test_the_library_may_be_opened_at_run_time(tmp_path: Path) -> None:
    folder = hosting.generate("diabetes-33", "cpp", tmp_path)
    program = compiled(folder, GIVEN[0], "-DONNXRUNTIME_LOAD=ON", *FAST)
    (installed,) = Path(onnxruntime.__file__).parent.glob("capi/libonnxruntime.so.*")
    for library in (LIBRARY, installed):
        done = call(program, "--selftest", ONNXRUNTIME_LIBRARY=str(library))
        assert (done.returncode, done.stderr) == (0, "")
    done = call(program, "--selftest", ONNXRUNTIME_LIBRARY=str(tmp_path / "none.so"))
    assert done.returncode == 2
    assert "name the library in the environment variable ONNXRUNTIME_LIBRARY" in done.stderr


@needed
def test_an_installed_onnxruntime_is_found(tmp_path: Path) -> None:
    config = tmp_path / "installed" / "onnxruntimeConfig.cmake"
    config.parent.mkdir()
    config.write_text(
        "add_library(onnxruntime::onnxruntime SHARED IMPORTED)\n"
        "set_target_properties(onnxruntime::onnxruntime PROPERTIES\n"
        f'  IMPORTED_LOCATION "{LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "{INCLUDE}")\n'
        'message(STATUS "found as a package")\n'
    )
    folder = hosting.generate("iris", "cpp", tmp_path)
    done = cmake(folder, f"-Donnxruntime_DIR={config.parent}")
    assert done.returncode == 0, done.stderr
    assert "found as a package" in done.stdout


@needed
def test_a_missing_onnxruntime_is_told(tmp_path: Path) -> None:
    folder = hosting.generate("iris", "cpp", tmp_path)
    done = cmake(folder, f"-DONNXRUNTIME_ROOT={tmp_path}", "-DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF")
    assert done.returncode == 1
    assert "onnxruntime was not found" in done.stderr
    assert "-DONNXRUNTIME_ROOT=" in done.stderr


@needed
def test_no_telemetry_is_written(build: Build, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    env = {"HOME": str(home), "XDG_CACHE_HOME": str(home), "CI": "", "ORT_DISABLE_TELEMETRY": ""}
    assert call(build("iris"), "--selftest", **env).returncode == 0
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("name", ["iris", "hostile", "every-type", "strings"])
def test_sources_are_formatted(tmp_path: Path, name: str) -> None:
    formatter = shutil.which("clang-format")
    if not formatter:
        pytest.skip("clang-format is not installed")
    sources = sorted((hosting.generate(name, "cpp", tmp_path) / "src").iterdir())
    done = call(formatter, "--dry-run", "--Werror", *sources)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(path.read_text(encoding="utf-8").isascii() for path in sources)
