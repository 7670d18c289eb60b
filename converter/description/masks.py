"""The masks that Keras carries along with tensors: who makes, passes, stops, joins and uses one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from keronyx.converter.architecture import Called
from keronyx.converter.dialect.version import Version
from keronyx.converter.errors import KeronyxError, UnsupportedConfigError, label_of
from keronyx.converter.layers.base import FLOATS, Layer
from keronyx.converter.layers.core import Identity
from keronyx.converter.layers.masked import Join
from keronyx.converter.layers.masks import Filled, Holds, Joined, Logic
from keronyx.converter.layers.nested import Nested
from keronyx.converter.layers.operations import Operation
from keronyx.converter.model import Connection
from keronyx.converter.several import present
from keronyx.converter.tensors import Argument, KerasTensor

Arriving: TypeAlias = tuple[KerasTensor | None, ...]
"""The mask of every input of a call, None where it has none."""
Given: TypeAlias = KerasTensor | tuple[KerasTensor | None, ...] | bool

SHORT: Final = ("float16", "bfloat16")
"""What is kept in more bits than Keras has, where a comparison may tell the difference."""
LEAST_OF_STEPS: Final = 3
"""Axes of a mask that has something of its own for each step of time."""
WORDS: Final[Mapping[Join, Literal["and", "or"]]] = {"both": "and", "either": "or"}


@dataclass
class Masks:
    """Follows masks, and adds to ``connections`` what computes them, whether they are used or not.

    A mask that is there and cannot be computed is among the ``unknown``.
    """

    version: Version
    connections: list[Connection]
    unknown: set[KerasTensor] = field(default_factory=set)
    named: list[tuple[KerasTensor, str]] = field(default_factory=list)
    """Tensors without a mask for which a call of a model names one, and that call."""

    def arriving(self, layer: Layer, given: Called[KerasTensor]) -> Arriving:
        """Return the masks that a call is given: those that it names, or those that came along."""
        said = given.arguments.get("mask")
        if said is None or isinstance(said, bool):
            return tuple(self._kept(layer, tensor) for tensor in given.inputs)
        several = said if isinstance(said, tuple) else (said,)
        count = len(given.inputs)
        if any(several[count:]):
            raise layer.refuse(f"{len(several)} masks for {count} inputs")
        return (*several, *[None] * (count - len(several)))[:count]

    def _kept(self, layer: Layer, tensor: KerasTensor) -> KerasTensor | None:
        """Return the mask that came along; Keras 3.0 to 3.13 loses that of what it casts."""
        casts = tensor.dtype in FLOATS and layer.autocast and tensor.dtype != layer.dtype.compute
        loses = not self.version.before(3) and self.version.before(3, 14)
        return None if casts and loses else tensor.mask

    def used(
        self, layer: Layer, given: Called[KerasTensor], masks: Arriving
    ) -> dict[str, Argument]:
        """Return what a call computes with beside its inputs; raise where a mask cannot be."""
        heard = given.arguments.keys() - {"mask", *layer.passed_over}
        arguments = {name: _whole(each) for name, each in given.arguments.items() if name in heard}
        if not any(masks):
            return arguments
        if layer.holds_steps:
            self._check_batch(layer, given.inputs[0])
        if not self._computes_with(layer.worker) or self._overlooks(layer, given):
            return arguments
        if layer.arguments.get("mask") == "tensors":
            return self._of_all(layer, given.inputs, masks)
        if layer.holds_steps:
            self._check_steps(layer, given.inputs[0], masks[0])
        return self._named(layer, masks) | arguments

    def _check_batch(self, layer: Layer, x: KerasTensor) -> None:
        """Refuse a fixed batch in Keras 2, which steps a user's layer and repeats masked steps."""
        built_in = type(layer.worker).__module__.startswith("keronyx.")
        own = built_in and layer.worker.mask != "unknown"
        if self.version.before(3) and isinstance(x.shape[0], int) and not own:
            raise _unusable(layer)

    def _check_steps(self, layer: Layer, x: KerasTensor, mask: KerasTensor | None) -> None:
        """Refuse a mask for each step where Keras has none, or where versions differ in it."""
        before_3 = self.version.before(3)
        if isinstance(layer.worker, Nested) or (before_3 and isinstance(x.shape[0], int)):
            raise _unusable(layer)
        if self.version.before(2, 2) or mask is None or mask.rank < LEAST_OF_STEPS:
            raise _unusable(layer)

    def _of_all(
        self, layer: Layer, inputs: Sequence[KerasTensor], masks: Arriving
    ) -> dict[str, Argument]:
        """Return a mask for every input; one that has none counts throughout."""
        ranks = {tensor.rank for tensor in inputs} | {mask.rank + 1 for mask in masks if mask}
        if len(ranks) > 1:
            raise _unusable(layer)
        pairs = enumerate(zip(inputs, masks, strict=True))
        several = (
            self._known(layer, mask or self._full(tensor, f"{layer.name}/mask/{number}"))
            for number, (tensor, mask) in pairs
        )
        return {"mask": tuple(several)}

    def _computes_with(self, worker: Layer) -> bool:
        """Tell whether a layer of this version does more with a mask than hand it on."""
        if isinstance(worker, Nested):
            return any(self._computes_with(layer.worker) for layer in worker.model.layers)
        uses = bool(worker.mask_since) or worker.masking in ("uses", "takes")
        return uses and not self.version.before(*worker.mask_since)

    def _overlooks(self, layer: Layer, given: Called[KerasTensor]) -> bool:
        """Tell whether Keras 3 does not see the mask: the call has other tensors by name."""
        said = "mask" in given.arguments
        if self.version.before(3) or said or layer.mask_names != ("mask",):
            return False
        return any(not isinstance(each, bool) for each in given.arguments.values())

    def _named(self, layer: Layer, masks: Arriving) -> dict[str, Argument]:
        """Return masks under the names that the layer has for them."""
        if not layer.arguments.keys() & {*layer.mask_names}:
            raise _unusable(layer)
        pairs = zip(layer.mask_names, masks, strict=False)
        return {name: self._known(layer, mask) for name, mask in pairs if mask is not None}

    def _known(self, layer: Layer, mask: KerasTensor) -> KerasTensor:
        if mask in self.unknown:
            raise _unusable(layer)
        if mask.dtype != "bool" and not layer.takes_numbers_as_mask:
            raise layer.refuse(f"a mask of {mask.dtype} numbers", "give it as booleans")
        return mask

    def entering(self, given: Called[KerasTensor], path: str) -> tuple[KerasTensor, ...]:
        """Return what a model is called on, with the masks that the call names."""
        if "mask" not in given.arguments:
            return given.inputs
        masks = self.arriving(Identity(name=path), given)
        pairs = enumerate(zip(given.inputs, masks, strict=True))
        return tuple(self._with(mask, each, f"{path}/{number}") for number, (each, mask) in pairs)

    def _with(self, mask: KerasTensor | None, tensor: KerasTensor, name: str) -> KerasTensor:
        """Return a tensor with another mask."""
        if mask is None:
            return tensor
        if tensor.mask is None:
            self.named.append((tensor, name))
        same = replace(tensor, name=name, mask=mask)
        layer = Identity(name=name)
        self.connections.append(Connection(layer=layer, inputs=(tensor,), outputs=(same,)))
        return same

    def check_named(self) -> None:
        """Raise UnsupportedConfigError for a mask that others see: Keras puts it on the tensor."""
        for tensor, name in self.named:
            if sum(tensor in each.inputs for each in self.connections) > 1:
                raise UnsupportedConfigError(
                    "a mask for an input that other layers read, too",
                    hint="Keras gives it to those that it calls later",
                    layer=label_of(name.rpartition("/")[0], "Functional"),
                )

    def behind(
        self, layer: Layer, inputs: Sequence[KerasTensor], masks: Arriving, name: str
    ) -> KerasTensor | None:
        """Return the mask of what a call gives.

        Keras 3.0 to 3.10 passes on what came along, whatever the call names.
        """
        if not self.version.before(3) and self.version.before(3, 11):
            masks = tuple(self._kept(layer, tensor) for tensor in inputs)
        if layer.holds_steps:
            return self._of_steps(layer, inputs[0], masks[0], name)
        if layer.mask == "makes":
            return self._made(layer, inputs[0], name)
        if layer.masking in ("stops", "takes") or not any(masks):
            return None
        if self.version.before(*layer.mask_passed_since):
            return None
        if layer.mask == "unknown":
            return self._unknown(f"{name}/mask")
        return self._joined(layer, inputs, masks, name) if layer.mask_joins else masks[0]

    def _of_steps(
        self, layer: Layer, x: KerasTensor, mask: KerasTensor | None, name: str
    ) -> KerasTensor | None:
        """Return the mask behind a layer that applies another one to every step of time.

        Keras 3 passes on what came along; 2 asks the other one what becomes of it, and where that
        stops a mask, a step counts of which any part does. Of a fixed batch versions of 2 differ.
        """
        worker = layer.worker
        own = f"{name}/mask"
        is_model = isinstance(worker, Nested)
        passes = worker.masking in ("passes", "uses") and not is_model
        if passes or not self.version.before(3):
            return mask
        if mask is None and not _makes_mask(worker):
            return None
        if is_model or self.version.before(2, 2) or isinstance(x.shape[0], int):
            return self._unknown(own)
        if worker.mask == "makes" or mask is None:
            return self._made(worker, x, name)
        return self._of_parts(mask, own)

    def _of_parts(self, mask: KerasTensor, name: str) -> KerasTensor:
        """Return whether any part of each step counts."""
        if mask.rank < LEAST_OF_STEPS:
            return mask
        axes = tuple(range(2, mask.rank))
        return self._step(Holds(name=name, function="any", axes=axes), name, mask)

    def _made(self, layer: Layer, tensor: KerasTensor, name: str) -> KerasTensor | None:
        """Compute the mask that a layer makes of its input."""
        steps = layer.mask_steps()
        if not steps:
            return None
        if layer.dtype.compute in SHORT and not layer.takes_ids:
            return self._unknown(f"{name}/mask")
        made = tensor
        for number, step in enumerate(steps):
            own = f"{name}/mask/{number}" if step is not steps[-1] else f"{name}/mask"
            made = self._step(step, own, made)
        return made

    def _joined(
        self, layer: Layer, inputs: Sequence[KerasTensor], masks: Arriving, name: str
    ) -> KerasTensor | None:
        """Compute the one mask of several inputs."""
        how = layer.mask_joins[self._since(layer.mask_joins)]
        lacks_one = how == "either" and None in masks
        if how == "none" or (lacks_one and not layer.fills_masks):
            return None
        own = f"{name}/mask"
        if not _are_alike(inputs, masks):
            return self._unknown(own)
        axis = layer.mask_axis(inputs[0].rank)
        several = [*self._several(inputs, masks, own, filled=axis is not None or lacks_one)]
        if axis is not None:
            return self._step(Joined(name=own, axis=axis), own, *several)
        if len(several) == 1:
            return several[0]
        return self._step(Logic(name=own, function=WORDS[how]), own, *several)

    def _several(
        self, inputs: Sequence[KerasTensor], masks: Arriving, own: str, *, filled: bool
    ) -> Iterator[KerasTensor]:
        """Yield the masks that there are, and with ``filled`` one for every other input."""
        for number, (tensor, mask) in enumerate(zip(inputs, masks, strict=True)):
            if mask is not None:
                yield mask
            elif filled:
                yield self._full(tensor, f"{own}/{number}")

    def _since(self, joins: Mapping[tuple[int, ...], Join]) -> tuple[int, ...]:
        """Return the version since which masks are joined as in this one."""
        return max(first for first in joins if not self.version.before(*first))

    def _full(self, tensor: KerasTensor, name: str) -> KerasTensor:
        """Compute a mask that lets every step count."""
        truths = self._step(Filled(name=name, value=True), f"{name}/true", tensor)
        return self._step(Holds(name=name, function="all", axes=(-1,)), name, truths)

    def _step(self, layer: Layer, name: str, *inputs: KerasTensor) -> KerasTensor:
        """Compute a tensor of a mask, or know that it is unknown."""
        if self.unknown & {*inputs}:
            return self._unknown(name)
        try:
            ((shape, dtype),) = layer.results(*inputs)
        except KeronyxError:
            return self._unknown(name)
        result = KerasTensor(name=name, shape=shape, dtype=dtype)
        self.connections.append(Connection(layer=layer, inputs=inputs, outputs=(result,)))
        return result

    def _unknown(self, name: str) -> KerasTensor:
        """Return a mask that is there, and of which nothing is known."""
        mask = KerasTensor(name=name, shape=(), dtype="bool")
        self.unknown.add(mask)
        return mask


def _are_alike(inputs: Sequence[KerasTensor], masks: Arriving) -> bool:
    """Tell inputs of as many axes each, whose masks have one axis less."""
    rank = inputs[0].rank
    if any(tensor.rank != rank for tensor in inputs):
        return False
    return all(mask is None or mask.rank == rank - 1 for mask in masks)


def needed(
    connections: Sequence[Connection], outputs: Iterable[KerasTensor]
) -> tuple[Connection, ...]:
    """Return the connections without the operations that nobody needs, those of masks above all."""
    wanted = {*outputs}
    kept = []
    for connection in reversed(connections):
        if wanted & {*connection.outputs} or not isinstance(connection.layer, Operation):
            wanted |= {*connection.sources}
            kept.append(connection)
    return tuple(reversed(kept))


def _makes_mask(worker: Layer) -> bool:
    """Tell whether a layer gives what it makes a mask of its own."""
    if isinstance(worker, Nested):
        return any(tensor.mask is not None for tensor in worker.model.outputs.values())
    return worker.mask == "makes" and bool(worker.mask_steps())


def _whole(argument: Given) -> Argument:
    """Return what a call says by name; only of masks some may be missing."""
    return tuple(present(argument)) if isinstance(argument, tuple) else argument


def _unusable(layer: Layer) -> UnsupportedConfigError:
    return layer.refuse("computes with the mask of an Embedding or Masking before it")
