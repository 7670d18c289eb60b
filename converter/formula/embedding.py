"""Tables of rows, and their way back."""

from keronyx.converter.formula.core import adapted
from keronyx.converter.formula.expression import Expression, Fraction, Symbol, apply, at, each
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.layers.embedding import Embedding, ReversibleEmbedding, Table


@express.register
def embedding(layer: Embedding, x: Expression) -> Meaning:
    """A row of the table for each id."""
    return _looked_up(layer, x)


@express.register
def reversible(layer: ReversibleEmbedding, x: Expression, *, reverse: bool = False) -> Meaning:
    """A row, or the products with all rows."""
    if not reverse:
        return _looked_up(layer, x)
    tied = layer.reverse_embeddings is None
    table: Expression = Symbol("reverse_embeddings")
    if tied:
        table = apply("transpose", _table(layer))
    scale = layer.reverse_embeddings_scale
    if not tied and scale is not None and layer.reverse_embeddings_zero is None:
        table = Fraction(table, Symbol("reverse_embeddings_scale"))
    product: Expression = x @ table
    cap = layer.logit_soft_cap
    return Meaning(value=product if cap is None else cap * apply("tanh", product / cap))


def _looked_up(layer: Table, x: Expression) -> Meaning:
    note = f"a row for each id, 0 to {layer.input_dim - 1}"
    return Meaning(value=at(_table(layer), x), note=note)


def _table(layer: Table) -> Expression:
    """Return the table, with what was quantized or adapted put in."""
    table: Expression = Symbol("embeddings")
    scale = Symbol("embeddings_scale")
    if layer.embeddings_zero is not None:
        group = (":", Symbol("g_idx"))
        table = each(table - at(Symbol("embeddings_zero"), *group), at(scale, *group))
    elif layer.embeddings_scale is not None:
        table = Fraction(table, scale)
    update = adapted(layer, "embeddings")
    return table if update is None else table + update
