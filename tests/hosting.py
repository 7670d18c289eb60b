"""What the tests of all hosts share: models, their projects, and what their programs must say.

A host's program is called as the command line of its project has it; everything here works on
folders that ``generate`` wrote, and on what such a program printed.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import corpus_cases as corpus
import numpy as np
import stateful_nets as nets
from emitting import chain, dense, numbers
from layer_case import layer, tensor
from onnx import TensorProto, helper

from keronyx.converter.emit import serialize
from keronyx.converter.model import Model
from keronyx.hosting import Project, host
from keronyx.runtime.session.batches import run_in_batches
from keronyx.runtime.session.predictor import load
from keronyx.runtime.tables.csv_rows import write_csv
from keronyx.runtime.tables.files import read_inputs

TRAINED: Final = Path(__file__).resolve().parents[1] / "models"

DTYPES: Final = {
    "float32": TensorProto.FLOAT,
    "float64": TensorProto.DOUBLE,
    "float16": TensorProto.FLOAT16,
    "bool": TensorProto.BOOL,
    "string": TensorProto.STRING,
    **{
        f"{sign}int{bits}": getattr(TensorProto, f"{sign.upper()}INT{bits}")
        for sign in ("", "u")
        for bits in (8, 16, 32, 64)
    },
}
"""Every type that a host holds."""

HOSTILE: Final = (
    'quote " and \\ backslash',
    "</script><img src=x onerror=alert(1)>",
    "*/ int main() { // ${x} `y` #{z}",
    "class",
    "std",
    "constructor",
    "__proto__",
    "comma, semicolon; = {{ jinja }} {% raw %}",
    "ünïcode ☃ \U0001d6fc",
    "2nd",
    "a_b",
    "a b",
    "??/ trigraph",
    "x" * 300,
)
"""Names of inputs and outputs that a model is free to have."""


NAMED: Final = ("age", "körper,größe", 'the "weight"', "x" * 60)
"""Names of columns that are given for the model of ``named``."""


DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
"""What the classes of digits-cnn are called."""


def identity(ports: dict[str, tuple[str, list[Any]]]) -> bytes:
    """Return a graph that hands every input on: (type, shape) by name; outputs end in ``'``."""
    nodes, inputs, outputs = [], [], []
    for name, (dtype, shape) in ports.items():
        inputs.append(helper.make_tensor_value_info(name, DTYPES[dtype], shape))
        outputs.append(helper.make_tensor_value_info(f"{name}'", DTYPES[dtype], shape))
        nodes.append(helper.make_node("Identity", [name], [f"{name}'"]))
    graph = helper.make_graph(nodes, "identity", inputs, outputs)
    opset = helper.make_opsetid("", 17)
    model = helper.make_model(graph, producer_name="keronyx", ir_version=8, opset_imports=[opset])
    data: bytes = model.SerializeToString()
    return data


def _words() -> Model:
    """Return a model of words: a lookup, an embedding, probabilities."""
    return chain(
        tensor("words", 3, dtype="string"),
        [
            layer("StringLookup", "ids", vocabulary=("red", "green", "blue", "un petit été")),
            layer("Embedding", "vectors", input_dim=5, output_dim=4, embeddings=numbers(5, 4)),
            layer("Flatten", "flat"),
            dense(2, 12, "scores", activation="softmax"),
        ],
    )


def _named() -> Model:
    """Return a model of one input of four values, whose columns are given names."""
    kernel = np.array([[1, 2], [2, 1], [-1, 0], [2, 1]], np.float32)
    sums = layer("Dense", "sums", units=2, kernel=kernel, use_bias=False)
    return chain(tensor("x", 4), [sums])


def _open() -> Model:
    """Return a model whose rows are as long as one likes."""
    return chain(tensor("steps", None, 4), [dense(3, 4, "each", activation="tanh")])


def _every_type() -> bytes:
    ports: dict[str, tuple[str, list[Any]]] = {f"{dtype}s": (dtype, ["n", 2]) for dtype in DTYPES}
    return identity({**ports, "scalar": ("float32", ["n"]), "cube": ("int64", ["n", 2, 1, 2])})


def _hostile() -> bytes:
    return identity({name: ("float32", ["n", 2]) for name in HOSTILE})


def _stateful() -> Model:
    """Return a model that keeps states, and takes one row at a time."""
    return nets.of_one_row("tf215_masked")


def _stateful_rows() -> Model:
    """Return a model that keeps states, and takes two rows at a time."""
    return nets.model_of("k315_stacked")


@dataclass(frozen=True)
class Subject:
    """A model that a host is written for: its file, or how to write one, and what is said beside.

    ``path`` is under models/, ``case`` one of the corpus, ``more`` what ``host`` is told.
    """

    path: str = ""
    case: str = ""
    make: Callable[[], Model | bytes] | None = None
    more: dict[str, Any] = field(default_factory=dict)

    def source(self, place: Path) -> Path:
        """Return the model's file."""
        if self.path:
            return TRAINED / self.path
        if self.case:
            return corpus.source(_case(self.case))[0]
        assert self.make
        made = self.make()
        target = place / f"{self.make.__name__.strip('_')}.onnx"
        target.write_bytes(made if isinstance(made, bytes) else serialize(made))
        return target


def _case(name: str) -> corpus.Case:
    (case,) = corpus.cases(archive="dense", where=lambda each: each.id == name)
    return case


MODELS: Final = {
    "iris": Subject(path="iris/iris.h5"),
    "digits-embedding": Subject(path="digits-embedding/digits-embedding.keras"),
    "diabetes-33": Subject(path="diabetes-33/diabetes-33.h5"),
    "digits-cnn": Subject(path="digits-cnn/digits-cnn.keras", more={"classes": DIGITS}),
    "el-nino": Subject(path="el-nino/el-nino.h5"),
    "float64": Subject(case="dense_float64-k3-keras"),
    "float16": Subject(case="policy_float16-k3-keras"),
    "two-types": Subject(case="category_encoding_weights-k3-h5"),
    "fixed-batch": Subject(case="fixed_batch-k3-keras"),
    "strings": Subject(make=_words),
    "strings-out": Subject(case="string_lookup_invert-k3-h5"),
    "open-axis": Subject(make=_open, more={"shape": {"steps": (5, 4)}}),
    "named": Subject(make=_named, more={"columns": NAMED}),
    "stateful": Subject(make=_stateful),
    "stateful-rows": Subject(make=_stateful_rows),
    "every-type": Subject(make=_every_type),
    "hostile": Subject(make=_hostile),
}
"""Models that every host is tested with.

iris has two inputs and two outputs, one of them classes; digits-embedding takes integer ids,
digits-cnn images.
"""


def generate(name: str, to: str, place: Path) -> Path:
    """Write a model's project into a new folder of a place, and return the folder."""
    folder = place / f"{to}-{name}"
    project(name, to, folder)
    return folder


def project(name: str, to: str, folder: Path) -> Project:
    """Write a model's project and return what ``host`` says of it."""
    subject = MODELS[name]
    folder.parent.mkdir(parents=True, exist_ok=True)
    return host(subject.source(folder.parent), to, folder, **subject.more)


def recorded(folder: Path, what: str = "inputs") -> list[list[str]]:
    """Return the cells of a project's recorded rows, the header first."""
    text = (folder / "vectors" / f"{what}.csv").read_text(encoding="utf-8")
    return list(csv.reader(io.StringIO(text, newline="")))


def predicted(folder: Path, rows: Path) -> list[list[str]]:
    """Return what ``keronyx predict`` writes for a table of rows, under the project's header."""
    predict = load(folder / "model.onnx", engine="onnxruntime")
    found = io.StringIO(newline="")
    outputs = run_in_batches(predict, read_inputs(rows, predict.inputs), predict.inputs)
    write_csv(found, outputs, recorded(folder, "outputs")[0])
    return list(csv.reader(io.StringIO(found.getvalue(), newline="")))


def same_table(found: str, wanted: list[list[str]], rtol: float = 1e-5) -> None:
    """Hold a program's predictions, as text, against cells: headers and texts equal, numbers near.

    ``rtol`` is relative to the largest number of the column, or to 1.
    """
    assert "\r" not in found
    assert found.endswith("\n")
    cells = list(csv.reader(io.StringIO(found, newline="")))
    assert cells[0] == wanted[0]
    assert len(cells) == len(wanted)
    for name, ours, theirs in zip(
        wanted[0], zip(*cells[1:], strict=True), zip(*wanted[1:], strict=True), strict=True
    ):
        if _numeric(theirs):
            a, b = np.array(ours, np.float64), np.array(theirs, np.float64)
            finite = b[np.isfinite(b)]
            atol = rtol * max(1.0, float(np.abs(finite).max(initial=0.0)))
            np.testing.assert_allclose(a, b, rtol=rtol, atol=atol, err_msg=name)
        else:
            assert ours == theirs, name


def _numeric(cells: tuple[str, ...]) -> bool:
    try:
        np.array(cells, np.float64)
    except ValueError:
        return False
    return True


def corrupt(folder: Path) -> None:
    """Change one recorded output of the last row: a number, a truth, or a text."""
    path = folder / "vectors" / "outputs.csv"
    cells = recorded(folder, "outputs")
    cell = cells[-1][-1]
    swapped = {"True": "False", "False": "True"}
    cells[-1][-1] = swapped.get(cell) or (
        repr(float(cell) * 1.5 + 1) if _numeric((cell,)) else f"{cell}?"
    )
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(cells)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def awkward_rows(folder: Path) -> bytes:
    """Spell a project's recorded inputs in the ways that a table may have.

    With a byte-order mark, CRLF, blank lines, quotes and spaces, its columns the other way round.
    """
    header, *rows = recorded(folder)
    turned = [list(reversed(cells)) for cells in (header, *rows)]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerow(turned[0])
    for cells in turned[1:]:
        text.write("\r\n")
        csv.writer(text, lineterminator="\r\n").writerow(cells)
    return b"\xef\xbb\xbf" + text.getvalue().encode()
