"""Projects for C++ in the hands of their users: in a program, with an onnxruntime of theirs."""

import shutil
from pathlib import Path

import hosting
import onnxruntime
import pytest
from hosting_cpp import FAST, GIVEN, INCLUDE, LIBRARY, call, cmake, compiled, needed

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


@pytest.mark.parametrize("name", ["iris", "hostile", "every-type", "strings"])
def test_sources_are_formatted(tmp_path: Path, name: str) -> None:
    formatter = shutil.which("clang-format")
    if not formatter:
        pytest.skip("clang-format is not installed")
    sources = sorted((hosting.generate(name, "cpp", tmp_path) / "src").iterdir())
    done = call(formatter, "--dry-run", "--Werror", *sources)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(path.read_text(encoding="utf-8").isascii() for path in sources)
