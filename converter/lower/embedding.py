"""Tables of rows."""

from keronyx.converter.layers.embedding import Embedding
from keronyx.converter.lower.base import compute_type, lower_layer, numbers
from keronyx.converter.lower.builder import Builder
from keronyx.converter.lower.core import low_rank
from keronyx.converter.lower.terms import Term
from keronyx.converter.lower.values import Value
from keronyx.converter.program.expressions import Take
from keronyx.converter.program.memory import Constant


@lower_layer.register
def embedding(layer: Embedding, code: Builder, x: Value) -> Value:
    """Rows of a table, once every id is known to be one of them."""
    if layer.dtype.quantization:
        raise layer.refuse(f"quantization {layer.dtype.quantization!r}")
    rows = numbers(layer.embeddings, layer)
    update = low_rank(layer, layer.lora_embeddings_a, layer.lora_embeddings_b)
    table = code.table(
        "embeddings", rows if update is None else rows + update, compute_type(layer, code)
    )
    # Fractions are dropped: floating ids begin above -1.
    code.check(lambda a: a > -1, x, f"{layer.label}: an id is negative")
    code.check(
        lambda a: a < layer.input_dim, x, f"{layer.label}: an id is {layer.input_dim} or more"
    )
    return taken(code, table, x)


def taken(code: Builder, table: Constant, ids: Value) -> Value:
    """Return the rows of a table that ids choose."""
    width = table.values.shape[-1]
    shape = (*ids.shape, width)

    def row(a: Term) -> Term:
        index = a.to("int64").expression
        strides = (*(0 for _ in (*ids.lead, *ids.shape)), 1)
        return Term(Take(table, index, width, 0, strides))

    return code.map(row, ids.with_ones(ids.rank, 1), shape=shape)
