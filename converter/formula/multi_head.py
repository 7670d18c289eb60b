"""Attention of several heads: the products of each, its shares, and the product of all."""

from typing import Any

from keronyx.converter.formula.attention import SHARES, SOFTMAX, looked_at
from keronyx.converter.formula.expression import (
    Equation,
    Expression,
    Number,
    Root,
    Symbol,
    apply,
    at,
    each,
)
from keronyx.converter.formula.functions import define
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.layers.core import EinsumDense
from keronyx.converter.layers.multi_head import (
    GroupQueryAttention,
    MultiHeadAttention,
    Projecting,
)


@express.register
def multi_head(
    layer: MultiHeadAttention,
    query: Expression,
    value: Expression,
    key: Expression | None = None,
    **named: Any,
) -> Meaning:
    """Of every head the same, with products of its own."""
    return _heads(layer, (query, value, value if key is None else key), "n", named, layer.key_dim)


@express.register
def grouped(
    layer: GroupQueryAttention,
    query: Expression,
    value: Expression,
    key: Expression | None = None,
    **named: Any,
) -> Meaning:
    """The same, with keys and values of fewer heads."""
    inputs = (query, value, value if key is None else key)
    meaning = _heads(layer, inputs, "g", named, layer.head_dim)
    each_group = layer.num_query_heads // layer.num_key_value_heads
    note = f"g is n / {each_group} without the rest"
    return Meaning(
        value=meaning.value,
        others=meaning.others,
        definitions=meaning.definitions,
        note="; ".join(filter(None, (note, meaning.note))),
    )


def _heads(
    layer: Projecting,
    inputs: tuple[Expression, Expression, Expression],
    group: str,
    named: dict[str, Any],
    size: int,
) -> Meaning:
    query, value, key = inputs
    q, k, v, shares = (
        at(Symbol("q"), "n"),
        at(Symbol("k"), group),
        at(Symbol("v"), group),
        at(SHARES, "n"),
    )
    scores = q @ apply("transpose", k) / Root(Number(size))
    definitions = [
        Equation(q, _product(layer.query_dense, "query", query, "n")),
        Equation(k, _product(layer.key_dense, "key", key, group)),
        Equation(v, _product(layer.value_dense, "value", value, group)),
        Equation(shares, apply("softmax", scores)),
    ]
    head: Expression = shares @ v
    functions = [SOFTMAX]
    if layer.gate_dense is not None:
        gate = _product(layer.gate_dense, "gate", query, "n")
        head = each(head, apply("sigmoid", gate))
        functions.append(layer.gate_dense.activation)
    definitions.append(Equation(at(Symbol("heads"), "n"), head))
    lines = [line for function in functions for line in define(function)]
    return Meaning(
        value=_product(layer.output_dense, "output", Symbol("heads")),
        others=(SHARES,) if named.get("return_attention_scores") else (),
        definitions=(*definitions, *lines),
        note=looked_at(layer, named, window=layer.sliding_window),
    )


def _product(dense: EinsumDense, name: str, x: Expression, head: str = "") -> Expression:
    """Return the product of an input with a kernel, that of one head where one is told."""
    kernel: Expression = Symbol(f"{name}_kernel")
    bias: Expression = Symbol(f"{name}_bias")
    if head:
        kernel, bias = at(kernel, head), at(bias, head)
    product = x @ kernel
    return product + bias if dense.bias is not None else product
