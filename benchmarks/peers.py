"""Other makers of C and C++, to be timed beside ours: each becomes one function of a row.

None is needed. Their tools and checkouts are named on the command line; one that is not, or that
cannot be built, is left out. Each becomes an object file with ``void NAME_predict(const float *x,
float *y)``, compiled with the same flags as everything else.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CPP = """
#include "net.hpp"
extern "C" void cpp_predict(const float *x, float *y)
{
    keronyx::net::predict(x, y);
}
"""

ONNX2C = """
void entry(const float x[1][INPUTS], float y[1][OUTPUTS]);
void onnx2c_predict(const float *x, float *y)
{
    entry((const float(*)[INPUTS])x, (float(*)[OUTPUTS])y);
}
"""

KERAS2C = """
#include "keras2c_net.h"
void keras2c_predict(const float *x, float *y)
{
    k2c_tensor given = {(float *)x, 1, INPUTS, {INPUTS, 1, 1, 1, 1}};
    k2c_tensor made = {y, 1, OUTPUTS, {OUTPUTS, 1, 1, 1, 1}};
    keras2c_net(&given, &made);
}
"""

KERAS2C_RUN = """
import sys
sys.path.insert(0, sys.argv[1])
from keras2c.keras2c_main import k2c
k2c("net.h5", "keras2c_net", malloc=False, num_tests=1, verbose=False)
"""

FRUGALLY_DEEP = """
#include <algorithm>
#include <fdeep/fdeep.hpp>
extern "C" void frugally_deep_predict(const float *x, float *y)
{
    static const auto model = fdeep::load_model("net.json", false, fdeep::dev_null_logger);
    const fdeep::tensor given(fdeep::tensor_shape(INPUTS), std::vector<float>(x, x + INPUTS));
    const auto made = model.predict({given}).front().to_vector();
    std::copy(made.begin(), made.end(), y);
}
"""

RTNEURAL = """
#define RTNEURAL_USE_EIGEN 1
#define RTNEURAL_DEFAULT_ALIGNMENT 32
#define EIGEN_STACK_ALLOCATION_LIMIT 0
#include <algorithm>
#include <vector>
#include <RTNeural/RTNeural.h>
#include "tables.h"
using Net = RTNeural::ModelT<float, INPUTS, OUTPUTS, @LAYERS@>;
template <class Dense> static void fill(Dense &dense, const float *kernel, const float *bias)
{
    const int inputs = (int)Dense::in_size, units = (int)Dense::out_size;
    std::vector<std::vector<float>> rows(units, std::vector<float>(inputs));
    for (int i = 0; i < inputs; ++i) {
        for (int j = 0; j < units; ++j) {
            rows[j][i] = kernel[i * units + j];
        }
    }
    dense.setWeights(rows);
    dense.setBias(bias);
}
static Net *made()
{
    static Net net;
    @FILL@
    net.reset();
    return &net;
}
extern "C" void rtneural_predict(const float *x, float *y)
{
    static Net *const net = made();
    alignas(64) float given[INPUTS];
    std::copy(x, x + INPUTS, given);
    net->forward(given);
    std::copy(net->getOutputs(), net->getOutputs() + OUTPUTS, y);
}
"""

ACTIVATIONS = {"relu": "ReLuActivationT", "softmax": "SoftmaxActivationT"}


@dataclass(frozen=True)
class Build:
    """Where everything is built, with which flags, and of which layers the network is."""

    place: Path
    flags: Sequence[str]
    sizes: Sequence[str]
    dense: Sequence[tuple[int, int, str]]
    """Inputs, units and activation of each layer, the normalisation folded."""
    asked: argparse.Namespace

    def run(self, command: Sequence[str | Path], **more: Any) -> None:
        """Run a command here; what it prints goes to stderr."""
        subprocess.run(
            [str(each) for each in command], cwd=self.place, check=True, **{"stdout": 2, **more}
        )

    def compile(self, file: str, *more: str, text: str = "") -> str:
        """Compile a file, which may be written first; return the object file."""
        if text:
            (self.place / file).write_text(text)
        made = file.rpartition("/")[2].rpartition(".")[0] + ".o"
        language = [os.environ.get("CC", "gcc")]
        if file.endswith(".cpp"):
            language = [os.environ.get("CXX", "g++"), "-std=c++17"]
        self.run([*language, *self.flags, *self.sizes, *more, "-c", file, "-o", made])
        return made

    @property
    def include(self) -> list[str]:
        """The folders with other people's headers."""
        return [f"-I{folder.resolve()}" for folder in self.asked.include]


def cpp(build: Build) -> list[str]:
    """Compile our own C++."""
    return [build.compile("cpp.cpp", text=CPP)]


def onnx2c(build: Build) -> list[str]:
    """Let onnx2c print our graph in C."""
    with (build.place / "onnx2c_net.c").open("w") as file:
        build.run([build.asked.onnx2c.resolve(), "-d", "batch:1", "net.onnx"], stdout=file)
    return [build.compile("onnx2c_net.c", "-w"), build.compile("onnx2c.c", text=ONNX2C)]


def keras2c(build: Build) -> list[str]:
    """Let keras2c print the network in C; its functions are C files of its checkout."""
    checkout = build.asked.keras2c.resolve()
    build.run([build.asked.keras2_python, "-c", KERAS2C_RUN, checkout])
    (build.place / "include").symlink_to(checkout / "include")
    files = sorted(f"include/{path.name}" for path in (checkout / "include").glob("*.c"))
    made = [build.compile(file, "-w") for file in (*files, "keras2c_net.c")]
    return [*made, build.compile("keras2c.c", text=KERAS2C)]


def frugally_deep(build: Build) -> list[str]:
    """Let frugally-deep convert the network, and compile its library."""
    checkout = build.asked.frugally_deep.resolve()
    convert = checkout / "keras_export" / "convert_model.py"
    build.run([build.asked.keras3_python, convert, "net.h5", "net.json"])
    more = [f"-I{checkout / 'include'}", *build.include, "-DNDEBUG", "-w"]
    return [build.compile("frugally_deep.cpp", *more, text=FRUGALLY_DEEP)]


def rtneural(build: Build) -> list[str]:
    """Spell the network as a type of RTNeural's."""
    layers, fill = [], []
    for number, (inputs, units, activation) in enumerate(build.dense):
        fill.append(f"fill(net.get<{len(layers)}>(), k{number}, b{number});")
        layers.append(f"RTNeural::DenseT<float, {inputs}, {units}>")
        if activation in ACTIVATIONS:
            layers.append(f"RTNeural::{ACTIVATIONS[activation]}<float, {units}>")
    text = RTNEURAL.replace("@LAYERS@", ", ".join(layers)).replace("@FILL@", "\n    ".join(fill))
    more = [f"-I{build.asked.rtneural.resolve()}", *build.include, "-DNDEBUG", "-w"]
    return [build.compile("rtneural.cpp", *more, text=text)]


PEERS: Mapping[str, tuple[str, Callable[[Build], list[str]]]] = {
    "cpp": ("keronyx code, C++", cpp),
    "onnx2c": ("onnx2c", onnx2c),
    "keras2c": ("keras2c", keras2c),
    "frugally_deep": ("frugally-deep", frugally_deep),
    "rtneural": ("RTNeural, ModelT", rtneural),
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that name the peers."""
    parser.add_argument("--onnx2c", type=Path, help="the built program")
    parser.add_argument("--keras2c", type=Path, help="its checkout; needs --keras2-python")
    parser.add_argument("--frugally-deep", type=Path, help="its checkout; needs --keras3-python")
    parser.add_argument("--rtneural", type=Path, help="its checkout")
    parser.add_argument("--keras2-python", type=Path, help="a Python that has TensorFlow 2.15")
    parser.add_argument("--keras3-python", type=Path, help="a Python that has Keras 3")
    parser.add_argument(
        "--include",
        type=Path,
        action="append",
        default=[],
        help="a folder with headers: Eigen for frugally-deep and RTNeural, FunctionalPlus and"
        " nlohmann's json for frugally-deep (may be repeated)",
    )


def built(build: Build) -> Iterator[tuple[str, str, list[str]]]:
    """Yield every peer that was asked for and could be built: name, title, object files."""
    for name, (title, make) in PEERS.items():
        if name != "cpp" and getattr(build.asked, name) is None:
            continue
        try:
            yield name, title, make(build)
        except (OSError, subprocess.CalledProcessError) as error:
            sys.stderr.write(f"{title} is left out: {str(error)[:300]}\n")
