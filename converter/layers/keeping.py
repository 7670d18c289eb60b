"""What a layer keeps from one call of its model to the next."""

from typing import TYPE_CHECKING

from keronyx.converter.layers.masked import Masked

if TYPE_CHECKING:  # layers are made of this
    from keronyx.converter.tensors import KerasTensor


class Keeping(Masked):
    """What is known of states, by config: nothing is kept unless a class says otherwise.

    A layer that keeps states is called with them as ``initial_state``, and gives what it keeps
    next as its last outputs, in the order of ``kept``.
    """

    @property
    def keeps(self) -> bool:
        """Whether the layer begins with the states that the call before left."""
        return False

    @property
    def shows_kept(self) -> bool:
        """Whether Keras has these states among the outputs of the layer, too."""
        return False

    def kept(self, _x: "KerasTensor") -> "tuple[KerasTensor, ...]":
        """The states before a call on an input: names below the layer's, shapes and dtypes."""
        return ()
