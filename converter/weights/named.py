"""Variables of TensorFlow 1's checkpoints, of which names alone say whose they are."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from keronyx.converter.architecture import ModelConfig
from keronyx.converter.errors import WeightError, shorten
from keronyx.converter.files.saved import NamedVariables
from keronyx.converter.several import keyed
from keronyx.converter.tensors import Variable
from keronyx.converter.weights.slots import Found, Slot, older, slots_of

OTHER: Final = (
    "the names of its variables do not tell whose they are; save the weights with "
    'model.save_weights("weights.h5")'
)
OF_TRAINING: Final = re.compile(
    r"(.*/)?(training|_?optimizer|Optimizer|Adam|keras_api|metrics|total|count)(_\d+)?/.*|"
    r"(.*/)?(global_step|save_counter|beta\d_power|iter|decay|learning_rate)(_\d+)?|"
    r"(.*/)?_?(seed_generator|random_generator)/.*|(.*/)?seed_generator_state"
)
"""Names of what belongs to no layer."""


def bind_named(model: ModelConfig, weights: NamedVariables) -> Found:
    """Give every variable to the layer that it is named after.

    Raises WeightError where one is missing, could be several, or is left over.
    """
    by_name = keyed(weights.variables)
    slots = [slot for part in model.layers for slot in slots_of(part, part.name)]
    found: Found = {}
    used = set()
    for slot in slots:
        variable = _of_slot(slot, by_name)
        if variable.name in used:
            raise WeightError(f"two layers called '{shorten(slot.layer)}'", hint=OTHER)
        used.add(variable.name)
        found.setdefault(slot.path, {})[slot.variable] = variable
    _check_left(by_name.keys() - used, used)
    return found


def is_of_training(name: str) -> bool:
    """Tell a name of what belongs to no layer."""
    return OF_TRAINING.fullmatch(name) is not None


def _of_slot(slot: Slot, by_name: Mapping[str, Variable]) -> Variable:
    spelled = (slot.variable, *older(slot.variable))
    found = [by_name[name] for own in spelled if (name := f"{slot.layer}/{own}") in by_name]
    if len(found) != 1:
        raise WeightError(
            f"no variable '{shorten(slot.layer)}/{slot.variable}' in the checkpoint", hint=OTHER
        )
    return found[0]


def _check_left(left: Iterable[str], used: Iterable[str]) -> None:
    """Refuse what is neither of a layer nor of training."""
    for name in sorted(left):
        of_another = any(name.startswith(f"{own}/") for own in used)
        if not of_another and not is_of_training(name):
            raise WeightError(f"variable '{shorten(name)}' belongs to no layer", hint=OTHER)
