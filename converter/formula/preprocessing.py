"""Preprocessing layers that run as part of a model."""

from typing import Any, Final

from keronyx.converter.formula.expression import (
    Bracket,
    Equation,
    Expression,
    Fraction,
    Number,
    Relation,
    Root,
    Symbol,
    apply,
    at,
    each,
    largest,
    total,
)
from keronyx.converter.formula.functions import larger
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.layers import preprocessing

U, W = Symbol("u"), Symbol("w")
HIT: Final = Bracket((Relation(at(U, "i"), "=", Symbol("k")),))
SLOTS: Final = {
    "one_hot": Equation(at(apply("one_hot", U), "k"), Bracket((Relation(U, "=", Symbol("k")),))),
    "multi_hot": Equation(at(apply("multi_hot", U), "k"), largest(HIT, "i")),
    "count": Equation(at(apply("count", U), "k"), total(HIT, "i")),
}
WEIGHED: Final = Equation(at(apply("count", U, W), "k"), total(at(W, "i") * HIT, "i"))
LISTED: Final = 8


@express.register
def rescaling(layer: preprocessing.Rescaling, x: Expression) -> Meaning:
    """Return x * scale + offset."""
    numbers: dict[str, Any] = {}
    scaled = _constant("scale", layer.scale, numbers)
    value: Expression = scaled * x if isinstance(scaled, Number) else each(scaled, x)
    offset = _constant("offset", layer.offset, numbers)
    return Meaning(value=value if offset == Number(0) else value + offset, numbers=numbers)


def _constant(name: str, given: Any, numbers: dict[str, Any]) -> Expression:
    """Return a number, or the name of an array that the layer's numbers then have."""
    if isinstance(given, tuple):
        numbers[name] = given
        return Symbol(name)
    return Number(given)


@express.register
def normalization(layer: preprocessing.Normalization, x: Expression) -> Meaning:
    """(x - mean) / √variance, or with ``invert`` its inverse."""
    numbers: dict[str, Any] = {"axis": layer.axis}
    mean: Expression = Symbol("mean")
    variance: Expression = Symbol("variance")
    if layer.mean is None:
        mean = _constant("mean", layer.input_mean, numbers)
        variance = _constant("variance", layer.input_variance, numbers)
    deviation = larger(Root(variance), 1e-7)
    value = mean + each(x, deviation) if layer.invert else Fraction(x - mean, deviation)
    return Meaning(value=value, numbers=numbers)


def encoded(
    layer: preprocessing.Encoding, ids: Expression
) -> tuple[Expression, tuple[Equation, ...]]:
    """Return the ids, or the slots that they fill."""
    if layer.output_mode == "int":
        return ids, ()
    name = "count" if layer.output_mode == "tf_idf" else layer.output_mode
    slots = apply(name, ids)
    value = each(slots, Symbol("idf_weights")) if layer.output_mode == "tf_idf" else slots
    return value, (SLOTS[name],)


@express.register
def category_encoding(layer: preprocessing.CategoryEncoding, *inputs: Expression) -> Meaning:
    """Slots for ids, or the sum of their weights in each slot."""
    note = f"k = 0 ... {layer.depth - 1}"
    if len(inputs) > 1:
        return Meaning(value=apply("count", *inputs), definitions=(WEIGHED,), note=note)
    value, definitions = encoded(layer, inputs[0])
    return Meaning(value=value, definitions=definitions, note=note)


@express.register
def discretization(layer: preprocessing.Discretization, x: Expression) -> Meaning:
    """How many boundaries are at or below."""
    value, definitions = encoded(layer, apply("bin", x))
    boundary = at(Symbol("bin_boundaries"), "b")
    counted = Equation(apply("bin", U), total(Bracket((Relation(U, "≥", boundary),)), "b"))
    return Meaning(
        value=value,
        definitions=(counted, *definitions),
        numbers={"bin_boundaries": layer.bin_boundaries},
    )


@express.register
def lookup(
    layer: preprocessing.StringLookup | preprocessing.IntegerLookup, x: Expression
) -> Meaning:
    """Ids of tokens, tokens of ids, or the slots that tokens fill."""
    masks = layer.mask_token is not None and layer.output_mode == "int"
    note = _places(layer, masks=masks)
    if layer.invert:
        return Meaning(value=apply("token", x), numbers=tokens(layer), note=note)
    value, definitions = encoded(layer, apply("index", x))
    return Meaning(value=value, definitions=definitions, numbers=tokens(layer), note=note)


def tokens(layer: preprocessing.Vocabulary) -> dict[str, Any]:
    """Return the vocabulary, or how much of it there is."""
    if len(layer.vocabulary) <= LISTED:
        return {"vocabulary": layer.vocabulary}
    return {"vocabulary": f"{len(layer.vocabulary)} tokens"}


def _places(layer: preprocessing.Lookup, *, masks: bool) -> str:
    """Say which index a token has."""
    start = layer.num_oov_indices + masks
    parts = [f"the vocabulary starts at {start}"]
    if masks:
        parts.append("the mask token is 0")
    if layer.num_oov_indices:
        first = start - layer.num_oov_indices
        several = f"{first} ... " if first < start - 1 else ""
        parts.append(f"unknown tokens are {several}{start - 1}")
    return ", ".join(parts)
