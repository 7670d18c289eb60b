"""Attention of several heads, with products of the query, the key and the value for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

from keronyx.converter.layers.attention import MASKS, Attending, Blocking
from keronyx.converter.layers.base import Argument, Part, part
from keronyx.converter.layers.core import EinsumDense
from keronyx.converter.layers.functions import LINEAR, Function
from keronyx.converter.layers.sizes import fits, shown
from keronyx.converter.tensors import Shape, Sizes


@dataclass(frozen=True, kw_only=True, eq=False)
class Projecting(Attending, abstract=True):
    """Attention of several heads, each of which looks at products of its own.

    Scores are ``query · key / sqrt(size of a head)``. With ``use_gate``, sigmoids of a further
    product of the query are multiplied with what the heads give. Queries look at keys that are less
    than ``sliding_window`` steps away. ``fused``, ``softmax`` and ``casts_mask`` are the version's:
    whether Keras calls another function where neither shares nor dropout are asked for, what its
    own does, and whether a mask is made one of booleans first.
    """

    use_bias: bool = True
    use_gate: bool = False
    sliding_window: int | None = None
    fused: bool = True
    softmax: Blocking = "put and cut"
    casts_mask: bool = True
    query_dense: EinsumDense = part()
    key_dense: EinsumDense = part()
    gate_dense: EinsumDense | None = part(optional=True)
    value_dense: EinsumDense = part()
    output_dense: EinsumDense = part()
    first: ClassVar[str] = "query"
    further: ClassVar[tuple[str, ...]] = ("value", "key")
    arguments: ClassVar[Mapping[str, Argument]] = {
        **Attending.arguments,
        "attention_mask": "tensor",
    }

    @classmethod
    def parts(cls, config: Mapping[str, Any]) -> dict[str, Part]:
        """The products, in the order in which Keras makes them."""
        heads, others = cls.heads_of(config)
        wide, deep = cls.features_of(config)
        found = {
            "query_dense": _inward(config, heads, wide),
            "key_dense": _inward(config, others, wide),
            "gate_dense": _inward(config, heads, deep, Function.of("sigmoid")),
            "value_dense": _inward(config, others, deep),
            "output_dense": _outward(config, config.get("output_shape") or (None,)),
        }
        return {name: each for name, each in found.items() if _has(config, name)}

    @classmethod
    def heads_of(cls, config: Mapping[str, Any]) -> tuple[int, int]:
        """Number of heads of the query, and of the key and the value."""
        raise NotImplementedError

    @classmethod
    def features_of(cls, config: Mapping[str, Any]) -> tuple[int, int]:
        """Size of a head of the query and the key, and of one of the value."""
        raise NotImplementedError

    def axes(self, rank: int) -> tuple[int, ...]:
        """Axes along which queries look at keys, of inputs with ``rank`` axes."""
        return tuple(range(1, rank - 1))

    def blocking(self, rank: int, *, scores: object) -> Blocking:
        """How keys are kept from queries of inputs with ``rank`` axes."""
        fused = self.fused and not self.dropout and not scores and rank == 3
        return "put lowest" if fused else self.softmax

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The output's alone: the query's, with other features."""
        query, value, key = (*shapes, shapes[-1])[:3]
        if len(query) < 3 or len(set(map(len, shapes))) > 1:
            raise self.misfit(f"inputs of shapes {', '.join(map(shown, shapes))}")
        if not fits(value[:-1], key[:-1]):
            raise self.misfit(f"a value of shape {shown(value)} with a key of {shown(key)}")
        heads = self.query_dense.infer_shape(query)
        self.key_dense.infer_shape(key)
        given = self.value_dense.infer_shape(value)
        if self.gate_dense is not None:
            self.gate_dense.infer_shape(query)
        return self.output_dense.infer_shape((*heads[:-1], given[-1]))

    def scores_shape(self, query: Shape, key: Shape) -> Shape:
        """(batch, ..., heads, queries, keys)."""
        axes = self.axes(len(query))
        kept = (query[axis] for axis in range(len(query) - 1) if axis not in axes)
        _, heads, _ = self.query_dense.output_shape
        looking = (query[axis] for axis in axes)
        return (*kept, heads, *looking, *(key[axis] for axis in axes))

    def check_masks(
        self, shapes: tuple[Shape, ...], scores: Shape, arguments: Mapping[str, Any]
    ) -> None:
        """Raise UnsupportedConfigError for masks that do not fit the scores, or each other."""
        super().check_masks(shapes, scores, arguments)
        rank, given = len(shapes[0]), arguments.get("attention_mask")
        by_step = [name for name in (*MASKS, "use_causal_mask") if arguments.get(name)]
        if self.sliding_window is not None:
            by_step.append("sliding_window")
        if by_step and self.axes(rank) != (1,):
            raise self.refuse(f"{by_step[0]} with attention over other axes than the first")
        if given is None:
            return
        if not _stretches(given.shape, scores, 2 * len(self.axes(rank))):
            raise self.misfit(
                f"attention_mask of shape {shown(given.shape)} for scores of {shown(scores)}"
            )
        if len(given.shape) > 3 and set(by_step) & set(MASKS):
            raise self.refuse(f"an attention_mask of {len(given.shape)} axes beside {by_step[0]}")


def _has(config: Mapping[str, Any], name: str) -> bool:
    return name != "gate_dense" or bool(config["use_gate"])


def _inward(
    config: Mapping[str, Any], heads: int, size: int, activation: Function = LINEAR
) -> Part:
    """Return the product of an input that gives ``heads`` of this size."""
    return _product(config, "...x,xnh->...nh", (None, heads, size), "nh", activation)


def _outward(config: Mapping[str, Any], shape: Sizes) -> Part:
    """Return the product of all heads that gives features of this shape."""
    letters = "abcdefg"[: len(shape)]
    return _product(config, f"...nh,nh{letters}->...{letters}", (None, *shape), letters)


def _product(
    config: Mapping[str, Any],
    equation: str,
    output_shape: Sizes,
    bias_axes: str,
    activation: Function = LINEAR,
) -> Part:
    keys = {"equation": equation, "output_shape": output_shape, "activation": activation}
    return Part(EinsumDense, {**keys, "bias_axes": bias_axes if config["use_bias"] else None})


def _stretches(mask: Shape, scores: Shape, last: int) -> bool:
    """Tell whether a mask can be stretched to scores, whose ``last`` axes it has."""
    if not last <= len(mask) <= len(scores):
        return False
    lead = len(mask) - last
    wanted = (*scores[:lead], *scores[len(scores) - last :])
    return all(
        size == 1 or fits((size,), (other,)) for size, other in zip(mask, wanted, strict=True)
    )


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class MultiHeadAttention(Projecting):
    """Attention of several heads, each with products of its own.

    Kernels are (features, num_heads, key_dim), the value's (features, num_heads, value_dim), the
    output's (num_heads, value_dim, *output_shape), which by default is that of the query. It goes
    over ``attention_axes``, all between batch and features by default. ``takes_query_mask`` is the
    version's: from Keras 3.8 on, a query_mask in a call is as good as none.
    """

    num_heads: int
    key_dim: int
    value_dim: int | None = None
    output_shape: Sizes | None = None
    attention_axes: tuple[int, ...] | None = None
    takes_query_mask: bool = False
    mask_since: ClassVar[tuple[int, ...]] = (2, 10)
    mask_passed_since: ClassVar[tuple[int, ...]] = (2, 10)

    @property
    def passed_over(self) -> frozenset[str]:
        """The query's mask, of which the newer Keras knows only what came along with the query."""
        return frozenset() if self.takes_query_mask else frozenset({"query_mask"})

    @classmethod
    def heads_of(cls, config: Mapping[str, Any]) -> tuple[int, int]:
        """As many of each."""
        return config["num_heads"], config["num_heads"]

    @classmethod
    def features_of(cls, config: Mapping[str, Any]) -> tuple[int, int]:
        """``key_dim``, and for the value ``value_dim`` where there is one."""
        return config["key_dim"], config["value_dim"] or config["key_dim"]

    def axes(self, rank: int) -> tuple[int, ...]:
        """Those that are told, counted from the front; raises for one that there is not."""
        if self.attention_axes is None:
            return super().axes(rank)
        found = tuple(self.axis_of(axis, rank) for axis in self.attention_axes)
        if not found or len(set(found)) < len(found) or set(found) & {0, rank - 1}:
            raise self.refuse(f"attention_axes={self.attention_axes} of inputs with {rank} axes")
        return found


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class GroupQueryAttention(Projecting):
    """Attention of several heads, of which some share a key and a value.

    Of ``num_query_heads`` heads of the query, as many as there are for each of
    ``num_key_value_heads`` look at the same head, one after the other. Kernels as in
    MultiHeadAttention, all with heads of ``head_dim``.
    """

    head_dim: int
    num_query_heads: int
    num_key_value_heads: int
    stored_under: ClassVar[str] = "GroupedQueryAttention"

    @classmethod
    def heads_of(cls, config: Mapping[str, Any]) -> tuple[int, int]:
        """Those of the query and of what is looked at."""
        return config["num_query_heads"], config["num_key_value_heads"]

    @classmethod
    def features_of(cls, config: Mapping[str, Any]) -> tuple[int, int]:
        """``head_dim`` for all."""
        return config["head_dim"], config["head_dim"]

    def infer_shape(self, *shapes: Shape) -> Shape:
        """The output's alone: the query's."""
        if self.num_key_value_heads < 1 or self.num_query_heads % self.num_key_value_heads:
            raise self.refuse(
                f"num_query_heads={self.num_query_heads} for "
                f"num_key_value_heads={self.num_key_value_heads}; they have to be a multiple"
            )
        if len(shapes[0]) != 3:
            raise self.misfit(f"a query with {len(shapes[0])} axes, GroupQueryAttention takes 3")
        return super().infer_shape(*shapes)
