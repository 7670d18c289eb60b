"""Write README.md from the cards; run it after any make.py."""

import re
import tomllib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
HEAD = """\
# Trained nets

Real networks, each trained by a real Keras on a data set that a package for Python ships,
with what that Keras predicts for rows it never saw. A quarter of every data set, drawn once, or of
a series the last (`split.py`), is held out: neither weights nor statistics come from it, and the
scores are measured on it.

| net | files | Keras | backend | format | data set | held-out rows | score |
|---|---|---|---|---|---|---|---|
"""
TAIL = """
## In each folder

- the model, as its Keras saved it
- `make.py`: the script that made everything else in the folder; its docstring names the versions
- `recorded.npz`: 16 held-out rows (`in_0`, `in_1` ...) and what the saved file, loaded again by its
  own Keras, predicts for them (`out_0`, `out_1` ...), in the model's own order
- `rows.csv`: the first ten of those rows under their feature names, as the network takes them, for
  `keronyx predict`; `rows.npz` with one array per input where there is more than one, `rows.npy`
  where they are images
- `card.toml`: what the table above says, and the SHA-256 of each model file

## To remake one

Install the versions that the docstring of its `make.py` names, then run `python make.py` and, with
Python 3.11 or later, `python make_readme.py`. Seeds are fixed: on one machine the numbers come back
the same, those of iris up to rounding. The files need not be the same byte for byte, since some
formats hold the time of saving.
"""


def score(card: dict) -> str:
    """Return the scores in words: ``accuracy 0.98``."""
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in card["score"].items())


def render() -> str:
    """Return the README as the cards have it."""
    rows, sentences = [], []
    for path in sorted(FOLDER.glob("*/card.toml")):
        name, card = path.parent.name, tomllib.loads(path.read_text(encoding="utf-8"))
        tops = dict.fromkeys(re.sub("/.*", "/", file) for file in card["sha256"])
        files = ", ".join(f"`{top}`" for top in tops)
        said = [card[key] for key in ("keras", "backend", "format", "data_set", "held_out_rows")]
        cells = [f"[{name}]({name}/)", files, *map(str, said), score(card)]
        rows.append(f"| {' | '.join(cells)} |\n")
        sentences.append(f"- **{name}**: {card['task']}; {card['architecture']}. {card['about']}\n")
    return HEAD + "".join(rows) + "\n" + "".join(sentences) + TAIL


if __name__ == "__main__":
    (FOLDER / "README.md").write_text(render(), encoding="utf-8")
