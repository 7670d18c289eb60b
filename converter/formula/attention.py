"""Attention: shares of keys for every query, and the means of values that these make."""

from typing import Any

from keronyx.converter.formula.expression import (
    Equation,
    Expression,
    Symbol,
    apply,
    at,
    total,
)
from keronyx.converter.formula.functions import define
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.layers.attention import AdditiveAttention, Attending, Attention, Scoring
from keronyx.converter.layers.functions import Function

SOFTMAX = Function.of("softmax")
SHARES, SCORES, SCALE = Symbol("shares"), Symbol("scores"), Symbol("scale")
MASKS = ("query_mask", "value_mask", "key_mask", "attention_mask")


@express.register
def attention(
    layer: Attention | AdditiveAttention,
    query: Expression,
    value: Expression,
    key: Expression | None = None,
    **named: Any,
) -> Meaning:
    """``softmax(scores) · value``."""
    scores = Equation(at(SCORES, "i", "j"), _score(layer, query, value if key is None else key))
    shares = Equation(SHARES, apply("softmax", SCORES))
    return Meaning(
        value=SHARES @ value,
        others=(SHARES,) if named.get("return_attention_scores") else (),
        definitions=(scores, shares, *define(SOFTMAX)),
        note=looked_at(layer, named, causal=layer.causal),
    )


def _score(layer: Scoring, query: Expression, key: Expression) -> Expression:
    """Return the score of query i for key j."""
    both = at(query, "i", "k") + at(key, "j", "k")
    if isinstance(layer, AdditiveAttention):
        bent = apply("tanh", both)
        return total(at(SCALE, "k") * bent if layer.use_scale else bent, "k")
    if getattr(layer, "score_mode", "dot") == "dot":
        product = total(at(query, "i", "k") * at(key, "j", "k"), "k")
        return SCALE * product if layer.use_scale else product
    bent = apply("tanh", SCALE * both if layer.use_scale else both)
    return Symbol("concat_score_weight") * total(bent, "k")


def looked_at(
    layer: Attending, named: dict[str, Any], *, causal: bool = False, window: int | None = None
) -> str:
    """Say which keys a query looks at, where it is not all of them."""
    masks = [name for name in MASKS if name in named and name not in layer.harmless]
    notes = [f"masked by {', '.join(masks)}"] if masks else []
    if causal or named.get("use_causal_mask"):
        notes.append("a query looks at keys up to its own place")
    if window is not None:
        notes.append(f"at keys less than {window} places away")
    return "; ".join(notes)
