"""Save nets with attention, and what real Keras makes of drawn inputs.

Run with Keras 3.15.1, which saves NAME.keras, with Keras 3.0.5 (NAME.k30.keras) and with TensorFlow
2.15 (NAME.h5); each saves the nets that its version can build. io.npz has <file>/in<number> and
/out<number> of all. Masks have a query that may look at nothing. ``../corpus/pack.py`` packs what
is saved, in a folder ``attention``, into ``../corpus/attention.tar.xz``.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import Input, Model, layers

HERE = Path(__file__).parent
VERSION = tuple(int(part) for part in keras.__version__.split(".")[:2])
SUFFIX = {3: "keras", 2: "h5"}[VERSION[0]] if VERSION != (3, 0) else "k30.keras"
rng = np.random.default_rng(17)

Net = Callable[[], Any]


def net(*inputs: Any, call: Callable[..., Any]) -> Any:
    made = call(*inputs)
    return Model(list(inputs), list(made) if isinstance(made, tuple | list) else made)


def heads(**options: Any) -> Any:
    return layers.MultiHeadAttention(**{"num_heads": 2, "key_dim": 3, **options})


def groups(**options: Any) -> Any:
    sizes = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}
    return layers.GroupQueryAttention(**{**sizes, **options})


def steps(*sizes: int | None) -> Any:
    return Input(sizes or (4, 5))


def seen(*sizes: int | None) -> Any:
    return Input(sizes, dtype="bool")


def alone(layer: Any, x: Any = None, **named: Any) -> Any:
    """Return a net that looks at itself."""
    return net(steps() if x is None else x, call=lambda each: layer(each, each, **named))


def masked(layer: Any, *sizes: int, **named: Any) -> Any:
    """Return a net of queries of 4 steps and keys of 6, with an attention_mask."""
    return net(
        steps(),
        steps(6, 5),
        seen(*(sizes or (4, 6))),
        call=lambda query, value, mask: layer(query, value, attention_mask=mask, **named),
    )


def by_step(layer: Any, **named: Any) -> Any:
    """Return a net with masks of its three inputs."""
    return net(
        *(steps(), steps(6, 5), steps(6, 5), seen(4), seen(6), seen(6)),
        call=lambda query, value, key, *masks: layer(
            *(query, value, key),
            **dict(zip(("query_mask", "value_mask", "key_mask"), masks, strict=True)),
            **named,
        ),
    )


def inputs_masked(layer: Any, **named: Any) -> Any:
    """Return a net of a layer that takes inputs and masks in lists."""
    return net(
        *(steps(), steps(6, 5), seen(4), seen(6)),
        call=lambda query, value, *masks: layer([query, value], mask=list(masks), **named),
    )


def listed(layer: Any, *others: Any, **named: Any) -> Any:
    return net(steps(), *others, call=lambda *inputs: layer(list(inputs), **named))


def two_calls() -> Any:
    layer = heads()
    return net(steps(), steps(6, 5), call=lambda x, y: layer(layer(x, x), y))


def stacked() -> Any:
    def block(x: Any) -> Any:
        for _ in range(2):
            norm = layers.LayerNormalization()(x)
            x = layers.Add()([x, heads(dropout=0.1)(norm, norm)])
            x = layers.Add()([x, layers.Dense(5, "gelu")(layers.LayerNormalization()(x))])
        return x

    return net(steps(None, 5), call=block)


def words(time: int = 4) -> Any:
    """Return ids, and rows of a table that masks id 0."""
    ids = Input((time,), dtype="int32")
    return ids, layers.Embedding(9, 5, mask_zero=True)(ids)


def of_words(layer: Any, *, listed: bool = False, head: Any = None, **named: Any) -> Any:
    """Return a net of a query of 4 words and a value of 6, and what comes behind it."""
    (first, query), (second, value) = words(), words(6)
    made = layer([query, value], **named) if listed else layer(query, value, **named)
    found = list(made) if isinstance(made, tuple | list) else [made]
    return Model([first, second], [head(found[0]), *found[1:]] if head else found)


def own_words() -> Any:
    """Return a net of words that look at each other, counted without the masked ones."""
    ids, x = words()
    x = layers.LayerNormalization()(layers.Add()([x, heads()(x, x)]))
    return Model(ids, layers.GlobalAveragePooling1D()(x))


def key_of_words() -> Any:
    (first, query), (second, key) = words(), words(6)
    value = steps(6, 5)
    return Model([first, second, value], heads()(query, value, key))


BOTH = {"return_attention_scores": True}
CAUSAL = {"use_causal_mask": True}

ALL: dict[str, Net] = {
    "self": lambda: alone(heads()),
    "cross": lambda: net(*(steps(4, 5), steps(6, 5), steps(6, 3)), call=heads(value_dim=4)),
    "named": lambda: net(
        *(steps(4, 5), steps(6, 5), steps(6, 3)),
        call=lambda q, v, k: heads()(query=q, value=v, key=k),
    ),
    "plain": lambda: alone(heads(use_bias=False, num_heads=1, key_dim=4)),
    "shaped": lambda: alone(heads(output_shape=3), **BOTH),
    "shaped_twice": lambda: alone(heads(output_shape=(2, 3))),
    "other_axis": lambda: alone(heads(attention_axes=2), steps(2, 3, 5), **BOTH),
    "first_axis": lambda: alone(heads(attention_axes=1), steps(3, 2, 5), **CAUSAL),
    "all_axes": lambda: alone(heads(), steps(2, 3, 5), **BOTH),
    "all_axes_masked": lambda: net(
        *(steps(2, 3, 5), seen(2, 3, 2, 3)),
        call=lambda x, mask: heads(value_dim=2)(x, x, attention_mask=mask),
    ),
    "open": lambda: net(
        *(steps(None, 5), steps(None, 5)), call=lambda q, v: heads()(q, v, **CAUSAL, **BOTH)
    ),
    "open_axes": lambda: alone(heads(), steps(None, None, 5), **BOTH),
    "causal": lambda: net(
        steps(), steps(6, 5), call=lambda query, value: heads()(query, value, **CAUSAL)
    ),
    "masked": lambda: masked(heads()),
    "masked_shares": lambda: masked(heads(), **BOTH),
    "masked_dropout": lambda: masked(heads(dropout=0.3)),
    "masked_causal": lambda: masked(heads(), **CAUSAL),
    "masked_all_heads": lambda: masked(heads(), 1, 4, 6),
    "masked_by_head": lambda: masked(heads(), 2, 4, 6),
    "masked_by_numbers": lambda: net(
        *(steps(), Input((4, 4), dtype="int32")),
        call=lambda x, mask: heads()(x, x, attention_mask=mask, **BOTH),
    ),
    "doubles": lambda: masked(heads(dtype="float64")),
    "two_calls": two_calls,
    "stacked": stacked,
    "dot": lambda: listed(layers.Attention(), steps(6, 5)),
    "dot_scaled": lambda: listed(layers.Attention(use_scale=True), steps(6, 5), **BOTH),
    "dot_key": lambda: listed(layers.Attention(dropout=0.2), steps(6, 3), steps(6, 5)),
    "dot_causal": lambda: listed(layers.Attention(), steps(6, 5), **CAUSAL),
    "concat": lambda: listed(layers.Attention(score_mode="concat"), steps(6, 5)),
    "concat_scaled": lambda: listed(
        layers.Attention(use_scale=True, score_mode="concat"), steps(6, 5), **BOTH
    ),
    "dot_open": lambda: listed(layers.Attention(), steps(None, 5), **CAUSAL),
    "additive": lambda: listed(layers.AdditiveAttention(), steps(6, 5)),
    "additive_plain": lambda: listed(
        layers.AdditiveAttention(use_scale=False), steps(6, 3), steps(6, 5), **BOTH, **CAUSAL
    ),
    "dot_masked_causal": lambda: inputs_masked(layers.Attention(), **CAUSAL),
}
OF_WORDS: dict[str, Net] = {
    "words": own_words,
    "words_heads": lambda: of_words(heads(), head=layers.LSTM(3)),
    "words_shares": lambda: of_words(heads(), **BOTH, **CAUSAL),
    "words_key": key_of_words,
    "words_dot": lambda: of_words(layers.Attention(), listed=True),
    "words_additive": lambda: of_words(layers.AdditiveAttention(), listed=True, **CAUSAL),
}
SINCE_3: dict[str, Net] = {
    "words_groups": lambda: of_words(groups(), head=layers.LSTM(3), **CAUSAL),
    "by_step": lambda: by_step(heads()),
    "by_step_shares": lambda: by_step(heads(), **BOTH),
    "groups": lambda: alone(groups()),
    "groups_plain": lambda: masked(groups(use_bias=False), **BOTH),
    "groups_masked": lambda: masked(groups()),
    "groups_by_head": lambda: masked(groups(), 4, 4, 6, **CAUSAL),
    "groups_all_heads": lambda: masked(groups(), 1, 4, 6, **BOTH),
    "groups_by_step": lambda: by_step(groups(), **CAUSAL),
    "groups_one": lambda: net(
        *(steps(None, 5), steps(None, 5)),
        call=lambda q, v: groups(num_key_value_heads=1)(q, v, **BOTH),
    ),
    "groups_each": lambda: alone(groups(num_key_value_heads=4), **CAUSAL),
}
SINCE_3_15: dict[str, Net] = {
    "groups_by_numbers": lambda: net(
        *(steps(), Input((4, 4), dtype="int32")),
        call=lambda x, mask: groups()(x, x, attention_mask=mask, **BOTH),
    ),
    "gate": lambda: alone(heads(use_gate=True, value_dim=2)),
    "window": lambda: alone(heads(sliding_window=2)),
    "window_causal": lambda: alone(heads(sliding_window=3, dropout=0.1), steps(None, 5), **CAUSAL),
    "window_masked": lambda: masked(heads(sliding_window=2), **BOTH),
    "groups_gate": lambda: alone(groups(use_gate=True, sliding_window=2)),
    "dot_masked": lambda: inputs_masked(layers.Attention()),
    "additive_masked": lambda: inputs_masked(layers.AdditiveAttention(), **BOTH),
    "dot_space": lambda: net(steps(3, 4, 5), call=lambda x: layers.Attention()([x, x])),
}

KEPT_OF_3_0 = (
    "named",
    "masked",
    "masked_shares",
    "by_step",
    "groups_plain",
    "groups_masked",
    "dot_causal",
)
"""Nets of 3.0.5, which does with masks what Keras 2 does, and writes files as Keras 3 does."""


def nets() -> dict[str, Net]:
    found = ALL | OF_WORDS
    if VERSION >= (3, 0):
        found |= SINCE_3
    else:
        # Keras 2 takes what comes first by its place alone.
        found["named"] = lambda: net(
            *(steps(4, 5), steps(6, 5), steps(6, 3)),
            call=lambda q, v, k: heads()(q, value=v, key=k),
        )
        found["dot_masked"] = SINCE_3_15["dot_masked"]
    if VERSION == (3, 0):
        return {name: found[name] for name in KEPT_OF_3_0}
    return found | (SINCE_3_15 if VERSION >= (3, 15) else {})


def drawn(shape: tuple[int | None, ...], dtype: str) -> Any:
    sizes = (3, *(size or 4 for size in shape[1:]))
    if dtype == "int32" and len(shape) == 2:
        ids = rng.integers(1, 9, sizes)
        ids[0, 2:], ids[1], ids[2, -1] = 0, 0, 0
        return ids.astype(dtype)
    if dtype not in ("bool", "int32"):
        return rng.normal(size=sizes).astype(dtype)
    mask = rng.random(sizes) < 0.6
    mask[1] = False
    return mask.astype(dtype)


def main() -> None:
    kept = HERE / "io.npz"
    numbers: dict[str, Any] = dict(np.load(kept)) if kept.exists() else {}
    wanted = sys.argv[1:] or [*nets()]
    for name, build in nets().items():
        if name not in wanted:
            continue
        model = build()
        model.set_weights([rng.normal(0, 0.6, each.shape) for each in model.get_weights()])
        dtypes = [str(getattr(each.dtype, "name", each.dtype)) for each in model.inputs]
        rows = [
            drawn(tuple(each.shape), dtype)
            for each, dtype in zip(model.inputs, dtypes, strict=True)
        ]
        model.save(HERE / f"{name}.{SUFFIX}")
        made = model(rows if len(rows) > 1 else rows[0], training=False)
        made = made if isinstance(made, list | tuple) else [made]
        for kind, arrays in (("in", rows), ("out", made)):
            for place, array in enumerate(arrays):
                numbers[f"{name}.{SUFFIX}/{kind}{place}"] = np.asarray(array)
    np.savez_compressed(kept, **numbers)


if __name__ == "__main__":
    main()
