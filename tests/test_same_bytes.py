"""The same input gives the same bytes, wherever, whenever and under whatever settings it is run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hostile import base

MODELS = Path(__file__).resolve().parents[1] / "models"
SETTINGS: tuple[dict[str, str], ...] = (
    {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "0"},
    {"PYTHONHASHSEED": "random", "OMP_NUM_THREADS": "1", "SOURCE_DATE_EPOCH": "0"},
)


@pytest.mark.parametrize("name", ["legacy", "archive", "digits"])
def test_bytes_are_the_same(tmp_path: Path, name: str) -> None:
    sources = {
        "legacy": lambda: base.hdf5()(tmp_path)[0],
        "archive": lambda: base.keras()(tmp_path)[0],
        "digits": lambda: MODELS / "digits" / "digits.keras",
    }
    made = []
    for number, settings in enumerate(SETTINGS):
        folder = tmp_path / f"in {number}"
        folder.mkdir()
        copy = folder / f"model {number}.x"
        copy.write_bytes(sources[name]().read_bytes())
        os.utime(copy, (number * 1e6, number * 1e6))
        command = [sys.executable, "-m", "keronyx", "convert", copy.name, "-o", "m.onnx", "-q"]
        environment = {**os.environ, **settings}
        subprocess.run(command, check=True, cwd=folder, env=environment, timeout=120)
        made.append((folder / "m.onnx").read_bytes())
    assert made[0] == made[1] == made[2]
