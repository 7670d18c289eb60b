"""The variables that an architecture needs, in the orders in which files keep them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from keronyx.converter.architecture import LayerConfig, Part
from keronyx.converter.dialect.tables import VARIABLES
from keronyx.converter.errors import WeightError, shorten
from keronyx.converter.tensors import Variable


@dataclass(frozen=True)
class Slot:
    """A place for one variable: the path of its layer, the layer's own name, the variable.

    ``trainable`` is what Keras counts it as, the layer's own flag included.
    """

    path: str
    layer: str
    variable: str
    trainable: bool

    def accepts(self, spelled: str) -> bool:
        """Tell whether a file may call this variable so."""
        return self.variable == spelled or self.variable in VARIABLES.get(spelled, ())


Found = dict[str, dict[str, Variable]]
"""Variables by the path of their layer and by name."""


def own_slots(part: LayerConfig, path: str) -> list[Slot]:
    """List a layer's own variables: those that train, then the others."""
    rules = part.kind.weight_rules()
    names = part.kind.weight_names(part.config)
    trains = {name: rules[name].trainable(part.config) for name in names}
    own = path.rpartition("/")[2]
    ordered = sorted(names, key=lambda name: not trains[name])
    slots = [Slot(path, own, name, trains[name] and part.trainable) for name in ordered]
    return [
        *_in_pieces(slots, part.apart),
        *(Slot(path, own, name, trainable=False) for name in part.unused),
    ]


def _in_pieces(slots: list[Slot], gates: Sequence[str]) -> list[Slot]:
    """Return a slot for each variable of each gate, where the file keeps them apart."""
    if not gates:
        return slots
    pieces = [(slot, gate) for gate in gates for slot in slots]
    return [replace(slot, variable=f"{slot.variable}_{gate}") for slot, gate in pieces]


def slots_of(part: Part, path: str) -> list[Slot]:
    """List the variables of a layer and everything inside it, layer by layer."""
    if isinstance(part, LayerConfig):
        children = part.children().items()
        held = [slot for key, child in children for slot in slots_of(child, f"{path}/{key}")]
        return own_slots(part, path) + held
    return [slot for layer in part.layers for slot in slots_of(layer, f"{path}/{layer.name}")]


def saved_order(part: Part, path: str) -> list[Slot]:
    """List them as legacy HDF5 does: everything trainable first, then the rest."""
    slots = slots_of(part, path)
    return [slot for slot in slots if slot.trainable] + [s for s in slots if not s.trainable]


def assign(slots: Sequence[Slot], variables: Sequence[Variable], where: str) -> Found:
    """Put variables into slots, by their names where these are telling, else in order.

    Raises WeightError when they are not as many, or when a name contradicts the order.
    """
    _check_count(slots, variables, where)
    pairs = _by_name(slots, variables)
    if pairs is None or _contradicts(pairs, slots):
        pairs = _by_order(slots, variables, where)
    found: Found = {}
    for slot, variable in pairs:
        found.setdefault(slot.path, {})[slot.variable] = variable
    return found


def _check_count(slots: Sequence[Slot], variables: Sequence[Variable], where: str) -> None:
    if len(slots) != len(variables):
        raise WeightError(
            f"{where} has {len(variables)} variables, its config asks for {len(slots)} "
            f"({_listed(slot.variable for slot in slots)})",
            hint="the weights belong to another architecture",
        )


def told_by_name(slots: Sequence[Slot], variables: Sequence[Variable]) -> bool:
    """Tell whether names alone put every variable into a slot, or no order could."""
    return len(slots) != len(variables) or _by_name(slots, variables) is not None


def _listed(names: Iterator[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:8]) + (", ..." if len(listed) > 8 else "") if listed else "none"


def _by_name(
    slots: Sequence[Slot], variables: Sequence[Variable]
) -> list[tuple[Slot, Variable]] | None:
    """Match every variable to the one slot that its name means, or give up."""
    index = _index(slots)
    pairs = []
    for variable in variables:
        path = variable.name.partition(":")[0].split("/")
        candidates = index.get("/".join(path[-2:]), []) or index.get(path[-1], [])
        if len(candidates) != 1:
            return None
        pairs.append((candidates[0], variable))
    return pairs if len({slot for slot, _ in pairs}) == len(pairs) else None


def _index(slots: Iterable[Slot]) -> dict[str, list[Slot]]:
    """Return the slots that each name may mean."""
    index: dict[str, list[Slot]] = {}
    for slot in slots:
        for name in _spellings(slot):
            index.setdefault(name, []).append(slot)
    return index


def _spellings(slot: Slot) -> Iterator[str]:
    for spelled in (slot.variable, *older(slot.variable)):
        yield f"{slot.layer}/{spelled}"
        yield f"{slot.layer}_{spelled}"


def _contradicts(pairs: Sequence[tuple[Slot, Variable]], slots: Sequence[Slot]) -> bool:
    """Tell whether today's names of one layer's variables come in another order than Keras's.

    Keras 1 changed the order of Highway; between several layers the order depends on ``trainable``.
    """
    if [slot for slot, _ in pairs] == list(slots):
        return False
    one_layer = len({slot.path for slot in slots}) == 1
    return one_layer and all(base_name(v.name, s.layer) == s.variable for s, v in pairs)


def older(variable: str) -> list[str]:
    """Return the names that a variable had before."""
    return [spelled for spelled, now in VARIABLES.items() if variable in now]


def _by_order(
    slots: Sequence[Slot], variables: Sequence[Variable], where: str
) -> list[tuple[Slot, Variable]]:
    """Match in order; a name that fits another slot only is a contradiction."""
    pairs = list(zip(slots, variables, strict=True))
    for slot, variable in pairs:
        spelled = base_name(variable.name, slot.layer)
        if not slot.accepts(spelled) and any(other.accepts(spelled) for other in slots):
            raise WeightError(
                f"{where} lists '{shorten(variable.name)}' in the place of {slot.variable} "
                f"of layer '{shorten(slot.path)}'",
                hint="the file's order of variables contradicts their names",
            )
    return pairs


def base_name(name: str, layer: str) -> str:
    """Return the variable's own name: ``dense_1/kernel:0`` and ``dense_1_W`` without the layer."""
    last = name.partition(":")[0].rpartition("/")[2]
    return last.removeprefix(f"{layer}_")
