"""A graph that runs in a circle is refused at a layer of it."""

import pytest

from keronyx.converter.architecture import Called, LayerConfig, ModelConfig, Ref
from keronyx.converter.description.schedule import schedule
from keronyx.converter.errors import FileFormatError
from keronyx.converter.layers.core import Identity


def graph(**sources: str) -> ModelConfig:
    """Return a model whose layers each take what one other gives."""
    layers = tuple(
        LayerConfig(kind=Identity, name=name, calls=(Called((Ref(source, 0, 0),)),))
        for name, source in sources.items()
    )
    return ModelConfig(
        name="m",
        sequential=False,
        layers=layers,
        inputs=(("in", Ref("in", 0, 0)),),
        outputs=(("b", Ref("b", 0, 0)),),
    )


def run(model: ModelConfig) -> list[str]:
    return [part.name for part, _ in schedule(model, [Ref("in", 0, 0)])]


@pytest.mark.parametrize("sources", [{"a": "in", "b": "b"}, {"a": "b", "b": "a"}])
def test_circles_are_refused(sources: dict[str, str]) -> None:
    with pytest.raises(FileFormatError, match=r"runs in a circle at layer '[ab]'"):
        run(graph(**sources))


def test_calls_run_in_the_order_of_what_they_take() -> None:
    assert run(graph(b="a", a="in")) == ["a", "b"]
