"""What is shipped: the package list, the wheel, what an import costs, and what no file may say."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TREE = Path(__file__).resolve().parent.parent
FOLDERS = {"keronyx": "keronyx", "keronyx.converter": "converter", "keronyx.runtime": "runtime"}
SKIPPED = {"__pycache__", "build", "dist", "env", "node_modules", "venv"}
TEXT = {"", ".c", ".cc", ".cpp", ".cs", ".csproj", ".h", ".hpp", ".html", ".in", ".js", ".json"}
TEXT |= {".md", ".mjs", ".py", ".sh", ".toml", ".ts", ".txt", ".yaml", ".yml"}
FORBIDDEN = {
    "a path of one machine": re.compile(
        r"(?<![\w.$}])/(?:wor[k]|roo[t]|home/\w+|opt/py\w+)(?:/|\b)"
    ),
    "a path outside the repository": re.compile(r"\.\./share[d]\b"),
    "a registry's host": re.compile(r"pypi\.or[g]|pythonhosted\.or[g]|npmjs\.or[g]|nuget\.or[g]"),
}
HEAVY = ("h5py", "keras", "onnx", "onnxruntime", "rich", "tensorflow", "yaml")


def pyproject() -> dict[str, Any]:
    return tomllib.loads((TREE / "pyproject.toml").read_text(encoding="utf-8"))


def package_folders() -> dict[str, Path]:
    """Return every package of the tree, by its importable name."""
    found = {}
    for package, folder in FOLDERS.items():
        for init in (TREE / folder).glob("**/__init__.py"):
            inner = init.parent.relative_to(TREE / folder)
            if package == "keronyx" and inner.parts[:1] in {("converter",), ("runtime",)}:
                continue  # the links, for type checkers; the folders themselves follow
            found[".".join([package, *inner.parts])] = init.parent
    return found


def texts() -> Iterator[tuple[Path, str]]:
    """Yield every text file of the repository with what it says."""
    for path in sorted(TREE.rglob("*")):
        inner = path.relative_to(TREE)
        hidden = any(part.startswith(".") and part != ".ci" for part in inner.parts[:-1])
        skipped = hidden or SKIPPED & set(inner.parts) or inner.parts[-1].startswith(".coverage")
        if not skipped and path.is_file() and path.suffix in TEXT:
            yield inner, path.read_text(encoding="utf-8", errors="replace")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Build the wheel from a copy, because setuptools writes beside its sources."""
    pytest.importorskip("setuptools", minversion="77")
    place = tmp_path_factory.mktemp("wheel")
    left_out = shutil.ignore_patterns("*.egg-info", "__pycache__", "build")
    for folder in FOLDERS.values():
        shutil.copytree(TREE / folder, place / folder, symlinks=True, ignore=left_out)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(TREE / name, place)
    build = "import setuptools.build_meta as b; b.build_wheel('out')"
    subprocess.run([sys.executable, "-c", build], cwd=place, check=True, capture_output=True)
    (path,) = (place / "out").glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_package_list_is_the_tree() -> None:
    assert sorted(pyproject()["tool"]["setuptools"]["packages"]) == sorted(package_folders())


def test_the_links_for_type_checkers_point_home() -> None:
    for name in ("converter", "runtime"):
        assert (TREE / "keronyx" / name).resolve() == TREE / name


def test_the_wheel_has_every_module(wheel: zipfile.ZipFile) -> None:
    sources = {
        f"{package.replace('.', '/')}/{path.name}"
        for package, folder in package_folders().items()
        for path in folder.glob("*.py")
    }
    shipped = {name for name in wheel.namelist() if name.endswith(".py")}
    assert shipped == sources


def test_the_wheel_is_typed_licensed_and_has_the_command(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    assert "keronyx/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    (entry_points,) = (name for name in names if name.endswith("entry_points.txt"))
    assert "keronyx = keronyx.cli:main" in wheel.read(entry_points).decode()


def test_the_wheel_takes_one_name_only(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"keronyx"}


def test_importing_keronyx_stays_light() -> None:
    code = f"import sys, keronyx; print(*(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("reason", FORBIDDEN)
def test_no_file_mentions(reason: str) -> None:
    found = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if FORBIDDEN[reason].search(line)
    ]
    assert not found, "\n".join(found)


def imported() -> Iterator[tuple[Path, str]]:
    """Yield every package that a source file imports."""
    for folder in FOLDERS.values():
        for path in (TREE / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    yield from ((path, name.name.split(".")[0]) for name in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    yield path, node.module.split(".")[0]


def test_every_import_is_a_declared_dependency() -> None:
    """What the tests' own environment happens to hold must not hide a missing dependency."""
    project = pyproject()["project"]
    extras = project["optional-dependencies"]
    listed = (*project["dependencies"], *extras["checksums"], *extras["mat"])
    declared = {re.split(r"[<>=\[; ]", each)[0] for each in listed}
    names = {"pyyaml": "yaml", "google-crc32c": "google_crc32c"}
    allowed = {names.get(each, each) for each in declared} | {"keronyx"} | sys.stdlib_module_names
    assert {(str(path), name) for path, name in imported() if name not in allowed} == set()
