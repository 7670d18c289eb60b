"""Read or convert as was asked, and make the answer that goes through the pipe."""

import io
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from keronyx.asking import Manner
from keronyx.converter.description import describe
from keronyx.converter.errors import FileFormatError, KeronyxError
from keronyx.converter.files import read_saved
from keronyx.converter.files.saved import SavedModel
from keronyx.converter.limits import limits
from keronyx.converter.several import only
from keronyx.converter.single_pass import SinglePass, settled
from keronyx.converting import convert_model
from keronyx.isolation import wire
from keronyx.isolation.child import Child
from keronyx.live.backends import Prepared


def answer(inside: Child, asked: Mapping[str, Any]) -> None:
    """Do it, and tell what came of it."""
    parcel = wire.Parcel()
    try:
        with limits(**asked["limits"]), SinglePass():
            made = _work(asked, parcel)
    # What nobody foresaw is told as such, on the other side of the pipe too.
    except Exception as fault:  # noqa: BLE001
        error = _told(fault, inside, asked["source"])
        parcel, made = wire.Parcel(), {"error": wire.pack_error(error)}
    inside.tell(result=made, blobs=parcel.sizes)
    for load in parcel.load:
        inside.send(load())


def _told(fault: Exception, inside: Child, path: str) -> KeronyxError:
    """Return whatever went wrong as one of our own errors."""
    if isinstance(fault, KeronyxError):
        return fault
    if isinstance(fault, MemoryError):
        return FileFormatError(inside.want_of_memory(), path=path)
    return KeronyxError(f"internal error: {type(fault).__name__}: {fault}", path=path)


def _work(asked: Mapping[str, Any], parcel: wire.Parcel) -> dict[str, Any]:
    samples = _arrays(sys.stdin.buffer.read()) if asked["arrays"] else asked["samples"]
    saved, assets = _remembering(read_saved(asked["source"], weights=asked["weights"]))
    model = describe(saved, **asked["told"], replace=asked["replace"])
    answer: dict[str, Any] = {}
    if asked["how"] is not None:
        how, prepared = Manner(**asked["how"]), Prepared(model=model)
        made = convert_model(prepared, asked["output"], samples=samples, how=how)
        answer = {"report": wire.pack_report(made.report), "warnings": made.warnings}
        graph = made.serialized
        if graph is not None:
            answer["graph"] = parcel.add(len(graph), partial(bytes, graph))
    known = replace(saved, sha256=settled(saved.sha256))
    return {**answer, "saved": wire.pack_saved(known, assets, parcel)}


def _remembering(saved: SavedModel) -> tuple[SavedModel, dict[str, str | None]]:
    """Return the model, and what becomes a list of the assets that it was asked for."""
    asked: dict[str, str | None] = {}

    def asset(name: str) -> str | None:
        asked[name] = saved.asset(name)
        return asked[name]

    return replace(saved, asset=asset), asked


def _arrays(data: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return only(file, file.files)
