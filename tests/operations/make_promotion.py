"""Record what Keras makes of several dtypes: python make_promotion.py, under Keras 3."""

import itertools
import json
from pathlib import Path

from keras.src.backend.common import dtypes

WEAK = {"int": int, "float": float}
NAMES = ["bool", *dtypes.INT_TYPES, *dtypes.FLOAT_TYPES, *WEAK]


def main() -> None:
    """Write the result of every dtype alone, and of every two."""
    given = [(name,) for name in NAMES] + [*itertools.combinations(NAMES, 2)]
    found = {
        " ".join(names): dtypes.result_type(*(WEAK.get(name, name) for name in names))
        for names in given
    }
    text = json.dumps(found, indent=0) + "\n"
    Path(__file__).with_name("promotion.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
