"""Words of recurrent layers."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from keronyx.converter.dialect.version import Version
from keronyx.converter.dialect.words import STARTS, TRAINS, Config, Words
from keronyx.converter.layers.base import Layer

_STEPPED: Final = ("SimpleRNN", "GRU", "LSTM")
_OTHERS: Final = ("RNN", "CuDNNGRU", "CuDNNLSTM")
_CELLS: Final = ("SimpleRNNCell", "GRUCell", "LSTMCell")

FORGOTTEN: Final[Mapping[str, str]] = {
    "recurrent_initializer": STARTS,
    "recurrent_regularizer": TRAINS,
    "recurrent_constraint": TRAINS,
    "unit_forget_bias": STARTS,
    "dropout": TRAINS,
    "recurrent_dropout": TRAINS,
    "seed": TRAINS,
    "implementation": "speed",
    "use_cudnn": "speed",
    "consume_less": "speed",
    "init": STARTS,
    "inner_init": STARTS,
    "forget_bias_init": STARTS,
    **{f"{array}_regularizer": TRAINS for array in "WUb"},
    **{f"dropout_{array}": TRAINS for array in "WU"},
}

UNTOLD: Final = (
    "stateful together with an initial state, in several calls or within TimeDistributed",
)
"""What no file tells of states that are kept."""

_OLDER: Final = {"output_dim": "units", "inner_activation": "recurrent_activation"}

_OF_CUDNN: Final = {"activation": "tanh", "recurrent_activation": "sigmoid"}
"""What the layers for cuDNN compute with, and do not write."""


def _both_ways(config: Config, version: Version) -> tuple[str, Config]:
    """Return a Bidirectional with both layers, of which older files say one."""
    known = dict(config)
    forward = known.pop("layer", None)
    if not isinstance(forward, Mapping) or not isinstance(forward.get("config"), Mapping):
        return "Bidirectional", config
    inner = dict(forward["config"])
    other = {**inner, "go_backwards": not inner.get("go_backwards", False)}
    backward = known.pop("backward_layer", None) or {**forward, "config": other}
    both = {"forward_layer": forward, "backward_layer": backward}
    return "Bidirectional", {**known, **{k: _held(v, version) for k, v in both.items()}}


def _held(entry: Any, version: Version) -> Any:
    """Say of a held layer what Bidirectional decides, whatever the layer itself says.

    That is whether its outputs become zeros where a mask leaves out a step, and whether its states
    are kept.
    """
    config = entry.get("config") if isinstance(entry, Mapping) else None
    if not isinstance(config, Mapping) or entry.get("class_name") not in (*_STEPPED, *_OTHERS):
        return entry
    decided = {"zero_output_for_mask": _zeroes(config, version)}
    if config.get("stateful"):
        decided["stateful"] = _keeps(version)
    return {**entry, "config": {**config, **decided}}


def _keeps(version: Version) -> bool | None:
    """Tell whether a stateful Bidirectional keeps its states; None where the file does not tell.

    From Keras 2.1.4 to 2.3 every prediction begins with zeros, as it does with the Keras of
    TensorFlow 1, which 2.0 and 2.1 cannot be told from.
    """
    if version.parts >= (2, 3 if version.of_tensorflow else 4):
        return True
    if version.of_tensorflow or not version.stated:
        return None
    return version.before(2, 1, 4)


def _zeroes(config: Config | Mapping[str, Any], version: Version) -> bool | None:
    """Tell whether Bidirectional has a layer give zeros; None where the file does not tell.

    TensorFlow 1.13 to 2.2 write two versions. 1.13 has it whatever is returned, and writes so;
    2.0 and 2.1 have it in vain for what they can run by cuDNN, with or without a graphics card.
    """
    sequences = bool(config.get("return_sequences"))
    if version.parts >= (2, 4):
        return sequences
    if not version.stated:
        return None
    if not version.of_tensorflow or version.before(2, 2, 4):
        return False
    always = config.get("zero_output_for_mask") and not sequences
    fused = _OF_CUDNN.items() <= config.items() and not config.get("unroll")
    return None if always or fused else sequences


def showing(version: Version) -> Config:
    """Say whether outputs before the first step that counts are states.

    They were in Keras before 2.3, and in TensorFlow's before 1.13.
    """
    return {"starts_from_states": version.before(2, 2, 4 if version.of_tensorflow else 9)}


def time_behind_batch(_kind: type[Layer], config: Config) -> Config:
    """Leave out what Keras 2 writes of its second layout, where it is not used."""
    return {
        key: value for key, value in config.items() if key != "time_major" or value is not False
    }


def _reset_after(name: str) -> Callable[[Config, Version], tuple[str, Config]]:
    """Return what adds what the first ones of Keras 2 do not write: they reset before."""
    return lambda config, _version: (name, {"reset_after": False, **config})


def _of_a_stack(version: Version) -> Config:
    """Tell whether the states of a stack begin with those of its last cell.

    They did before Keras 2.2.4; TensorFlow's changed that within one version.
    """
    older = version.before(2, 2, 4)
    return {
        "last_first": None if older and (version.of_tensorflow or not version.stated) else older
    }


def _for_cudnn(name: str, **more: Any) -> Callable[[Config, Version], tuple[str, Config]]:
    return lambda config, _version: (name, {**_OF_CUDNN, **more, **config})


def gate_by_gate(order: str) -> Callable[[Config, Version], tuple[str, ...]]:
    """Return what tells that Keras 1 keeps gates apart: in all its ways of computing but one."""

    def told(config: Config, version: Version) -> tuple[str, ...]:
        together = not version.before(2) or config.get("consume_less") == "gpu"
        return () if together else tuple(order)

    return told


WORDS: Final = Words(
    once={"CuDNNGRU": "GRU", "CuDNNLSTM": "LSTM"},
    renamed=dict.fromkeys(_STEPPED, _OLDER),
    apart={"GRU": gate_by_gate("zrh"), "LSTM": gate_by_gate("icfo")},
    ignored=dict.fromkeys((*_STEPPED, *_CELLS, "RNN"), FORGOTTEN),
    rewritten={
        "Bidirectional": _both_ways,
        "GRU": _reset_after("GRU"),
        "GRUCell": _reset_after("GRUCell"),
        "CuDNNGRU": _for_cudnn("GRU", reset_after=True),
        "CuDNNLSTM": _for_cudnn("LSTM"),
    },
    decided=dict.fromkeys((*_STEPPED, "RNN"), showing) | {"StackedRNNCells": _of_a_stack},
    since={
        **dict.fromkeys(_STEPPED, "Keras 0.3"),
        "Bidirectional": "Keras 1",
        **dict.fromkeys((*_CELLS, "RNN", "StackedRNNCells"), "Keras 2"),
    },
    refused={
        **dict.fromkeys((*_STEPPED, "RNN"), (*UNTOLD, "constants")),
        **dict.fromkeys((*_CELLS, "StackedRNNCells"), ("a place outside an RNN",)),
        "Bidirectional": (
            "layers that are no recurrent ones",
            "stateful ones in files of TensorFlow 1 to 2.1",
        ),
    },
)
