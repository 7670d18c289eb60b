"""The C# compiler of an installed .NET SDK, called without projects: seconds instead of minutes."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Sdk:
    """The command, its compiler, and the assemblies of its framework."""

    command: str
    compiler: Path
    references: tuple[Path, ...]
    version: str

    def compile(
        self, place: Path, *, define: Sequence[str] = (), main: str = "", language: str = "7.3"
    ) -> str:
        """Compile the .cs files of a folder to ``net.dll``; return what is wrong, or nothing."""
        options = [
            *("-nologo", "-optimize+", f"-langversion:{language}", "-warn:4", "-warnaserror"),
            *(f"-define:{word}" for word in define),
            *(f"-reference:{path}" for path in self.references),
            *([f"-main:{main}"] if main else []),
            f"-out:{place / 'net.dll'}",
            *map(str, sorted(place.glob("*.cs"))),
        ]
        response = place / "net.rsp"
        response.write_text("\n".join(f'"{option}"' for option in options))
        done = self._run(self.compiler, f"@{response}")
        framework = {"name": "Microsoft.NETCore.App", "version": self.version}
        config = {"runtimeOptions": {"framework": framework, "rollForward": "LatestMinor"}}
        (place / "net.runtimeconfig.json").write_text(json.dumps(config))
        return "" if done.returncode == 0 else done.stdout + done.stderr

    def run(self, place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run what was compiled."""
        return self._run(place / "net.dll", *arguments)

    def _run(self, assembly: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [self.command, "exec", str(assembly), *arguments]
        quiet = {"DOTNET_CLI_TELEMETRY_OPTOUT": "1", "DOTNET_NOLOGO": "1"}
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, **quiet}
        )


@cache
def sdk() -> Sdk | str:
    """Return the newest SDK that is installed, or why there is none."""
    root = os.environ.get("DOTNET_ROOT")
    command = shutil.which("dotnet") or (root and shutil.which("dotnet", path=root))
    if not command:
        return "there is no dotnet on PATH (.ci/dotnet gets one)"
    listed = subprocess.run([command, "--list-sdks"], capture_output=True, text=True, check=False)
    found = re.findall(r"^(\d+)\.(\d+)(\S*) \[(.*)\]$", listed.stdout, re.MULTILINE)
    if not found:
        return "dotnet has no SDK"
    major, minor, rest, home = max(found, key=lambda each: (int(each[0]), int(each[1])))
    compiler = Path(home, f"{major}.{minor}{rest}", "Roslyn", "bincore", "csc.dll")
    pack = Path(home).parent / "packs" / "Microsoft.NETCore.App.Ref"
    references = tuple(pack.glob(f"{major}.{minor}.*/ref/*/*.dll"))
    if not compiler.exists() or not references:
        return f"the .NET SDK {major}.{minor}{rest} lacks its compiler or its reference assemblies"
    return Sdk(command, compiler, references, f"{major}.{minor}.0")
