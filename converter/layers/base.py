"""What every layer says of itself: its fields are the config keys of Keras 3 and its variables.

A subclass is a frozen dataclass; defining one enters it in ``LAYERS`` under its Keras class name.
Those of users are entered by ``register_layer``.
It states shapes and dtypes, never arithmetic: that is what the two readings are for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Literal

from keronyx.converter.errors import KeronyxError, UnsupportedConfigError, WeightError
from keronyx.converter.model import Shape, Variable

LAYERS: dict[str, type["Layer"]] = {}

FLOATS = ("float16", "bfloat16", "float32", "float64")

Mask = Literal["passes", "stops", "uses", "makes"]


@dataclass(frozen=True)
class DTypePolicy:
    """Keras's dtype policy: ``compute`` to calculate in, ``variable`` to keep variables in.

    ``quantization`` is None, "int8", "int4" (one scale a unit) or "int4/block" (one a group).
    """

    compute: str = "float32"
    variable: str = "float32"
    quantization: str | None = None


FLOAT32 = DTypePolicy()

Config = Mapping[str, Any]


@dataclass(frozen=True)
class WeightRule:
    """When a variable exists, given the layer's config, and whether Keras counts it trainable."""

    when: Callable[[Config], bool]
    trainable: Callable[[Config], bool]


def variable(
    when: str | Callable[[Config], bool] | None = None,
    *,
    trainable: bool | Callable[[Config], bool] = True,
) -> Any:
    """Declare a field that holds a Keras variable, in the order in which Keras creates them.

    ``when`` names the boolean config key that switches the variable, or tells from the config.
    """
    rule = WeightRule(
        when=_always if when is None else when if callable(when) else _key(when),
        trainable=trainable if callable(trainable) else (_always if trainable else _never),
    )
    if when is None:
        return field(metadata={"variable": rule})
    return field(default=None, metadata={"variable": rule})


def _always(_config: Config) -> bool:
    return True


def _never(_config: Config) -> bool:
    return False


def _key(name: str) -> Callable[[Config], bool]:
    return lambda config: bool(config[name])


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """A Keras layer as its file describes it.

    ``name`` is unique in the model (a path for layers of nested models).
    """

    name: str
    dtype: DTypePolicy = FLOAT32

    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    """Fewest and most inputs of a call."""
    autocast: ClassVar[bool] = True
    """Whether Keras casts floating inputs to the compute dtype first."""
    keeps_dtype: ClassVar[bool] = False
    """Whether the output has the input's dtype rather than the compute dtype."""
    mask: ClassVar[Mask] = "passes"
    """What the layer does with an implicit mask."""
    mask_since: ClassVar[tuple[int, ...]] = ()
    """First Keras version in which a layer that uses a mask does so; others pass it on."""

    independent: ClassVar[bool] = True
    """Whether its two readings know nothing of each other."""
    holds_steps: ClassVar[bool] = False
    """Whether the layer applies another one to every step of time."""

    def __init_subclass__(cls, *, abstract: bool = False) -> None:
        if not abstract and cls.__module__.startswith("keronyx."):
            LAYERS[cls.__name__] = cls

    @classmethod
    def config_keys(cls) -> tuple[str, ...]:
        """Config keys that the class honours, in the order of its fields."""
        return tuple(
            item.name
            for item in fields(cls)
            if "variable" not in item.metadata and item.name not in {"name", "dtype"}
        )

    @classmethod
    def weight_rules(cls) -> dict[str, WeightRule]:
        """Every variable that the class can have, in Keras's order of creation."""
        return {
            item.name: item.metadata["variable"]
            for item in fields(cls)
            if "variable" in item.metadata
        }

    @classmethod
    def weight_names(cls, config: Config) -> tuple[str, ...]:
        """Variables of a layer with this config, in Keras's order of creation.

        ``config`` has every config key of the class, and ``quantization`` from the dtype policy.
        """
        return tuple(name for name, rule in cls.weight_rules().items() if rule.when(config))

    def variables(self) -> dict[str, Variable]:
        """The layer's own variables and those of the layers it holds, by path."""
        found: dict[str, Variable] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, Variable):
                found[item.name] = value
            elif isinstance(value, Layer):
                found |= {f"{item.name}/{k}": v for k, v in value.variables().items()}
        return found

    def infer_shape(self, *shapes: Shape) -> Shape:
        """Shape of the output for inputs of these shapes, batch axis included.

        Raises WeightError or UnsupportedConfigError where they do not fit the layer.
        """
        return shapes[0]

    def infer_dtype(self, *dtypes: str) -> str:
        """Keras's dtype of the output for inputs of these dtypes."""
        if not self.keeps_dtype:
            return self.dtype.compute
        cast = [self.dtype.compute if d in FLOATS and self.autocast else d for d in dtypes]
        return promote(cast)

    @property
    def label(self) -> str:
        """How messages call the layer: ``layer 'dense' (Dense)``."""
        return f"layer '{self.name}' ({type(self).__name__})"

    def check_variable(self, name: str, expected: Shape) -> None:
        """Raise WeightError when the variable's shape is not the expected one (None: any)."""
        found: Variable | None = getattr(self, name)
        if found is None or fits(found.shape, expected):
            return
        raise WeightError(
            f"{name} has shape {found.shape}, expected {shown(expected)}",
            hint="the weights belong to another architecture",
            layer=self.label,
        )

    def refuse(self, what: str, hint: str = "") -> UnsupportedConfigError:
        """Make the error for something in this layer that is not honoured."""
        return UnsupportedConfigError(what, hint=hint, layer=self.label)

    def misfit(self, what: str) -> KeronyxError:
        """Make the error for input shapes that do not suit the layer."""
        hint = "the file's graph is inconsistent"
        return UnsupportedConfigError(what, hint=hint, layer=self.label)

    def axis_of(self, axis: int, rank: int) -> int:
        """Return ``axis`` counted from the front, or raise when the input has no such axis."""
        if not -rank <= axis < rank:
            raise self.misfit(f"axis {axis} of an input with {rank} axes")
        return axis % rank


ORDER = ("bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", *FLOATS)


# What holds all numbers of an unsigned type and those of a signed type no wider than it.
SIGNED = {"uint8": "int16", "uint16": "int32", "uint32": "int64", "uint64": "float32"}


def promote(dtypes: list[str]) -> str:
    """Return the one dtype that Keras's merging layers give for these input dtypes."""
    if "string" in dtypes:
        return "string"
    top = max(dtypes, key=ORDER.index)
    if top == "bfloat16" and "float16" in dtypes:
        return "float32"
    if top in FLOATS or not any(dtype.startswith("int") for dtype in dtypes):
        return top
    return max([top, *(SIGNED.get(dtype, top) for dtype in dtypes)], key=ORDER.index)


def fits(shape: Shape, expected: Shape) -> bool:
    """Tell whether two shapes agree wherever both are known."""
    return len(shape) == len(expected) and all(
        a is None or b is None or a == b for a, b in zip(shape, expected, strict=True)
    )


def shown(shape: Shape) -> str:
    """Spell a shape with ? for what is not known."""
    inner = ", ".join("?" if size is None else str(size) for size in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"


def product(sizes: Shape) -> int | None:
    """Multiply sizes; None when one is not known."""
    total = 1
    for size in sizes:
        if size is None:
            return None
        total *= size
    return total
