"""Families of layers: each class is where its family's table says, and only asked ones are read."""

import subprocess
import sys
from pathlib import Path

import pytest
from catalogue import LAYERS

from keronyx.converter import families
from keronyx.converter.dialect.tables import FAMILIES, FAMILY_OF
from keronyx.converter.layers import base

MODELS = Path(__file__).resolve().parents[1] / "models"

READS = """
import sys, keronyx
keronyx.convert(sys.argv[1], check=sys.argv[2] == "checked")
print(*(name for name in sys.modules if name.startswith("keronyx.")))
"""


def test_every_class_is_in_the_family_of_its_table() -> None:
    assert {name: kind.__module__ for name, kind in LAYERS.items()} == {
        name: f"{families.DESCRIPTIONS}.{family}" for name, family in FAMILY_OF.items()
    }
    assert {*base.LAYERS} == {*LAYERS}


def test_no_class_is_in_two_families() -> None:
    named = [name for words in FAMILIES for name in (*words.since, *words.made_up)]
    assert sorted(named) == sorted({*named})


@pytest.mark.parametrize("checked", ["checked", "unchecked"])
def test_a_dense_net_reads_no_other_family(checked: str) -> None:
    model = str(MODELS / "digits" / "digits.keras")
    ran = subprocess.run(
        [sys.executable, "-c", READS, model, checked], capture_output=True, text=True, check=True
    )
    read = {name.rpartition(".")[2] for name in ran.stdout.split() if "dialect" not in name}
    assert "core" in read
    assert not read & {
        *("attention", "cells", "conv_lstm", "convolutional", "embedding", "images", "local"),
        *("multi_head", "pooling", "recurrent", "rnn", "spatial", "spectrograms", "theano"),
    }
