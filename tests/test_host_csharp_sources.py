"""The sources of projects for C#: what the tools expect of them, and how they are laid out."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import hosting
import pytest

SOURCES = Path(hosting.__file__).resolve().parents[1] / "runtime" / "hosts" / "csharp"


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    place = tmp_path_factory.mktemp("projects")
    return [hosting.generate(name, "csharp", place) for name in ("iris", "every-type", "hostile")]


def test_projects_are_what_their_tools_expect(projects: list[Path]) -> None:
    for folder in projects:
        project = ET.fromstring((folder / "Host.csproj").read_text())  # noqa: S314 - our own
        assert project.get("Sdk") == "Microsoft.NET.Sdk"
        assert [each.get("Include") for each in project.iter("PackageReference")] == [
            "Microsoft.ML.OnnxRuntime"
        ]
        for path in folder.rglob("*.cs"):
            assert path.read_bytes().isascii(), path
    readme = (projects[0] / "README.md").read_text().splitlines()
    assert len(readme) <= 56
    assert max(map(len, readme)) <= 100


def test_sources_are_formatted(projects: list[Path]) -> None:
    for path in (path for folder in projects for path in folder.rglob("*.cs")):
        text = path.read_text()
        lines = text.splitlines()
        assert text.endswith("}\n"), path
        for number, line in enumerate(lines, 1):
            where = f"{path}:{number}: {line}"
            assert "\t" not in line, where
            assert line == line.rstrip(), where
            assert not (line == "" and lines[number - 2] in {"", "{"}), where
            bare = re.sub(r'"(\\.|[^"\\])*"|\'.\'|//.*', "", line)
            opens = bare.rstrip().endswith("{") and bare.strip() != "{"
            assert not opens, f"a brace that has no line of its own: {where}"
    for path in SOURCES.rglob("*.cs"):
        assert max(map(len, path.read_text().splitlines())) <= 100, path
