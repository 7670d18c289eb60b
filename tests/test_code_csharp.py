"""Source code in C#: it compiles as C# 7.3 without a warning, and gives what Keras recorded."""

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import dotnet
import generated
import numpy as np
import pytest
from layer_case import alone, layer, tensor

import keronyx
from keronyx.converter.lower import lower
from keronyx.converter.program.language import Options, Program
from keronyx.converter.program.weights import pack
from keronyx.converter.source.csharp import write

SDK = dotnet.sdk()
OPTIONS = Options()

needs_sdk = pytest.mark.skipif(isinstance(SDK, str), reason=str(SDK))

DRIVER = """
public static class Driver
{
    private delegate int Test(out double largest);

    private static void Run(string name, Test test)
    {
        double largest;
        int wrong = test(out largest);
        if (wrong != 0)
        {
            System.Console.WriteLine(name + ": " + wrong + " numbers are off, by up to " + largest);
        }
    }

    public static void Main()
    {
        CALLS
    }
}
"""

USER = """
using System;
using Keronyx;

public static class User
{
    private static void Refused(Action call)
    {
        try
        {
            call();
            Console.WriteLine("not refused");
        }
        catch (ArgumentException error)
        {
            Console.WriteLine(error.Message);
        }
    }

    public static void Main()
    {
        BODY
    }
}
"""


def compiled(place: Path, *define: str, main: str = "") -> dotnet.Sdk:
    assert isinstance(SDK, dotnet.Sdk)
    wrong = SDK.compile(place, define=define, main=main)
    assert not wrong, wrong[:2000]
    return SDK


def complaints(place: Path, programs: Mapping[str, Program], *define: str) -> str:
    """Compile programs together, each under a name of its own, and run their self-tests."""
    calls = []
    for number, (name, program) in enumerate(programs.items()):
        text = write(replace(program, name=f"case_{number}"), OPTIONS)
        (place / f"case_{number}.cs").write_text(text)
        said = re.sub(r"[^\w.-]", "_", name)
        calls.append(f'Run("{said}", Keronyx.Case{number}.SelfTest);')
    (place / "driver.cs").write_text(DRIVER.replace("CALLS", "\n        ".join(calls)))
    done = compiled(place, "KERONYX_SELFTEST", *define, main="Driver").run(place)
    return done.stdout + done.stderr


def answers(place: Path, program: Program, body: str, name: str = "net") -> list[str]:
    """Return the lines that a user's program prints."""
    (place / "net.cs").write_text(write(replace(program, name=name), OPTIONS))
    (place / "user.cs").write_text(USER.replace("BODY", body))
    done = compiled(place).run(place)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@needs_sdk
@pytest.mark.corpus
def test_models_give_what_keras_recorded(tmp_path: Path) -> None:
    assert complaints(tmp_path, {**generated.programs(), **generated.doubles()}) == ""


@needs_sdk
def test_vectors_of_newer_runtimes_give_the_same(tmp_path: Path) -> None:
    programs = {
        name: program
        for name, program in generated.programs().items()
        if name.startswith(("d", "iris", "wine", "breast"))
    }
    some = dict(list(programs.items())[:60])
    assert complaints(tmp_path, some, "NETCOREAPP") == ""


@needs_sdk
def test_random_programs_do_what_their_definition_says(tmp_path: Path) -> None:
    assert complaints(tmp_path, dict(generated.drawn(whole=True))) == ""


@needs_sdk
def test_hostile_names_stay_names(tmp_path: Path) -> None:
    assert isinstance(SDK, dotnet.Sdk)
    calls = []
    programs = [generated.keywords(), *map(generated.hostile, generated.HOSTILE)]
    for number, program in enumerate(programs):
        text = write(program, OPTIONS)
        assert text.isascii()
        found = re.search(r"public static class (\w+)", text)
        assert found is not None
        calls.append(f'Run("{number}", N{number}.{found[1]}.SelfTest);')
        text = text.replace("namespace Keronyx", f"namespace N{number}")
        (tmp_path / f"case_{number}.cs").write_text(text)
    (tmp_path / "driver.cs").write_text(DRIVER.replace("CALLS", "\n        ".join(calls)))
    done = compiled(tmp_path, "KERONYX_SELFTEST", main="Driver").run(tmp_path)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@needs_sdk
def test_file_runs_by_itself_and_says_how_it_went(tmp_path: Path) -> None:
    program = generated.nets()["iris"]
    path = tmp_path / "iris.cs"
    path.write_text(write(program, OPTIONS))
    done = compiled(tmp_path, "KERONYX_SELFTEST").run(tmp_path, "--selftest")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{program.name}: 16 rows, largest difference ")
    assert done.stdout.endswith(": right\n")
    path.write_text(write(generated.corrupted(program), OPTIONS))
    done = compiled(tmp_path, "KERONYX_SELFTEST").run(tmp_path, "--selftest")
    assert done.returncode == 1
    assert done.stdout.endswith(": wrong (1 numbers)\n")


@needs_sdk
def test_weights_file_is_read_from_beside_and_checked(tmp_path: Path) -> None:
    program = generated.nets()["iris"]
    name = "the w'ei\"ghts #1%.bin"
    (tmp_path / "net.cs").write_text(write(program, Options(weights_file=name)))
    sdk = compiled(tmp_path, "KERONYX_SELFTEST")
    data = bytearray(pack(program).data)
    (tmp_path / name).write_bytes(data)
    assert sdk.run(tmp_path).returncode == 0
    data[-65] ^= 1
    (tmp_path / name).write_bytes(data)
    done = sdk.run(tmp_path)
    assert done.returncode
    assert "is not the weights file" in done.stderr


@needs_sdk
def test_rows_batches_and_refusals(tmp_path: Path) -> None:
    lines = answers(
        tmp_path,
        generated.nets()["digits-embedding"],
        """
        var levels = new int[128];
        float[] one = Net.Predict(new int[64]), two = Net.PredictBatch(2, levels);
        var into = new float[10];
        Net.Predict(new int[64], into);
        Console.WriteLine(one.Length + " " + two.Length);
        Console.WriteLine(one[3] == two[3] && one[3] == two[13] && one[3] == into[3]);
        Refused(() => Net.Predict(levels));
        Refused(() => Net.Predict(null));
        Refused(() => Net.PredictBatch(-1, levels));
        levels[127] = 17;
        Refused(() => Net.PredictBatch(2, levels));
        """,
    )
    assert lines[:2] == ["10 20", "True"]
    assert lines[2].endswith(": 64 numbers expected")
    assert lines[3].endswith(": 64 numbers expected")
    assert lines[4].endswith("numbers expected")
    assert "'embedding'" in lines[5]


@needs_sdk
def test_several_inputs_and_outputs_and_double(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    model = keronyx.read([rng.standard_normal((5, 4)), np.ones(4)], activations="gelu")
    x = rng.standard_normal((1, 5))
    (expected,) = keronyx.evaluate(model, x).values()
    numbers = ", ".join(map(repr, x[0].tolist()))
    lines = answers(
        tmp_path,
        lower(model, double=True),
        f"foreach (double y in Net.Predict(new double[] {{ {numbers} }}))"
        ' Console.WriteLine(y.ToString("R", System.Globalization.CultureInfo.InvariantCulture));',
    )
    np.testing.assert_allclose([float(line) for line in lines], expected[0], rtol=1e-13)


@needs_sdk
@pytest.mark.parametrize("name", ["predict_row", "work", "system", "select", "decode", "a_1"])
def test_class_gets_along_with_its_members(tmp_path: Path, name: str) -> None:
    program = replace(generated.nets()["iris"], name=name)
    (tmp_path / "net.cs").write_text(write(program, OPTIONS))
    assert compiled(tmp_path, "KERONYX_SELFTEST").run(tmp_path).returncode == 0


def test_weights_are_exact_to_the_last_bit() -> None:
    program = generated.nets()["digits-residual"]
    text = write(program, OPTIONS)
    for constant in program.constants:
        found = re.search(rf'\[\] {constant.name}\s+= Decode<float>\((\d+), (@"[^;]*)\);', text)
        assert found is not None
        assert int(found[1]) == constant.size
        data = b"".join(b64decode(part) for part in re.findall(r'@"([^"]*)"', found[2]))
        assert data == constant.values.tobytes()


def test_more_weights_than_strings_may_have_are_refused() -> None:
    kernel = np.zeros((1000, 1500), np.float32)
    program = lower(alone(layer("Dense", "wide", units=1500, kernel=kernel), tensor("x", 1000)))
    with pytest.raises(keronyx.KeronyxError, match="--weights-file"):
        write(program, OPTIONS)
    assert len(write(program, Options(weights_file="net.bin"))) < 20_000


def test_same_program_is_the_same_text() -> None:
    program = generated.nets()["iris"]
    assert write(program, OPTIONS) == write(program, OPTIONS)
