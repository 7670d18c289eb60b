"""The masks that Keras carries along with tensors: who makes, passes, stops and uses one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from keronyx.converter.dialect.version import Version
from keronyx.converter.errors import KeronyxError, UnsupportedConfigError
from keronyx.converter.layers.base import Layer
from keronyx.converter.model import Connection
from keronyx.converter.tensors import KerasTensor


@dataclass
class Masks:
    """Makes masks, and adds to ``connections`` what computes one once a layer uses it."""

    version: Version
    connections: list[Connection]
    steps: dict[KerasTensor, list[Connection]] = field(default_factory=dict)
    """How masks are computed; empty once they are."""

    def used(self, layer: Layer, inputs: Sequence[KerasTensor]) -> bool:
        """Tell whether a call computes with a mask that came along; raise where it cannot.

        Keras 1 and 2 step through time where the batch size is fixed, and repeat masked steps.
        """
        if all(tensor.mask is None for tensor in inputs):
            return False
        worker, before_3 = layer.worker, self.version.before(3)
        steps = layer.holds_steps and before_3 and isinstance(inputs[0].shape[0], int)
        uses = worker.mask in ("uses", "takes") and not self.version.before(*worker.mask_since)
        if steps or (uses and "mask" not in layer.arguments):
            raise self._unusable(layer)
        return uses

    def computed(self, layer: Layer, mask: KerasTensor | None) -> KerasTensor:
        """Return a mask once it is computed: masks that nobody uses are not."""
        if mask is None or mask not in self.steps:
            raise self._unusable(layer)
        self.connections += self.steps[mask]
        self.steps[mask] = []
        return mask

    def _unusable(self, layer: Layer) -> UnsupportedConfigError:
        return layer.refuse("computes with the mask of an Embedding or Masking before it")

    def behind(self, layer: Layer, inputs: Sequence[KerasTensor], name: str) -> KerasTensor | None:
        """Return the mask of what a call gives."""
        worker = layer.worker
        masks = dict.fromkeys(tensor.mask for tensor in inputs if tensor.mask is not None)
        if worker.mask == "makes":
            return self._made_mask(layer, inputs, name)
        if worker.mask in ("stops", "takes") or not masks:
            return None
        if len(masks) == 1 and len(inputs) == 1:
            return next(iter(masks))
        return _unknown(name)

    def _made_mask(
        self, layer: Layer, inputs: Sequence[KerasTensor], name: str
    ) -> KerasTensor | None:
        """Note how a mask is computed, for whoever uses it."""
        steps = layer.worker.mask_steps()
        if not steps:
            return None
        if layer is not layer.worker:
            return _unknown(name)
        made, tensor = [], inputs[0]
        for number, step in enumerate(steps):
            own = f"{name}/mask/{number}" if step is not steps[-1] else f"{name}/mask"
            try:
                ((shape, dtype),) = step.results(tensor)
            except KeronyxError:
                return _unknown(name)
            result = KerasTensor(name=own, shape=shape, dtype=dtype)
            made.append(Connection(layer=step, inputs=(tensor,), outputs=(result,)))
            tensor = result
        self.steps[tensor] = made
        return tensor


def _unknown(name: str) -> KerasTensor:
    """Return a mask that is there, and of which nothing is known."""
    return KerasTensor(name=f"{name}/mask", shape=(), dtype="bool")
