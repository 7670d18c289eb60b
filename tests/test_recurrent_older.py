"""Recurrent layers of Keras 0.3 to 2.3: their kernels gate by gate, and as cuDNN has them."""

import json
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import corpus_cases as corpus
import h5py
import numpy as np
import pytest
from catalogue import LAYERS
from corpus_cases import Case
from test_corpus import Outcome, compare, read_numpy, read_onnx

import keronyx
from keronyx.converter.errors import WeightError, label_of
from keronyx.converter.tensors import Variable
from keronyx.converter.weights.gates import as_today

OLD = (
    *("k033*lstm*", "k1*_gru_[abcgmsu][cpe]*", "k1*_lstm_[acgmsu]*", "k1*_simplernn_[acgmu]*"),
    *("k1*bidirectional_[acsm]*", "k1*seq2seq*", "k1*merge_lstm*", "*cudnn*"),
)
"""Keras 1 in all its ways of computing, wrapped and in JSON, YAML and HDF5; layers for cuDNN."""
LATER = ("*masked*", "*embmask*")
CASES = corpus.cases(
    expect="ok",
    where=lambda case: (
        any(fnmatch(case.id, each) for each in OLD)
        and not any(fnmatch(case.id, each) for each in LATER)
    ),
)


def test_every_way_is_there() -> None:
    ids = " ".join(case.id for case in CASES)
    words = ("k033", "k100tf", "k105th", "_cpu_", "_mem_", "_gpu_", "_unroll_", "yaml", "cudnn_gru")
    assert [word for word in words if word not in ids] == []
    assert len(CASES) > 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_both_readings_give_kerass_numbers(case: Case) -> None:
    for read in (read_numpy, read_onnx):
        assert compare(case, read(case)) == Outcome("right")


def respelled(case: Case, path: Path, names: Mapping[str, str], **config: Any) -> Path:
    """Copy a file, its layers under other classes."""
    path.write_bytes(corpus.source(case)[0].read_bytes())
    with h5py.File(path, "r+") as file:
        model = json.loads(file.attrs["model_config"])
        for entry in model["config"]["layers"]:
            if entry["class_name"] in names:
                entry["class_name"] = names[entry["class_name"]]
                entry["config"] |= config
        file.attrs["model_config"] = json.dumps(model)
    return path


def only(name: str) -> Case:
    (found,) = corpus.cases(where=lambda each: each.id == name)
    return found


@pytest.mark.parametrize(
    ("case", "names", "config"),
    [
        ("k231_recurrent_cudnn_lstm_h5", {"CuDNNLSTM": "LSTM"}, {}),
        ("k231_recurrent_cudnn_gru_h5", {"CuDNNGRU": "GRU"}, {"reset_after": True}),
    ],
)
def test_what_cudnn_saved_goes_into_the_plain_layer(
    case: str, names: Mapping[str, str], config: Mapping[str, Any], tmp_path: Path
) -> None:
    """Keras 2 loads it there, by the length of the bias; the recorded numbers are from there."""
    plain = {"activation": "tanh", "recurrent_activation": "sigmoid"}
    path = respelled(only(case), tmp_path / "model.h5", names, **plain, **config)
    answers = keronyx.evaluate(keronyx.read(path), corpus.inputs(only(case))[0])
    assert compare(only(case), list(answers.values())) == Outcome("right")


def test_what_a_plain_layer_saved_goes_into_that_for_cudnn(tmp_path: Path) -> None:
    case = only("k231_recurrent_lstm_basic_h5")
    path = respelled(case, tmp_path / "model.h5", {"LSTM": "CuDNNLSTM"})
    answers = keronyx.evaluate(keronyx.read(path), corpus.inputs(case)[0])
    assert compare(case, list(answers.values())) == Outcome("right")


def test_cudnns_weights_fit_no_gru_that_resets_before(tmp_path: Path) -> None:
    case = only("k231_recurrent_cudnn_gru_h5")
    config = {"reset_after": False, "activation": "tanh"}
    path = respelled(case, tmp_path / "model.h5", {"CuDNNGRU": "GRU"}, **config)
    with pytest.raises(WeightError, match=r"\(GRUCell\): bias has shape \(\d+,\), expected"):
        keronyx.read(path)


def pieces(letters: str, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Variable]:
    """Return the arrays of a cell gate by gate, those of Keras called after ``letters``."""
    stored = zip("zrh", letters, strict=True)
    return {
        f"{name}_{gate}": Variable.of(np.full(shapes.get(gate, (2, 3)), place), f"gru_W_{said}:0")
        for place, (gate, said) in enumerate(stored)
        for name in ("kernel", "recurrent_kernel")
    }


def test_gates_are_put_side_by_side() -> None:
    kind: Any = LAYERS["GRU"].parts(dict.fromkeys(LAYERS["GRU"].config_keys()))["cell"].kind
    where = label_of("gru", "GRU")
    made = as_today(kind, {"units": 3}, pieces("zrh", {}), where)["kernel"]
    assert made.shape == (2, 9)
    assert made.load()[0].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    with pytest.raises(WeightError, match="'gru_W_r:0' in the place of gate z"):
        as_today(kind, {"units": 3}, pieces("rzh", {}), where)
    with pytest.raises(WeightError, match="gates of shapes"):
        as_today(kind, {"units": 3}, pieces("zrh", {"h": (2, 4)}), where)
