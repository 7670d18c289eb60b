"""What a layer does with the masks that Keras carries along: the facts that say it."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from keronyx.converter.layers.named import Named

Mask = Literal["passes", "stops", "uses", "takes", "makes", "joins", "unknown"]
"""What becomes of masks: who takes one uses it, and passes none on; ``joins`` makes one of all."""

Join = Literal["both", "either", "none"]
"""How masks become one: where all of them hold, where any does, or not at all."""


class Masked(Named):
    """What is known of masks, by class and by config."""

    mask: ClassVar[Mask] = "passes"
    """What the layer does with a mask: see ``masking``. Of a user's class that says nothing it is
    unknown, as Keras's own stop one unless they say otherwise.
    """
    accepts_mask: ClassVar[bool] = False
    """Whether Keras's call takes a mask by name, used or not."""
    takes_numbers_as_mask: ClassVar[bool] = False
    """Whether a mask may be of numbers, rather than of booleans."""
    mask_since: ClassVar[tuple[int, ...]] = ()
    """First Keras version in which a layer that uses a mask does so; others pass it on."""
    mask_passed_since: ClassVar[tuple[int, ...]] = ()
    """First Keras version that passes a mask on; before, the layer stops it."""
    mask_names: ClassVar[tuple[str, ...]] = ("mask",)
    """Under which name a call is given the mask of its first input, of its second, and so on.

    ``mask`` alone, if it is declared as "tensors", gets one for every input, all or none.
    """
    mask_joins: ClassVar[Mapping[tuple[int, ...], Join]] = {}
    """How the masks of several inputs become that of the output, by the first version."""
    fills_masks: ClassVar[bool] = False
    """Whether inputs without a mask count throughout; else those of all, or none, are joined."""

    def __init_subclass__(cls) -> None:
        own = cls.__module__.startswith("keronyx.")
        if not own and not any("mask" in vars(each) for each in cls.__mro__ if each is not Masked):
            cls.mask = "unknown"

    @property
    def masking(self) -> Mask:
        """What a layer with this config does with a mask."""
        return self.mask

    def mask_axis(self, _rank: int) -> int | None:
        """The axis along which masks are put one behind the other; None where it is none of theirs.

        ``rank`` is that of the inputs.
        """
        return None

    @property
    def masked_outputs(self) -> int:
        """How many of the outputs have the mask that is passed on, the first ones."""
        return 1
