"""What stands just at each limit: a case a limit, which makes something of a given size."""

import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import saved_files as write
import tensorflow_files
from described import entry, functional, model_of, sequential, source
from layer_case import layer

from keronyx.converter.dialect.vocabulary import tokens_of
from keronyx.converter.files import read_architecture, read_saved, storage, zips
from keronyx.converter.files.markup import parse_json
from keronyx.converter.files.reach import reaches
from keronyx.converter.files.saved import LayerGroups
from keronyx.converter.files.span import Span
from keronyx.converter.files.storage import Storage
from keronyx.converter.files.tensorflow import sources
from keronyx.converter.files.tensorflow.constants import array_of
from keronyx.converter.files.tensorflow.parts import parts_of
from keronyx.converter.files.tree import read_tree
from keronyx.converter.files.yaml_text import parse_yaml
from keronyx.converter.layers.preprocessing import StringLookup
from keronyx.converter.scan.finding import Found
from keronyx.converter.scan.texts import scan_yaml
from keronyx.converter.wire import Message, block, integer
from keronyx.runtime.proof.samples import draw


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


def tracked(folder: Path, size: int) -> None:
    nodes = [({"layer-0": 1}, ""), *[({}, "")] * (size - 1)]
    graph = tensorflow_files.objects(*nodes)
    read_architecture(tensorflow_files.checkpoint(folder / "w", {}, graph))


def tensors(folder: Path, size: int) -> None:
    named = {str(index): np.ones(1, np.float32) for index in range(size - 1)}
    read_architecture(tensorflow_files.checkpoint(folder / "w", named))


def index_file(folder: Path, size: int) -> None:
    prefix = tensorflow_files.checkpoint(folder / "w", {"a": np.ones(1, np.float32)})
    index = folder / "w.index"
    whole = index.read_bytes()
    index.write_bytes(bytes(size - len(whole)) + whole if size > len(whole) else whole)
    sources.of_folder(str(folder)).message("w.index")
    assert prefix.name == "w"


def data_files(folder: Path, size: int) -> None:
    (folder / "w.index").write_bytes(tensorflow_files.table({b"": integer(1, size)}))
    read_architecture(folder / "w")


def slices(_: Path, size: int) -> None:
    extents = (Message.of(block(1, integer(1, at) + integer(2, 1))) for at in range(size))
    parts_of(extents, (size,), "kernel")


def constant(_: Path, size: int) -> None:
    array_of(Message.of(integer(1, 1) + block(2, block(2, integer(1, size)))))


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
    "message": Case("message_bytes", 400, index_file),
    "fields": Case("message_fields", 10, lambda _, n: Message.of(integer(1, 1) * n)),
    "tensors": Case("checkpoint_entries", 10, tensors),
    "data files": Case("checkpoint_shards", 10, data_files),
    "slices": Case("checkpoint_slices", 10, slices),
    "constant": Case("constant_elements", 10, constant),
    "tracked": Case("tracked_objects", 10, tracked),
    "nested": Case("nested_models", 3, nested),
    "calls": Case("layer_calls", 10, calls),
    "model calls": Case("layer_calls", 10, model_calls),
    "wrapped calls": Case("layer_calls", 10, wrapped_calls),
    "indices": Case("oov_indices", 5, indices),
    "pooled": Case("window_places", 10, pooled),
    "checked": Case("check_elements", 10, checked),
}
