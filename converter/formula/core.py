"""The core layers: inputs, dense products and embeddings."""

from collections.abc import Mapping
from typing import Any

from keronyx.converter.formula.expression import (
    Bracket,
    Cases,
    Equation,
    Expression,
    Fraction,
    Number,
    Relation,
    Symbol,
    apply,
    at,
    each,
    largest,
    total,
)
from keronyx.converter.formula.model import Meaning, activated, called, defined, express
from keronyx.converter.layers import core
from keronyx.converter.layers.embedding import Table
from keronyx.converter.layers.functions import Function
from keronyx.converter.several import keyed, without

U, V, S = Symbol("u"), Symbol("v"), Symbol("s")
KERNEL, BIAS = Symbol("kernel"), Symbol("bias")

ROUNDED = (
    Equation(apply("int8", U), apply("round", each(S, U)) / S),
    Equation(S, 127 / (largest(abs(at(U, "i")), "i") + 1e-7)),
)
"""What quantized inputs go through, row by row."""
BY_UNITS = "kernel, kernel_scale and kernel_zero by units, then by inputs or their groups"
PACKED = "kernel in 4 bits, two numbers a byte, the low one first"


@express.register
def identity(_layer: core.InputLayer | core.Identity, x: Expression) -> Meaning:
    """The input."""
    return Meaning(value=x)


@express.register
def masking(layer: core.Masking, x: Expression) -> Meaning:
    """Steps whose features are all the mask value become 0."""
    step, value = at(x, "t"), Number(layer.mask_value)
    seen = Relation(largest(_differs(at(x, "t", "i"), value), "i"), "=", Number(1))
    return Meaning(value=Cases(((step, seen),), Number(0)), indices=("t",))


def _differs(a: Expression, b: Expression) -> Expression:
    return Bracket((Relation(a, "≠", b),))


@express.register
def dense(layer: core.Dense, x: Expression) -> Meaning:
    """``activation(x · kernel + bias)``."""
    kernel = _dequantized(layer)
    update = adapted(layer, "kernel")
    if not layer.quantize_inputs:
        product: Expression = x @ (kernel if update is None else kernel + update)
    elif update is None:
        product = apply("int8", x) @ kernel
    else:
        product = apply("int8", x) @ kernel + x @ update
    return activated(
        product + BIAS if layer.use_bias else product,
        layer.activation,
        definitions=ROUNDED if layer.quantize_inputs else (),
        note=_note(layer),
    )


def _note(layer: core.Dense) -> str:
    """Say how a quantized kernel is kept."""
    mode = str(layer.dtype.quantization)
    if layer.by_units:
        return f"{BY_UNITS}; {PACKED}" if mode == "gptq/4" else BY_UNITS
    return PACKED if mode.startswith("int4") else ""


def _dequantized(layer: core.Dense) -> Expression:
    scale = Symbol("kernel_scale")
    if layer.kernel_scale is None:
        return KERNEL
    if layer.kernel_zero is None:
        return Fraction(KERNEL, scale)
    group = Symbol("g_idx")
    if layer.by_units:
        column = (":", group)
        centred = KERNEL - at(Symbol("kernel_zero"), *column)
        return apply("transpose", each(centred, at(scale, *column)))
    return each(KERNEL - at(Symbol("kernel_zero"), group), at(scale, group))


def adapted(layer: core.Dense | core.EinsumDense | Table, name: str) -> Expression | None:
    """Return what LoRA adds to a kernel."""
    if not layer.lora_rank:
        return None
    low = Symbol(f"lora_{name}_a") @ Symbol(f"lora_{name}_b")
    factor = 1.0 if layer.lora_alpha is None else layer.lora_alpha / layer.lora_rank
    return low if factor == 1 else Number(factor) * low


@express.register
def einsum_dense(layer: core.EinsumDense, x: Expression) -> Meaning:
    """``activation(einsum(x, kernel) + bias)``."""
    update = adapted(layer, "kernel")
    product: Expression = apply("einsum", x, KERNEL if update is None else KERNEL + update)
    numbers: dict[str, Any] = {"equation": layer.equation}
    if layer.bias is not None:
        product = product + BIAS
        numbers["bias_axes"] = layer.bias_axes
    return activated(product, layer.activation, (_einsum(layer.equation),), numbers)


def _einsum(equation: str) -> Equation:
    """Spell an equation as the sum over the letters that the result lacks."""
    compact = equation.replace(" ", "").replace("...", "…")
    operands, _, target = compact.partition("->")
    source, _, weight = operands.partition(",")
    body: Expression = at(U, *source) * at(V, *weight)
    summed = without(dict.fromkeys(source + weight), target)
    return Equation(at(apply("einsum", U, V), *target), total(body, *summed) if summed else body)


@express.register
def maxout_dense(layer: core.MaxoutDense, x: Expression) -> Meaning:
    """The largest of several products."""
    product: Expression = x @ at(KERNEL, "k")
    if layer.use_bias:
        product = product + at(BIAS, "k")
    return Meaning(value=largest(product, "k"), numbers={"nb_feature": layer.nb_feature})


@express.register
def highway(layer: core.Highway, x: Expression) -> Meaning:
    """The product and the input, mixed by a gate."""
    gate, carried = Symbol("t"), Symbol("carry_kernel")
    product: Expression = x @ KERNEL
    carry: Expression = x @ carried
    if layer.use_bias:
        product, carry = product + BIAS, carry + Symbol("carry_bias")
    sigmoid = Function.of("sigmoid")
    functions: Mapping[str, Function] = keyed((layer.activation, sigmoid))
    definitions = [
        equation
        for function in functions.values()
        if not function.is_linear
        for equation in defined(function)
    ]
    return Meaning(
        value=each(gate, called(layer.activation, product)) + each(1 - gate, x),
        definitions=(Equation(gate, called(sigmoid, carry)), *definitions),
    )
