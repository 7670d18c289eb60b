"""What a call names beside its inputs: tensors, several of them, and flags."""

from collections.abc import Iterator
from typing import Any

import pytest
from wide_layers import HERE, Argued, registered

from keronyx.converter.description import describe
from keronyx.converter.dialect.nodes import History, calls_of
from keronyx.converter.errors import (
    FileFormatError,
    UnsupportedConfigError,
)
from keronyx.converter.files import read_saved


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    with registered():
        yield


def argued(**keywords: Any) -> Any:
    return [{"args": [tensor("x")], "kwargs": keywords}]


def tensor(name: str) -> dict[str, Any]:
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}


def test_arguments_are_tensors_and_flags_by_name() -> None:
    nodes = argued(mask=tensor("m"), states=[tensor("a"), tensor("b")], causal=True, training=False)
    (found,) = calls_of(nodes, Argued)
    assert found.inputs == (History("x", 0, 0),)
    assert found.arguments == {
        "mask": History("m", 0, 0),
        "states": (History("a", 0, 0), History("b", 0, 0)),
        "causal": True,
    }
    assert [each.layer for each in found.sources] == ["x", "m", "a", "b"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("causal", 2),
        ("causal", "yes"),
        ("causal", tensor("m")),
        ("mask", True),
        ("states", []),
        ("states", False),
        ("states", [1, 2]),
        ("training", True),
        ("other", tensor("m")),
    ],
)
def test_arguments_that_do_not_fit_are_refused(name: str, value: Any) -> None:
    with pytest.raises(UnsupportedConfigError, match=f"^call argument {name}="):
        calls_of(argued(**{name: value}), Argued)


def test_an_argument_said_twice_is_the_same() -> None:
    node = [["a", 0, 0, {"causal": True}], ["b", 0, 0, {"causal": True}]]
    (found,) = calls_of([node], Argued)
    assert found.arguments == {"causal": True}
    node[1][3] = {"causal": False}
    with pytest.raises(FileFormatError, match="call argument causal twice, and not the same"):
        calls_of([node], Argued)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (["nowhere", 0, 0], "a layer 'nowhere' that is not in the file"),
        (["start", 3, 0], "call 3 of layer 'start'"),
        (["start", 0, 1], "output 1 of layer 'start', which it does not have"),
    ],
)
def test_an_argument_that_there_is_not_is_refused(state: list[Any], words: str) -> None:
    saved = read_saved(HERE / "mask_and_state.h5")
    assert saved.config is not None
    (running,) = [each for each in saved.config["config"]["layers"] if each["name"] == "running"]
    running["inbound_nodes"][0][0][3]["initial_state"] = state
    with pytest.raises(FileFormatError, match=words):
        describe(saved)
