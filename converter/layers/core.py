"""The core layers: inputs, dense products and embeddings."""

from dataclasses import dataclass
from typing import ClassVar, final

from keronyx.converter.layers.base import Config, Layer, Role, variable
from keronyx.converter.layers.equation import Equation
from keronyx.converter.layers.functions import LINEAR, Function
from keronyx.converter.layers.masked import Mask
from keronyx.converter.layers.operations import Cast, Elementwise, Reduce
from keronyx.converter.layers.quantization import GPTQ, float_and_plain, groups_of, quantized
from keronyx.converter.several import are_all
from keronyx.converter.tensors import Array, Shape, Size, Sizes, Variable


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class InputLayer(Layer):
    """The model's input; it holds the shape and does nothing."""

    batch_shape: Sizes
    keeps_dtype: ClassVar[bool] = True
    role: ClassVar[Role] = "inert"
    is_input: ClassVar[bool] = True


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Identity(Layer):
    """Return the input."""

    keeps_dtype: ClassVar[bool] = True
    role: ClassVar[Role] = "inert"
    mask_passed_since: ClassVar[tuple[int, ...]] = (3,)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Masking(Layer):
    """Zero the steps whose features all equal ``mask_value``, and mask them.

    ``rounds`` is no config key but the version's: before Keras 3 the value is rounded to the
    compute dtype, as the input is.
    """

    mask_value: float = 0.0
    rounds: bool = False
    keeps_dtype: ClassVar[bool] = True
    mask: ClassVar[Mask] = "makes"
    role: ClassVar[Role] = "moves"

    def spans(self, _rank: int) -> bool:
        """Step by step."""
        return True

    def mask_steps(self) -> tuple[Layer, ...]:
        """any(x != mask_value) over the features."""
        name, dtype = f"{self.name}/mask", self.dtype
        return (
            Elementwise(
                name=name, dtype=dtype, function="not_equal", operands=(None, self.mask_value)
            ),
            Cast(name=name, dtype=dtype, target=dtype.compute),
            Reduce(name=name, dtype=dtype, function="max", axes=(-1,)),
            Cast(name=name, dtype=dtype, target="bool"),
        )


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Dense(Layer):
    """``activation(x · kernel + bias)`` over the last axis.

    kernel (inputs, units), bias (units,). With LoRA the kernel is
    ``kernel + lora_alpha / lora_rank * lora_kernel_a · lora_kernel_b``.

    Quantized kernels (``dtype.quantization``):
    int8: kernel = kernel / kernel_scale, kernel_scale (units,).
    int4: two's complement nibbles, low one first, packed in pairs along ``packed_axis``; then as
    int8. int4/block: kernel = (kernel - kernel_zero[g_idx]) * kernel_scale[g_idx], scale and zero
    (groups, units), g_idx (inputs,). gptq/4: everything the other way round, kernel (units, inputs)
    of unsigned nibbles in pairs along the units, scale and zero (units, groups); then as
    int4/block. gptq/2, gptq/3, gptq/8: the same, a number a byte. With ``quantize_inputs`` each row
    of the input is rounded to int8 too: s = 127 / (max|x| + 1e-7), x = round(x · s) clipped to
    ±127, over s; what LoRA adds takes the input as it is.
    """

    units: int
    activation: Function = LINEAR
    use_bias: bool = True
    lora_rank: int | None = None
    lora_alpha: float | None = None
    quantize_inputs: bool = False
    packed_axis: int = -1
    kernel: Variable = variable(trainable=float_and_plain)
    bias: Variable | None = variable("use_bias")
    kernel_scale: Variable | None = variable(
        quantized("int8", "int4", "int4/block", *GPTQ), trainable=False
    )
    kernel_zero: Variable | None = variable(quantized("int4/block", *GPTQ), trainable=False)
    g_idx: Variable | None = variable(quantized("int4/block", *GPTQ), trainable=False)
    lora_kernel_a: Variable | None = variable("lora_rank")
    lora_kernel_b: Variable | None = variable("lora_rank")
    measured_by: ClassVar[str] = "kernel"
    activates_last: ClassVar[bool] = True
    quantizes: ClassVar[frozenset[str]] = frozenset({"int8", "int4", "gptq"})

    def spans(self, rank: int) -> bool:
        """Over the last axis, if the activation is, too."""
        return self.activation.spans(rank)

    @classmethod
    def weight_names(cls, config: Config) -> tuple[str, ...]:
        """As any layer's; after GPTQ, the bias stands before the kernel."""
        names = super().weight_names(config)
        if config["quantization"] not in GPTQ or "bias" not in names:
            return names
        return ("bias", *(name for name in names if name != "bias"))

    @property
    def by_units(self) -> bool:
        """Whether the kernel is kept as (units, inputs), as GPTQ does."""
        return self.dtype.quantization in GPTQ

    def groups(self) -> Array:
        """Return each input's group as int64 (inputs,); WeightError for one that there is not."""
        if self.kernel_scale is None:
            raise self.refuse(f"quantization {self.dtype.quantization!r} without groups")
        return groups_of(self, self.kernel_scale.shape[1 if self.by_units else 0])

    def infer_shape(self, *shapes: Shape) -> Shape:
        """(batch, ..., inputs) to (batch, ..., units)."""
        (shape,) = shapes
        if len(shape) < 2:
            raise self.misfit(f"an input with {len(shape)} axes, Dense takes two or more")
        self.check_variable("kernel", self._kernel_shape(shape[-1]))
        self.check_variable("bias", (self.units,))
        self.check_variable("lora_kernel_a", (shape[-1], self.lora_rank))
        self.check_variable("lora_kernel_b", (self.lora_rank, self.units))
        groups = (self.units, None) if self.by_units else (None, self.units)
        self.check_variable("kernel_scale", (self.units,) if self.kernel_zero is None else groups)
        if self.kernel_scale is not None:
            self.check_variable("kernel_zero", self.kernel_scale.shape)
        self.check_variable("g_idx", (shape[-1],))
        self._check_dtype()
        return self.activation.infer_shape((*shape[:-1], self.units))

    def _check_dtype(self) -> None:
        """Refuse a kernel of GPTQ that is not in bytes."""
        if self.by_units and self.kernel.dtype != "uint8":
            what = f"kernel is {self.kernel.dtype}, expected uint8"
            raise self.strange(what, "the weights belong to another architecture")

    def _kernel_shape(self, inputs: Size) -> Shape:
        if self.by_units:
            packed = self.dtype.quantization == "gptq/4"
            return (-(-self.units // 2) if packed else self.units, inputs)
        full = [inputs, self.units]
        size = full[self.packed_axis]
        if str(self.dtype.quantization).startswith("int4") and isinstance(size, int):
            full[self.packed_axis] = -(-size // 2)
        return tuple(full)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class EinsumDense(Layer):
    """``activation(einsum(equation, x, kernel) + bias)``.

    ``output_shape`` (batch axis excluded) is what Keras was told to shape the kernel by, and says
    nothing that the kernel does not; ``bias_axes`` are the letters of the output that the bias
    has. With LoRA, kernel = kernel + lora_alpha / lora_rank * lora_kernel_a · lora_kernel_b,
    a (*kernel.shape[:-1], rank), b (rank, kernel.shape[-1]).

    Quantized kernels are made of a matrix from what is summed to what is added. int8: kernel =
    kernel / kernel_scale, which has the axes of the output, those that the kernel lacks being 1.
    int4, of nibbles as Dense has them: where ``packed_axis`` is 0, as int8 and packed along the
    first axis that is summed; else kernel (summed, added / 2), kernel_scale (added,), and in
    int4/block (groups, added), with kernel_zero and g_idx as Dense has them.
    """

    equation: str
    output_shape: Sizes
    activation: Function = LINEAR
    bias_axes: str | None = None
    lora_rank: int | None = None
    lora_alpha: float | None = None
    quantize_inputs: bool = False
    packed_axis: int = -1
    kernel: Variable = variable(trainable=float_and_plain)
    bias: Variable | None = variable("bias_axes")
    kernel_scale: Variable | None = variable(
        quantized("int8", "int4", "int4/block"), trainable=False
    )
    kernel_zero: Variable | None = variable(quantized("int4/block"), trainable=False)
    g_idx: Variable | None = variable(quantized("int4/block"), trainable=False)
    lora_kernel_a: Variable | None = variable("lora_rank")
    lora_kernel_b: Variable | None = variable("lora_rank")
    activates_last: ClassVar[bool] = True
    mask: ClassVar[Mask] = "stops"
    quantizes: ClassVar[frozenset[str]] = frozenset({"int8", "int4"})

    def infer_shape(self, *shapes: Shape) -> Shape:
        """Follow the equation's letters from the input and the kernel to the output."""
        found = Equation.of(self, self.equation)
        kernel = self.kernel_shape(shapes[0])
        shape = found.shape(self, shapes[0], kernel)
        if self.kernel_scale is not None:
            self._check_quantized(found, kernel, shapes[0])
        return self.activation.infer_shape(shape)

    def kernel_shape(self, shape: Shape) -> tuple[int, ...]:
        """Shape of the kernel for an input of this shape; packed ones do not tell it."""
        if not str(self.dtype.quantization).startswith("int4"):
            return self.kernel.shape
        found = Equation.of(self, self.equation)
        sizes = found.sizes(self, shape, self.output_shape)
        if not are_all(int, sizes):
            raise self.refuse(f"a packed kernel of {len(sizes)} axes whose sizes vary")
        return tuple(int(size) for size in sizes if isinstance(size, int))

    def _check_quantized(self, found: Equation, kernel: tuple[int, ...], shape: Shape) -> None:
        """Refuse what is no matrix from what is summed to what is added, or of other shapes."""
        summed, added = found.matrix(kernel)
        if not found.is_matrix or not summed or not added:
            raise self.refuse(f"quantization {self.dtype.quantization!r} of {self.equation!r}")
        if self.dtype.quantization == "int8" or self.packed_axis == 0:
            self.check_variable("kernel", found.packed(kernel, 1 if self.is_whole else 2))
            self.check_variable("kernel_scale", found.scale(shape, kernel))
            return
        self.check_variable("kernel", (summed, -(-added // 2)))
        self.check_variable("kernel_scale", (added,) if self.g_idx is None else (None, added))
        if self.kernel_scale is not None:
            self.check_variable("kernel_zero", self.kernel_scale.shape)
        self.check_variable("g_idx", (summed,))

    @property
    def is_whole(self) -> bool:
        """Whether the kernel has a number a byte."""
        return self.dtype.quantization == "int8"


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class MaxoutDense(Layer):
    """Keras 1: ``max over k of x · kernel[k] + bias[k]``.

    kernel (nb_feature, inputs, units), bias (nb_feature, units).
    """

    units: int
    nb_feature: int
    use_bias: bool = True
    kernel: Variable = variable()
    bias: Variable | None = variable("use_bias")
    mask: ClassVar[Mask] = "stops"

    def infer_shape(self, *shapes: Shape) -> Shape:
        """(batch, inputs) to (batch, units)."""
        (shape,) = shapes
        if len(shape) != 2:
            raise self.misfit(f"an input with {len(shape)} axes, MaxoutDense takes two")
        self.check_variable("kernel", (self.nb_feature, shape[-1], self.units))
        self.check_variable("bias", (self.nb_feature, self.units))
        return (shape[0], self.units)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Highway(Layer):
    """Keras 1: ``t * activation(x · kernel + bias) + (1 - t) * x``, t the carry gate.

    t = sigmoid(x · carry_kernel + carry_bias); kernels (inputs, inputs), biases (inputs,).
    """

    activation: Function = LINEAR
    use_bias: bool = True
    kernel: Variable = variable()
    carry_kernel: Variable = variable()
    bias: Variable | None = variable("use_bias")
    carry_bias: Variable | None = variable("use_bias")
    measured_by: ClassVar[str] = "kernel"
    mask: ClassVar[Mask] = "stops"

    def infer_shape(self, *shapes: Shape) -> Shape:
        """(batch, inputs) to the same."""
        (shape,) = shapes
        if len(shape) != 2:
            raise self.misfit(f"an input with {len(shape)} axes, Highway takes two")
        for name in ("kernel", "carry_kernel"):
            self.check_variable(name, (shape[-1], shape[-1]))
        for name in ("bias", "carry_bias"):
            self.check_variable(name, (shape[-1],))
        return shape
