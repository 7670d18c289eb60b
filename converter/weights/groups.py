"""Variables of legacy HDF5 files, and flat lists: groups of ordered variables, one a layer."""

from collections.abc import Sequence
from itertools import chain

from keronyx.converter.architecture import ModelConfig, Part
from keronyx.converter.errors import WeightError, shorten
from keronyx.converter.files.saved import FlatVariables, LayerGroups, WeightGroup
from keronyx.converter.several import called, keyed, picked, without
from keronyx.converter.weights.slots import (
    Found,
    Slot,
    assign,
    saved_order,
    slots_of,
    told_by_name,
)


def bind_groups(model: ModelConfig, weights: LayerGroups) -> Found:
    """Give every top-level layer the group of its name, or else its place in the file.

    Keras itself goes by the order of the layers that have variables. Raises WeightError where
    neither names nor order fit, or where something is left over.
    """
    needs = _needs(model)
    groups = [group for group in weights.groups if group.variables]
    if weights.positional and len(groups) == 1 < len(needs):
        every = list(chain.from_iterable(slots for _, slots in needs))
        return assign(every, groups[0].variables, f"group '{groups[0].name}'")
    found: Found = {}
    for (part, slots), group in zip(needs, _matched(needs, groups, weights), strict=True):
        found |= assign(slots, group.variables, f"layer '{shorten(part.name)}'")
    return found


def _needs(model: ModelConfig) -> list[tuple[Part, list[Slot]]]:
    """Return the layers that have variables, and the slots of these."""
    found = ((part, saved_order(part, part.name)) for part in model.layers)
    return [(part, slots) for part, slots in found if slots]


def _matched(
    needs: Sequence[tuple[Part, list[Slot]]], groups: Sequence[WeightGroup], weights: LayerGroups
) -> list[WeightGroup]:
    by_name = keyed(groups)
    names = [part.name for part, _ in needs]
    if not weights.positional and set(by_name) == set(names):
        return list(picked(by_name, names))
    if len(groups) == len(needs):
        return list(groups)
    raise _unlike(names, list(by_name))


def _unlike(names: Sequence[str], groups: Sequence[str]) -> WeightError:
    """Make the error for layers and groups that are not the same."""
    missing = without(names, groups)
    extra = without(groups, names)
    listed = f"no weights for {_some(missing)}" if missing else f"weights left over: {_some(extra)}"
    return WeightError(listed, hint="the weights belong to another architecture")


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{shorten(name)}'" for name in names[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def bind_flat(model: ModelConfig, weights: FlatVariables) -> Found:
    """Give a flat list to the layers: by ``layer/variable`` names, or in order.

    ``get_weights()`` goes layer by layer; manifests keep legacy HDF5's order inside each layer.
    """
    order = saved_order if weights.named else slots_of
    slots = [slot for part in model.layers for slot in order(part, part.name)]
    _check_order(weights, slots)
    return assign(slots, weights.variables, "the list of weights")


def _check_order(weights: FlatVariables, slots: Sequence[Slot]) -> None:
    if not weights.ordered and not told_by_name(slots, weights.variables):
        raise WeightError(
            f"the order of {_some(called(weights.variables))} cannot be told",
            hint="number them, as in 0_kernel, 0_bias, 1_kernel, or name them after the layers, "
            "as in dense_1_kernel",
        )
