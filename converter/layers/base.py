"""What every layer says of itself: its fields are the config keys of Keras 3 and its variables.

A subclass is a frozen dataclass; defining one enters it in ``LAYERS`` under its Keras class name.
Those of users are entered by ``register_layer``.
It states shapes and dtypes, never arithmetic: that is what the two readings are for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, Literal, NamedTuple

from keronyx.converter.layers import masked, mixing
from keronyx.converter.layers.keeping import Keeping
from keronyx.converter.layers.named import members
from keronyx.converter.tensors import KerasTensor, Shape, Variable

LAYERS: dict[str, type["Layer"]] = {}

FLOATS = mixing.FLOATS

Mask = masked.Mask
Role = Literal["computes", "moves", "inert"]
"""What a layer does to numbers: nothing (``inert``), or it only moves them about."""

Argument = Literal["tensor", "tensors", "flag"]
"""What a layer takes under a name: one tensor, one or more, or a bool."""


class Spec(NamedTuple):
    """Shape and dtype of one output of a call."""

    shape: Shape
    dtype: str


class Part(NamedTuple):
    """A layer that another one's config implies: its class, and config keys, others by default."""

    kind: type["Layer"]
    config: Mapping[str, Any]


@dataclass(frozen=True)
class DTypePolicy:
    """Keras's dtype policy: ``compute`` to calculate in, ``variable`` to keep variables in.

    ``quantization`` is None, "int8", "int4" (one scale a unit), "int4/block" (one a group), or
    GPTQ's with its bits: "gptq/2", "gptq/3", "gptq/4", "gptq/8".
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


def part(*, optional: bool = False) -> Any:
    """Declare a field for a layer that the config implies and does not hold: see ``parts``.

    It is None where ``optional`` and the config does not imply it.
    """
    metadata = {"part": True}
    return field(default=None, metadata=metadata) if optional else field(metadata=metadata)


def _always(_config: Config) -> bool:
    return True


def _never(_config: Config) -> bool:
    return False


def _key(name: str) -> Callable[[Config], bool]:
    return lambda config: bool(config[name])


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer(Keeping):
    """A Keras layer as its file describes it."""

    dtype: DTypePolicy = FLOAT32

    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    """Fewest and most inputs of a call."""
    arguments: ClassVar[Mapping[str, Argument]] = {}
    """What a call may say by name beside its inputs; anything else is refused by its name.

    Layers that use masks name them here, by default ``mask``: see ``mask_names``.
    """
    first: ClassVar[str] = "inputs"
    """What a call may name its first input."""
    further: ClassVar[tuple[str, ...]] = ()
    """Call arguments that are inputs behind the first, in their order."""
    placed: ClassVar[tuple[str, ...]] = ()
    """Names of what a call may be given in places behind its inputs, in their order."""
    harmless: ClassVar[frozenset[str]] = frozenset()
    """Call arguments that change nothing at inference, whatever they say."""
    autocast: ClassVar[bool] = True
    """Whether Keras casts floating inputs to the compute dtype first."""
    loose: ClassVar[bool] = False
    """Whether a call may be given anything: what matters of it is in the config."""
    keeps_dtype: ClassVar[bool] = False
    """Whether the output has the input's dtype rather than the compute dtype."""
    role: ClassVar[Role] = "computes"
    is_input: ClassVar[bool] = False
    """Whether it is where a model's input enters."""
    measured_by: ClassVar[str] = ""
    """The variable whose first axis is as long as the last one of the input, if there is one."""
    rounds_variables: ClassVar[bool] = True
    """Whether Keras rounds the variables to the compute dtype."""
    quantizes: ClassVar[frozenset[str]] = frozenset()
    """The kinds of quantized kernels that are read of it."""
    asset: ClassVar[str] = ""
    """The file beside the variables that holds what the config may leave out, a vocabulary."""
    stored_under: ClassVar[str] = ""
    """The class after which Keras names its weights, where that is not the one in the config."""
    stores_aside: ClassVar[bool] = False
    """Whether what files hold under its name is of training, or stands elsewhere too."""
    activates_last: ClassVar[bool] = False
    """Whether the last thing that it does is to call its ``activation``."""
    independent: ClassVar[bool] = True
    """Whether its two readings know nothing of each other."""
    holds_steps: ClassVar[bool] = False
    """Whether the layer applies another one to every step of time."""
    is_part: ClassVar[bool] = False
    """Whether only another layer, which holds it, computes with it."""
    slides: ClassVar[bool] = False
    """Whether a kernel of its own slides over space."""
    varies: ClassVar[bool] = False
    """Whether some backend or older Keras keeps its variables otherwise, or computes otherwise."""
    readings: ClassVar[str] = ""
    """The family in whose modules its readings stand, where that is not its own."""
    takes_ids: ClassVar[bool] = False
    """Whether its first input is cast to integers."""

    def __init_subclass__(cls, *, abstract: bool = False) -> None:
        if "accepts_mask" not in vars(cls):
            cls.accepts_mask |= "mask" in cls.arguments
        own = cls.__module__.startswith("keronyx.")
        if own and not abstract:
            LAYERS[cls.__name__] = cls
        super().__init_subclass__()

    @classmethod
    @cache
    def config_keys(cls) -> tuple[str, ...]:
        """Config keys that the class honours, in the order of its fields."""
        return tuple(
            item.name
            for item in fields(cls)
            if not item.metadata.keys() & {"variable", "part"} and item.name not in UNWRITTEN
        )

    @classmethod
    @cache
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

    @classmethod
    def parts(cls, _config: Config) -> Mapping[str, Part]:
        """Layers that a config implies but does not hold, by the field that takes each.

        Their variables stand in the groups of these names.
        """
        return {}

    @classmethod
    def returns_input(cls, _config: Config) -> bool:
        """Tell whether a layer with this config gives what it is given."""
        return cls.role == "inert"

    @property
    def passed_over(self) -> frozenset[str]:
        """Call arguments that its version of Keras takes and makes nothing of."""
        return frozenset()

    @property
    def is_inert(self) -> bool:
        """Whether it gives what it is given."""
        return self.role == "inert"

    @property
    def moves_only(self) -> bool:
        """Whether its output holds the same numbers as its inputs."""
        return self.role != "computes"

    @property
    def of_batch(self) -> bool:
        """Whether it computes with all samples of a batch together."""
        return False

    @property
    def least_opset(self) -> int:
        """The first opset that has operators for it; 0 where any that is written does."""
        return 0

    def spans(self, _rank: int) -> bool:
        """Tell whether it means the same with one more axis behind the batch.

        ``rank`` is that of its input without this axis.
        """
        return self.is_inert

    def variables(self) -> dict[str, Variable]:
        """The layer's own variables and those of the layers it holds, by path."""
        own = {item.name: getattr(self, item.name) for item in fields(self)}
        found = {name: value for name, value in own.items() if isinstance(value, Variable)}
        for place, layer in self.held().items():
            found |= {f"{place}/{name}": value for name, value in layer.variables().items()}
        return found

    def held(self) -> dict[str, "Layer"]:
        """The layers that this one holds, by the field and, in a tuple, the place in it."""
        found: dict[str, Layer] = {}
        for item in fields(self):
            found |= members(item.name, getattr(self, item.name), Layer)
        return found

    def mask_steps(self) -> "tuple[Layer, ...]":
        """The layers that make the mask of the first input, one after the other; none: no mask."""
        return ()

    @property
    def worker(self) -> "Layer":
        """The layer that does the work: the innermost in wrappers, else this one."""
        return self

    def results(self, *inputs: KerasTensor, **_arguments: Any) -> tuple[Spec, ...]:
        """Shape and dtype of every output of a call.

        ``arguments`` are those that the call names, as ``Connection`` has them.
        """
        shape = self.infer_shape(*(tensor.shape for tensor in inputs))
        return (Spec(shape, self.infer_dtype(*(tensor.dtype for tensor in inputs))),)

    def infer_shape(self, *shapes: Shape) -> Shape:
        """Shape of the output for inputs of these shapes, batch axis included.

        Raises WeightError or UnsupportedConfigError where they do not fit the layer.
        """
        return shapes[0]

    def propagates(self) -> bool:
        """Whether both readings make the same of NaN and infinities; users' layers have to say so.

        The check draws them for models whose layers all do.
        """
        function = getattr(self, "activation", None)
        ours = self.independent and type(self).__module__.startswith("keronyx.")
        return ours and not self.takes_ids and (function is None or bool(function.propagates()))

    def infer_dtype(self, *dtypes: str) -> str:
        """Keras's dtype of the output for inputs of these dtypes."""
        if not self.keeps_dtype:
            return self.dtype.compute
        cast = [self.dtype.compute if d in FLOATS and self.autocast else d for d in dtypes]
        return mixing.promote(cast)


UNWRITTEN = frozenset({"name", "dtype", "theano"})
"""Fields that are no config keys of the layer's own."""
