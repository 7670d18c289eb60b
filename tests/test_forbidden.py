"""Words that the package does not contain: whatever could run what a file holds."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import keronyx
import keronyx.converter
import keronyx.runtime

HOMES = [
    Path(str(each.__file__)).resolve().parent
    for each in (keronyx, keronyx.converter, keronyx.runtime)
]
FILES = sorted({path for home in HOMES for path in home.rglob("*.py") if "hosts" not in path.parts})

MODULES = {
    "marshal", "pickle", "cPickle", "shelve", "dill", "cloudpickle", "runpy", "code", "codeop",
    "imp", "pty", "socket", "ssl", "urllib.request", "http", "ftplib", "smtplib", "webbrowser",
    "tarfile", "xml",
}  # fmt: skip
"""Never imported: they make code or objects of bytes, or talk to other machines."""

LOCAL = "isolation/nursery.py"
"""Where processes of ours are talked to."""

CALLS = {"eval", "exec", "compile", "__import__", "execfile", "breakpoint", "input"}
"""Never called by these names; ``re.compile`` is another."""

ATTRIBUTES = {
    ("yaml", "load"), ("yaml", "unsafe_load"), ("yaml", "full_load"), ("os", "system"),
    ("os", "popen"), ("os", "link"), ("np", "fromregex"), ("builtins", "eval"),
    ("h5py", "ExternalLink.path"), ("zipfile", "extractall"), ("shutil", "unpack_archive"),
}  # fmt: skip
EXTRACTING = {"extract", "extractall"}

PARSING = {"ast.parse", "ast.literal_eval"}
PARSER = "expression/parser.py"
"""Where a user's expression becomes a tree, which is not compiled; no file's text gets there."""

BY_TABLE = {
    "keronyx/__init__.py",
    "converter/families.py",
    "source/__init__.py",
    "tables/__init__.py",
    "live/trusted.py",
}
"""Where modules are imported by names in a table of the source, or of files in a folder of it."""


def names(path: Path) -> Iterator[tuple[int, str]]:
    """Return line and name of everything forbidden in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found = {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found = {node.module or ""}
        else:
            found = set()
        for name in found & MODULES:
            yield getattr(node, "lineno", 0), f"import {name}"
        if isinstance(node, ast.Call):
            yield from ((node.lineno, what) for what in called(node))


def called(node: ast.Call) -> Iterator[str]:
    """Return what is wrong about one call."""
    function = node.func
    if isinstance(function, ast.Name) and function.id in CALLS:
        yield function.id
    if isinstance(function, ast.Attribute):
        owner = function.value.id if isinstance(function.value, ast.Name) else ""
        name = f"{owner}.{function.attr}"
        if (owner, function.attr) in ATTRIBUTES or function.attr in EXTRACTING or name in PARSING:
            yield name
        if (owner, function.attr) in {("np", "load"), ("numpy", "load")}:
            pickles = [each.value for each in node.keywords if each.arg == "allow_pickle"]
            if not (pickles and isinstance(pickles[0], ast.Constant) and pickles[0].value is False):
                yield "np.load without allow_pickle=False"
    for keyword in node.keywords:
        if keyword.arg == "shell" and ast.unparse(keyword.value) != "False":
            yield "shell="


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.parts[-3:]))
def test_nothing_of_a_file_can_run(path: Path) -> None:
    allowed = {LOCAL: "import socket", PARSER: "ast.parse"}
    here = {what for place, what in allowed.items() if path.match(place)}
    assert [what for _, what in names(path) if what not in here] == []


def test_only_what_users_say_is_parsed() -> None:
    """Expressions are read in one place, from the option's own value."""
    found = [
        ("/".join(path.parts[-2:]), ast.unparse(node.args[0]))
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"Expression.of", "parse"}
    ]
    assert found == [("dialect/replace.py", "text"), ("expression/build.py", "text")]


def test_sockets_lead_to_no_other_machine() -> None:
    """Two ends of one pair, through which descriptors are handed to a process of ours."""
    (path,) = (path for path in FILES if path.match(LOCAL))
    used = {
        node.attr
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "socket"
    }
    pair = {"socketpair", "AF_UNIX", "SOCK_SEQPACKET", "send_fds", "recv_fds", "socket"}
    assert used == pair


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.parts[-3:]))
def test_modules_are_imported_by_constant_names(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            constant = isinstance(node.args[0], ast.Constant)
            assert constant or "/".join(path.parts[-2:]) in BY_TABLE


def test_the_words_are_noticed(tmp_path: Path) -> None:
    text = "import pickle\neval('1')\nnp.load(x)\nyaml.load(x)\nz.extractall()\nrun(shell=True)\n"
    text += "ast.parse(x)\n"
    (tmp_path / "m.py").write_text(text, encoding="utf-8")
    assert [line for line, _ in sorted(names(tmp_path / "m.py"))] == [1, 2, 3, 4, 5, 6, 7]
