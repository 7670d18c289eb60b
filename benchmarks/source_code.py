"""What the C that keronyx prints costs: against C by hand, onnxruntime, and other makers of C.

All are compiled with the same flags and take turns in one process on one thread; the least of many
blocks counts. The loop by hand is a careful one: bias, then the inputs one after the other over
all units, which compilers vectorise, the normalisation folded into the Dense that follows.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnxruntime
import peers
from hand import folded
from nets import NETS, Array, Net
from rich.console import Console
from rich.table import Table

import keronyx
from keronyx.converter.lower import lower
from keronyx.converter.program.language import Options
from keronyx.converter.source import printer

HERE = Path(__file__).resolve().parent
ROWS = 256
LOOP = """
    for (int j = 0; j < {units}; ++j) {{
        h{to}[j] = b{layer}[j];
    }}
    for (int i = 0; i < {inputs}; ++i) {{
        const float v = {source}[i];
        for (int j = 0; j < {units}; ++j) {{
            h{to}[j] += v * k{layer}[i * {units} + j];
        }}
    }}"""
RELU = """
    for (int j = 0; j < {units}; ++j) {{
        h{to}[j] = h{to}[j] < 0 ? 0 : h{to}[j];
    }}"""
SOFTMAX = """
    float most = h{to}[0], sum = 0;
    for (int j = 1; j < {units}; ++j) {{
        most = h{to}[j] > most ? h{to}[j] : most;
    }}
    for (int j = 0; j < {units}; ++j) {{
        sum += h{to}[j] = expf(h{to}[j] - most);
    }}
    for (int j = 0; j < {units}; ++j) {{
        h{to}[j] /= sum;
    }}"""
BY_HAND = """#include <math.h>
#include "tables.h"
void hand_predict(const float *restrict x, float *restrict y)
{{
{body}
    for (int j = 0; j < {units}; ++j) {{
        y[j] = {source}[j];
    }}
}}
"""
ACTIVATIONS = {"linear": "", "relu": RELU, "softmax": SOFTMAX}


def table(name: str, array: Array) -> str:
    """Return an array as a C table."""
    numbers = ", ".join(f"{float(value).hex()}f" for value in array.ravel())
    return f"static const float {name}[{array.size}] = {{{numbers}}};"


def tables(net: Net) -> str:
    """Return the weights as C tables, the normalisation folded."""
    lines = []
    for layer, (_, _, (kernel, bias)) in enumerate(folded(net)):
        lines += [table(f"k{layer}", kernel), table(f"b{layer}", bias), ""]
    return "\n".join(lines)


def by_hand(net: Net) -> str:
    """Return the network as a careful person writes it in C."""
    body, source = [], "x"
    for layer, (_, config, (kernel, _)) in enumerate(folded(net)):
        inputs, units = kernel.shape
        places = {"units": units, "inputs": inputs, "layer": layer, "to": layer, "source": source}
        body.append(f"\n    float h{layer}[{units}];")
        body.append(LOOP.format(**places) + ACTIVATIONS[config["activation"]].format(**places))
        source = f"h{layer}"
    return BY_HAND.format(body="\n".join(body), units=units, source=source)


def driver(net: Net, place: Path, asked: argparse.Namespace) -> Path:
    """Print and compile everything; say how long our own network took."""
    source = place / "net.h5"
    net.save(source)
    program = lower(keronyx.read(source), name="net")
    for language, name in (("c", "net.c"), ("cpp", "net.hpp")):
        (place / name).write_text(printer(language)(program, Options()))
    (place / "tables.h").write_text(tables(net))
    (place / "net.onnx").write_bytes(keronyx.convert(source, check=False).onnx.SerializeToString())
    (entrance,), (end,) = program.inputs, program.outputs
    sizes = [f"-DINPUTS={entrance.buffer.size}", f"-DOUTPUTS={end.buffer.size}", f"-DROWS={ROWS}"]
    dense = [(*kernel.shape, config["activation"]) for _, config, (kernel, _) in folded(net)]
    build = peers.Build(place, asked.flags.split(), sizes, dense, asked)
    start = time.perf_counter()
    objects = [build.compile("net.c")]
    sys.stderr.write(f"{net.name}: net.c compiled in {time.perf_counter() - start:.1f} s\n")
    objects.append(build.compile("hand.c", text=by_hand(net)))
    entries = ""
    for name, title, made in peers.built(build):
        objects += made
        entries += f'X({name}, "{title}") '
    ort = ["-DORT", f"-I{asked.ort_include.resolve()}"] if asked.ort_include else []
    objects.append(build.compile(str(HERE / "driver.c"), f"-DPEERS={entries}", *ort))
    build.run([os.environ.get("CXX", "g++"), *objects, "-o", "driver", "-lm", "-ldl"])
    return place / "driver"


def library() -> str:
    """Return onnxruntime's library in the installed package."""
    folder = Path(onnxruntime.__file__).parent / "capi"
    return str(next(folder.glob("libonnxruntime.so*")))


def timed(program: Path, rounds: int) -> dict[str, float]:
    """Return the nanoseconds of a row, by contender."""
    command = [str(program), str(rounds), library(), "net.onnx"]
    done = subprocess.run(
        command, cwd=program.parent, check=True, stdout=subprocess.PIPE, text=True
    )
    pairs = (line.split("\t") for line in done.stdout.splitlines())
    return {name: float(value) for name, value in pairs}


def in_python(place: Path, width: int, rounds: int) -> Iterator[tuple[str, float]]:
    """Yield what onnxruntime's Python API takes for a row, alone and in a batch."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        str(place / "net.onnx"), options, providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name
    for rows, before in ((1, ""), (ROWS, "batch: ")):
        x = np.random.default_rng(1).uniform(-0.5, 0.5, (rows, width)).astype(np.float32)
        best = float("inf")
        for _ in range(rounds):
            start = time.thread_time_ns()
            for _ in range(10):
                session.run(None, {name: x})
            best = min(best, (time.thread_time_ns() - start) / 10)
        yield f"{before}onnxruntime, Python API", best / rows


def shown(title: str, best: dict[str, float]) -> Table:
    """Return the times, with what each contender costs of the loop by hand and of ours."""
    made = Table("", "ns a row", "of C by hand", "of keronyx code", title=title)
    for name, value in sorted(best.items(), key=lambda pair: pair[0].startswith("batch")):
        before = "batch: " if name.startswith("batch: ") else ""
        ratios = (value / best[before + other] for other in ("C by hand", "keronyx code"))
        made.add_row(name, f"{value:,.0f}", *(f"{ratio:.2f}" for ratio in ratios))
    return made


def main() -> None:
    """Time every net and print a table each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nets", nargs="+", default=["small", "digits"])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--flags", default="-O3 -march=native")
    parser.add_argument(
        "--ort-include", type=Path, help="folder with onnxruntime_c_api.h, to time the C API too"
    )
    peers.add_options(parser)
    asked = parser.parse_args()
    for name in asked.nets:
        net = NETS[name]()
        width = net.layers[0][1]["batch_input_shape"][1]
        with tempfile.TemporaryDirectory(prefix="keronyx-bench-") as folder:
            place = Path(folder)
            best = timed(driver(net, place, asked), asked.rounds)
            best |= in_python(place, width, asked.rounds)
        Console().print(shown(f"{name}, {asked.flags}", best))


if __name__ == "__main__":
    main()
