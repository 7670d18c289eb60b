"""What the cells of recurrent layers have in common."""

from dataclasses import dataclass
from typing import Any, ClassVar

from keronyx.converter.layers.base import Layer, Spec, variable
from keronyx.converter.layers.functions import Function
from keronyx.converter.tensors import KerasTensor, Size, Variable

TANH = Function("tanh")
SIGMOID = Function("sigmoid")


@dataclass(frozen=True, kw_only=True, eq=False)
class Cell(Layer, abstract=True):
    """One step: an input and the states before it give an output and the states after it.

    It takes none by itself: an RNN holds it.

    kernel (features, gates · units), recurrent_kernel (units, gates · units), bias
    (gates · units,); the gates stand side by side.
    """

    varies: ClassVar[bool] = True
    units: int
    activation: Function = TANH
    use_bias: bool = True
    kernel: Variable = variable()
    recurrent_kernel: Variable = variable()
    bias: Variable | None = variable("use_bias")
    gates: ClassVar[int] = 1
    letters: ClassVar[str] = ""
    """What Keras calls the gates, in their order, where there are several."""
    states: ClassVar[int] = 1
    is_part: ClassVar[bool] = True

    def results(self, *_inputs: KerasTensor, **_arguments: Any) -> tuple[Spec, ...]:
        """Nothing: raises UnsupportedConfigError."""
        raise self.refuse("a cell that no RNN steps through time")

    def check_variables(self, features: Size) -> None:
        """Raise WeightError where the variables do not fit the config."""
        wide = self.gates * self.units
        self.check_variable("kernel", (features, wide))
        self.check_variable("recurrent_kernel", (self.units, wide))
        self.check_variable("bias", self.bias_shape)

    @property
    def bias_shape(self) -> tuple[int, ...]:
        """The shape of the bias."""
        return (self.gates * self.units,)
