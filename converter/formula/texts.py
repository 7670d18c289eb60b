"""Texts: cut into words, and these looked up."""

from keronyx.converter.formula.expression import Expression, apply
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.formula.preprocessing import encoded, tokens
from keronyx.converter.layers.texts import TextVectorization


@express.register
def text_vectorization(layer: TextVectorization, x: Expression) -> Meaning:
    """Ids of words, or the slots that they fill."""
    text = apply(layer.standardize, x) if layer.standardize else x
    words = apply("words", text) if layer.split else text
    if layer.ngrams is not None:
        words = apply("runs", words)
    value, definitions = encoded(layer, apply("index", words))
    start = int(layer.output_mode == "int") + 1
    note = f"the vocabulary starts at {start}, unknown words are {start - 1}"
    if layer.ngrams is not None:
        note += f", runs of {', '.join(map(str, layer.lengths))} words"
    return Meaning(value=value, definitions=definitions, numbers=tokens(layer), note=note)
