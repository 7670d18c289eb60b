"""C and C++ that keronyx prints, whatever models and layers are called."""

from dataclasses import replace
from pathlib import Path

import generated
import pytest
from code_native import SUFFIX
from code_programs import GCC, GPP, compiled, executed
from emitting import dense, numbers
from layer_case import Builder, alone, layer, tensor

import keronyx
from keronyx.coding import print_code
from keronyx.converter.model import Model
from keronyx.converter.program.language import Options
from keronyx.converter.source import printer

pytestmark = pytest.mark.skipif(not (GCC and GPP), reason="gcc and g++ are not installed")


def hostile() -> Model:
    """Return a model all of whose names want to break out, or are words of a language."""
    x = tensor('*/ int evil(void) { return 1; } /* " \\', 3)
    y, z = tensor("for", 3), tensor("expf", 3)
    build = Builder(x, y, z)
    names = [
        "??/",
        "a\nb",
        "a b",
        "int",
        "row",
        "kx_max_float32",
        "☃",
        'q"); system("x',
        "\\",
        "*/",
    ]
    value = build.call(layer("Maximum", "net_predict"), x, y, z)
    for name in names:
        value = build.call(dense(3, 3, name, activation="gelu"), value)
    value = build.call(layer("Softmax", "*/ #error"), value)
    model = build.model(**{"class": value, "CLASS": value, "1st": x})
    return replace(model, name='net"*/\n#error', source='a"*/\n.h5', keras_version="*/\\")


@pytest.mark.parametrize("weights", [None, '*/\n".bin'])
@pytest.mark.parametrize("language", ["c", "cpp"])
def test_names_cannot_break_out(language: str, weights: str | None, tmp_path: Path) -> None:
    made = print_code(hostile(), language, Options(weights_file=weights), name="net")
    assert made.text.isascii()
    path, file = tmp_path / SUFFIX[language], tmp_path / "weights"
    path.write_text(made.text)
    file.write_bytes(made.weights or b"")
    code, said = executed(compiled(path, language, "-DKERONYX_SELFTEST"), str(file))
    assert code == 0, said


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_hostile_names_and_keywords_stay_names(language: str, tmp_path: Path) -> None:
    """All in one file, where they could get in each other's way, too."""
    programs = [generated.keywords(), *map(generated.hostile, generated.HOSTILE)]
    texts = []
    for number, program in enumerate(programs):
        texts.append(printer(language)(replace(program, name=f"n{number}"), Options()))
        assert texts[-1].isascii()
    path = tmp_path / SUFFIX[language]
    path.write_text(texts[0])
    code, said = executed(compiled(path, language, "-DKERONYX_SELFTEST"))
    assert code == 0, said
    for number, text in enumerate(texts):
        (tmp_path / f"n{number}").write_text(text)
    if language == "cpp":
        path.write_text("".join(f'#include "n{number}"\n' for number in range(len(texts))))
        compiled(path, language, "-c", "-O0")
        return
    for number in range(len(texts)):
        compiled(tmp_path / f"n{number}", language, "-x", "c", "-fsyntax-only")


def test_a_model_may_be_called_like_a_function_of_the_library(tmp_path: Path) -> None:
    names = ["time", "random", "signal", "select", "remove", "exp", "std", "keronyx"]
    model = alone(dense(3, 3, "d"), tensor("x", 3))
    heads = ["ctime", "csignal", "cstdlib", "cstdio", "sys/select.h"]
    lines = [f"#include <{head}>" for head in heads]
    lines += [keronyx.code(replace(model, name=name), "cpp") for name in names]
    path = tmp_path / "net.hpp"
    path.write_text("\n".join([*lines, "int main() { return 0; }"]))
    assert executed(compiled(path, "cpp")) == (0, "")


def test_letters_of_loops_may_be_names(tmp_path: Path) -> None:
    letters = [*"abcdefghijklmnopqrstuvwxyz", "v0", "t9", "i0"]
    build = Builder(*(tensor(letter, 20) for letter in letters))
    value = build.call(layer("Add", "a"), *build.inputs.values())
    value = build.call(layer("LayerNormalization", "n", gamma=numbers(20), beta=numbers(20)), value)
    value = build.call(layer("Softmax", "s"), build.call(dense(70, 20, "w"), value))
    model = build.model(A=value, B=build.call(dense(1, 70, "one"), value))
    for language in ("c", "cpp"):
        path = tmp_path / SUFFIX[language]
        path.write_text(keronyx.code(model, language))
        code, said = executed(compiled(path, language, "-DKERONYX_SELFTEST"))
        assert code == 0, said
