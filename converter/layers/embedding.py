"""Tables of rows, one for each id."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

from keronyx.converter.layers.base import FLOATS, Argument, Layer, Mask, Spec, variable
from keronyx.converter.layers.operations import Elementwise
from keronyx.converter.layers.quantization import float_and_plain, groups_of, quantized
from keronyx.converter.layers.sizes import fits, shown
from keronyx.converter.tensors import Array, KerasTensor, Shape, Variable


@dataclass(frozen=True, kw_only=True, eq=False)
class Table(Layer, abstract=True):
    """Rows of ``embeddings`` (input_dim, output_dim) by integer id; float ids are truncated.

    ``mask_zero`` masks the steps whose id is 0. With LoRA, embeddings = embeddings +
    lora_alpha / lora_rank * lora_embeddings_a · lora_embeddings_b. ``clips`` is the version's: True
    takes the nearest row for an id that is none, None refuses ids below 0, which else count back.

    Quantized: int8: embeddings / embeddings_scale, a number a row. int4: nibbles as Dense has them,
    in pairs along a row; then as int8. int4/block: (embeddings - embeddings_zero[:, g_idx]) *
    embeddings_scale[:, g_idx], scale and zero (input_dim, groups), g_idx (output_dim,).
    """

    input_dim: int
    output_dim: int
    mask_zero: bool = False
    clips: bool | None = False
    lora_rank: int | None = None
    lora_alpha: float | None = None
    embeddings: Variable = variable(trainable=float_and_plain)
    embeddings_scale: Variable | None = variable(
        quantized("int8", "int4", "int4/block"), trainable=False
    )
    embeddings_zero: Variable | None = variable(quantized("int4/block"), trainable=False)
    g_idx: Variable | None = variable(quantized("int4/block"), trainable=False)
    lora_embeddings_a: Variable | None = variable("lora_rank")
    lora_embeddings_b: Variable | None = variable("lora_rank")
    autocast: ClassVar[bool] = False
    takes_ids: ClassVar[bool] = True
    mask: ClassVar[Mask] = "makes"
    quantizes: ClassVar[frozenset[str]] = frozenset({"int8", "int4"})

    def mask_steps(self) -> tuple[Layer, ...]:
        """Whether ids differ from 0, with ``mask_zero``."""
        name, dtype = f"{self.name}/mask", self.dtype
        differs = Elementwise(name=name, dtype=dtype, function="not_equal", operands=(None, 0))
        return (differs,) if self.mask_zero else ()

    def groups(self) -> Array:
        """Return the group of each number of a row as int64 (output_dim,)."""
        scale = self.embeddings_scale
        return groups_of(self, scale.shape[-1] if scale else 0)

    def infer_shape(self, *shapes: Shape) -> Shape:
        """(batch, ...) to (batch, ..., output_dim)."""
        mode = str(self.dtype.quantization)
        stored = -(-self.output_dim // 2) if mode.startswith("int4") else self.output_dim
        self.check_variable("embeddings", (self.input_dim, stored))
        self.check_variable("lora_embeddings_a", (self.input_dim, self.lora_rank))
        self.check_variable("lora_embeddings_b", (self.lora_rank, self.output_dim))
        rows = (self.input_dim,) if self.g_idx is None else (self.input_dim, None)
        self.check_variable("embeddings_scale", rows)
        if self.embeddings_scale is not None:
            self.check_variable("embeddings_zero", self.embeddings_scale.shape)
        self.check_variable("g_idx", (self.output_dim,))
        return (*shapes[0], self.output_dim)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Embedding(Table):
    """A row of a table for each integer id; float ids are truncated."""

    def spans(self, _rank: int) -> bool:
        """Id by id."""
        return True


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ReversibleEmbedding(Table):
    """A row for each id, or with ``reverse`` the products of an input with all rows.

    They are in ``reverse_dtype``, and ``logit_soft_cap * tanh(products / logit_soft_cap)`` where
    there is one. Without ``tie_weights`` it is the columns of reverse_embeddings (output_dim,
    input_dim), quantized as those of Dense, with ``g_idx`` for both; ``quantize_inputs`` is as
    Dense has it.
    """

    tie_weights: bool = True
    reverse_dtype: str | None = None
    logit_soft_cap: float | None = None
    quantize_inputs: bool = False
    reverse_embeddings: Variable | None = variable(
        lambda config: not config["tie_weights"], trainable=float_and_plain
    )
    reverse_embeddings_scale: Variable | None = variable(
        lambda config: not config["tie_weights"] and bool(config["quantization"]), trainable=False
    )
    reverse_embeddings_zero: Variable | None = variable(
        lambda config: not config["tie_weights"] and config["quantization"] == "int4/block",
        trainable=False,
    )
    arguments: ClassVar[Mapping[str, Argument]] = {"reverse": "flag"}

    def results(self, *inputs: KerasTensor, **arguments: Any) -> tuple[Spec, ...]:
        """Rows, or products with all of them."""
        if not arguments.get("reverse"):
            return super().results(*inputs)
        if self.mask_zero:
            raise self.refuse("mask_zero=True of a table that is called in reverse")
        (shape,) = (tensor.shape for tensor in inputs)
        self.infer_shape(shape)
        if not shape or not fits(shape[-1:], (self.output_dim,)):
            raise self.misfit(f"an input of shape {shown(shape)} for rows of {self.output_dim}")
        if self.reverse_dtype not in (None, *FLOATS):
            raise self.refuse(f"reverse_dtype={self.reverse_dtype!r}")
        self._check_reverse()
        dtype = self.reverse_dtype if not self.dtype.quantization else None
        return (Spec((*shape[:-1], self.input_dim), dtype or self.dtype.compute),)

    def _check_reverse(self) -> None:
        """Raise WeightError for variables of the way back that do not fit."""
        mode = str(self.dtype.quantization)
        stored = -(-self.output_dim // 2) if mode.startswith("int4") else self.output_dim
        self.check_variable("reverse_embeddings", (stored, self.input_dim))
        units = (self.input_dim,)
        self.check_variable(
            "reverse_embeddings_scale", units if self.g_idx is None else (None, *units)
        )
        if self.reverse_embeddings_scale is not None:
            self.check_variable("reverse_embeddings_zero", self.reverse_embeddings_scale.shape)
