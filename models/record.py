"""Write what lies beside every model: recorded numbers, rows to try it on, and its card.

It runs under every Python and Keras that made a model here, from Python 3.7 on.
"""

import csv
import hashlib
import json
import platform
from pathlib import Path

import numpy as np


def write_recorded(folder: Path, inputs: list, outputs: list) -> None:
    """Write inputs and Keras's outputs in the model's own order: ``in_0`` ..., ``out_0`` ..."""
    arrays = {f"in_{i}": array for i, array in enumerate(inputs)}
    arrays.update({f"out_{i}": array for i, array in enumerate(outputs)})
    np.savez_compressed(str(folder / "recorded.npz"), **arrays)


def write_rows(folder: Path, features: list, rows: np.ndarray) -> None:
    """Write rows under their feature names; floats in the fewest digits that read back equal."""
    with (folder / "rows.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(features)
        writer.writerows(rows.astype(str))


def write_array(folder: Path, rows: np.ndarray) -> None:
    """Write rows that are no line of a table, such as images."""
    np.save(str(folder / "rows.npy"), rows)


def write_card(folder: Path, files: list, score: dict, **facts: object) -> None:
    """Write ``card.toml``: the facts given, the Python, the scores, each file's SHA-256.

    A string or number in JSON reads the same in TOML.
    """
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files}
    rounded = {metric: round(float(value), 4) for metric, value in score.items()}
    facts = {"python": platform.python_version(), **facts}
    lines = [f"{key} = {json.dumps(value)}" for key, value in facts.items()]
    lines += ["", "[score]", *(f"{key} = {value}" for key, value in rounded.items())]
    lines += ["", "[sha256]", *(f'"{key}" = "{value}"' for key, value in sums.items())]
    (folder / "card.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
