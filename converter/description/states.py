"""The states that stateful layers keep: what each call begins with, and what it leaves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from keronyx.converter.errors import shorten
from keronyx.converter.layers.base import Layer
from keronyx.converter.layers.nested import with_held
from keronyx.converter.model import Connection, State
from keronyx.converter.tensors import Argument, KerasTensor

STATES = "initial_state"
"""Under which name a call is given states."""

Arguments = Mapping[str, Argument]


@dataclass
class States:
    """The states of one model, in the order in which its layers are called."""

    before: dict[KerasTensor, Layer] = field(default_factory=dict)
    after: list[KerasTensor] = field(default_factory=list)

    def given(self, layer: Layer, inputs: Sequence[KerasTensor], arguments: Arguments) -> Arguments:
        """Return the arguments of a call, with the states that a stateful layer begins with.

        Raises UnsupportedConfigError where Keras keeps states in a way that no file tells.
        """
        if not layer.keeps:
            _refuse_held(layer)
            return arguments
        if len(inputs) > 1 or STATES in arguments:
            raise layer.refuse(
                "stateful=True with an initial state", "Keras versions differ in which they take"
            )
        if layer in self.before.values():
            raise layer.refuse(
                "stateful=True in several calls", "no file tells which of them is the first"
            )
        before = layer.kept(inputs[0])
        _check_batch(layer, before)
        self.before |= dict.fromkeys(before, layer)
        return {**arguments, STATES: before}

    def left(
        self, layer: Layer, arguments: Arguments, outputs: tuple[KerasTensor, ...]
    ) -> tuple[KerasTensor, ...]:
        """Note the states after a call; return the outputs that Keras knows of."""
        before = arguments.get(STATES) if layer.keeps else None
        if not isinstance(before, tuple):
            return outputs
        shown = len(outputs) - len(before)
        self.after += outputs[shown:]
        return outputs if layer.shows_kept else outputs[:shown]

    def named(self, taken: Iterable[str], connections: Iterable[Connection]) -> tuple[State, ...]:
        """Return all of them, under names that are not taken.

        Raises UnsupportedConfigError where a layer of the model is called as a state is.
        """
        used = {*taken}
        made = {name for each in connections for name in each.makes}
        for before, layer in self.before.items():
            if before.name in made:
                raise layer.refuse(f"stateful=True beside a layer '{shorten(before.name)}'")
        return tuple(
            State(
                name=_free(before.name, used),
                next_name=_free(_next(before.name), used),
                before=before,
                after=after,
            )
            for before, after in zip(self.before, self.after, strict=True)
        )


def _next(name: str) -> str:
    """Turn ``lstm/state_0`` to ``lstm/next_state_0``."""
    path, _, own = name.rpartition("/")
    return f"{path}/next_{own}"


def _free(name: str, used: set[str]) -> str:
    """Return a name that is not used, and use it."""
    while name in used:
        name += "_"
    used.add(name)
    return name


def _refuse_held(layer: Layer) -> None:
    """Refuse a wrapper that calls a stateful layer as often as there are steps."""
    for held in with_held(layer.held().values()):
        if held.keeps:
            raise layer.refuse(
                f"a stateful {type(held).__name__}", "Keras versions differ in what that keeps"
            )


def _check_batch(layer: Layer, states: Iterable[KerasTensor]) -> None:
    """Raise UnsupportedConfigError where the batch size is open, as Keras does."""
    for state in states:
        if not isinstance(state.shape[0], int):
            raise layer.refuse(
                "stateful=True without a fixed batch size", "give the model's input a batch_shape"
            )
