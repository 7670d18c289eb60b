"""What the tests of projects for C# share: how all of them are built, and run.

They are built by the SDK on PATH (.ci/dotnet gets one) with the package that lies in the folder
KERONYX_ORT_NUGET (.ci/nuget makes one), all by one call of MSBuild.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dotnet
import hosting
import numpy as np
import pytest

from keronyx.hosting import host

SDK = dotnet.sdk()
FEED = Path(os.environ.get("KERONYX_ORT_NUGET", ""))
PACKAGES = sorted(FEED.glob("Microsoft.ML.OnnxRuntime.[0-9]*.nupkg"))
MISSING = SDK if isinstance(SDK, str) else "" if PACKAGES else "KERONYX_ORT_NUGET names no packages"

needs_sdk = pytest.mark.skipif(bool(MISSING), reason=MISSING)

NAMES = """
a1 a_1 args argument_exception buffers checked copy_to engine equals exception field file
finalize float16 from func get_hash_code get_type host init inputs io keronyx kinds length math
memberwise_clone microsoft outputs partial port predict predictor record reference_equals
required result row rows scoped set signature table to_string values when where
"""
"""Names that mean something in C#, in .NET or in the project."""

BUILD = """<Project>
  <ItemGroup>
    <Host Include="*/Host.csproj" />
  </ItemGroup>
  <Target Name="Build">
    <MSBuild Projects="@(Host)" Targets="Restore" Properties="MSBuildRestoreSessionId=1" />
    <MSBuild Projects="@(Host)" Targets="Build" BuildInParallel="true" />
  </Target>
</Project>
"""

USER = """
namespace Iris
{
    using System;
    using System.IO;
    using System.Linq;
    using System.Threading.Tasks;

    internal static class Program
    {
        private static Row NewRow(int seed)
        {
            var random = new Random(seed);
            float Next() => (float)(random.NextDouble() * 8);
            return new Row(sepal: new[] { Next(), Next() }, petalLength: Next());
        }

        private static bool Same(Result a, Result b, double tolerance)
        {
            return a.Species.Append(a.PetalWidth).Zip(
                b.Species.Append(b.PetalWidth), (x, y) => Math.Abs(x - y)).Max() <= tolerance;
        }

        private static void Refused<T>(Action call)
            where T : Exception
        {
            try
            {
                call();
            }
            catch (T error)
            {
                Console.WriteLine(typeof(T).Name + ": " + error.Message.Replace('\\n', ' '));
            }
        }

        private static int Main()
        {
            Row[] rows = Enumerable.Range(0, 2500).Select(NewRow).ToArray();
            var predictor = new Predictor();
            Result[] alone = rows.Select(predictor.Predict).ToArray();
            foreach (int count in new[] { 0, 1, 2, 7, 3, 1024, 1025, 2500 })
            {
                Result[] together = predictor.Predict(rows.Take(count).ToArray());
                bool right = together.Length == count
                    && together.Zip(alone, (a, b) => Same(a, b, 1e-5)).All(same => same);
                Console.WriteLine(count + " together: " + right);
            }

            int wrong = 0;
            Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, turn =>
            {
                var result = new Result();
                for (int at = turn; at < rows.Length; at += 7)
                {
                    predictor.Predict(rows[at], result);
                    Result[] pair = predictor.Predict(new[] { rows[at], rows[turn] });
                    if (!Same(result, alone[at], 0) || !Same(pair[1], alone[turn], 1e-5))
                    {
                        System.Threading.Interlocked.Increment(ref wrong);
                    }
                }
            });
            Console.WriteLine("wrong in threads: " + wrong);

            using (var twice = new Predictor(threads: 2))
            {
                Console.WriteLine("two threads: " + Same(twice.Predict(rows[0]), alone[0], 1e-5));
            }
            Refused<ArgumentNullException>(() => new Row(null, 1));
            Refused<ArgumentException>(() => new Row(new float[3], 1));
            Refused<ArgumentNullException>(() => predictor.Predict((Row)null));
            Refused<ArgumentNullException>(() => predictor.Predict(new Row[] { rows[0], null }));
            Refused<ArgumentOutOfRangeException>(() => new Predictor(threads: -1));
            Refused<FileNotFoundException>(() => new Predictor("nowhere.onnx"));
            Refused<InvalidDataException>(() => new Predictor(typeof(Row).Assembly.Location));
            Result last = predictor.Predict(rows[0]);
            Console.WriteLine("after refusals: " + Same(last, alone[0], 0));
            predictor.Dispose();
            predictor.Dispose();
            Refused<ObjectDisposedException>(() => predictor.Predict(rows[0]));
            return 0;
        }
    }
}
"""


@dataclass(frozen=True)
class Program:
    """A built program, in a folder with its model and its recorded rows."""

    folder: Path

    def __call__(
        self, *arguments: object, **variables: str | None
    ) -> subprocess.CompletedProcess[str]:
        """Run it; a variable that is None is taken away."""
        assert isinstance(SDK, dotnet.Sdk)
        (config,) = self.folder.glob("*.runtimeconfig.json")
        assembly = config.with_name(config.name.replace(".runtimeconfig.json", ".dll"))
        environment = {**os.environ, **variables}
        return subprocess.run(
            [SDK.command, "exec", str(assembly), *map(str, arguments)],
            capture_output=True,
            check=False,
            encoding="utf-8",
            env={name: value for name, value in environment.items() if value is not None},
        )

    def refuses(self, rows: Path) -> str:
        """Return the one line in which the program refuses a table."""
        done = self(rows)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1
        assert done.stderr.startswith(f"{rows}: ")
        return done.stderr.removeprefix(f"{rows}: ").rstrip("\n")


def framework(version: str) -> str:
    major, minor = version.split(".")[:2]
    return f"netcoreapp{major}.{minor}" if int(major) < 5 else f"net{major}.{minor}"


def built_in(place: Path) -> dict[str, Program]:
    """Build every model's project, and a user's program around one; return all by name."""
    assert isinstance(SDK, dotnet.Sdk)
    for name in hosting.MODELS:
        hosting.generate(name, "csharp", place)
    shutil.copytree(place / "csharp-iris", place / "csharp-user")
    (place / "csharp-user" / "Program.cs").write_text(USER)
    named = place / "named.onnx"
    ports = {name: ("string" if "e" in name else "float32", ["n", 2]) for name in NAMES.split()}
    named.write_bytes(hosting.identity({**ports, "single": ("string", ["n"])}))
    host(named, "csharp", place / "csharp-names", name="exception")
    (place / "all.proj").write_text(BUILD)
    target = framework(SDK.version)
    version = PACKAGES[-1].name.removeprefix("Microsoft.ML.OnnxRuntime.").removesuffix(".nupkg")
    properties = {
        "Configuration": "Release",
        "TargetFramework": target,
        "OnnxRuntimeVersion": version,
        "RestoreSources": FEED,
        "UseSharedCompilation": "false",
        "CreateHardLinksForCopyLocalIfPossible": "true",
    }
    quiet = {
        "DOTNET_CLI_HOME": place,
        "DOTNET_CLI_TELEMETRY_OPTOUT": 1,
        "DOTNET_NOLOGO": 1,
        "MSBUILDDISABLENODEREUSE": 1,
        "NUGET_PACKAGES": place / "packages",
    }
    options = [f"-p:{name}={value}" for name, value in properties.items()]
    done = subprocess.run(
        [
            SDK.command,
            "msbuild",
            "all.proj",
            "-nologo",
            "-verbosity:minimal",
            "-maxcpucount",
            *options,
        ],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **{name: str(value) for name, value in quiet.items()}},
    )
    assert done.returncode == 0, done.stdout
    assert "warning" not in done.stdout, done.stdout
    return {
        name: Program(place / f"csharp-{name}" / "bin" / "Release" / target)
        for name in (*hosting.MODELS, "names", "user")
    }


@contextmanager
def kept(*paths: Path) -> Iterator[None]:
    """Put files back as they were afterwards."""
    before = [path.read_bytes() for path in paths]
    try:
        yield
    finally:
        for path, data in zip(paths, before, strict=True):
            path.write_bytes(data)


def exact_rows(
    row: list[str], places: Mapping[str, int]
) -> tuple[list[list[str]], list[dict[str, Any]]]:
    """Return rows with numbers that are hard to read, and what they are in each type."""
    random = np.random.default_rng(0)
    # Half the doubles lie next to the middle of two neighbours in float16, where rounding is hard.
    halves = random.integers(0, 0x7BFF, 400).astype(np.uint16)
    between = (
        halves.view(np.float16).astype(float) + (halves + 1).view(np.float16).astype(float)
    ) / 2
    doubles = np.concatenate([between, np.nextafter(between, 0), np.nextafter(between, 1e9)])
    table, wanted = [], []
    for at, number in enumerate(doubles.tolist()):
        cells, expected = list(row), {}
        for dtype in ("float16", "float32", "float64"):
            cells[places[dtype]] = repr(number)
            expected[dtype] = np.float64(number).astype(dtype)
        for dtype in (f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)):
            limits = np.iinfo(dtype)
            exact = int(limits.max if at % 2 else limits.min)
            cells[places[dtype]] = (f"{exact}", f"{exact}.0", f"{exact}e0")[at % 3]
            expected[dtype] = np.array(exact, dtype)[()]
        table.append(cells)
        wanted.append(expected)
    return table, wanted


def digits(number: str) -> str:
    """Return the digits that count."""
    return number.lower().split("e")[0].replace(".", "").strip("-0")
