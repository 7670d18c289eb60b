"""Variables of ``model.weights.h5``: groups named after classes and numbered by position."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from keronyx.converter.architecture import LayerConfig, ModelConfig, Part, group_name
from keronyx.converter.errors import WeightError, shorten
from keronyx.converter.files.saved import VariableTree
from keronyx.converter.several import only
from keronyx.converter.tensors import Variable
from keronyx.converter.weights.slots import Found, slots_of

ROOTS = ("layers", "_layer_checkpoint_dependencies")


def bind_tree(model: ModelConfig, weights: VariableTree) -> tuple[Found, dict[str, str]]:
    """Walk the architecture and the groups side by side.

    Keras 2.12 and 2.13 give two numbers to every layer with variables, other versions one; the
    way that fits the groups is taken. Returns the variables and each layer's group. Raises
    WeightError where neither way fits.
    """
    errors = []
    for twice in (False, True):
        walk = _Walk(weights, numbered_twice=twice)
        try:
            walk.container(model, "", "")
            walk.check_all_used()
        except WeightError as error:
            errors.append(error)
        else:
            return walk.found, walk.groups
    raise errors[0]


@dataclass
class _Walk:
    tree: VariableTree
    numbered_twice: bool
    found: Found = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    places: dict[int, str] = field(default_factory=dict)

    def container(self, model: ModelConfig, group: str, path: str) -> None:
        """Bind the layers of a model whose group is ``group``."""
        root = self._root(group)
        parts = [part for part in model.layers if not (model.sequential and _is_input(part))]
        for part, place in self._numbered(parts, root):
            self.part(part, place, _join(path, part.name))

    def _root(self, group: str) -> str:
        """Return the group of a model's layers: one with variables, or else one that is there."""
        roots = [_join(group, root) for root in ROOTS]
        there = [root for groups in (self.filled, self.there) for root in roots if root in groups]
        return next(iter(there), roots[0])

    @cached_property
    def filled(self) -> frozenset[str]:
        """Every group that has variables at any depth."""
        return _upwards(place for place, variables in self.tree.variables.items() if variables)

    @cached_property
    def there(self) -> frozenset[str]:
        """Every group, whether it has variables or not."""
        return _upwards(self.tree.variables)

    def _numbered(self, parts: Sequence[Part], root: str) -> Iterator[tuple[Part, str]]:
        counts: dict[str, int] = {}
        for part in parts:
            name = group_name(part.group)
            number = counts.get(name, 0)
            yield part, f"{root}/{name}_{number}" if number else f"{root}/{name}"
            twice = self.numbered_twice and bool(slots_of(part, part.name))
            counts[name] = number + 1 + twice

    def part(self, part: Part, place: str, path: str) -> None:
        """Bind one layer or nested model; a shared object's weights stand at its first place."""
        if part.shared_id is not None and place not in self.filled:
            place = self.places.get(part.shared_id, place)
        elif part.shared_id is not None:
            self.places.setdefault(part.shared_id, place)
        if isinstance(part, ModelConfig):
            self.container(part, place, path)
            return
        self._check_name(part, place)
        self._layer(part, place, path)

    def _layer(self, part: LayerConfig, place: str, path: str) -> None:
        """Bind a layer, and those that it holds; those that it implies have no name in a config."""
        self.groups[path] = place
        self._own(part, place, path)
        for key, child in part.children().items():
            if key in part.implied and isinstance(child, LayerConfig):
                self._layer(child, self._implied(place, key), f"{path}/{key}")
            else:
                self.part(child, f"{place}/{_place(part, key)}", f"{path}/{key}")

    def _implied(self, place: str, key: str) -> str:
        """Return the group of a layer that no config holds, which Keras may keep as its own."""
        own = f"{place}/_{key}"
        return own if own in self.there else f"{place}/{key}"

    def _check_name(self, part: LayerConfig, place: str) -> None:
        noted = self.tree.names.get(place)
        if noted is not None and noted != part.name and "/" not in noted:
            raise WeightError(
                f"group '{place}' holds the weights of layer '{shorten(noted)}', "
                f"not of '{shorten(part.name)}'"
            )

    def _own(self, part: LayerConfig, place: str, path: str) -> None:
        names = (*part.kind.weight_names(part.config), *part.unused)
        variables = self.tree.variables.get(place, ())
        if part.kind.stores_aside:
            self._aside(names, place, path)
            return
        if len(variables) != len(names):
            if str(part.config.get("quantization")).startswith("gptq"):
                _refuse_without_zero(path, len(names) - len(variables))
            _refuse_untold(part, path, variables)
            raise _unlike(f"{len(variables)} variables at '{place}'", path, names)
        self.used.add(place)
        if names:
            self.found[path] = dict(zip(names, variables, strict=True))

    def _aside(self, names: Sequence[str], place: str, path: str) -> None:
        """Bind what there is of a layer whose files may hold more or less, and a second copy."""
        held = {each.name.rpartition("/")[2]: each for each in self.tree.variables.get(place, ())}
        self.used |= {place, f"{place}/_lookup_layer"}
        self.found[path] = {name: held[name] for name in names if name in held}

    def check_all_used(self) -> None:
        """Raise when the file has variables that no layer asked for."""
        for place, variables in self.tree.variables.items():
            if variables and place not in self.used:
                raise WeightError(f"variables at '{shorten(place)}' belong to no layer")


def _unlike(there: str, path: str, names: Sequence[str]) -> WeightError:
    """Make the error for a layer that has other variables than its group."""
    listed = f" ({', '.join(names)})" if names else ""
    return WeightError(
        f"{there}, layer '{shorten(path)}' has {len(names)}{listed}",
        hint="the weights belong to another architecture",
    )


def _place(part: LayerConfig, key: str) -> str:
    """Return the group of a held layer; in a list, groups are named and numbered as models do."""
    name, _, index = key.partition("/")
    if not index:
        return key
    alike = [group_name(each.group) for each in part.config[name][: int(index) + 1]]
    number = alike.count(alike[-1]) - 1
    return f"{name}/{alike[-1]}_{number}" if number else f"{name}/{alike[-1]}"


def _upwards(places: Iterable[str]) -> frozenset[str]:
    """Return groups, and all those that they are in."""
    return frozenset(
        "/".join(place.split("/")[:depth])
        for place in places
        for depth in range(1, place.count("/") + 2)
    )


def _refuse_without_zero(path: str, missing: int) -> None:
    """Tell that a file of Keras 3.14 or newer lacks what its GPTQ kernels are made of."""
    if missing == 1:
        raise WeightError(
            f"layer '{shorten(path)}' has a GPTQ kernel without its zero points: Keras 3.14 and "
            "newer leave them out of the file, and cannot load it themselves",
            hint="quantise and save the model with Keras 3.12 or 3.13, or convert it before it is "
            "quantised",
        )


def _refuse_untold(part: LayerConfig, path: str, variables: Sequence[Variable]) -> None:
    """Tell that a kernel is quantized where the config says nothing of it, nor how."""
    told = bool(part.config.get("quantization"))
    if not told and variables and variables[0].dtype in {"int8", "uint8"}:
        raise WeightError(
            f"layer '{shorten(path)}' has a quantized kernel, of which the config says nothing: so "
            "Keras saves attention, and cannot load it itself",
            hint="convert the model before it is quantised",
        )


def _is_input(part: Part) -> bool:
    return isinstance(part, LayerConfig) and part.kind.is_input


def _join(*parts: str) -> str:
    return "/".join(part for part in parts if part)


def merged(model: ModelConfig) -> ModelConfig:
    """Return the architecture without LoRA: these files hold the merged kernels."""
    return replace(model, layers=tuple(map(_merged, model.layers)))


def _merged(part: Part) -> Part:
    if isinstance(part, ModelConfig):
        return merged(part)
    changed = part.mapped(lambda _, child: _merged(child))
    config = only(changed, part.config)
    if config.get("lora_rank"):
        config["lora_rank"] = None
    return replace(part, config=config)
