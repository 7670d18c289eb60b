"""Architectures in JSON and YAML with their weights, and TensorFlow.js models."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import saved_files as write
from saved_files import BIAS, CONFIG, KERNEL, flat, groups, same

from keronyx.converter.errors import FileFormatError, KeronyxError, UsageError, WeightError
from keronyx.converter.files import read_architecture, read_saved
from keronyx.converter.files.markup import parse_json
from keronyx.converter.files.saved import FlatVariables
from keronyx.converter.limits import limits

TEXTS = {
    "plain": json.dumps(CONFIG),
    "twice": json.dumps(json.dumps(CONFIG)),
    "byte order mark": "\ufeff" + json.dumps(CONFIG),
    "yaml": "class_name: Sequential\nconfig:\n  name: net\n  layers:\n"
    "  - {class_name: Dense, config: {name: d1}}\n",
}


@pytest.mark.parametrize("form", TEXTS)
def test_architecture_with_weights(tmp_path: Path, form: str) -> None:
    path = write.text(tmp_path / "model", TEXTS[form])
    assert read_architecture(path).weights is None
    with pytest.raises(WeightError, match=r"an architecture without weights; .* weights="):
        read_saved(path)
    saved = read_saved(path, weights=write.hdf5(tmp_path / "w", write.put_model))
    assert (saved.config, saved.keras_version) == (CONFIG, "2.2.4-tf")
    same(groups(saved)["d1"], KERNEL, BIAS)


def test_versions_in_the_architecture_come_first(tmp_path: Path) -> None:
    path = write.text(tmp_path / "m", {**CONFIG, "keras_version": "1.2.2", "backend": "theano"})
    saved = read_saved(path, weights=write.hdf5(tmp_path / "w"))
    assert (saved.keras_version, saved.backend) == ("1.2.2", "theano")


def test_weights_that_nothing_belongs_to(tmp_path: Path) -> None:
    weights = write.hdf5(tmp_path / "w", write.put_tree)
    with pytest.raises(UsageError, match="no architecture"):
        read_saved(weights, weights=weights)
    architecture = write.text(tmp_path / "m", CONFIG)
    with pytest.raises(WeightError, match="holds no weights"):
        read_saved(architecture, weights=architecture)


NUMPY_SCALAR = """!!python/object/apply:numpy.core.multiarray.scalar
    - !!python/object/apply:numpy.dtype
      args: [{code}, 0, 1]
      state: !!python/tuple [3, {order}, null, null, null, -1, -1, 0]
    - {data}
"""
OBJECTS = {
    "!!python/tuple [null, 33]": [None, 33],
    NUMPY_SCALAR.format(code="i8", order="<", data='!!binary "FAAAAAAAAAA="'): 20,
    NUMPY_SCALAR.format(code="i2", order="'>'", data='"\\x01\\0"'): 256,
    """!!python/object/apply:numpy.core.multiarray._reconstruct
    args: [!!python/name:numpy.ndarray '', !!python/tuple [0], b]
    state: !!python/tuple
    - 1
    - !!python/tuple [2]
    - !!python/object/apply:numpy.dtype {args: [u1, 0, 1]}
    - false
    - "\\x03\\xff"
""": [3, 255],
    "!!python/object/apply:tensorflow.python.training.tracking.data_structures.ListWrapper\n"
    "    - [3]": [3],
    "!!python/object/apply:tensorflow.python.framework.tensor_shape.TensorShape\n"
    "    - - !!python/object/apply:tensorflow.python.framework.tensor_shape.Dimension [null]\n"
    "      - !!python/object/apply:tensorflow.python.framework.tensor_shape.Dimension [5]": [
        None,
        5,
    ],
    "&a [1, 2]\n  again: *a": [1, 2],
}


@pytest.mark.parametrize(("text", "value"), OBJECTS.items())
def test_objects_in_yaml(tmp_path: Path, text: str, value: Any) -> None:
    path = write.text(tmp_path / "m", f"class_name: Model\nconfig:\n  value: {text}\n")
    config = read_architecture(path).config
    assert config is not None
    assert config["config"]["value"] == value


def test_tensorflow_js(tmp_path: Path) -> None:
    saved = read_saved(write.tfjs(tmp_path))
    same(flat(saved), KERNEL, BIAS)
    assert [variable.name for variable in flat(saved)] == ["d1/kernel", "d1/bias"]
    assert [bool(variable.extent) for variable in flat(saved)] == [False, True]
    assert saved.weights == FlatVariables(flat(saved), named=True)
    assert (saved.config, saved.keras_version) == (CONFIG, "2.15.0")
    assert read_saved(tmp_path).sha256 == saved.sha256


QUANTISED = {
    "uint8": ("float32", "u1", [0, 128, 255], [-1.0, 31.0, 62.75]),
    "uint16": ("float32", "<u2", [0, 4, 65535], [-1.0, 0.0, 16382.75]),
    "float16": ("float32", "<f2", [0.5, -2.0, 65504.0], [0.5, -2.0, 65504.0]),
    "rounded": ("int32", "u1", [0, 2, 6], [-1, 0, 1]),
}


@pytest.mark.parametrize("kind", QUANTISED)
def test_tensorflow_js_quantised(tmp_path: Path, kind: str) -> None:
    dtype, stored, numbers, expected = QUANTISED[kind]
    how = {"dtype": "uint8" if kind == "rounded" else kind, "scale": 0.25, "min": -1}
    entry = write.weight("d1/bias", np.zeros(3), dtype=dtype, quantization=how)
    groups_of_one = [
        {"paths": ["a"], "weights": [write.weight("d1/kernel", KERNEL)]},
        {"paths": ["b"], "weights": [entry]},
    ]
    write.folder(tmp_path, {"a": KERNEL.tobytes(), "b": np.array(numbers, stored).tobytes()})
    saved = read_saved(write.tfjs(tmp_path, modelTopology=CONFIG, weightsManifest=groups_of_one))
    same(flat(saved), KERNEL, np.array(expected, dtype))


ENTRY = write.weight("a", BIAS)
MANIFESTS: dict[str, tuple[Any, str]] = {
    "none": (None, "'weightsManifest' is missing, or not a list"),
    "paths": ([{"weights": []}], "'paths' is missing, or not a list"),
    "drive": ([{"paths": ["C:a"], "weights": []}], "not the plain name of a file"),
    "climbing": ([{"paths": ["b/.."], "weights": []}], "not the plain name of a file"),
    "doubled": ([{"paths": ["b//a"], "weights": []}], "not the plain name of a file"),
    "absolute": ([{"paths": ["/a"], "weights": []}], "not the plain name of a file"),
    "link": ([{"paths": ["link"], "weights": []}], "'link' is a symbolic link that leaves"),
    "round": (
        [{"paths": ["round"], "weights": []}],
        "'round'.*(cannot be followed|symbolic links)",
    ),
    "missing": ([{"paths": ["b"], "weights": []}], "'b': no such file"),
    "twice": ([{"paths": ["a", "a"], "weights": []}], "shard a is listed twice"),
    "left over": ([{"paths": ["a"], "weights": []}], "weights of 0 bytes in shards of 12"),
    "short": ([{"paths": [], "weights": [ENTRY]}], "weight 'a' leaves its shards"),
    "one name": ([{"paths": ["a"], "weights": [ENTRY, ENTRY]}], "weight a is listed twice"),
    "text": ([{"paths": ["a"], "weights": [ENTRY | {"dtype": "string"}]}], "has type string"),
    "complex": ([{"paths": ["a"], "weights": [ENTRY | {"dtype": "complex64"}]}], "type complex64"),
    "shape": ([{"paths": ["a"], "weights": [ENTRY | {"shape": [-3]}]}], "the impossible shape"),
    "true": ([{"paths": ["a"], "weights": [ENTRY | {"shape": [True]}]}], "the impossible shape"),
    "scale": (
        [{"paths": ["a"], "weights": [ENTRY | {"quantization": {"dtype": "uint8"}}]}],
        "quantization has no number 'scale'",
    ),
}


@pytest.mark.parametrize("kind", MANIFESTS)
def test_tensorflow_js_refused(tmp_path: Path, kind: str) -> None:
    manifest, message = MANIFESTS[kind]
    outside = write.folder(tmp_path, {"net/a": BIAS.tobytes(), "outside": b""}) / "outside"
    (tmp_path / "net/link").symlink_to(outside)
    (tmp_path / "net/round").symlink_to("round")
    with pytest.raises(KeronyxError, match=message):
        read_saved(write.tfjs(tmp_path / "net", weightsManifest=manifest))


def test_characters_beyond_the_first_plane(tmp_path: Path) -> None:
    path = write.text(tmp_path / "m", '{"class_name": "\\ud83d\\ude00"}')
    assert read_architecture(path).config == {"class_name": "\U0001f600"}


def test_long_text_is_refused_before_it_is_parsed() -> None:
    message = "has 11 characters; the limit is 10"
    with limits(text_bytes=10), pytest.raises(FileFormatError, match=message):
        parse_json("[" * 11, "the text")


SHARDS = {
    "no map": ({"weight_map": 3}, "has no 'weight_map'"),
    "no names": ({"weight_map": {"/layers/dense/vars": [1]}}, "is not a list of file names"),
    "nowhere": (
        {"weight_map": {"/layers/d/vars": "w"}},
        "'/layers/d/vars' are in none of the shards",
    ),
    "twice": (
        {"weight_map": {"/layers/dense/vars": ["w", "v"]}},
        "'layers/dense/vars/0' is there twice",
    ),
}


@pytest.mark.parametrize("kind", SHARDS)
def test_shards_refused(tmp_path: Path, kind: str) -> None:
    index, message = SHARDS[kind]
    write.hdf5(tmp_path / "w", write.put_tree)
    write.hdf5(tmp_path / "v", write.put_tree)
    with pytest.raises(KeronyxError, match=message):
        read_saved(write.text(tmp_path / "model.weights.json", index))


def test_hdf5_and_yaml_are_loaded_when_they_are_needed(tmp_path: Path) -> None:
    path = write.tfjs(tmp_path)
    code = (
        "import sys; from keronyx.converter.files import read_saved; "
        "read_saved(sys.argv[1]); sys.exit(bool({'h5py', 'yaml', 'onnx'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code, path], check=True)
