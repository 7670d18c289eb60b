"""Every limit: what is just below it and at it is read, and one more is refused by its name."""

import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pytest
import saved_files as write
from layer_case import layer
from test_describe import entry, functional, model_of, sequential, source

import keronyx
from keronyx.cli import main
from keronyx.cli.program import program
from keronyx.converter.dialect.vocabulary import tokens_of
from keronyx.converter.errors import KeronyxError, UsageError, WeightError
from keronyx.converter.files import read_architecture, read_saved, storage, zips
from keronyx.converter.files.markup import parse_json
from keronyx.converter.files.reach import reaches
from keronyx.converter.files.saved import LayerGroups
from keronyx.converter.files.span import Span
from keronyx.converter.files.storage import Storage
from keronyx.converter.files.tree import read_tree
from keronyx.converter.files.variables import AXES, AXIS, plain_shape
from keronyx.converter.files.yaml_text import parse_yaml
from keronyx.converter.layers.preprocessing import StringLookup
from keronyx.converter.limits import DEFAULTS, KNOWN, Limits, current, limits, spelled
from keronyx.converter.scan.finding import Found
from keronyx.converter.scan.texts import scan_yaml
from keronyx.runtime.proof.samples import draw

ROOT: Final = Path(__file__).resolve().parents[1]
DIGITS: Final = ROOT / "models" / "digits" / "digits.keras"
ROWS: Final = ROOT / "models" / "digits" / "rows.csv"


class Case(NamedTuple):
    """A limit, a small value for it, and what needs as much of it as it is told."""

    name: str
    value: int
    need: Callable[[Path, int], object]
    others: dict[str, int] = {}  # noqa: RUF012 - never changed


def text_file(folder: Path, size: int) -> None:
    read_architecture(write.text(folder / "m.json", json.dumps(write.CONFIG).ljust(size)))


def text_member(folder: Path, size: int) -> None:
    config = json.dumps(write.CONFIG).ljust(size).encode()
    read_saved(write.archive(folder / "m.keras", write.keras_members(config__json=config)))


def objects(_: Path, size: int) -> None:
    parse_json("[" + ",".join(["{}"] * (size - 1)) + "]", "the text")


def values(_: Path, size: int) -> None:
    """A list, its scalars and an alias of it, in a mapping: each counts."""
    parse_yaml(f"a: &a [{', '.join('1' * (size - 13))}]\nb: [2, 3, 4, 5, 6, 7, 8, 9, 1, 2]", "it")


def repeated(_: Path, size: int) -> None:
    parse_yaml(f"a: &a [{', '.join('1' * (size // 2 - 2))}]\nb: *a\nc: {'[1]' * (size % 2)}", "it")


def entries(_: Path, size: int) -> None:
    parse_json(f"[{','.join('1' * (size + 1))}]", "the text")


def depth(_: Path, size: int) -> None:
    parse_json("[" * size + "]" * size, "the text")


def marks(_: Path, size: int) -> None:
    parse_yaml("a: 1" + "\n" * (size - 1), "the text")


def yaml_depth(_: Path, size: int) -> None:
    parse_yaml(f"a: {'[' * (size - 1)}{']' * (size - 1)}", "the text")


def scanned_depth(_: Path, size: int) -> None:
    scan_yaml(f"a: {'[' * (size - 1)}{']' * (size - 1)}", "the text", Found())


def members(folder: Path, size: int) -> None:
    path = write.archive(folder / "m.zip", {str(index): b"" for index in range(size)})
    zips.Archive.of_file(str(path))


def member_of(size: int, stored: int) -> None:
    info = zipfile.ZipInfo("weights")
    info.file_size, info.compress_size = size, stored
    info.compress_type = zipfile.ZIP_DEFLATED
    zips._check(info, "member 'weights'")


def all_members(folder: Path, size: int) -> None:
    path = write.archive(folder / "m.zip", {"a": bytes(size - 500), "b": bytes(500)}, 8)
    zips.Archive.of_file(str(path))


@contextmanager
def tree_file(folder: Path, *groups: str) -> Iterator[tuple[Any, Storage]]:
    def put(root: Any) -> None:
        for name in groups:
            root.create_group(name)

    span = Span.of_file(str(write.hdf5(folder / "w.h5", put)))
    with storage.opened(span) as root:
        yield root, Storage(span=span)


def groups(folder: Path, size: int) -> None:
    with tree_file(folder, "layers", *(f"layers/{index}" for index in range(size - 1))) as file:
        read_tree(*file)


def scanned_groups(folder: Path, size: int) -> None:
    with tree_file(folder, *map(str, range(size))) as (root, _):
        assert not list(reaches(root))


def group_depth(folder: Path, size: int) -> None:
    with tree_file(folder, "layers" + "/a" * size) as file:
        read_tree(*file)


def dataset(folder: Path, shape: int, chunk: int) -> None:
    def put(root: Any) -> None:
        data = np.ones(shape, np.uint8)
        root.create_dataset("x", data=data, chunks=(chunk,), maxshape=(None,))

    span = Span.of_file(str(write.hdf5(folder / "w.h5", put)))
    with storage.opened(span) as root:
        Storage(span=span).variable(root["x"], "x")


def nested(_: Path, size: int) -> None:
    config = functional([source(), entry("Flatten", "a", "x")], ["a"], "m")
    for _level in range(size):
        inner = config | {"name": "p", "inbound_nodes": [[["x", 0, 0, {}]]]}
        config = functional([source(), inner], ["p"], "m")
    model_of(config, LayerGroups(()))


def calls(_: Path, size: int) -> None:
    chained = [entry("Flatten", str(i + 1), str(i) if i else "x") for i in range(size)]
    model_of(functional([source(), *chained], [str(size)]), LayerGroups(()))


def model_calls(_: Path, size: int) -> None:
    """A model without layers that is called again and again."""
    chained = functional([source()], ["x"], "p") | {"inbound_nodes": [[["x", 0, 0, {}]]]}
    chained["inbound_nodes"] += [[["p", 1 + index, 0, {}]] for index in range(size - 1)]
    config = functional([source(), chained], ["p"])
    config["config"]["output_layers"] = [["p", size, 0]]
    model_of(config, LayerGroups(()))


def wrapped_calls(_: Path, size: int) -> None:
    """Calls of a wrapper count as many as are made in the model that it holds."""
    inner = sequential(entry("InputLayer", "x", batch_input_shape=[None, 2]))
    inner["config"]["layers"] += [entry("Activation", f"a{i}", activation="tanh") for i in (0, 1)]
    wrapper = entry("TimeDistributed", "t", "x", layer=inner)
    ends = [f"f{index}" for index in range(size - 3)]
    layers = [source("x", 2, 2), wrapper, *(entry("Flatten", name, "t") for name in ends)]
    model_of(functional(layers, ends), LayerGroups(()))


def indices(_: Path, size: int) -> None:
    tokens_of(StringLookup, {"num_oov_indices": size}, [])


def pooled(_: Path, size: int) -> None:
    layer("MaxPooling1D", pool_size=[size], padding="same").infer_shape((None, 4, 1))


def checked(_: Path, size: int) -> None:
    start = entry("InputLayer", "x", batch_input_shape=[1, size])
    draw(model_of(functional([start, entry("Flatten", "f", "x")], ["f"]), LayerGroups(())))


CASES: Final = {
    "text": Case("text_bytes", 200, lambda _, n: parse_json(" " * (n - 1) + "1", "the text")),
    "text file": Case("text_bytes", 400, text_file),
    "text member": Case("text_bytes", 400, text_member),
    "objects": Case("text_objects", 20, objects),
    "values": Case("text_objects", 30, values),
    "repeated values": Case("text_objects", 30, repeated),
    "entries": Case("text_entries", 20, entries),
    "depth": Case("text_depth", 10, depth),
    "marks": Case("yaml_marks", 20, marks),
    "yaml depth": Case("yaml_depth", 10, yaml_depth),
    "scanned yaml": Case("yaml_depth", 10, scanned_depth),
    "members": Case("zip_members", 10, members),
    "a member": Case("inflated_bytes", 50, lambda _, n: member_of(n, 1), {"inflated_ratio": 1}),
    "all members": Case("inflated_bytes", 2000, all_members, {"inflated_ratio": 1}),
    "ratio": Case("inflated_ratio", 50, lambda _, n: member_of(10 * n, 10), {"inflated_bytes": 1}),
    "groups": Case("hdf5_objects", 10, groups),
    "scanned groups": Case("hdf5_objects", 10, scanned_groups),
    "group depth": Case("hdf5_depth", 5, group_depth),
    "chunks": Case("hdf5_chunks", 10, lambda folder, n: dataset(folder, n, 1)),
    "chunk": Case("chunk_bytes", 100, lambda folder, n: dataset(folder, 3, n)),
    "nested": Case("nested_models", 3, nested),
    "calls": Case("layer_calls", 10, calls),
    "model calls": Case("layer_calls", 10, model_calls),
    "wrapped calls": Case("layer_calls", 10, wrapped_calls),
    "indices": Case("oov_indices", 5, indices),
    "pooled": Case("window_places", 10, pooled),
    "checked": Case("check_elements", 10, checked),
}


@pytest.mark.parametrize("kind", CASES)
def test_below_at_and_above_a_limit(tmp_path: Path, kind: str) -> None:
    name, value, need, others = CASES[kind]
    folders = [tmp_path / str(number) for number in range(4)]
    for folder in folders:
        folder.mkdir()
    with limits(**{name: value}, **others):
        need(folders[0], value - 1)
        need(folders[1], value)
        with pytest.raises(KeronyxError) as caught:
            need(folders[2], value + 1)
    said = str(caught.value)
    assert f"{value:,} ({spelled(name)})" in said
    assert "the limit is" in said
    assert "raise it with --limit" in said
    assert f"--limit {spelled(name)}=N" in said
    assert len(said) <= 500
    assert said.isprintable()
    with limits(**{name: value + 1}, **others):
        need(folders[3], value + 1)


def test_no_limit_is_left_out() -> None:
    assert {case.name for case in CASES.values()} == set(KNOWN)


def test_what_no_limit_can_raise() -> None:
    """What NumPy and processors cannot have is no limit."""
    for shape in ([1] * (AXES - 1), [1] * AXES, [AXIS - 1]):
        assert plain_shape(shape, "w") == tuple(shape)
    for shape in ([1] * (AXES + 1), [AXIS], [AXIS + 1]):
        with pytest.raises(WeightError, match="impossible shape"):
            plain_shape(shape, "w")


def test_a_limit_at_its_highest() -> None:
    with limits(text_depth=500), pytest.raises(KeronyxError) as caught:
        parse_json("[" * 501 + "]" * 501, "the text")
    assert caught.value.hint == "the limit is 500 (text-depth), which is the highest"


def test_limits_end_with_their_block_and_hold_in_their_thread() -> None:
    found: list[Limits] = []
    with keronyx.limits(zip_members=5):
        with limits(text_bytes=7):
            assert (current().zip_members, current().text_bytes) == (5, 7)
        assert current().text_bytes == DEFAULTS.text_bytes
        thread = threading.Thread(target=lambda: found.append(current()))
        thread.start()
        thread.join()
    assert current() == DEFAULTS
    # From Python 3.14 on, a build without the interpreter's lock hands them to new threads.
    assert found[0].zip_members in {5, DEFAULTS.zip_members}


BAD: Final = (
    ({"zip_member": 5}, "no limit 'zip_member'; did you mean 'zip-members'?"),
    ({"quux": 5}, "no limit 'quux'; there are text-bytes, text-objects, "),
    ({"zip_members": 0}, "limit zip-members=0; give a whole number from 1 to 9223372036854775807"),
    ({"zip_members": True}, "limit zip-members=True; give a whole number"),
    ({"zip_members": 2**63}, "limit zip-members=9223372036854775808; give a whole number"),
    ({"text_depth": 501}, "limit text-depth=501; give a whole number from 1 to 500"),
)


@pytest.mark.parametrize(("values", "words"), BAD)
def test_limits_that_cannot_be(values: dict[str, int], words: str) -> None:
    with pytest.raises(UsageError) as caught, limits(**values):
        pass
    assert str(caught.value).startswith(words)
    assert len(str(caught.value)) <= 500


COMMANDS: Final = {
    "convert": ["convert", DIGITS, "-o", "out.onnx"],
    "inspect": ["inspect", DIGITS],
    "scan": ["inspect", "--scan", DIGITS],
    "check": ["check", "out.onnx", DIGITS],
    "predict": ["predict", DIGITS, "--input", ROWS],
    "trace": ["trace", DIGITS],
    "code": ["code", DIGITS, "--to", "python", "-o", "out.py"],
    "host": ["host", DIGITS, "--to", "node", "-o", "out"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_limits(
    tmp_path: Path,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*map(str, COMMANDS[command]), "--limit", "zip-members=2"]) == 2
    said = capsys.readouterr().err
    assert f"{DIGITS}: an archive of 3 members; the limit is 2 (zip-members)" in said
    assert said.endswith("raise it with --limit zip-members=N\n")
    assert said.count("\n") == 1
    assert current() == DEFAULTS


def test_every_command_that_reads_a_model_is_tried() -> None:
    assert set(program.commands) - {"layers"} == set(COMMANDS) - {"scan"}
    for name, command in program.commands.items():
        assert any(each.name == "limit" for each in command.params) == (name != "layers")


def test_limits_are_raised_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    members = write.keras_members() | {str(index): b"" for index in range(8)}
    path = str(write.archive(tmp_path / "m.keras", members))
    for value, code in (("5", 2), ("5,000", 1)):
        given = ["--limit", f"zip-members={value}", "--limit", "text_depth=20"]
        assert main(["inspect", "--scan", path, *given]) == code
    assert "the limit is 5 (zip-members)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["zip-members"], "--limit 'zip-members'; as in --limit zip-members=200000"),
        (["zip-members=many"], "--limit 'zip-members=many'; as in"),
        (["zip-members=-1"], "--limit 'zip-members=-1'; as in"),
        (["=5"], "--limit '=5'; as in"),
        (["zip-members=1", "zip_members=2"], "--limit 'zip-members' is given twice"),
        (["zip-member=1"], "no limit 'zip-member'; did you mean 'zip-members'?"),
        (["text-depth=501"], "limit text-depth=501; give a whole number from 1 to 500"),
    ],
)
def test_what_cannot_be_said_on_the_command_line(
    given: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [part for each in given for part in ("--limit", each)]
    assert main(["inspect", str(DIGITS), *options]) == 2
    assert capsys.readouterr().err.startswith(f"keronyx: {words}")


def test_limits_go_along_into_another_process() -> None:
    with limits(zip_members=2), pytest.raises(KeronyxError, match="the limit is 2"):
        keronyx.read(DIGITS, isolate=True)
    with limits(zip_members=3):
        assert keronyx.read(DIGITS, isolate=True).layers


def test_the_documentation_has_every_limit() -> None:
    """The table of docs/security.md says what the code says."""
    lines = (ROOT / "docs" / "security.md").read_text(encoding="utf-8").splitlines()
    expected = [
        f"| `{spelled(name)}` | {getattr(DEFAULTS, name):,} | {each.metadata['meaning']} |"
        for name, each in KNOWN.items()
    ]
    start = lines.index(expected[0])
    assert lines[start : start + len(expected)] == expected
    assert not lines[start + len(expected)]
