"""What every entrance accepts: a model, what is said beside it, and how it is to be converted."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self, TypedDict, TypeGuard, Unpack

from keronyx.converter.adjusting import renamed, with_outputs, with_shapes
from keronyx.converter.description.chain import Told
from keronyx.converter.dialect.replace import Replacing
from keronyx.converter.emit import DEFAULT_OPSET
from keronyx.converter.errors import UsageError
from keronyx.converter.files import PathLike
from keronyx.converter.graph.recognise import ONNX
from keronyx.converter.model import Model
from keronyx.converter.overwriting import refuse_other, refuse_same

__all__ = ["Asked", "Manner", "PathLike", "Reading", "Samples", "Told", "refuse_output"]

Samples = PathLike | Mapping[str, Any] | None
"""More inputs to check, and the outputs expected of them: a file, or arrays by name."""

BIASES: Final = "biases in memory go with weights in memory, not with a file"


class Reading(TypedDict, total=False):
    """What is said beside a model wherever one is taken: the arguments of ``keronyx.read``."""

    weights: PathLike | None
    biases: PathLike | Iterable[Any] | None
    activations: Sequence[str] | str | None
    order: Sequence[str] | None
    use_bias: bool
    replace: Mapping[str, str] | None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A model as it is asked for: the arguments of ``keronyx.read``."""

    source: Any
    weights: PathLike | None = None
    biases: PathLike | Iterable[Any] | None = None
    told: Told = field(default_factory=Told)
    replace: Mapping[str, str] | None = None

    @classmethod
    def of(cls, source: Any, **said: Unpack[Reading]) -> Self:
        """Take a source and what is said beside it."""
        told = Told(said.get("activations"), said.get("order"), said.get("use_bias", True))
        return cls(
            source=source,
            weights=said.get("weights"),
            biases=said.get("biases"),
            told=told,
            replace=said.get("replace"),
        )

    @property
    def is_file(self) -> bool:
        """Whether the model is on disk."""
        return _is_path(self.source)

    @property
    def is_alone(self) -> bool:
        """Whether nothing is said beside the source."""
        return self.weights is self.biases is None and not self.told

    def expressions(self) -> dict[str, str]:
        """Return what is said in the place of code; raises UsageError where it makes no sense."""
        return {key: each.text for key, each in Replacing.of(self.replace).expressions.items()}

    def refuse_apart(self) -> None:
        """Raise UsageError for what another process cannot read."""
        if not self.is_file:
            raise UsageError("isolation is for files", hint="what is in memory needs none")
        if self.biases is not None:
            apart = "biases in a file of their own, with isolation; put both into one .npz"
            raise UsageError(apart if _is_path(self.biases) else BIASES)


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a model is to be converted: the plain ones among the arguments of ``keronyx.convert``."""

    opset: int = DEFAULT_OPSET
    ir_version: int | None = None
    check: bool = True
    external_data: bool | None = None
    force: bool = False
    columns: tuple[str, ...] = ()
    shape: Mapping[str, Sequence[int]] = field(default_factory=dict)
    rename: Mapping[str, str] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()

    @property
    def adjusts(self) -> bool:
        """Whether the model is to be seen otherwise than it was saved."""
        return bool(self.shape or self.rename or self.outputs)

    def adjusted(self, model: Model) -> Model:
        """Return the model as it is to be seen; raises UsageError for what it does not have."""
        if self.outputs:
            model = with_outputs(model, self.outputs)
        if self.shape:
            model = with_shapes(model, self.shape)
        return renamed(model, self.rename) if self.rename else model

    def refuse(self, output: PathLike | None, samples: Samples) -> None:
        """Raise UsageError for what does not go together."""
        if samples is not None and not self.check:
            raise UsageError("samples without a check")
        if output is None and self.external_data:
            raise UsageError("external data without an output file")


def refuse_output(output: PathLike, read: Iterable[Any], *, force: bool) -> None:
    """Raise UsageError where the ONNX model would take the name or the place of something else."""
    _refuse_no_file(output)
    refuse_same(output, *filter(_is_path, read))
    refuse_other(output, ONNX, force=force)


def _refuse_no_file(output: PathLike) -> None:
    if not Path(output).name:
        raise UsageError("is a folder", hint="give a file name in it", path=os.fspath(output))
    if os.fspath(output) == "-":
        raise UsageError("an ONNX model goes into a file", hint="name one, as in -o net.onnx")


def _is_path(source: Any) -> TypeGuard[PathLike]:
    return isinstance(source, str | os.PathLike)
