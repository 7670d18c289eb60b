"""Attention: every query gives shares to keys, and takes the mean of the values by these."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, TypeAlias, final

from keronyx.converter.layers.base import Argument, Layer, Spec, variable
from keronyx.converter.layers.masked import Mask
from keronyx.converter.layers.sizes import fits, shown
from keronyx.converter.tensors import KerasTensor, Shape, Variable

Blocking: TypeAlias = Literal["add", "add and cut", "put", "put and cut", "put lowest"]
"""How a key is kept from a query that may not look at it.

-1e9 is added to its score or put in its place before the softmax, ``lowest`` 0.7 of the lowest
number that there is; with ``cut`` its share is made 0 behind it. A query that may look at nothing
then gives 0, and else the mean of all values.
"""

MASKS: Final = ("query_mask", "value_mask", "key_mask")
"""What the masks of the inputs are called, in the order of these."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Attending(Layer, abstract=True):
    """What all attention has: a query, a value and a key, which is the value where none is given.

    Masks of the inputs are (batch, steps), True where a step counts. ``return_attention_scores``
    adds the shares that the queries give to the keys as a second output.
    """

    dropout: float = 0.0
    arity: ClassVar[tuple[int, int | None]] = (2, 3)
    arguments: ClassVar[Mapping[str, Argument]] = {
        **dict.fromkeys(MASKS, "tensor"),
        "use_causal_mask": "flag",
        "return_attention_scores": "flag",
    }
    mask: ClassVar[Mask] = "uses"
    mask_names: ClassVar[tuple[str, ...]] = MASKS

    def results(self, *inputs: KerasTensor, **arguments: Any) -> tuple[Spec, ...]:
        """The mean of the values for each query, and the shares where they are asked for."""
        query, value, *rest = (tensor.shape for tensor in inputs)
        key = rest[0] if rest else value
        shape, scores = self.infer_shape(query, value, key), self.scores_shape(query, key)
        self.check_masks((query, value, key), scores, arguments)
        wanted = (shape, scores) if arguments.get("return_attention_scores") else (shape,)
        return tuple(Spec(each, self.dtype.compute) for each in wanted)

    def scores_shape(self, query: Shape, key: Shape) -> Shape:
        """Shape of the shares that queries give to keys."""
        raise NotImplementedError

    def check_masks(
        self, shapes: tuple[Shape, ...], _scores: Shape, arguments: Mapping[str, Any]
    ) -> None:
        """Raise UnsupportedConfigError for a mask that is not (batch, steps) of its input."""
        for name, shape in zip(MASKS, shapes, strict=True):
            given = arguments.get(name)
            if given is not None and not fits(given.shape, shape[:2]):
                raise self.misfit(f"{name} of shape {shown(given.shape)} for {shown(shape)}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Scoring(Attending, abstract=True):
    """Attention without products of its own: (batch, ..., steps, features) each.

    ``causal``, which older files have, is ``use_causal_mask`` of every call. Where the query is
    masked, the output is 0. ``pairs_samples`` and ``multiplies_mask`` are the version's: whether
    the value's mask goes with samples rather than with queries, and whether NaN stays where the
    query is masked.
    """

    use_scale: bool = False
    causal: bool = False
    pairs_samples: bool = True
    multiplies_mask: bool = False
    harmless: ClassVar[frozenset[str]] = frozenset({"key_mask"})

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The output's alone: the query's, with the features of the value."""
        query, value, key = (*shapes, shapes[-1])[:3]
        told = ", ".join(map(shown, shapes))
        ranks = set(map(len, shapes))
        if len(query) < 3 or len(ranks) > 1 or not fits(query[-1:], key[-1:]):
            raise self.misfit(f"inputs of shapes {told}")
        if not fits(value[:-1], key[:-1]):
            raise self.misfit(f"inputs of shapes {told}")
        self.check_scale(query[-1:])
        return (*query[:-1], value[-1])

    def check_scale(self, features: Shape) -> None:
        """Raise WeightError for variables of another shape than those of this many features."""
        raise NotImplementedError

    def scores_shape(self, query: Shape, key: Shape) -> Shape:
        """(batch, ..., queries, keys)."""
        return (*query[:-1], key[-2])

    def check_masks(
        self, shapes: tuple[Shape, ...], scores: Shape, arguments: Mapping[str, Any]
    ) -> None:
        """Raise UnsupportedConfigError for masks that Keras cannot use either."""
        super().check_masks(shapes, scores, arguments)
        causal = self.causal or arguments.get("use_causal_mask")
        if "value_mask" in arguments and not causal and not self.pairs_samples:
            raise self.refuse(
                "a mask of the value before Keras 3.12, which pairs it with queries",
                "use_causal_mask=True, or a newer Keras, pairs it with samples",
            )
        if len(scores) > 3 and arguments.keys() & set(MASKS):
            raise self.refuse(f"masks of inputs with {len(scores)} axes")


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Attention(Scoring):
    """Shares by scores ``query · key``, or by the sum of ``tanh(query + key)``.

    ``dot`` scores are multiplied with ``scale``, with ``concat`` it is what stands in the tanh, and
    the sum is multiplied with ``concat_score_weight``; both are single numbers.
    """

    score_mode: Literal["dot", "concat"] = "dot"
    scale: Variable | None = variable("use_scale")
    concat_score_weight: Variable | None = variable(lambda config: config["score_mode"] != "dot")

    def check_scale(self, _features: Shape) -> None:
        """Raise WeightError for variables that are no single numbers."""
        self.check_variable("scale", ())
        self.check_variable("concat_score_weight", ())


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class AdditiveAttention(Scoring):
    """Shares by the sum of ``scale * tanh(query + key)``, scale (features,)."""

    use_scale: bool = True
    scale: Variable | None = variable("use_scale")

    def check_scale(self, features: Shape) -> None:
        """Raise WeightError for a scale of another number of features."""
        self.check_variable("scale", features)
